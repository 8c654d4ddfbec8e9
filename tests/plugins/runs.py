"""How many random runs a test makes: a tenth of them in `make test`, all in `make torture`; and what they found."""

from __future__ import annotations

import os


def runs(everything: int, *, usually: int | None = None) -> int:
    """`everything` under TWOWAY_RUNS=all; else `usually`, or a tenth of it. Mark such a test `torture` as well."""
    if os.environ.get("TWOWAY_RUNS") == "all":
        return everything
    return max(1, everything // 10) if usually is None else usually


def tell(figures: object) -> None:
    """What a long run has tried and found: printed, and a line more in the file that TWOWAY_FIGURES names, from which
    docs/reliability.md is written."""
    print(f"\n{figures}")
    named = os.environ.get("TWOWAY_FIGURES")
    if named:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0].rpartition("::")[2]
        with open(named, "a", encoding="utf-8") as file:
            file.write(f"{test}: {figures}\n")

"""How many random runs a test makes: a tenth of them in `make test`, all in `make torture`."""

from __future__ import annotations

import os


def runs(everything: int, *, usually: int | None = None) -> int:
    """`everything` under TWOWAY_RUNS=all; else `usually`, or a tenth of it. Mark such a test `torture` as well."""
    if os.environ.get("TWOWAY_RUNS") == "all":
        return everything
    return max(1, everything // 10) if usually is None else usually

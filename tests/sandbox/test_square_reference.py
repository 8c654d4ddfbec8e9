"""The reference of the sandbox says what is so."""

from pathlib import Path

from sandbox.day import SCRIPT
from sandbox.square import FAULTS

REFERENCE = (Path(__file__).parents[2] / "docs/reference/sandbox.md").read_text(encoding="utf-8")


def test_the_reference_has_every_fault_as_the_table_has_it() -> None:
    rows = [
        f"| `{fault.value}` | {'yes' if kind.strikes else ''} | {kind.does} |".replace("|  |", "| |")
        for fault, kind in FAULTS.items()
    ]
    assert [row for row in rows if row not in REFERENCE] == []


def test_the_script_travels_with_the_package() -> None:
    assert SCRIPT.is_file()

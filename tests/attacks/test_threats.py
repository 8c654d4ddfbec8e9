"""The written threat model: every row names tests, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "threats.md"


@cache
def known_tests(path: str) -> frozenset[str]:
    """The names of a file's tests."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in found if node.name.startswith("test_"))


def rows() -> list[list[str]]:
    """The cells of every row, without heads."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] != "The attack" and not set(row[0]) <= {"-"}]


def test_every_row_of_the_threat_model_names_tests_that_are_there() -> None:
    assert len(rows()) > 30
    wrong = []
    for attack, stopped, proof in rows():
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", proof)
        if not named or not stopped:
            wrong.append(f"{attack}: no test")
        for path, name in named:
            if not (ROOT / path).is_file() or name not in known_tests(path):
                wrong.append(f"{attack}: {path} has no {name}")
    assert wrong == []

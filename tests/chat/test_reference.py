"""The reference pages say what the tables say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["commands.md", "lifecycle.md", "signs.md"])
def test_a_page_is_as_its_tables_make_it(name: str) -> None:
    page: str = script().PAGES[name]()
    stored = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert stored == page, "run: python scripts/reference.py"

"""The reference pages say what the platforms declare. `python -m tests.adapters.test_reference` writes the tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.reference import capability_table, overview_table, settings_table, words_for
from adapters.registry import PLATFORMS, load
from adapters.settings import declared, read_duration

PAGES = Path(__file__).parents[2] / "docs" / "reference" / "platforms"


def with_tables(page: str, name: str) -> str:
    """The page with its generated parts as they should be."""
    platform = load(name)
    tables = {"settings": settings_table(platform), "capabilities": capability_table(platform.declares)}
    for part, table in tables.items():
        pattern = rf"<!-- {part} -->\n.*?<!-- end of {part} -->"
        assert re.search(pattern, page, re.S), f"{name}.md has no place for its {part}"
        block = f"<!-- {part} -->\n{table}\n<!-- end of {part} -->"
        page = re.sub(pattern, lambda _, block=block: block, page, flags=re.S)  # type: ignore[misc]
    return page


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_platform_has_a_page_that_says_what_it_declares(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text("utf-8")
    assert page == with_tables(page, name), "write it anew: python -m tests.adapters.test_reference"


def overview() -> str:
    """The first page as it should be."""
    page = (PAGES / "README.md").read_text("utf-8")
    table = overview_table({name: load(name) for name in sorted(PLATFORMS)})
    block = f"<!-- platforms -->\n{table}\n<!-- end of platforms -->"
    pattern = r"<!-- platforms -->\n.*?<!-- end of platforms -->"
    assert re.search(pattern, page, re.S)
    return re.sub(pattern, lambda _: block, page, flags=re.S)


def test_the_first_page_says_what_all_platforms_declare() -> None:
    page = (PAGES / "README.md").read_text("utf-8")
    assert page == overview(), "write it anew: python -m tests.adapters.test_reference"


@pytest.mark.parametrize("name", PLATFORMS)
def test_no_platform_asks_for_what_every_account_says_of_itself(name: str) -> None:
    assert {"name", "platform", "searches", "search_every"}.isdisjoint(one.key for one in declared(load(name).settings))


def test_the_page_on_searches_names_the_platforms_that_offer_them() -> None:
    page = (PAGES.parents[1] / "how-to" / "searches.md").read_text("utf-8")
    named = re.findall(r"^\| (\w+) \|", page.partition("## Where it works")[2], re.M)
    offered = {name: load(name).declares for name in PLATFORMS if load(name).declares.search_pace is not None}
    assert named[1:] == sorted(can.title or name.capitalize() for name, can in offered.items())


@pytest.mark.parametrize("words", ["30s", "5m", "1h", "2d", "0s", "0.25s"])
def test_durations_are_written_as_they_are_read(words: str) -> None:
    assert words_for(read_duration("x", words)) == words


if __name__ == "__main__":
    (PAGES / "README.md").write_text(overview(), "utf-8")
    for name in PLATFORMS:
        path = PAGES / f"{name}.md"
        path.write_text(with_tables(path.read_text("utf-8"), name), "utf-8")

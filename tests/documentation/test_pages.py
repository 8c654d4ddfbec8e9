"""The documentation is whole: no link is broken, no page is lost, nothing that can be set or typed has no page."""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FRONT = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/guestbook/README.md")]
PAGES = [*FRONT, *sorted(DOCS.rglob("*.md"))]

FENCE = re.compile(r"^( *)(`{3,}|~{3,}).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?: \"[^\"]*\")?\)")


@cache
def prose(page: Path) -> str:
    """A page without what stands in it as code."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> Iterator[str]:
    """The addresses of a page's links and pictures."""
    for found in LINK.finditer(CODE.sub("", prose(page))):
        yield unquote(found[1])


@cache
def anchors(page: Path) -> frozenset[str]:
    """What can stand behind `#`: each heading, as code hosts and the site both call it."""
    seen: dict[str, int] = {}
    made = set()
    for line in prose(page).splitlines():
        if heading := re.match(r"#{1,6} +(.*?)(?: +#+)?$", line):
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "")
            slug = re.sub(r"[^\w\- ]", "", unicodedata.normalize("NFC", words).lower()).replace(" ", "-")
            made.add(slug if slug not in seen else f"{slug}-{seen[slug]}")
            seen[slug] = seen.get(slug, 0) + 1
    return frozenset(made)


def inside(page: Path, link: str) -> tuple[Path, str] | None:
    """The file and the anchor of a link that stays in the checkout."""
    if re.match(r"[a-z]+:", link):
        return None
    name, _, anchor = link.partition("#")
    return ((page.parent / name).resolve() if name else page), anchor


def test_no_link_is_broken() -> None:
    broken = []
    for page in PAGES:
        for link in links(page):
            found = inside(page, link)
            if found is None:
                continue
            target, anchor = found
            if not target.exists():
                broken.append(f"{page.relative_to(ROOT)}: {link}: there is no such file")
            elif anchor and anchor not in anchors(target):
                broken.append(f"{page.relative_to(ROOT)}: {link}: no such heading")
    assert broken == []


def test_links_to_the_outside_are_encrypted() -> None:
    assert [(page.name, link) for page in PAGES for link in links(page) if link.startswith("http:")] == []


def test_the_site_needs_nothing_beside_it() -> None:
    """What stands outside of docs/ is in no site; pages there name it without a link."""
    left = [
        (page.relative_to(ROOT).as_posix(), link)
        for page in DOCS.rglob("*.md")
        for link in links(page)
        if (found := inside(page, link)) and not found[0].is_relative_to(DOCS)
    ]
    assert left == []


def reachable(start: Path) -> set[Path]:
    seen: set[Path] = set()
    todo = [start]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        todo += [found[0] for link in links(page) if (found := inside(page, link))]
    return seen


def test_every_page_can_be_reached_from_the_front() -> None:
    for front in (ROOT / "README.md", DOCS / "README.md"):
        lost = set(DOCS.rglob("*.md")) - reachable(front)
        assert sorted(page.relative_to(DOCS).as_posix() for page in lost) == [], front


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_script", ROOT / "scripts" / "site.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_stands_in_the_sites_menu_by_its_kind() -> None:
    menu = script().menu()  # ends the program where a page has no place
    assert [next(iter(part)) for part in menu] == [
        "Twoway", "Tutorial", "How to", "Reference", "Explanation", "Decisions",
    ]  # fmt: skip
    assert menu[1]["Tutorial"] == [{"Your first hour": "tutorial/first-hour.md"}]


def test_every_page_begins_with_its_title_and_has_no_other() -> None:
    wrong = [
        page.relative_to(ROOT).as_posix()
        for page in DOCS.rglob("*.md")
        if not prose(page).startswith("# ") or len(re.findall(r"^# ", prose(page), re.MULTILINE)) != 1
    ]
    assert wrong == []


# What can be asked of us from outside, and where its page is. Commands, options and keys of the settings are compared
# in tests/settings/test_reference.py, what can be typed in chat in tests/chat/test_reference.py, each platform's keys
# in tests/adapters/test_reference.py.

SOURCES = [path for folder in ("adapters", "bot", "models", "sandbox") for path in (ROOT / folder).rglob("*.py")]


def test_every_variable_of_the_environment_that_is_read_has_its_line() -> None:
    told = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").rglob("*.md"))
    read = {
        name
        for path in SOURCES
        for name in re.findall(r"\"((?:TWOWAY|SLACK|TEAMS)_[A-Z_]*[A-Z])(?:_FILE)?\"", path.read_text(encoding="utf-8"))
    }
    assert {"TWOWAY_DATABASE", "SLACK_BOT_TOKEN", "TWOWAY_KEY"} <= read
    assert sorted(name for name in read if name not in told) == []


def test_every_path_that_we_answer_has_its_line() -> None:
    told = (DOCS / "reference" / "http.md").read_text(encoding="utf-8")
    served = {
        path
        for source in (ROOT / "bot").rglob("*.py")
        for path in re.findall(
            r"(?:add_(?:get|post|route)|web\.(?:get|post|route))\([^\"\n]*\"(/[^\"]*)\"", source.read_text()
        )
    }
    assert {"/healthz", "/metrics"} <= served
    assert sorted(path for path in served if path.partition("{")[0] not in told) == []


def test_every_target_of_make_is_told_on_a_page() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    described = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    told = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert sorted(name for name in described - {"help", "clean"} if f"make {name}" not in told) == []


def test_what_the_first_hour_says_to_press_is_there_to_press() -> None:
    first, _, _ = (DOCS / "tutorial" / "first-hour.md").read_text(encoding="utf-8").partition("## Part two")
    labels = set(re.findall(r"\*\*([A-Z][^*]*)\*\*", first))
    places = [*(ROOT / "sandbox" / "page").glob("*.js"), *(ROOT / "bot" / "chat" / "cards").glob("*.py")]
    there = "".join(path.read_text(encoding="utf-8") for path in places)
    assert labels >= {"Claim", "Draft", "Edit", "Kill it"}
    assert sorted(label for label in labels if f'"{label}"' not in there) == []

"""What boards have in common, as pure functions: words to Markdown and back, the marker, what is news to a listener."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.boards import Entry
from adapters.boards_listen import Listener
from adapters.boards_settings import BoardSettings, listed
from adapters.boards_words import from_markdown, mark_of, marked, same_shown, to_markdown, unmarked
from adapters.contract import VOTES, Author, Cursor, Edited, Posted, PostRef, PublicPost, Removed, Text, Voted
from adapters.polling import Rhythm
from adapters.settings import SettingError
from adapters.text import normalised
from sandbox.boards.markdown import visible

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
SAID = [
    'We’re on it: 2 < 3 & "fine".\n\nMore: https://shop.example/help_me ^LM',
    "# no heading\n- no list\n1. no number\n> no quote\n=== no line\n+ plus\n    no code",
    "*no stars* _no lines_ `no code` [no](https://link.example) ~~no~~ <b>no</b> &amp; <!-- no --> |a|b|",
    ":smile: :-) ;) 1:23 C:\\temp \\* (https://shop.example/a_(b)).",
    "‮right to left‬ and​zero width",
    "<script>alert(1)</script>",
]


def test_what_was_approved_is_what_a_visitor_reads() -> None:
    wrong = [words for words in SAID if normalised(visible(to_markdown(words))) != normalised(words)]
    assert wrong == []
    assert visible("*marked* &amp; :smile:") == "marked & 🙂", "the reader of the stand-in is no simpleton"


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab1 *_`[]()<>~#+-=.!|&:;\\\n@/^", max_size=40))
def test_any_words_come_back_as_they_were(words: str) -> None:
    source = to_markdown(words)
    assert normalised(from_markdown(source)) == normalised(words)
    assert normalised(visible(source)) == normalised(words)


def test_a_marker_is_seen_by_no_visitor_and_found_again() -> None:
    for key in ("k1", "-->", "x" * 500, "🙂", ""):
        source = marked(to_markdown("We are on it."), key)
        assert visible(source) == "We are on it."
        assert unmarked(source) == ("We are on it.", mark_of(key))
        assert len(marked("", key)) == len(marked("", "other"))
    assert unmarked("<!-- twoway:zz -->") == ("<!-- twoway:zz -->", "")
    assert unmarked("plain") == ("plain", "")


def test_words_are_compared_as_typed_and_as_shown() -> None:
    assert same_shown('It\'s "fine" -- so...', "It’s “fine” — so…")
    assert not same_shown("2 < 3", "2 > 3")
    assert not same_shown("yes", "no")


def test_settings_that_cannot_be_meant_are_told() -> None:
    for wrong in ({"call_limit": timedelta(0)}, {"longest": 0}):
        with pytest.raises(SettingError):
            BoardSettings(**wrong)  # type: ignore[arg-type]
    assert listed(" 5, ,12 ") == ("5", "12")


# Hearing


def entry(id: str, words: str, *, votes: int | None = None, minutes: int = 0, gone: bool = False) -> Entry:
    author = Author(ref="1", handle="lea", name="Lea")
    extra = {} if votes is None else {VOTES: votes}
    post = PublicPost(
        ref=PostRef(id),
        root=PostRef(id),
        parent=None,
        author=author,
        text=Text.of(words),
        at=AT + timedelta(minutes=minutes),
        extra=extra,
    )
    return Entry(post=post, topic=id, gone=gone)


class Shelf:
    """A board of which only lists are left."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.more: dict[PostRef, int] = {}

    async def newest(self, floor: datetime) -> Sequence[Entry]:
        return list(self.entries)

    async def counted(self) -> Mapping[PostRef, int]:
        return self.more


async def heard(shelf: Shelf, cursor: Cursor | None = None) -> tuple[list[object], Cursor | None]:
    """What one life of a listener hears until nothing is new."""
    rhythm = Rhythm(timedelta(0), timedelta(hours=1), timedelta(0), timedelta(days=1), timedelta(hours=1))
    told: list[object] = []

    async def listen() -> None:
        nonlocal cursor
        async for batch in Listener(shelf, rhythm=rhythm, clock=lambda: AT).run(cursor):
            told.extend(batch.heard)
            cursor = batch.cursor

    task = asyncio.create_task(listen())
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return told, cursor


async def test_votes_are_told_when_they_change_and_of_known_posts_alone() -> None:
    shelf = Shelf()
    old, wish = entry("old", "older than we are", votes=9, minutes=-600), entry("1", "dark mode", votes=3, minutes=1)
    shelf.entries = [old, wish]
    told, cursor = await heard(shelf)
    assert told == [Posted(wish.post)]
    more = replace(old, post=replace(old.post, extra={VOTES: 10}))
    shelf.entries = [more, entry("1", "dark mode", votes=4, minutes=1)]
    told, cursor = await heard(shelf, cursor)
    assert told == [Voted(PostRef("1"), 4)]
    assert (await heard(shelf, cursor))[0] == []
    shelf.more = {PostRef("1"): 5, PostRef("never heard"): 7}
    shelf.entries = []
    assert (await heard(shelf, cursor))[0] == [Voted(PostRef("1"), 5)]


async def test_edits_and_deletions_are_told_once_and_across_lives() -> None:
    shelf = Shelf()
    shelf.entries = [entry("1", "dark mode", minutes=1), entry("2", "a map", minutes=2)]
    _, cursor = await heard(shelf)
    shelf.entries = [entry("1", "dark mode at night", minutes=1), entry("2", "a map", minutes=2, gone=True)]
    told, cursor = await heard(shelf, cursor)
    assert [type(one) for one in told] == [Edited, Removed]
    assert (await heard(shelf, cursor))[0] == []

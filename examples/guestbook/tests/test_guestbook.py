"""The suite that every platform has to pass, over the guest book in memory; and what only a guest book does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.conformance.suite import Conformance
from adapters.conformance.world import Shown, Trick, World
from adapters.errors import Malformed
from adapters.posts import Audience, PostRef
from twoway_guestbook.read import read_entries, read_entry, read_me

from .book import TOKEN, Book

FAULTS = {
    Trick.REFUSE: "refuse",
    Trick.THROTTLE: "throttle",
    Trick.ACCEPT_AND_DROP: "accept_and_drop",
    Trick.ACCEPT_AND_HANG: "accept_and_hang",
    Trick.ACCEPT_LATE: "accept_late",
    Trick.FAIL_BEFORE: "fail_before",
    Trick.FAIL_AFTER: "fail_after",
    Trick.CUT_OFF: "cut_off",
}


class BookWorld(World):
    """What the suite may do in a guest book. What it cannot do is not among its tricks."""

    platform_name = "guestbook"
    tricks = frozenset({Trick.EDIT, Trick.DELETE, Trick.COUNTS_CALLS, Trick.LENGTH, *FAULTS})

    def __init__(self, book: Book) -> None:
        super().__init__()
        self.book = book

    def table(self) -> dict[str, object]:
        return {"server": self.book.base_url, "poll": "50ms", "call_limit": "1s"}

    def secrets(self) -> dict[str, str]:
        return {"token": TOKEN}

    async def post(
        self,
        words: str,
        *,
        author: str = "lea",
        to: PostRef | None = None,
        audience: Audience = Audience.PUBLIC,
        warning: str | None = None,
        picture: str | None = None,
    ) -> PostRef:
        return PostRef(str(self.book.write(author, words, None if to is None else int(to.id)).number))

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [
            Shown(PostRef(str(one.number)), one.words, Audience.PUBLIC, "")
            for one in self.book.entries.values()
            if one.author == "acme" and one.under == int(ref.id)
        ]

    async def edit(self, ref: PostRef, words: str) -> None:
        entry = self.book.entries[int(ref.id)]
        entry.words, entry.edited_at = words, datetime.now(UTC)

    async def delete(self, ref: PostRef) -> None:
        del self.book.entries[int(ref.id)]

    async def misbehave(self, trick: Trick, *, after: timedelta = timedelta(0)) -> None:
        self.book.fault, self.book.late = FAULTS[trick], after.total_seconds()

    async def behave(self) -> None:
        self.book.fault = ""

    def calls(self) -> int:
        return self.book.calls


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with Book.serve() as book:
        one = BookWorld(book)
        try:
            yield one
        finally:
            await one.close()


class TestGuestbook(Conformance):
    """Every test of the suite."""


@pytest.mark.parametrize("value", [None, [], {}, {"entries": [{}]}, {"number": True}, {"number": "1"}, {"author": []}])
def test_what_cannot_be_read_is_named(value: object) -> None:
    for read in (read_me, lambda one: read_entry(one, me="acme"), lambda one: read_entries(one, me="acme")):
        with pytest.raises(Malformed):
            read(value)

"""Mastodon's world: the stand-in of the sandbox, which can do everything that was seen of servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from adapters.conformance.world import Shown, Trick, World
from adapters.mastodon_read import AUDIENCE_WORDS
from adapters.posts import Audience, PostRef
from sandbox.square.standin import SquareStandIn

_AUDIENCES = {word: audience for audience, word in AUDIENCE_WORDS.items()}
_FAULTS: dict[Trick, tuple[str, ...]] = {
    Trick.REFUSE: ("refuse",),
    Trick.THROTTLE: ("throttle",),
    Trick.ACCEPT_AND_DROP: ("accept_and_drop",),
    Trick.ACCEPT_AND_HANG: ("accept_and_hang",),
    Trick.ACCEPT_LATE: ("accept_late",),
    Trick.FAIL_BEFORE: ("fail_before",),
    Trick.FAIL_AFTER: ("fail_after",),
    Trick.IGNORE_KEYS: ("ignore_key",),
    Trick.CUT_OFF: ("cut_off",),
    Trick.NO_STREAM: ("no_stream",),
    Trick.STREAM_DROP: ("stream_drop",),
    Trick.STREAM_SILENT: ("stream_silent",),
    Trick.ODD: ("odd_errors", "odd_acct", "no_history", "no_batch", "no_stream", "ignore_key", "unix_reset"),
}


class Square(World):
    platform_name = "mastodon"
    tricks = frozenset(Trick) - {Trick.BLOCK, Trick.TAKES_ANSWERS, Trick.VOTES, Trick.ANSWER_ELSEWHERE}

    def __init__(self, square: SquareStandIn) -> None:
        super().__init__()
        self.square = square

    def table(self) -> dict[str, object]:
        return {
            "server": self.square.base_url,
            "poll": "100ms",
            "poll_beside_stream": "500ms",
            "stream_idle": "500ms",
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return {"token": self.square.token}

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
        status = await self.square.post(
            f"@{author}",
            f"@acme {words}",
            reply_to=None if to is None else to.id,
            visibility=AUDIENCE_WORDS[audience],
            cw=warning,
            media=() if picture is None else (picture,),
        )
        return PostRef(status.id)

    async def aside(self, words: str, *, author: str = "lea", audience: Audience = Audience.PUBLIC) -> PostRef:
        status = await self.square.post(f"@{author}", words, visibility=AUDIENCE_WORDS[audience])
        return PostRef(status.id)

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [
            Shown(
                PostRef(one.id),
                one.now.text,
                _AUDIENCES[one.visibility.value],
                one.now.warning,
                tuple((kept.body, kept.description or "") for kept in one.now.media),
            )
            for one in self.square.replies_to(ref.id)
            if one.author is self.square.account
        ]

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.square.edit(ref.id, f"@acme {words}")

    async def delete(self, ref: PostRef) -> None:
        await self.square.delete(ref.id)

    async def misbehave(self, trick: Trick, *, after: timedelta = timedelta(0)) -> None:
        for fault in _FAULTS[trick]:
            self.square.fault(fault, seconds=after.total_seconds() or None)

    async def behave(self) -> None:
        self.square.clear_faults()

    def calls(self) -> int:
        return len(self.square.publish_calls)


@asynccontextmanager
async def square_world() -> AsyncIterator[World]:
    async with SquareStandIn.serve(heartbeat=0.2, rate_limit=10_000) as square:
        world = Square(square)
        try:
            yield world
        finally:
            await world.close()

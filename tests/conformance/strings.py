"""Threads' world: the stand-in of the sandbox, where customers mention our account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from sandbox.threads import ThreadsStandIn
from tests.conformance.played import Played

_FAULTS: dict[Trick, str] = {
    Trick.REFUSE: "refuse",
    Trick.THROTTLE: "throttle",
    Trick.ACCEPT_AND_DROP: "accept_and_drop",
    Trick.ACCEPT_AND_HANG: "accept_and_hang",
    Trick.ACCEPT_LATE: "accept_late",
    Trick.FAIL_BEFORE: "fail_before",
    Trick.FAIL_AFTER: "fail_after",
    Trick.CUT_OFF: "cut_off",
}


class Strings(Played):
    faults = _FAULTS
    platform_name = "threads"
    tricks = frozenset(
        {
            Trick.ASIDE,
            Trick.EDIT,
            Trick.DELETE,
            Trick.PICTURES,
            Trick.COUNTS_CALLS,
            Trick.BLOCK,
            Trick.LENGTH,
            *_FAULTS,
        }
    )

    def __init__(self, strings: ThreadsStandIn) -> None:
        super().__init__(strings)
        self.strings = strings

    def table(self) -> dict[str, object]:
        return {
            "server": self.strings.base_url,
            "dialog": self.strings.base_url,
            "poll": "100ms",
            "sweep_every": "1s",
            "ready_every": "50ms",
            "call_limit": "3s",  # two steps; the machine may be busy
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        server = self.strings.server
        return {"token": server.token, "app_secret": server.app_secret, "verify_token": server.verify_token}

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
        post = await self.strings.post(
            author,
            f"@acme {words}",
            reply_to=None if to is None else to.id,
            pictures=() if picture is None else (picture,),
        )
        return PostRef(post.id)

    async def aside(self, words: str, *, author: str = "lea", audience: Audience = Audience.PUBLIC) -> PostRef:
        return PostRef((await self.strings.post(author, words)).id)

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [
            Shown(PostRef(one.id), one.words, Audience.PUBLIC, "")
            for one in self.strings.replies_to(ref.id)
            if one.author is self.strings.account
        ]

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.strings.edit(ref.id, f"@acme {words}")

    async def delete(self, ref: PostRef) -> None:
        await self.strings.delete(ref.id)

    async def block(self, author: str) -> None:
        self.strings.hides_away(author)


@asynccontextmanager
async def strings_world() -> AsyncIterator[World]:
    async with ThreadsStandIn.serve() as strings:
        world = Strings(strings)
        try:
            yield world
        finally:
            await world.close()

"""X's world: the stand-in of the sandbox, signed for by OAuth 1.0a."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from sandbox.x import XStandIn
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


class XWorld(Played):
    faults = _FAULTS
    platform_name = "x"
    tricks = frozenset(
        {Trick.ASIDE, Trick.EDIT, Trick.DELETE, Trick.PICTURES, Trick.COUNTS_CALLS, Trick.BLOCK, Trick.LENGTH, *_FAULTS}
    )

    def __init__(self, x: XStandIn) -> None:
        super().__init__(x)
        self.x = x

    def table(self) -> dict[str, object]:
        return {
            "server": self.x.base_url,
            "consumer_key": self.x.server.consumer_key,
            "poll": "100ms",
            "sweep_every": "1s",
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return self.x.keys

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
        post = await self.x.post(
            author,
            f"@{self.x.account.handle} {words}",
            reply_to=None if to is None else to.id,
            pictures=() if picture is None else (picture,),
        )
        return PostRef(post.first)

    async def aside(self, words: str, *, author: str = "lea", audience: Audience = Audience.PUBLIC) -> PostRef:
        return PostRef((await self.x.post(author, words)).first)

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [
            Shown(PostRef(one.first), one.text, Audience.PUBLIC, "")
            for one in self.x.replies_to(ref.id)
            if one.author is self.x.account
        ]

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.x.edit(ref.id, f"@{self.x.account.handle} {words}")

    async def delete(self, ref: PostRef) -> None:
        await self.x.delete(ref.id)

    async def block(self, author: str) -> None:
        self.x.block(author)


@asynccontextmanager
async def x_world() -> AsyncIterator[World]:
    async with XStandIn.serve(rate_limit=100_000) as x:
        world = XWorld(x)
        try:
            yield world
        finally:
            await world.close()

"""WordPress's world: the stand-in of the sandbox, under one of whose posts customers comment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from sandbox.wordpress import PressStandIn
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


class Press(Played):
    faults = _FAULTS
    platform_name = "wordpress"
    tricks = frozenset({Trick.EDIT, Trick.DELETE, Trick.COUNTS_CALLS, Trick.LENGTH, *_FAULTS})

    def __init__(self, press: PressStandIn) -> None:
        super().__init__(press)
        self.press = press

    def table(self) -> dict[str, object]:
        return {
            "server": self.press.base_url,
            "username": self.press.username,
            "poll": "100ms",
            "sweep_every": "1s",
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return {"password": self.press.password}

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
        return PostRef(str((await self.press.post(author, words, reply_to=None if to is None else to.id)).id))

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [
            Shown(PostRef(str(one.id)), self.press.seen(one), Audience.PUBLIC, "")
            for one in self.press.replies_to(ref.id)
            if one.ours
        ]

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.press.edit(ref.id, words)

    async def delete(self, ref: PostRef) -> None:
        await self.press.delete(ref.id)


@asynccontextmanager
async def press_world() -> AsyncIterator[World]:
    async with PressStandIn.serve() as press:
        world = Press(press)
        try:
            yield world
        finally:
            await world.close()

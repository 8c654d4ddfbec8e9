"""YouTube's world: the stand-in of the sandbox, which can do what recorded answers and the documentation show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from sandbox.youtube import TubeStandIn
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


class Tube(Played):
    faults = _FAULTS
    platform_name = "youtube"
    tricks = frozenset(
        {Trick.ASIDE, Trick.EDIT, Trick.DELETE, Trick.COUNTS_CALLS, Trick.LENGTH, Trick.TAKES_ANSWERS, *_FAULTS}
    )

    def __init__(self, tube: TubeStandIn) -> None:
        super().__init__(tube)
        self.tube = tube

    def table(self) -> dict[str, object]:
        return {
            "server": self.tube.base_url,
            "quota": 10**9,
            "poll": "100ms",
            "sweep_every": "1s",
            "watch_every": "200ms",
            "held_every": "1s",
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return {"token": self.tube.token}

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
        comment = await self.tube.post(
            author, words, reply_to=None if to is None else to.id, picture=picture is not None
        )
        return PostRef(comment.id)

    async def aside(self, words: str, *, author: str = "lea", audience: Audience = Audience.PUBLIC) -> PostRef:
        return PostRef(f"video:{self.tube.new_video('Fixing <things> & bikes', by=author, about=words).id}")

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [
            Shown(PostRef(one.id), one.text, Audience.PUBLIC, "")
            for one in self.tube.replies_to(ref.id)
            if one.author is self.tube.account
        ]

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.tube.edit(ref.id, words)

    async def delete(self, ref: PostRef) -> None:
        await self.tube.delete(ref.id)


@asynccontextmanager
async def tube_world() -> AsyncIterator[World]:
    async with TubeStandIn.serve(quota=10**9) as tube:
        world = Tube(tube)
        try:
            yield world
        finally:
            await world.close()

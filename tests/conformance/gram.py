"""Instagram's world: the stand-in of the sandbox, an account whose customers comment under its picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from sandbox.instagram import Comment, GramStandIn
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


class Gram(Played):
    faults = _FAULTS
    platform_name = "instagram"
    tricks = frozenset(
        {
            Trick.DELETE,
            Trick.COUNTS_CALLS,
            Trick.BLOCK,
            Trick.LENGTH,
            Trick.TAKES_ANSWERS,
            *_FAULTS,
        }
    )

    def __init__(self, gram: GramStandIn) -> None:
        super().__init__(gram)
        self.gram = gram

    def table(self) -> dict[str, object]:
        return {
            "server": self.gram.base_url,
            "poll": "100ms",
            "sweep_every": "1s",
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        server = self.gram.server
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
        under = None if to is None else self._comment(to)
        comment = await self.gram.post(author, words, under=under)
        return PostRef(f"comment/{comment.id}")

    async def replies(self, ref: PostRef) -> list[Shown]:
        comment = self.gram.world.comments.get(ref.id.partition("/")[2])
        below = [] if comment is None else self.gram.replies_to(comment)
        return [
            Shown(PostRef(f"comment/{one.id}"), one.words, Audience.PUBLIC, "")
            for one in below
            if one.author is self.gram.account
        ]

    async def delete(self, ref: PostRef) -> None:
        await self.gram.delete(self._comment(ref))

    async def block(self, author: str) -> None:
        self.gram.block(author)

    def _comment(self, ref: PostRef) -> Comment:
        return self.gram.world.comments[ref.id.partition("/")[2]]


@asynccontextmanager
async def gram_world() -> AsyncIterator[World]:
    async with GramStandIn.serve() as gram:
        world = Gram(gram)
        try:
            yield world
        finally:
            await world.close()

"""Reddit's world: the stand-in of the sandbox, with a subreddit in which customers write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from sandbox.reddit import RedditStandIn
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


class Forum(Played):
    faults = _FAULTS
    platform_name = "reddit"
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

    def __init__(self, forum: RedditStandIn) -> None:
        super().__init__(forum)
        self.forum = forum

    def table(self) -> dict[str, object]:
        return {
            "username": self.forum.account.handle,
            "client_id": self.forum.server.client_id,
            "subreddits": "acme",
            "server": self.forum.base_url,
            "login": self.forum.base_url,
            "poll": "100ms",
            "sweep_every": "1s",
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return {"token": self.forum.token, "client_secret": self.forum.server.client_secret}

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
        thing = await self.forum.post(
            author,
            words,
            title="A question",
            reply_to=None if to is None else to.id,
            pictures=() if picture is None else (picture,),
        )
        return PostRef(thing.name)

    async def aside(self, words: str, *, author: str = "lea", audience: Audience = Audience.PUBLIC) -> PostRef:
        return PostRef((await self.forum.post(author, f"Bikes\n{words}", place="cycling")).name)

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [
            Shown(PostRef(one.name), self.forum.seen(one), Audience.PUBLIC, "")
            for one in self.forum.replies_to(ref.id)
            if one.author is self.forum.account
        ]

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.forum.edit(ref.id, words)

    async def delete(self, ref: PostRef) -> None:
        await self.forum.delete(ref.id)

    async def block(self, author: str) -> None:
        self.forum.block(author)


@asynccontextmanager
async def forum_world() -> AsyncIterator[World]:
    async with RedditStandIn.serve(rate_limit=100_000) as forum:
        world = Forum(forum)
        try:
            yield world
        finally:
            await world.close()

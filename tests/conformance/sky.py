"""Bluesky's world: the stand-in of the sandbox, which can do everything that was seen of a whole network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from sandbox.bluesky import Post, SkyStandIn
from sandbox.bluesky.lexicon import images_of
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
    Trick.NO_STREAM: "no_stream",
    Trick.STREAM_DROP: "stream_drop",
    Trick.STREAM_SILENT: "stream_silent",
}


class Sky(Played):
    faults = _FAULTS
    platform_name = "bluesky"
    tricks = frozenset(
        {
            Trick.ASIDE,
            Trick.EDIT,
            Trick.DELETE,
            Trick.PUSH_CHANGES,
            Trick.PICTURES,
            Trick.COUNTS_CALLS,
            Trick.BLOCK,
            Trick.LENGTH,
            *_FAULTS,
        }
    )

    def __init__(self, sky: SkyStandIn) -> None:
        super().__init__(sky)
        self.sky = sky

    def table(self) -> dict[str, object]:
        return {
            "server": self.sky.base_url,
            "identifier": self.sky.account.handle,
            "jetstream": self.sky.jetstream_url,
            "poll": "100ms",
            "sweep_every": "1s",
            "stream_idle": "500ms",
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return {"token": self.sky.token}

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
        post = await self.sky.post(
            author,
            f"@{self.sky.account.handle} {words}",
            reply_to=None if to is None else to.id,
            pictures=() if picture is None else (picture,),
        )
        return PostRef(post.uri)

    async def aside(self, words: str, *, author: str = "lea", audience: Audience = Audience.PUBLIC) -> PostRef:
        return PostRef((await self.sky.post(author, words)).uri)

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [
            Shown(PostRef(one.uri), one.text, Audience.PUBLIC, "", self._pictures(one))
            for one in self.sky.replies_to(ref.id)
            if one.author is self.sky.account
        ]

    def _pictures(self, post: Post) -> tuple[tuple[bytes, str], ...]:
        blobs = self.sky.server.world.blobs
        return tuple((blobs[str(one["image"]["ref"]["$link"])], str(one["alt"])) for one in images_of(post.value))

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.sky.edit(ref.id, f"@{self.sky.account.handle} {words}")

    async def delete(self, ref: PostRef) -> None:
        await self.sky.delete(ref.id)

    async def block(self, author: str) -> None:
        self.sky.block(author)


@asynccontextmanager
async def sky_world() -> AsyncIterator[World]:
    async with SkyStandIn.serve(rate_limit=100_000) as sky:
        world = Sky(sky)
        try:
            yield world
        finally:
            await world.close()

"""The world of feeds: somebody's blog, whose posts are heard and answered by nobody's program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from sandbox.feeds import Blog
from tests.conformance.played import Played

_FAULTS: dict[Trick, str] = {Trick.CUT_OFF: "cut_off"}


class BlogWorld(Played):
    faults = _FAULTS
    platform_name = "feeds"
    tricks = frozenset({Trick.EDIT, Trick.DELETE, *_FAULTS})

    def __init__(self, blog: Blog) -> None:
        super().__init__(blog)
        self.blog = blog

    def table(self) -> dict[str, object]:
        return {"feeds": self.blog.feed, "poll": "100ms", "inside": "127.0.0.1"}

    def secrets(self) -> dict[str, str]:
        return {}

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
        return PostRef((await self.blog.post(author, words)).id)

    async def replies(self, ref: PostRef) -> list[Shown]:
        return []

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.blog.edit(ref.id, words)

    async def delete(self, ref: PostRef) -> None:
        await self.blog.delete(ref.id)


@asynccontextmanager
async def blog_world() -> AsyncIterator[World]:
    async with Blog.serve() as blog:
        world = BlogWorld(blog)
        try:
            yield world
        finally:
            await world.close()

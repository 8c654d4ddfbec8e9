"""Facebook's world: the stand-in of the sandbox, a Page whose customers comment under its post."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from sandbox.facebook import Comment, PageStandIn
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


class Page(Played):
    faults = _FAULTS
    platform_name = "facebook"
    tricks = frozenset(
        {
            Trick.EDIT,
            Trick.DELETE,
            Trick.PICTURES,
            Trick.COUNTS_CALLS,
            Trick.BLOCK,
            Trick.LENGTH,
            Trick.TAKES_ANSWERS,
            *_FAULTS,
        }
    )

    def __init__(self, page: PageStandIn) -> None:
        super().__init__(page)
        self.page = page

    def table(self) -> dict[str, object]:
        return {
            "server": self.page.base_url,
            "poll": "100ms",
            "sweep_every": "1s",
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        server = self.page.server
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
        pictures = () if picture is None else (picture,)
        under = None if to is None else self._comment(to)
        comment = await self.page.post(author, words, under=under, pictures=pictures)
        return PostRef(f"comment/{comment.id}")

    async def replies(self, ref: PostRef) -> list[Shown]:
        comment = self.page.world.comments.get(ref.id.partition("/")[2])
        below = [] if comment is None else self.page.replies_to(comment)
        return [
            Shown(PostRef(f"comment/{one.id}"), one.words, Audience.PUBLIC, "")
            for one in below
            if one.author is self.page.account
        ]

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.page.edit(self._comment(ref), words)

    async def delete(self, ref: PostRef) -> None:
        await self.page.delete(self._comment(ref))

    async def block(self, author: str) -> None:
        self.page.block(author)

    def _comment(self, ref: PostRef) -> Comment:
        return self.page.world.comments[ref.id.partition("/")[2]]


@asynccontextmanager
async def page_world() -> AsyncIterator[World]:
    async with PageStandIn.serve() as page:
        world = Page(page)
        try:
            yield world
        finally:
            await world.close()

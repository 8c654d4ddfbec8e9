"""The worlds of feedback boards: stand-ins of the sandbox, in whose topics customers write and vote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Ears, Shown, Trick, World
from adapters.contract import Cursor, Hook, Platform, PlatformError
from adapters.posts import Audience, PostRef
from sandbox.boards.standin import BoardStandIn
from sandbox.canny import CannyStandIn
from sandbox.discourse import DiscourseStandIn
from sandbox.github import GitHubStandIn
from sandbox.uservoice import UserVoiceStandIn
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


class Rung(Ears):
    """Ears that ask, and are called as well: what a webhook says is heard beside what lists say."""

    def __init__(self, platform: Platform, board: BoardStandIn, since: Cursor | None) -> None:
        super().__init__(platform, since)
        self._board = board

    async def _listen(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(super()._listen())
            group.create_task(self._called())

    async def _called(self) -> None:
        board = self._board
        at = len(board.outbox)
        while True:
            version = board.changes.version
            for called in board.outbox[at:]:
                at += 1
                hook = Hook(method="POST", path="", query={}, headers=called.headers, body=called.body)
                try:
                    answer = await self._platform.hook(hook)
                except PlatformError:
                    continue  # the bot answers 503 then, and hears it by asking
                assert answer.status == 200
                async with self._came:
                    self.heard.extend(one for one in answer.heard if type(one).__name__ != "Posted")
                    self._came.notify_all()
            await board.changes.after(version)


class BoardWorld(Played):
    faults = _FAULTS
    tricks = frozenset(
        {
            Trick.EDIT,
            Trick.DELETE,
            Trick.PUSH_CHANGES,
            Trick.COUNTS_CALLS,
            Trick.VOTES,
            Trick.LENGTH,
            Trick.TAKES_ANSWERS,
            *_FAULTS,
        }
    )

    def __init__(
        self,
        name: str,
        board: BoardStandIn,
        own: dict[str, object],
        secrets: dict[str, str],
        *,
        without: frozenset[Trick] = frozenset(),
    ) -> None:
        super().__init__(board)
        self.tricks = BoardWorld.tricks - without
        self.platform_name = name
        self.board = board
        self._own = own
        self._secrets = secrets

    def table(self) -> dict[str, object]:
        return {
            **self._own,
            "poll": "100ms",
            "sweep_every": "1s",
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return self._secrets

    def ears(self, platform: Platform, since: Cursor | None = None) -> Ears:
        return Rung(platform, self.board, since)

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
        above = None if to is None else self.board.named(to.id)
        return PostRef(self.board.name(await self.board.post(author, words, reply_to=above)))

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [
            Shown(PostRef(self.board.name(one)), self.board.seen(one), Audience.PUBLIC, "")
            for one in self.board.replies_to(self.board.named(ref.id))
        ]

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.board.edit(self.board.named(ref.id), words)

    async def delete(self, ref: PostRef) -> None:
        await self.board.delete(self.board.named(ref.id))

    async def vote(self, ref: PostRef, *voters: str) -> None:
        await self.board.vote(self.board.named(ref.id), *voters)


@asynccontextmanager
async def discourse_world() -> AsyncIterator[World]:
    async with DiscourseStandIn.serve() as board:
        own: dict[str, object] = {"server": board.base_url, "username": board.username}
        world = BoardWorld("discourse", board, own, {"token": board.token, "hook_secret": board.hook_secret})
        try:
            yield world
        finally:
            await world.close()


@asynccontextmanager
async def github_world() -> AsyncIterator[World]:
    async with GitHubStandIn.serve() as board:
        own: dict[str, object] = {"server": board.base_url, "repository": "acme/app"}
        world = BoardWorld("github", board, own, {"token": board.token, "hook_secret": board.hook_secret})
        try:
            yield world
        finally:
            await world.close()


@asynccontextmanager
async def canny_world() -> AsyncIterator[World]:
    async with CannyStandIn.serve() as board:
        own: dict[str, object] = {"server": board.base_url, "author": board.author}
        world = BoardWorld("canny", board, own, {"token": board.token})
        try:
            yield world
        finally:
            await world.close()


@asynccontextmanager
async def uservoice_world() -> AsyncIterator[World]:
    async with UserVoiceStandIn.serve() as board:
        own: dict[str, object] = {"server": board.base_url, "user": "2", "client_id": board.client_id}
        secrets = {"client_secret": board.token}
        world = BoardWorld("uservoice", board, own, secrets, without=frozenset({Trick.PUSH_CHANGES}))
        try:
            yield world
        finally:
            await world.close()

"""The world around a platform, as the suite sees it: customers who write, and a server that can misbehave.

Every platform brings one World. What a world cannot do it does not list among its `tricks`, and the tests that
need it say so when they are skipped.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

import pytest

from adapters.capabilities import Capabilities
from adapters.contract import Cursor, Heard, Platform, Posted, PostRef
from adapters.posts import Audience
from adapters.registry import PlatformClass, load
from adapters.settings import build


class Trick(Enum):
    """What a world can do besides letting customers write."""

    EDIT = "customers edit"
    DELETE = "customers delete"
    PUSH_CHANGES = "edits and deletions are pushed"
    PICTURES = "customers attach pictures"
    AUDIENCES = "customers choose who sees a post, and the server keeps to it"
    REFUSE = "refuses the next publish"
    THROTTLE = "throttles the next publish"
    ACCEPT_AND_DROP = "accepts the next publish and drops the line"
    ACCEPT_AND_HANG = "accepts the next publish and never answers"
    ACCEPT_LATE = "accepts the next publish later"
    FAIL_BEFORE = "fails the next publish and accepts nothing"
    FAIL_AFTER = "accepts the next publish and says that it failed"
    IGNORE_KEYS = "ignores keys"
    CUT_OFF = "is cut off"
    NO_STREAM = "has no stream"
    STREAM_DROP = "drops streams"
    STREAM_SILENT = "keeps streams open and says nothing"
    ODD = "is an odd server: other statuses, other spellings, things missing"
    COUNTS_CALLS = "counts publish calls"
    BLOCK = "customers block us"
    TAKES_ANSWERS = "deletes the answers to a post along with it"
    VOTES = "customers vote"
    ASIDE = "people write of us without naming us"
    ANSWER_ELSEWHERE = "colleagues answer with another tool, in the one place for an answer"
    LENGTH = "counts as the platform does, and refuses what is too long"


@dataclass(frozen=True, slots=True)
class Shown:
    """A reply of ours as the server's visitors see it."""

    ref: PostRef
    words: str
    audience: Audience
    warning: str
    #: Of each its bytes, None where visitors get others, and its words for who cannot see it.
    pictures: tuple[tuple[bytes | None, str], ...] = ()


class World(ABC):
    """One running server with one account of ours."""

    platform_name: str
    tricks: frozenset[Trick]
    audience = Audience.PUBLIC  # who sees what customers write here, if they do not choose

    def __init__(self) -> None:
        self._made: list[Platform] = []

    async def close(self) -> None:
        """Closes every platform that was made here."""
        for platform in self._made:
            await platform.close()

    @property
    def kind(self) -> PlatformClass:
        return load(self.platform_name)

    @property
    def can(self) -> Capabilities:
        return self.kind.declares

    def need(self, trick: Trick) -> None:
        if trick not in self.tricks:
            pytest.skip(f"this world cannot: {trick.value}")

    @abstractmethod
    def table(self) -> dict[str, object]:
        """The settings of our account here, as they would stand in the file; fast enough for tests."""

    @abstractmethod
    def secrets(self) -> dict[str, str]: ...

    def platform(
        self, *, secrets: Mapping[str, str] | None = None, table: Mapping[str, object] | None = None
    ) -> Platform:
        """Our account here, not yet opened; closed with the world."""
        settings: object = build(self.kind.settings, {**self.table(), **(table or {})}, secrets or self.secrets())
        platform = self.kind(settings)
        self._made.append(platform)
        return platform

    def ears(self, platform: Platform, since: Cursor | None = None) -> Ears:
        """What `platform` hears. A world that calls us brings ears of its own."""
        return Ears(platform, since)

    def elsewhere(self, address: str) -> dict[str, object]:
        """The setting that says where the server is."""
        return {"server": address}

    @abstractmethod
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
        """A customer writes to us (the world adds whatever makes us hear it)."""

    async def aside(self, words: str, *, author: str = "lea", audience: Audience = Audience.PUBLIC) -> PostRef:
        """Somebody writes of us where we hear nothing of it: only a search can find it."""
        raise NotImplementedError

    @abstractmethod
    async def replies(self, ref: PostRef) -> list[Shown]:
        """Our replies to a post that stand now, oldest first."""

    async def settled(self) -> None:
        """Until what the server has accepted stands where we look for it. Most show it at once."""
        await asyncio.sleep(0)

    async def edit(self, ref: PostRef, words: str) -> None:
        raise NotImplementedError

    async def delete(self, ref: PostRef) -> None:
        raise NotImplementedError

    async def answer_elsewhere(self, ref: PostRef, words: str) -> None:
        raise NotImplementedError

    async def block(self, author: str) -> None:
        raise NotImplementedError

    async def vote(self, ref: PostRef, *voters: str) -> None:
        raise NotImplementedError

    async def misbehave(self, trick: Trick, *, after: timedelta = timedelta(0)) -> None:
        raise NotImplementedError

    async def behave(self) -> None:
        raise NotImplementedError

    def calls(self) -> int:
        """How many publish calls came in."""
        raise NotImplementedError


class Ears:
    """What a platform hears, collected; used as an async context manager."""

    def __init__(self, platform: Platform, since: Cursor | None = None) -> None:
        self._platform = platform
        self._since = since
        self._came = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self.heard: list[Heard] = []
        self.cursors: list[Cursor] = []
        self.batches: list[tuple[Heard, ...]] = []

    async def __aenter__(self) -> Ears:
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        async for batch in self._platform.listen(self._since):
            async with self._came:
                self.heard.extend(batch.heard)
                self.batches.append(batch.heard)
                self.cursors.append(batch.cursor)
                self._came.notify_all()

    async def until(self, condition: Callable[[list[Heard]], bool], *, seconds: float = 60) -> list[Heard]:
        """Everything heard, as soon as the condition holds; the listener's own error if it ended."""
        assert self._task is not None

        async def wait() -> None:
            async with self._came:
                await self._came.wait_for(lambda: condition(self.heard))

        waiting = asyncio.create_task(wait())
        done, _ = await asyncio.wait({waiting, self._task}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if waiting in done:
            return list(self.heard)
        waiting.cancel()
        if self._task in done:
            self._task.result()
        raise AssertionError(f"not heard within {seconds} s; heard {self.heard}")

    async def told(self, wanted: Collection[PostRef], *, seconds: float = 60) -> list[Heard]:
        """Everything heard, as soon as all of these posts are."""
        return await self.until(lambda heard: set(wanted) <= set(refs(heard)), seconds=seconds)

    async def post(self, ref: PostRef) -> Posted:
        """The post with this reference, once it is heard."""
        heard = await self.until(lambda all_: any(isinstance(one, Posted) and one.post.ref == ref for one in all_))
        return next(one for one in heard if isinstance(one, Posted) and one.post.ref == ref)


def refs(heard: list[Heard]) -> list[PostRef]:
    return [one.post.ref for one in heard if isinstance(one, Posted)]

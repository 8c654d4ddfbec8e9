"""A platform made by hand: the world outside, told what to say. Not one of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from adapters.contract import (
    Author,
    Batch,
    Capabilities,
    Cursor,
    Gone,
    Hears,
    Hook,
    HookAnswer,
    Once,
    Posted,
    PostRef,
    PublicPost,
)


class Hand:
    """`say` puts posts into the world; `listen` gives batches; `failing` is raised by everything."""

    name: ClassVar[str] = "hand"
    declares: ClassVar[Capabilities] = Capabilities(
        hears=frozenset({Hears.POLL}), replies=True, once=Once.KEY, finds=True, threads=True
    )

    def __init__(self) -> None:
        self.can = self.declares
        self.world: dict[PostRef, PublicPost | Gone] = {}
        self.batches: asyncio.Queue[Batch] = asyncio.Queue()
        self.failing: Exception | None = None
        self.since: list[Cursor | None] = []
        self.opened = 0
        self.fetched: list[PostRef] = []
        self.threads_asked: list[PostRef] = []

    def say(self, *posts: PublicPost, cursor: str | None = None) -> None:
        for post in posts:
            self.world[post.ref] = post
        if cursor is not None:
            self.batches.put_nowait(Batch(tuple(Posted(post) for post in posts), Cursor(cursor)))

    async def open(self) -> Author:
        self._check()
        self.opened += 1
        return Author(ref="id-acme", handle="acme", name="Acme")

    async def close(self) -> None: ...

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        self.since.append(since)
        while True:
            batch = await self.batches.get()
            self._check()
            yield batch

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        self._check()
        self.threads_asked.append(ref)
        there = [post for post in self.world.values() if isinstance(post, PublicPost)]
        root = next((post.root for post in there if post.ref == ref), None)
        return sorted((post for post in there if post.root == root), key=lambda post: post.at)

    async def fetch(self, refs: Sequence[PostRef]) -> dict[PostRef, PublicPost | Gone]:
        self._check()
        self.fetched += refs
        return {ref: self.world.get(ref, Gone(ref)) for ref in refs}

    async def hook(self, request: Hook) -> HookAnswer:
        self._check()
        heard = tuple(Posted(post) for post in self.world.values() if isinstance(post, PublicPost))
        return HookAnswer(status=200, body=request.body, heard=heard)

    def _check(self) -> None:
        if self.failing is not None:
            raise self.failing

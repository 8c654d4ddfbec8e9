"""Containers: what a reply is on Threads before it is published, made once a reply and kept until it cannot matter.

A container is published at most once, however often somebody asks. So its id is stored, under the reply's key, before
it is published; whoever comes later, after a crash or an unknown outcome, publishes the same one. It is kept beside
the account's tokens, and forgotten when it has expired. Where from: documentation/threads/posts and /troubleshooting.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapters.errors import Malformed
from adapters.http import Clock
from adapters.keeping import Keeper
from adapters.posts import Reply
from adapters.threads_settings import CONTAINER_LIVES
from adapters.tokens import Tokens, read_kept

log = logging.getLogger(__name__)

_PREFIX = "container:"
FORGET_AFTER = CONTAINER_LIVES + timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Container:
    """One reply, made and perhaps published. `media` is what was published from it, if we were told."""

    id: str
    made: datetime
    media: str = ""

    def to_words(self) -> str:
        return f"{self.id} {self.made.isoformat()} {self.media}".strip()

    @classmethod
    def read(cls, words: str) -> Container:
        parts = words.split(" ")
        try:
            made = datetime.fromisoformat(parts[1])
        except (IndexError, ValueError):
            raise Malformed("kept container", "an id and a time") from None
        if not parts[0] or made.tzinfo is None:
            raise Malformed("kept container", "an id and a time")
        return cls(parts[0], made, parts[2] if len(parts) > 2 else "")


def name_of(reply: Reply, key: str) -> str:
    """Under what a container is kept: its key, what it answers and its very words, so that no other is taken for it."""
    parts = "\x1f".join((key, reply.parent.id, reply.text.plain))
    return _PREFIX + hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Containers:
    """Those of one account. What is read and written here is stored when the call returns."""

    def __init__(self, keeper: Keeper, *, clock: Clock) -> None:
        self._keeper = keeper
        self._clock = clock

    async def get(self, name: str) -> Container | None:
        return _read(await self._kept(), name)

    async def put(self, name: str, container: Container) -> None:
        await self._change(name, container)

    async def drop(self, name: str) -> None:
        await self._change(name, None)

    async def _change(self, name: str, container: Container | None) -> None:
        """Alone, since the same drawer holds the tokens, which somebody may be renewing."""
        async with self._keeper.alone():
            tokens = await self._kept()
            before = self._clock() - FORGET_AFTER
            more = {key: words for key, words in tokens.more.items() if key != name and not _old(key, words, before)}
            if container is not None:
                more[name] = container.to_words()
            await self._keeper.keep(replace(tokens, more=more).to_json(), ends=tokens.connect_by)

    async def _kept(self) -> Tokens:
        words = await self._keeper.load()
        if words is None:  # the token is from the environment: there is nothing but containers to keep
            return Tokens(access="environment", made=self._clock())
        return read_kept(words)


def _read(tokens: Tokens, name: str) -> Container | None:
    words = tokens.more.get(name)
    try:
        return None if words is None else Container.read(words)
    except Malformed:
        log.warning("a kept container cannot be read")
        return None


def _old(key: str, words: str, before: datetime) -> bool:
    if not key.startswith(_PREFIX):
        return False
    try:
        return Container.read(words).made < before
    except Malformed:
        return True

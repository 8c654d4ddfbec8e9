"""Links in drafts that lead nowhere: asked once each, beside the work, and never waited for.

A link is dead where its page answers 404 or 410, or where its name is known to be nobody's. Whatever else happens (no
answer, a page that wants a password, a name server that is away, an address inside a network of ours, which is never
spoken to) says nothing about it. What is known is in memory, of the last links only.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from adapters.errors import Throttled, Unreachable
from adapters.fetching import Fetcher
from bot.triage.places import links
from models.chat import CardKind
from models.store import Store
from models.wakes import Topic

log = logging.getLogger("twoway.links")

#: So long an answer is believed, so many of them are remembered, and so many links wait to be asked.
BELIEVED = timedelta(hours=6)
REMEMBERED = 500
WAITING = 100
#: Of one draft; whoever writes more of them has asked enough.
OF_ONE = 3
#: All of an answer that is read, and how long it may take: its status is all that counts.
LARGEST = 256 * 1024
WITHIN = timedelta(seconds=5)

GONE = frozenset({404, 410})
#: Names that are nobody's by agreement (RFC 2606, RFC 6761): examples, which nobody asks about.
_EXAMPLES = (".example", ".test", ".invalid", ".localhost", ".onion")
_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class DeadLinks:
    """One a process."""

    def __init__(self, store: Store, fetcher: Fetcher | None = None) -> None:
        self._store = store
        self._fetcher = fetcher or Fetcher(largest=LARGEST, limit=WITHIN)
        self._known: dict[str, tuple[datetime, bool]] = {}
        self._asked: set[str] = set()
        self._queue: asyncio.Queue[tuple[str, int]] = asyncio.Queue(maxsize=WAITING)

    @property
    def waiting(self) -> int:
        """How many are to be asked about."""
        return self._queue.qsize()

    def among(self, text: str, draft: int) -> Sequence[str]:
        """Those of a text's links that are known to be dead. The others are asked about: where one is found to be
        dead, the card of this draft is shown anew."""
        now = self._store.clock()
        dead = []
        for link in list(dict.fromkeys(links(text)))[:OF_ONE]:
            at, is_dead = self._known.get(link, (None, False))
            if at is not None and at > now - BELIEVED:
                dead += [link] if is_dead else []
            elif link not in self._asked and not self._queue.full() and _may_be_asked(link):
                self._asked.add(link)
                self._queue.put_nowait((link, draft))
        return dead

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set: one link after the other."""
        with self._store.wakes.listening(Topic.TIME) as roused:
            while not stop.is_set():
                if self._queue.empty():
                    await roused.wait(1.0)
                    continue
                link, draft = self._queue.get_nowait()
                try:
                    await self._ask(link, draft)
                except Exception as error:
                    log.exception("links stumbled", extra={"error": type(error).__name__})
                finally:
                    self._asked.discard(link)

    async def _ask(self, link: str, draft: int) -> None:
        dead = await is_dead(self._fetcher, link)
        self._known.pop(link, None)
        self._known[link] = (self._store.clock(), dead)
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        if dead:
            async with self._store.work() as work:
                work.want(CardKind.DRAFT, draft)


async def is_dead(fetcher: Fetcher, link: str) -> bool:
    """Whether nothing is there, as far as its server or the name servers say so for sure."""
    try:
        return (await fetcher.get(link)).status in GONE
    except Throttled:
        return False
    except Unreachable as error:
        return _no_such_name(error)


def _no_such_name(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return cause.errno in _NO_SUCH_NAME
        cause = cause.__cause__
    return False


def _may_be_asked(link: str) -> bool:
    try:
        host = (urlsplit(link).hostname or "").lower()
    except ValueError:
        return False
    return link.startswith(("http://", "https://")) and "." in host and not host.endswith(_EXAMPLES)

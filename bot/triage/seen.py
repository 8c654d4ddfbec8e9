"""Which earlier conversations resemble one: found by vectors when a post was read, written down as rows for the cards.

Two things come of it: conversations that were answered (with what, the card asks the store), and those of late in
which others say the same in words of their own. It is a room beside the reader: nothing waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from bot.triage.delicate import is_delicate
from bot.triage.shelf import MOST, Likeness, Near, Packed, Shelf, leveled, packed
from bot.triage.vectors import Matrix
from models import resembling
from models.resembling import OVERLAP, Alike, Kept, Sought
from models.store import Store
from models.triage import RECENT
from models.wakes import Topic

log = logging.getLogger("twoway.seen")

#: How near an answered conversation must be to be shown. Of 900 complaints about airlines with one of nine reasons,
#: 95 % have another so near, which has the same reason in 76 %; by chance 26 % have.
LEAST = 0.5
#: How near others must be to be called the same topic: 84 % of such pairs had the same reason.
SAME_TOPIC = 0.6
#: Answered ones on a card, and others of late.
ANSWERED, OTHERS = 3, 5
#: So many are looked at for those that were answered.
LOOKED_AT = 400
#: How often it is looked without being roused.
LOOK = 2.0
#: Between being roused and looking: a post is read a moment after it came.
GATHER = 0.1
#: Rows in one question to the store.
PAGE = 2_000
#: After a new start, so many that nobody looked at are looked at.
LEFT = 200


class Seen:
    """One a process."""

    def __init__(
        self, store: Store, likeness: Callable[[], Likeness | None], *, most: int = MOST, rules: Path | None = None
    ) -> None:
        """`likeness` is asked until it knows whose vectors are compared."""
        self._store = store
        self._likeness = likeness
        self._rules = rules
        self._model = ""
        self._most = most
        self._shelf = Shelf(0)
        self._read_to: datetime | None = None  # None: nothing is loaded yet
        self._lately: dict[int, tuple[int, datetime]] = {}  # what was taken in within the overlap
        self._told_to: datetime | None = None

    @property
    def shelf(self) -> Shelf:
        return self._shelf

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set."""
        with (
            self._store.wakes.listening(Topic.SHOW) as shown,
            self._store.wakes.listening(Topic.ERASED) as erased,
        ):
            while not stop.is_set():
                try:
                    more = await self.look()
                except Exception as error:
                    log.exception("looking for likes stumbled", extra={"error": type(error).__name__})
                    more = False
                if more:
                    continue
                waits = [asyncio.ensure_future(one.wait(LOOK)) for one in (shown, erased)]
                done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for one in waits:
                    one.cancel()
                await asyncio.gather(*waits, return_exceptions=True)
                if waits[1] in done and not waits[1].cancelled() and waits[1].result():
                    await self.let_go()
                with suppress(TimeoutError):  # what comes together is one look
                    async with asyncio.timeout(GATHER):
                        await stop.wait()

    async def look(self) -> bool:
        """Take in what was read, look for its likes; tell cards of answers. Whether there may be more."""
        if self._read_to is None and not await self._load():
            return False
        assert self._read_to is not None
        async with self._store.reading() as session:
            rows = await resembling.kept_since(session, self._model, self._read_to - OVERLAP, limit=PAGE)
        fits, lately = self._shelf.fits, self._lately
        new = [one for one in rows if lately.get(one.post) != (one.version, one.at) and fits(one.vector)]
        await self._take_in(new)
        if rows:
            self._read_to = max(self._read_to, rows[-1].at)
        self._lately |= {one.post: (one.version, one.at) for one in new}
        old = self._read_to - 2 * OVERLAP
        self._lately = {post: said for post, said in self._lately.items() if said[1] >= old}
        await self._look_for(new)
        await self._tell()
        return len(new) == PAGE

    async def let_go(self) -> None:
        """After words were erased: their vectors leave the memory, too."""
        async with self._store.reading() as session:
            there = await resembling.still_kept(session, self._shelf.lowest)
        gone = self._shelf.known() - there
        self._shelf.drop(gone)

    async def _load(self) -> bool:
        """What is kept, from the newest on; then those that came while nobody looked are looked for. False: it is not
        known yet what can be compared."""
        likeness, begun = self._likeness(), self._store.clock()
        if likeness is None:
            return False
        self._model = likeness.model
        if not likeness.level:
            async with self._store.reading() as session:
                rows = await resembling.page(session, self._model, below=None, limit=PAGE)
            likeness = leveled(likeness, [one.vector for one in rows])
            if likeness is None:
                return False
        self._shelf = likeness.shelf(self._most)
        below: int | None = None
        while len(self._shelf) < self._most:
            async with self._store.reading() as session:
                rows = await resembling.page(session, self._model, below=below, limit=PAGE)
            if not rows:
                break
            below = rows[-1].post
            await self._take_in([one for one in rows if self._shelf.fits(one.vector)][: self._most - len(self._shelf)])
            self._lately |= {one.post: (one.version, one.at) for one in rows if one.at >= begun - 2 * OVERLAP}
        async with self._store.reading() as session:
            left = await resembling.unsought(session, since=begun - RECENT, limit=LEFT)
            rows = await resembling.page(session, self._model, below=None, limit=PAGE) if left else ()
        self._read_to = begun
        log.info("vectors loaded", extra={"posts": len(self._shelf), "megabytes": round(self._shelf.size / 2**20)})
        await self._look_for([one for one in rows if one.post in left and self._shelf.fits(one.vector)])
        return True

    async def _take_in(self, rows: Sequence[Kept]) -> None:
        if not rows:
            return
        kept = await asyncio.to_thread(self._packed, [one.vector for one in rows])
        for one, row in zip(rows, kept, strict=True):
            self._shelf.put(one.post, one.conversation, one.channel, row)

    def _packed(self, raw: Sequence[bytes]) -> list[Packed]:
        return packed(self._shelf.level(raw))

    async def _look_for(self, new: Sequence[Kept]) -> None:
        """One post after the other: each is a product of some milliseconds, in a thread."""
        if not new:
            return
        async with self._store.reading() as session:
            said = await resembling.sought(session, [one.post for one in new])
        level = await asyncio.to_thread(self._shelf.level, [one.vector for one in new])
        found: list[tuple[Kept, list[Alike]]] = []
        for one, row in zip(new, level, strict=True):
            post = said.get(one.post)
            if post is None:
                continue
            likes = [] if await asyncio.to_thread(_barred, post, self._rules) else await self.likes(one, row)
            if likes or one.version > 1:  # a first version that is like nothing leaves no rows
                found.append((one, likes))
        if not found:
            return
        async with self._store.work() as work:
            for one, likes in sorted(found, key=lambda some: some[0].conversation):
                await resembling.keep_likeness(work, one.post, one.version, one.conversation, likes)

    async def likes(self, post: Kept, row: Matrix) -> list[Alike]:
        """The nearest that were answered, and the nearest of late that were not."""
        near = await asyncio.to_thread(
            self._shelf.nearest,
            row,
            channel=post.channel,
            apart_from=post.conversation,
            least=LEAST,
            limit=LOOKED_AT,
        )
        async with self._store.reading() as session:
            there = await resembling.answered_among(session, post.channel, [one.conversation for one in near])
        answered = [one for one in near if there.get(one.conversation) is True][:ANSWERED]
        others = [one for one in near if there.get(one.conversation) is False and one.score >= SAME_TOPIC][:OTHERS]
        return [Alike(one.conversation, one.post, one.score) for one in _by_score([*answered, *others])]

    async def _tell(self) -> None:
        """Where a reply went out, the cards of those like it can say so."""
        now = self._store.clock()
        since, self._told_to = self._told_to, now
        if since is None:
            return
        async with self._store.reading() as session:
            numbers = await resembling.answered_since(session, since - OVERLAP / 10)
        if numbers:
            async with self._store.work() as work:
                await resembling.show_those_like(work, numbers)


def _barred(post: Sought, rules: Path | None) -> bool:
    return is_delicate(post.words, post.language, post.chances.get("urgency"), rules)


def _by_score(near: Sequence[Near]) -> list[Near]:
    return sorted(near, key=lambda one: (-one.score, -one.conversation))

"""Watches for the same text from many: conversations that begin are compared with those of late, and who says the same
comes into one storm. It is a room beside hearing: nothing that is heard waits for it, and with it stopped every
conversation simply has its own card.

What is alike is decided in `copies.py`, which has its memory from the store and makes it anew at every start: the same
posts in the same order come to the same storms, so that a kill in between loses nothing and doubles nothing.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.settings.triage import Watching
from bot.triage.copies import Copies
from models.chat import CardKind
from models.reading import storm_answers
from models.reading import storms as reading
from models.reading.storms import Opened
from models.store import Store
from models.storms import Apart, Joining, begin, join, looked_at, over_at, rated, spoke
from models.wakes import Topic

log = logging.getLogger("twoway.storms")

#: The longest pause between two looks.
LOOK_EVERY = 2.0
#: Between being roused and looking. A card in a stormy channel waits longer than both (hearing/receive.py).
SOON = 0.4
#: Conversations in one look; comparing them takes a hundredth of a second or two, in a thread.
AT_ONCE = 200
#: On PostgreSQL a lower number may be committed a little later: so many below the highest are asked for again, until
#: `SETTLED` has passed.
OVERLAP = 500
SETTLED = timedelta(seconds=30)
#: More letters than these in a row, beyond what typos make, are words of its own: five or six of them.
OWN_WORDS = 12
#: So improbable, at the usual rate, a storm's last hour has to be to be called loud.
IMPROBABLE = 0.001
MANY = 200.0
#: Seconds: a count that takes less costs nothing to speak of; none is older than the other, however long it takes.
QUICK, MOST_BETWEEN = 0.1, 10.0
#: How old the mean of an hour may be before it is counted anew.
USUAL_FOR = timedelta(minutes=30)


def improbable(count: int, usual: float) -> float:
    """How probable it is that at least `count` come in an hour in which `usual` come on average (Poisson)."""
    mean = max(usual, 0.5)  # a channel in which nothing ever happens is surprised by two, not by one
    if count <= 0:
        return 1.0
    if mean > MANY:
        # As good as a bell curve by then, and the sum would be of numbers that are too small for it.
        return 0.5 * math.erfc((count - 0.5 - mean) / math.sqrt(2 * mean))
    term = math.exp(-mean)
    below = 0.0
    for nth in range(count):
        below += term
        term *= mean / (nth + 1)
    return max(0.0, 1.0 - below)


@dataclass(frozen=True, slots=True)
class _Member:
    """A conversation that says the same as others: what has to be known to write it down."""

    number: int
    channel: int
    post: int
    version: int
    who: int
    at: datetime
    apart: Apart


EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Group:
    """Those who say the same; once they are a storm, only those that are not written down yet."""

    members: list[_Member] = field(default_factory=list)
    storm: int | None = None
    last_at: datetime = EARLIEST


class Storms:
    """One a process."""

    def __init__(self, store: Store, watching: Watching) -> None:
        self._store = store
        self._watching = watching
        self._copies = Copies(window=watching.window.total_seconds())
        self._groups: dict[int, _Group] = {}
        self._seen: set[int] = set()
        self._recent: deque[tuple[datetime, int]] = deque()
        self._low: int | None = None  # everything up to here was looked at
        self._marks: dict[int, tuple[int, int]] = {}
        self._counted_again = 0.0
        self._usual: dict[int, tuple[datetime, int]] = {}
        self._inside: dict[int, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set."""
        with self._store.wakes.listening(Topic.SHOW) as roused:
            while not stop.is_set():
                try:
                    full = await self.look() >= AT_ONCE
                except Exception as error:
                    log.exception("storms stumbled", extra={"error": type(error).__name__})
                    full = False
                if not full and await roused.wait(LOOK_EVERY):
                    # Much of what rouses us is not ours, and a post is followed by others: later they are one look.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(SOON):
                            await stop.wait()

    async def look(self) -> int:
        """Take in what began since the last look; how many conversations were new."""
        since = self._store.clock() - self._watching.window
        async with self._store.reading() as session:
            if self._low is None:
                self._low = await reading.number_before(session, since)
            limit = AT_ONCE if self._store.embedded else OVERLAP + AT_ONCE
            opened = await reading.opened_after(session, self._low, limit=limit)
        new = [one for one in opened if one.number not in self._seen]
        if new:
            # Not on the loop: a batch is tens of milliseconds of computing.
            for group in await asyncio.to_thread(self._compare, new):
                await self._write_down(group)
            if self._marks:  # a storm goes on somewhere: there, new cards wait for us
                async with self._store.work() as work:
                    await looked_at(work, [one.number for one in new])
            self._seen |= {one.number for one in new}
        self._settle(opened)
        self._forget(since)
        await self._show_changes(since)
        return len(new)

    def _compare(self, new: Sequence[Opened]) -> list[_Group]:
        """The groups that these joined, each once."""
        joined: dict[int, _Group] = {}
        for one in new:
            seen = self._copies.see(one.number, one.channel, one.at.timestamp(), one.words)
            if seen is None:
                continue
            apart = Apart.DIFFERENT if seen.first != one.number and seen.own > OWN_WORDS else Apart.NOT
            if one.reach is not None and one.reach >= self._watching.reach:
                apart = Apart.FOLLOWED
            group = self._groups.setdefault(seen.first, _Group())
            group.members.append(_Member(one.number, one.channel, one.post, one.version, one.who, one.at, apart))
            group.last_at = one.at
            if seen.first != one.number:
                joined[seen.first] = group
        return list(joined.values())

    async def _write_down(self, group: _Group) -> None:
        """Who joined, once they are enough people for a storm, or where there is one already: after a new start the
        store knows it, and who was taken out of it."""
        members = sorted(group.members, key=lambda one: one.number)
        async with self._store.reading() as session:
            known = await reading.storms_of(session, [one.number for one in members])
        storm = group.storm if group.storm is not None else max(known.values(), default=None)
        new = [one for one in members if one.number not in known]
        since = group.last_at - self._watching.window
        people = {one.who for one in members if one.at >= since}
        if storm is None and len(people) < self._watching.people:
            return
        if new:
            async with self._store.work() as work:
                if storm is None:
                    first = members[0]
                    storm = await begin(
                        work, channel=first.channel, first=first.number, began_at=first.at, last_at=group.last_at
                    )
                    log.info("storm", extra={"storm": storm, "channel": first.channel, "people": len(people)})
                await spoke(work, storm, group.last_at)
                joining = [Joining(one.number, one.post, one.version, one.apart, one.at) for one in new]
                await join(work, storm, joining)
        group.storm, group.members = storm, []

    def _settle(self, opened: Sequence[Opened]) -> None:
        """What need not be asked for again."""
        if not opened:
            return
        last, now = opened[-1].number, self._store.clock()
        if self._store.embedded:
            self._low = last  # one writer: numbers come in their order
        elif len(opened) > OVERLAP:
            self._low = opened[-OVERLAP].number
        else:
            self._recent.append((now, last))
            while self._recent[0][0] < now - SETTLED:
                self._low = max(self._low or 0, self._recent.popleft()[1])
        low = self._low or 0
        self._seen = {number for number in self._seen if number > low}

    def _forget(self, since: datetime) -> None:
        """Groups in which nobody spoke within the window."""
        if len(self._groups) > 2 * len(self._copies) + AT_ONCE:
            self._groups = {first: group for first, group in self._groups.items() if group.last_at >= since}

    async def _show_changes(self, since: datetime) -> None:
        """A storm in which something happened is shown anew, and with it the answers that were prepared for it. To
        count thousands takes a while: then that is done more rarely, so that it takes a tenth of the time at most."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._counted_again:
            return
        begun = loop.time()
        try:
            await self._count(since)
        finally:
            took = loop.time() - begun
            self._counted_again = loop.time() + (min(9 * took, MOST_BETWEEN) if took > QUICK else 0.0)

    async def _count(self, since: datetime) -> None:
        async with self._store.reading() as session:
            marks = await reading.marks(session, since=since)
            changed = {storm for storm, mark in marks.items() if self._marks.get(storm) != mark}
            answers = await storm_answers.answers_of(session, changed) if changed else ()
        for storm in changed:
            await self._judge(storm)
        if changed:
            async with self._store.work() as work:
                for storm in changed:
                    work.want(CardKind.STORM, storm)
                for answer in answers:
                    work.want(CardKind.STORM_ANSWER, answer)
        self._marks = marks

    async def _judge(self, storm: int) -> None:
        """Whether its last hour is far more than usual. What was loud once stays so: its card says the rate of now."""
        now = self._store.clock()
        async with self._store.reading() as session:
            facts = await reading.storm_facts(session, storm, now)
            if facts is None:
                return
            counted = self._usual.get(facts.channel)
            if counted is None or counted[0] < now - USUAL_FOR:
                counted = (now, await reading.in_such_hours(session, facts.channel, now))
                self._usual[facts.channel] = counted
        # Who is still being looked at joined long before: while the number grows it is not over, however late we are.
        inside = sum(count for _, count in facts.states)
        grew = inside > self._inside.get(storm, inside)
        self._inside[storm] = inside
        over = (now if grew else facts.last_at) + self._watching.over_after
        if facts.people >= self._watching.digest_from and over > now:
            async with self._store.work() as work:
                await over_at(work, storm, facts.channel, over)
        usual = counted[1] / reading.WEEK
        loud = facts.loud or improbable(facts.in_hour, usual) < IMPROBABLE
        if (facts.usual, facts.loud) != (usual, loud):
            async with self._store.work() as work:
                await rated(work, storm, in_week=counted[1], loud=loud)

"""What comes with the hours that people set: claims handed over at the end of a shift, conversations that come back
from a snooze, returning customers offered to who knows them. Each is a row; whichever machine takes it does it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.chat.cards.people import offered_card
from bot.chat.channels import Channels, place_of
from bot.chat.contract import ChatError, ChatThrottled, Person, Surface
from bot.chat.present import on_shift_in, who_takes_over, working_of
from bot.desk import shifts as desk
from bot.reports.shifts import DayEnd, last_end, next_end, on_shift
from models.duty import Duty, Offer, looked_at
from models.lifecycle import State
from models.reading.known import acquaintances
from models.reading.newcomers import MANY, Newcomer, newest, nobody_told_hours, returning
from models.reading.offers import offer_facts
from models.reading.shifts import DutyFacts, HeldFacts, duty_facts, held_since_before
from models.snoozes import Snooze
from models.steps import open_dossier
from models.store import Store
from models.wakes import Topic
from models.worklist import finish, next_due, still_mine, take

log = logging.getLogger("twoway.shifts")

#: The longest pause between two looks; so late a returning customer may be noticed.
LOOK_EVERY = 2.0

#: So long a conversation may take to be seen by us after it was given its number.
SETTLED = timedelta(minutes=1)

#: The private word waits so long for the card that it leads to, so many times.
FOR_THE_CARD = timedelta(seconds=2)
_TRIES = 5


class Shifts:
    """One of each process that delivers. `surfaces` by name."""

    def __init__(self, store: Store, surfaces: Mapping[str, Surface], channels: Channels) -> None:
        self._store = store
        self._surfaces = surfaces
        self._channels = channels
        self._seen = 0  # conversations up to this one were looked at
        self._heights: deque[tuple[datetime, int]] = deque()  # when which was the newest

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set."""
        with self._store.wakes.listening(Topic.TIME) as roused:
            while not stop.is_set():
                try:
                    pause = 0.0 if await self.look() else await self._until_next()
                except Exception as error:
                    log.exception("shifts stumbled", extra={"error": type(error).__name__})
                    pause = LOOK_EVERY
                if pause > 0:
                    await roused.wait(pause)

    async def look(self) -> int:
        """All that is due now; how much that was."""
        return await self._ends() + await self._returns() + await self._offers() + await self._tell()

    async def _until_next(self) -> float:
        async with self._store.reading() as session:
            due = [await next_due(session, Duty), await next_due(session, Snooze), await next_due(session, Offer)]
        soonest = min((one for one in due if one is not None), default=None)
        if soonest is None:
            return LOOK_EVERY
        return min(max((soonest - self._store.clock()).total_seconds(), 0.01), LOOK_EVERY)

    # ------------------------------------------------------------------------------------------- ends of shifts

    async def _ends(self) -> int:
        async with self._store.work() as work:
            due = [(row.id, row.fence, row.rep_id, row.ended_at) for row in await take(work, Duty, limit=10)]
        for row, fence, rep, before in due:
            ended = await self._gone_home(rep, before)
            async with self._store.work() as work:
                mine = await still_mine(work, Duty, row, fence)
                facts = await duty_facts(work.session, rep)
                if mine is not None and facts is not None:
                    mine.ended_at = ended.at if ended is not None else mine.ended_at
                    finish(mine, due_at=when_due(facts, work.now))
        return len(due)

    async def _gone_home(self, rep: int, before: datetime | None) -> DayEnd | None:
        """Hand over what they have, if they went home and nobody saw to it; which end that was."""
        now = self._store.clock()
        async with self._store.reading() as session:
            facts = await duty_facts(session, rep)
            if facts is None:
                return None
            working = working_of(facts)
            ended = last_end(working, now)
            if ended is None or (before is not None and ended.at <= before) or on_shift(working, now) is not None:
                return None  # seen to, or they are there again: nobody was there to hand over meanwhile
            held = await held_since_before(session, rep, ended.at)
        for one in held:
            await self._hand_over(one, rep, ended)
        log.info("shift ended", extra={"rep": rep, "day": ended.day.isoformat(), "held": len(held)})
        return ended

    async def _hand_over(self, one: HeldFacts, rep: int, ended: DayEnd) -> None:
        rules = self._channels.of(one.channel)
        surface = self._surfaces.get(rules.surface) if rules is not None else None
        if rules is None or surface is None:
            return  # a channel that the settings no longer name: the claim ends by itself
        there = await on_shift_in(self._store, surface, rules)
        to = who_takes_over(there, one.language, of=rep)
        async with self._store.work() as work:
            dossier = await open_dossier(work, one.number, self._channels.policies)
            if dossier.conversation.channel_id == one.channel and await desk.concerns(
                dossier, of=rep, ended=ended.at, day=ended.day
            ):
                await desk.shift_ended(dossier, of=rep, to=None if to is None else to.facts.rep.id, day=ended.day)

    # --------------------------------------------------------------------------------------------------- snooze

    async def _returns(self) -> int:
        async with self._store.work() as work:
            due = [(row.id, row.fence, row.conversation_id) for row in await take(work, Snooze, limit=50)]
        for row_id, fence, number in due:
            async with self._store.work() as work:
                dossier = await open_dossier(work, number, self._channels.policies)
                row = await still_mine(work, Snooze, row_id, fence)
                if row is None:
                    continue
                holder = dossier.claim.rep_id if dossier.claim is not None else None
                facts = await duty_facts(work.session, holder) if holder is not None else None
                await desk.come_back(dossier, there=holder is not None and is_there(facts, work.now))
        return len(due)

    # ------------------------------------------------------------------------------------- returning customers

    async def _offers(self) -> int:
        async with self._store.reading() as session:
            if await nobody_told_hours(session):
                return 0
            now, highest = self._store.clock(), await newest(session)
            if not self._heights:
                self._seen = max(highest - MANY, 0)
            self._heights.append((now, highest))
            found = await returning(session, after=self._seen)
            while len(found) < MANY and self._heights[0][0] < now - SETTLED:  # else the rest is found next time
                self._seen = max(self._seen, self._heights.popleft()[1])
        for one in found:
            await self._offer(one)
        return 0  # nothing of it is waited for: the next look comes soon enough

    async def _offer(self, one: Newcomer) -> None:
        rules = self._channels.of(one.channel)
        surface = self._surfaces.get(rules.surface) if rules is not None else None
        if rules is None or surface is None:
            return
        there = {here.facts.rep.id: here for here in await on_shift_in(self._store, surface, rules)}
        async with self._store.reading() as session:
            known = await acquaintances(session, one.number)
        to = next((who for who in known if who.rep.id in there), None)
        async with self._store.work() as work:
            dossier = await open_dossier(work, one.number, self._channels.policies)
            row = await looked_at(work, one.number)
            if row is None or to is None or dossier.claim is not None or dossier.state is not State.OPEN:
                return
            shift = there[to.rep.id].shift
            row.rep_id, row.until = to.rep.id, None if shift is None else shift.end
            row.due_at = work.now if there[to.rep.id].facts.pings else None
            await desk.offer(dossier, to=to.rep.id, earlier=to.number, until=row.until)

    async def _tell(self) -> int:
        """The private word: at most once. It may be lost on its way; the card says the same."""
        async with self._store.work() as work:
            rows = await take(work, Offer, limit=10)
            due = [(row.id, row.fence, row.tries, row.conversation_id) for row in rows]
        for row_id, fence, tries, number in due:
            async with self._store.work() as work:
                row = await still_mine(work, Offer, row_id, fence)
                facts = await offer_facts(work.session, number)
                wait = row is not None and facts is not None and facts.link is None and tries < _TRIES
                if row is not None:
                    finish(row, due_at=work.now + FOR_THE_CARD if wait else None)
                    row.tries = tries if wait else 0
            if row is None or facts is None or wait or not facts.stands:
                continue
            rules = self._channels.of(facts.channel)
            surface = self._surfaces.get(rules.surface) if rules is not None else None
            if rules is None or surface is None:
                continue
            person = Person(facts.rep.surface, facts.rep.team, facts.rep.user)
            try:
                await surface.whisper(person, place_of(person, rules), offered_card(facts, rules.name))
            except ChatThrottled as error:
                await self._again(row_id, error.until)
            except ChatError as error:
                log.warning("could not tell", extra={"code": error.code})
        return len(due)

    async def _again(self, row_id: int, until: datetime) -> None:
        async with self._store.work() as work:
            row = await work.session.get(Offer, row_id)
            if row is not None:
                row.due_at = until


def when_due(facts: DutyFacts, now: datetime) -> datetime | None:
    """When somebody's row is to be looked at next."""
    end = next_end(working_of(facts), now)
    return end.at if end is not None else None


def is_there(facts: DutyFacts | None, now: datetime) -> bool:
    """Who said nothing of their hours, and is not away, may be there."""
    if facts is None:
        return True
    working = working_of(facts)
    return on_shift(working, now) is not None if working.told else not working.away(now)

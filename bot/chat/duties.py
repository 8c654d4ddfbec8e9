"""`shift`, `keep`, `snooze` and `unsnooze` from chat: whose clock counts, which conversation, and the answer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.chat.asking import Ask, done, said
from bot.chat.cards import people as cards
from bot.chat.cards.parts import plain
from bot.chat.contract import Card
from bot.chat.handling import Caller, Room
from bot.chat.present import There, everybody, working_of, zone_called
from bot.chat.times import begins_with, moment_said
from bot.desk import shifts as desk
from bot.desk.outcomes import Actor, Outcome
from bot.reports.shifts import next_end, next_shift
from bot.settings.values import Hours
from models.permits import Right, denied
from models.reading.people import rep_by_person
from models.reading.queue import QueueRow, mine
from models.reading.shifts import DutyFacts, duty_facts
from models.steps import Dossier


async def shift(room: Room, ask: Ask, who: Caller) -> Card | None:
    """Who is there now and next; and what the asker has, where their own shift will end."""
    sentence = denied(who.standing, Right.READ)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    if not await done(room, ask, ask.call.verb.value):
        return None
    now = room.store.clock()
    people = [_on_shift(one, now) for one in await everybody(room.store, room.surface, who.rules) if one.working.told]
    facts = await _said_by(room, who)
    own: tuple[QueueRow, ...] = ()
    if facts is not None and next_end(working_of(facts), now) is not None:
        async with room.store.reading() as session:
            own = await mine(session, facts.rep.id, now=now, channel_id=who.rules.id, limit=10, snoozed=False)
    return cards.shift_card(people, own, who.rules.name, who.rules.timezone.key)


def _on_shift(one: There, now: datetime) -> cards.OnShift:
    return cards.OnShift(
        name=one.facts.rep.name,
        languages=one.facts.rep.languages,
        here=one.shift is not None,
        until=one.shift.end if one.shift is not None else None,
        away_until=one.working.away_until if one.working.away(now) else None,
        next=next_shift(one.working, now),
    )


async def keep(room: Room, ask: Ask, who: Caller) -> Card | None:
    facts, now = await _said_by(room, who), room.store.clock()
    end = next_end(working_of(facts), now) if facts is not None else None
    day: date | None = end.day if end is not None else None

    async def act(dossier: Dossier, actor: Actor) -> Outcome:
        return await desk.keep(dossier, actor, day=day)

    return await said(room, ask, who, act)


#: In a thread the number need not be said; if it is, it stands before the moment.
_NUMBERED = re.compile(r"#?(\d{1,12})\s+(?=\D)(.*)", re.DOTALL)


async def snooze(room: Room, ask: Ask, who: Caller) -> Card | None:
    words = ask.call.rest.strip()
    numbered = _NUMBERED.fullmatch(words)
    if numbered is not None and ask.call.number is None and numbered[2].startswith(("until", "till", "for", "in ")):
        ask, words = replace(ask, call=replace(ask.call, number=int(numbered[1]))), numbered[2]
    facts, now = await _said_by(room, who), room.store.clock()
    hours = working_of(facts).hours if facts is not None else Hours()
    until = moment_said(words, now, await _clock_of(room, who, facts), begins=begins_with(hours))
    if until is None:
        await done(room, ask, "no_moment")
        return cards.no_such_moment(f"/twoway snooze {ask.call.number or 142}")

    async def act(dossier: Dossier, actor: Actor) -> Outcome:
        return await desk.snooze(dossier, actor, until)

    return await said(room, ask, who, act)


async def unsnooze(room: Room, ask: Ask, who: Caller) -> Card | None:
    return await said(room, ask, who, desk.unsnooze)


async def _said_by(room: Room, who: Caller) -> DutyFacts | None:
    """What the asker said of their own hours."""
    async with room.store.reading() as session:
        person = who.person
        rep = await rep_by_person(session, surface=person.surface, team=person.team, user=person.user)
        return await duty_facts(session, rep.id) if rep is not None else None


async def _clock_of(room: Room, who: Caller, facts: DutyFacts | None) -> ZoneInfo:
    if facts is not None:
        return working_of(facts).zone
    profile = await room.surface.profile(who.person)
    return zone_called(profile.timezone or "") or who.rules.timezone

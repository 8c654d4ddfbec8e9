"""Claiming from chat: one conversation, or the next; giving back; handing over."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.chat.asking import Ask, done, on_conversation, said
from bot.chat.cards import hints as cards
from bot.chat.cards.parts import plain
from bot.chat.contract import Card, Person
from bot.chat.handling import Caller, Room, caller
from bot.chat.phrasing import phrase
from bot.desk import claiming
from bot.desk.outcomes import Actor, HeldBy, Outcome
from models.permits import Right, denied
from models.reading.people import rep_by_person, reps
from models.reading.queue import mine, next_unclaimed
from models.reps import rep_for
from models.steps import Dossier


async def claim(room: Room, ask: Ask, who: Caller) -> Card | None:
    if ask.call.number is not None or ask.thread is not None:
        return await said(room, ask, who, claiming.claim)
    sentence = denied(who.standing, Right.WORK)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    return await _claim_next(room, ask, who)


#: So often somebody else may be faster before one is asked to try again.
RACES = 20


async def _claim_next(room: Room, ask: Ask, who: Caller) -> Card | None:
    """What one has already first; else the most urgent that nobody has and one can read."""
    now = room.store.clock()
    async with room.store.reading() as session:
        person = who.person
        rep = await rep_by_person(session, surface=person.surface, team=person.team, user=person.user)
        own = (
            await mine(session, rep.id, now=now, channel_id=who.rules.id, limit=1, snoozed=False)
            if rep is not None
            else ()
        )
    if own:
        await done(room, ask, "has_one")
        return cards.has_one_already(own[0])
    languages = rep.languages if rep is not None else ()
    for _ in range(RACES):
        async with room.store.reading() as session:
            found = await next_unclaimed(session, who.rules.id, languages=languages, now=now)
        if found is None:
            await done(room, ask, "nothing_waits")
            return cards.nothing_waits(languages)
        try:
            outcome = await on_conversation(
                room, replace(ask, call=replace(ask.call, number=found.number)), _unless_taken
            )
        except _Taken:
            continue
        if outcome is None or isinstance(outcome, Card):
            return outcome
        return await phrase(room, outcome, who.rules)
    await done(room, ask, "lost_every_race")
    return cards.others_were_faster()


class _Taken(Exception):
    """Somebody was faster: roll back, so that the command is not marked as handled, and try the next one."""


async def _unless_taken(dossier: Dossier, who: Actor) -> Outcome:
    outcome = await claiming.claim(dossier, who)
    if isinstance(outcome, HeldBy):
        raise _Taken
    return outcome


async def release(room: Room, ask: Ask, who: Caller) -> Card | None:
    return await said(room, ask, who, claiming.release)


#: Slack's ids are letters and digits; the directory's of Teams has hyphens, Teams' own a colon and more.
_PERSON = re.compile(r"<@([A-Za-z0-9:._-]+)(?:\|[^>]*)?>|@(\S+)")


async def hand_over(room: Room, ask: Ask, who: Caller) -> Card | None:
    if ask.by_button:
        return await _hand_to_known(room, ask, who)
    found = _PERSON.search(ask.call.rest)
    if found is None or found[1] is None:
        await done(room, ask, "no_person")
        return cards.name_a_colleague()
    to = Person(ask.person.surface, ask.person.team, found[1])
    note = (ask.call.rest[: found.start()] + ask.call.rest[found.end() :]).strip()
    return await _hand_to(room, ask, who, to, note)


async def _hand_to_known(room: Room, ask: Ask, who: Caller) -> Card | None:
    """A button names a rep by their row, as "=12"."""
    row = ask.call.rest.removeprefix("=")
    async with room.store.reading() as session:
        facts = (await reps(session, [int(row)])).get(int(row)) if row.isdecimal() else None
    if facts is None or facts.surface != ask.person.surface:
        await done(room, ask, "no_person")
        return cards.name_a_colleague()
    return await _hand_to(room, ask, who, Person(facts.surface, facts.team, facts.user), "")


async def _hand_to(room: Room, ask: Ask, who: Caller, to: Person, note: str) -> Card | None:
    colleague = await caller(room, to, ask.place, fresh=True)
    if colleague is None or denied(colleague.standing, Right.WORK) is not None:
        await done(room, ask, "no_such_person")
        return cards.cannot_take_over(to.user)
    known = colleague.person

    async def act(dossier: Dossier, actor: Actor) -> Outcome:
        rep = await rep_for(dossier.work, surface=known.surface, team=known.team, user=known.user, name=colleague.name)
        return await claiming.hand_over(dossier, actor, to=rep.id, note=note)

    return await said(room, ask, who, act)

"""Questions that people ask: the queue, mine, a history, help, their own page. They change nothing."""

from __future__ import annotations

import logging

from bot.chat.cards import hints
from bot.chat.cards import lists as cards
from bot.chat.channels import standing_of
from bot.chat.commands import Verb
from bot.chat.contract import Card, ChatError, HomeOpened, Inbound, Kind, Person
from bot.chat.handling import Caller, Room, handled
from models.permits import RIGHTS, Right
from models.reading.card import card_facts
from models.reading.people import rep_by_person
from models.reading.queue import (
    QueueRow,
    asleep,
    count_asleep,
    count_waiting,
    longest_waiting,
    mine,
    queue,
    to_approve,
)

log = logging.getLogger("twoway.lists")


async def answer(room: Room, verb: Verb, who: Caller, number: int | None) -> Card:
    """What was asked for."""
    now, zone = room.store.clock(), who.rules.timezone.key
    if verb is Verb.HELP:
        return cards.help_card(who.rules.name)
    async with room.store.reading() as session:
        if verb is Verb.SHOW:
            if number is None:
                return hints.which_conversation(Verb.SHOW)
            facts = await card_facts(session, number, posts=12)
            return hints.no_such_conversation(number) if facts is None else cards.history_card(facts, zone)
        if verb is Verb.QUEUE:
            rows = await queue(session, who.rules.id, now=now, limit=10)
            count, hidden = await count_waiting(session, who.rules.id), await count_asleep(session, who.rules.id)
            snoozed = await asleep(session, who.rules.id, now=now, limit=5) if hidden else ()
            return cards.queue_card(rows, count, who.rules.name, snoozed, hidden, zone)
    own, waiting = await _own(room, who.person, [who])
    return cards.mine_card(own, waiting)


async def home_opened(room: Room, happening: Inbound, row: int, fence: int) -> None:
    """Somebody looks at their own page: their claims, what waits for them, who waits longest where they are."""
    assert isinstance(happening, HomeOpened)
    async with room.store.work() as work:
        if not await handled(work, row, fence, "home"):
            return
    profile = await room.surface.profile(happening.who)
    if profile.kind is not Kind.MEMBER:
        return
    there = [
        Caller(profile.person, profile.name, await standing_of(room.surface, profile, rules), rules)
        for rules in room.channels.all()
        if rules.surface == room.surface.name
    ]
    there = [caller for caller in there if await _in_channel(room, caller)]
    own, waiting = await _own(room, profile.person, there)
    waits: list[QueueRow] = []
    async with room.store.reading() as session:
        for caller in there:
            waits += await longest_waiting(session, caller.rules.id, now=room.store.clock(), limit=5)
    waits.sort(key=lambda row: row.waiting_since)
    try:
        await room.surface.show_home(happening.who, cards.home_card(profile.name, own, waiting, waits[:5]))
    except ChatError as error:
        log.warning("home not shown", extra={"code": error.code})


async def _in_channel(room: Room, caller: Caller) -> bool:
    place = await room.surface.place(caller.rules.chat)
    return (await room.surface.profile(caller.person, place)).in_channel


async def _own(room: Room, person: Person, there: list[Caller]) -> tuple[list[QueueRow], list[QueueRow]]:
    now = room.store.clock()
    own: list[QueueRow] = []
    waiting: list[QueueRow] = []
    async with room.store.reading() as session:
        rep = await rep_by_person(session, surface=person.surface, team=person.team, user=person.user)
        for caller in there:
            if rep is not None:
                own += await mine(session, rep.id, now=now, channel_id=caller.rules.id, limit=10)
            if Right.APPROVE in RIGHTS[caller.standing]:
                rules = caller.rules
                waiting += await to_approve(
                    session, rules.id, rep.id if rep else 0, now=now, own_words=rules.policy.own_words, limit=10
                )
    return own, waiting

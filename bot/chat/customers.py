"""`customer`: who it is and what they wrote before; and a rep's word that two accounts are one person, or are not."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.chat.asking import Ask, caller_there, done, gone_elsewhere, number_of
from bot.chat.cards import hints
from bot.chat.cards.customer import customer_card
from bot.chat.cards.parts import plain
from bot.chat.channels import ChannelRules
from bot.chat.contract import Card, Person, Place
from bot.chat.handling import Caller, Room, handled
from bot.chat.phrasing import phrase
from bot.desk import joining, leaving_alone
from bot.desk.outcomes import Actor, Outcome
from models.permits import Right, denied
from models.reading.profile import profile_facts
from models.steps import Dossier, NoSuchConversation, open_dossier

#: What may follow the verb: a conversation (in a thread it need not be said), and what is said of its customer.
_SAID = re.compile(
    r"(?:#?(?P<number>\d{1,12}))?\s*(?:(?P<join>join)\s+#?(?P<other>\d{1,12})|(?P<part>part)|(?P<quiet>quiet)|(?P<welcome>welcome))?",
    re.I,
)


async def customer(room: Room, ask: Ask, who: Caller) -> Card | None:
    """The profile; or join or part, which both conversations' journals remember."""
    found = _SAID.fullmatch(ask.call.rest.strip())
    if found is None:
        await done(room, ask, "how_to_join")
        return hints.how_to_join()
    if found["number"] is not None:  # said in a thread, where what follows the verb is words
        ask = replace(ask, call=replace(ask.call, number=int(found["number"])))
    number = await number_of(room, ask)
    if number is None:
        await done(room, ask, "no_number")
        return hints.which_conversation(ask.call.verb)
    there = await caller_there(room, ask, number)
    if isinstance(there, Card):
        await done(room, ask, "not_there")
        return there
    if found["other"] is not None:
        return await _join(room, ask, there, number, int(found["other"]))
    if found["part"] is not None:
        return await _on(room, ask, there, number, joining.part)
    if found["quiet"] is not None:
        return await _on(room, ask, there, number, leaving_alone.quiet)
    if found["welcome"] is not None:
        return await _on(room, ask, there, number, leaving_alone.welcome)
    return await _profile(room, ask, there, number)


async def _profile(room: Room, ask: Ask, who: Caller, number: int) -> Card | None:
    sentence = denied(who.standing, Right.READ)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    if not await done(room, ask, ask.call.verb.value):
        return None
    channels = await readable(room, ask.person, who.rules)
    async with room.store.reading() as session:
        facts = await profile_facts(session, number, channels=channels)
    return hints.no_such_conversation(number) if facts is None else customer_card(facts, who.rules.timezone.key)


async def readable(room: Room, person: Person, rules: ChannelRules) -> set[int]:
    """The channels in which the asker is: what was said in others is counted, not shown. They ask in `rules`'."""
    found = {rules.id}
    for other in room.channels.all():
        if other.surface == room.surface.name and other.id not in found:
            place = Place(other.surface, person.team, other.chat)
            if (await room.surface.profile(person, place)).in_channel:
                found.add(other.id)
    return found


async def _join(room: Room, ask: Ask, who: Caller, number: int, other: int) -> Card | None:
    there = await caller_there(room, ask, other)
    if isinstance(there, Card):
        await done(room, ask, "not_there")
        return there
    if number == other:
        await done(room, ask, "how_to_join")
        return hints.how_to_join()
    outcome: Outcome
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
            return None
        policies = room.channels.policies
        # Always in this order: two who join the other way round never wait for each other.
        dossiers = {one: await open_dossier(work, one, policies) for one in sorted((number, other))}
        actor, beside = await who.actor(work), await there.actor(work)
        left = gone_elsewhere(room, dossiers[number], who.rules) or gone_elsewhere(room, dossiers[other], there.rules)
        outcome = left or await joining.join(dossiers[number], dossiers[other], actor, beside)
    return await _told(room, outcome, who)


async def _on(
    room: Room, ask: Ask, who: Caller, number: int, verb: Callable[[Dossier, Actor], Awaitable[Outcome]]
) -> Card | None:
    try:
        async with room.store.work() as work:
            if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
                return None
            dossier = await open_dossier(work, number, room.channels.policies)
            left = gone_elsewhere(room, dossier, who.rules)
            outcome = left or await verb(dossier, await who.actor(work))
    except NoSuchConversation:
        await done(room, ask, "no_such")
        return hints.no_such_conversation(number)
    return await _told(room, outcome, who)


async def _told(room: Room, outcome: Outcome, who: Caller) -> Card:
    return await phrase(room, outcome, who.rules)

"""An asking, from whichever of the four spellings: which conversation it means, who asks there, and one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.chat.cards import hints as cards
from bot.chat.cards.parts import plain
from bot.chat.channels import ChannelRules
from bot.chat.commands import Call, Verb
from bot.chat.contract import Card, Kind, Person, Place, ReplyTo
from bot.chat.handling import Caller, Room, caller, handled
from bot.chat.phrasing import phrase
from bot.desk.outcomes import Actor, Outcome, Refused, Why
from models.permits import WHY_NOT, Standing
from models.showing import being_posted, channel_of, conversation_in_thread, has_left
from models.steps import Dossier, NoSuchConversation, open_dossier
from models.store import LEASE
from models.wakes import Topic


@dataclass(frozen=True, slots=True)
class Ask:
    """One asking, from whichever of the four spellings. `message` is the draft message that a button stood on."""

    call: Call
    person: Person
    place: Place
    thread: str | None
    at: datetime
    reply: ReplyTo | None
    dialog: str | None
    row: int
    fence: int
    message: int | None = None
    on: str | None = None  # the message of ours that the button stands on
    by_button: bool = False


Act = Callable[[Dossier, Actor], Awaitable[Outcome | Card]]


async def on_conversation(room: Room, ask: Ask, act: Act) -> Outcome | Card | None:
    """Find the conversation and who asks, there; do it in one transaction. None: it was done before."""
    number = await number_of(room, ask)
    if number is None:
        await done(room, ask, "no_number")
        return cards.which_conversation(ask.call.verb)
    who = await caller_there(room, ask, number)
    if isinstance(who, Card):
        await done(room, ask, "not_there")
        return who
    try:
        async with room.store.work() as work:
            if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
                return None
            actor = await who.actor(work)
            dossier = await open_dossier(work, number, room.channels.policies)
            return gone_elsewhere(room, dossier, who.rules) or await act(dossier, actor)
    except NoSuchConversation:
        await done(room, ask, "no_such")
        return cards.no_such_conversation(number)


async def number_of(room: Room, ask: Ask) -> int | None:
    """The number that was given, else the conversation of the thread.

    A card stands in the channel a moment before its row says where: who writes below it then is waited for.
    """
    if ask.call.number is not None or ask.thread is None:
        return ask.call.number
    channel = room.channels.at(ask.place)
    patient_until = room.store.clock() + STORED_WITHIN
    with room.store.wakes.listening(Topic.SHOW) as roused:
        while True:
            async with room.store.reading() as session:
                now = room.store.clock()
                # First this: what was stored between the two questions is then found by the second.
                soon = channel is not None and now < patient_until and await being_posted(session, channel.id, now)
                number = await conversation_in_thread(session, ask.place.channel, ask.thread)
            if number is not None or not soon:
                return number
            await roused.wait(STORED_WITHIN.total_seconds() / 10)


#: Half of a happening's lease: who is asked longer may be asked by two.
STORED_WITHIN = LEASE / 2


async def caller_there(room: Room, ask: Ask, number: int) -> Caller | Card:
    """What the person is in the channel where the conversation lives, which may be another one."""
    async with room.store.reading() as session:
        channel = await channel_of(session, number)
    rules = room.channels.of(channel) if channel is not None else None
    if rules is None:
        return cards.no_such_conversation(number)
    stood = ask.thread or ask.on
    if stood is not None and rules.chat != ask.place.channel:
        async with room.store.reading() as session:
            if await has_left(session, chat=ask.place.channel, thread=stood, conversation=number):
                return await moved_away(room, number, rules)
    if rules.surface != room.surface.name:
        return cards.lives_elsewhere(number, rules.name)
    place = Place(rules.surface, ask.person.team, rules.chat)
    fresh = ask.call.verb in _FRESH
    who = await caller(room, ask.person, place, fresh=fresh)
    assert who is not None
    if rules.chat != ask.place.channel:
        profile = await room.surface.profile(ask.person, place)
        if profile.kind is Kind.UNKNOWN:
            return plain(WHY_NOT[Standing.UNKNOWN])
        if not profile.in_channel:
            return cards.lives_elsewhere(number, rules.name)
    return who


def gone_elsewhere(room: Room, dossier: Dossier, rules: ChannelRules) -> Refused | None:
    """Somebody moved it since it was looked up: who asks was judged by the rules of the channel that it has left."""
    channel = dossier.conversation.channel_id
    if channel == rules.id:
        return None
    there = room.channels.of(channel)
    return Refused(Why.MOVED, dossier.conversation.id, sentence="" if there is None else there.name)


async def moved_away(room: Room, number: int, rules: ChannelRules) -> Card:
    """What is read by who asks where the conversation lived before; `rules` are those of where it lives."""
    return await phrase(room, Refused(Why.MOVED, number, sentence=rules.name), rules)


#: Who signs is asked of the surface again, not of its short memory.
_FRESH = frozenset({Verb.APPROVE, Verb.OBJECT, Verb.UNOBJECT, Verb.RETRACT, Verb.SETTLE, Verb.TAKE_BACK, Verb.MOVE})


async def done(room: Room, ask: Ask, outcome: str) -> bool:
    async with room.store.work() as work:
        return await handled(work, ask.row, ask.fence, outcome)


async def said(room: Room, ask: Ask, who: Caller, act: Act) -> Card | None:
    outcome = await on_conversation(room, ask, act)
    if outcome is None or isinstance(outcome, Card):
        return outcome
    return await phrase(room, outcome, who.rules)

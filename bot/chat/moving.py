"""Moving from chat: which channel is meant, who is known there, and where something can be moved at all."""

from __future__ import annotations

from bot.chat.asking import Ask, done, number_of, said
from bot.chat.cards import hints as cards
from bot.chat.channels import ChannelRules, place_of, standing_of
from bot.chat.contract import Card, Person
from bot.chat.handling import Caller, Room
from bot.desk import moving
from bot.desk.asking import objection
from bot.desk.outcomes import Actor, Outcome, Refused, Why
from models.lifecycle import Step
from models.permits import Right, denied
from models.reading.people import holder_of
from models.steps import Dossier


async def move(room: Room, ask: Ask, who: Caller) -> Card | None:
    word = ask.call.rest.strip().removeprefix("to ").strip()
    to = room.channels.called(word) if word else None
    if word and to is None:
        await done(room, ask, "no_such_channel")
        return cards.no_such_channel(word, room.channels.all())
    known = await _holder_there(room, ask, to) if to is not None else frozenset()

    async def act(dossier: Dossier, actor: Actor) -> Outcome | Card:
        here = room.channels.of(dossier.conversation.channel_id)
        number = dossier.conversation.id
        if to is not None and ask.message is not None and here is not None and ask.message != here.id:
            # The button was shown where it lived before; it may have been moved there since by somebody else.
            return Refused(Why.MOVED, number, sentence=here.name)
        if to is not None:
            return await moving.move(dossier, actor, moving.Target(to.id, to.name, to.policy, known))
        refused = objection(dossier, actor, Right.MOVE, Step.MOVE)
        if refused is not None or here is None:
            return refused or cards.no_such_conversation(number)
        return cards.where_to(number, here, [rules for rules in room.channels.all() if rules.id != here.id])

    return await said(room, ask, who, act)


async def _holder_there(room: Room, ask: Ask, to: ChannelRules) -> frozenset[int]:
    """Who holds the conversation, where its chat says that they may work in channel `to`. On another chat nobody is
    known: the same human there is somebody else to us."""
    number = await number_of(room, ask)
    if number is None or to.surface != room.surface.name:
        return frozenset()
    async with room.store.reading() as session:
        holder = await holder_of(session, number)
    if holder is None or holder.surface != to.surface:
        return frozenset()
    person = Person(holder.surface, holder.team, holder.user)
    profile = await room.surface.profile(person, place_of(person, to), fresh=True)
    standing = await standing_of(room.surface, profile, to)
    may = denied(standing, Right.WORK) is None and profile.in_channel
    return frozenset({holder.id}) if may else frozenset()

"""`seen` and `start`: what resembles a conversation, and a draft begun with what was answered there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from bot.chat import dialogs
from bot.chat.asking import Ask, caller_there, done, number_of, on_conversation
from bot.chat.cards import hints
from bot.chat.cards import seen as cards
from bot.chat.cards import suggesting as suggested
from bot.chat.cards.parts import plain
from bot.chat.contract import Card
from bot.chat.handling import Caller, Room, handled
from bot.chat.phrasing import phrase
from bot.desk.outcomes import Actor, Outcome
from bot.gaps import gaps_in
from bot.triage.delicate import is_delicate
from bot.triage.handing_on import handed_on
from models.permits import Right, denied
from models.reading.seen import Answered, answer_of, delicate_words, seen_facts
from models.steps import Dossier
from models.suggestions import suggestion_numbered


async def seen(room: Room, ask: Ask, who: Caller) -> Card | None:
    """What resembles it, both sides of each."""

    async def act(dossier: Dossier, actor: Actor) -> Outcome | Card:
        sentence = denied(actor.standing, Right.READ)
        if sentence is not None:
            return plain(sentence)
        conversation = dossier.conversation
        if await delicate(dossier, room.rules):
            return cards.delicate()
        facts = await seen_facts(dossier.work.session, conversation.id, conversation.channel_id)
        return cards.seen_card(conversation.id, facts, who.rules.timezone.key)

    outcome = await on_conversation(room, ask, act)
    return outcome if outcome is None or isinstance(outcome, Card) else await phrase(room, outcome, who.rules)


async def delicate(dossier: Dossier, rules: Path | None) -> bool:
    """Whether anything that its customers say asks for words of one's own: by what people called it, else by rules
    and the head."""
    said = await delicate_words(dossier.work.session, dossier.conversation.id)
    if said is None:
        return True

    def look() -> bool:
        return any(is_delicate(one.words, one.language, one.chances.get("urgency"), rules) for one in said)

    return await asyncio.to_thread(look)


async def start(room: Room, ask: Ask, who: Caller) -> Card | None:
    """The dialog to write in, with an earlier answer and its gaps in it; where none could be opened, a button that
    can."""
    if (made := _suggestion(ask.call.rest)) is not None:
        return await _start_suggested(room, ask, made)
    number, other = await number_of(room, ask), _other(ask.call.rest)
    there = await caller_there(room, ask, number) if number is not None else hints.which_conversation(ask.call.verb)
    if number is None or isinstance(there, Card) or other is None:
        await done(room, ask, "not_there")
        return await _shown(room, ask, there if isinstance(there, Card) else cards.start_from_what())
    if ask.dialog is None:

        async def act(dossier: Dossier, actor: Actor) -> Outcome | Card:
            found = await _begun(room, dossier, other)
            if isinstance(found, Card):
                return found
            return dialogs.refusal(dossier, actor, None) or cards.press_to_start(number, other)

        outcome = await on_conversation(room, ask, act)
        return outcome if outcome is None or isinstance(outcome, Card) else await phrase(room, outcome, there.rules)
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
            return None
        actor = await there.actor(work)
        dossier = await dialogs.opened(room, work, number)
        text = cards.delicate() if dossier is None else await _begun(room, dossier, other)
        if isinstance(text, str):
            dialog = await dialogs.writing(room, work, number, actor, there, None, text=text)
    if isinstance(text, Card):
        return await _shown(room, ask, text)
    if dialog.save is not None:
        dialog = replace(dialog, blocks=cards.above(dialog, other, gaps_in(text)))
    await dialogs.show(room, ask.dialog, dialog)
    return None


def _other(rest: str) -> int | None:
    """ "97", "#97", "from 97", and what a button carries."""
    last = (rest.split() or [""])[-1].removeprefix("=").removeprefix("#")
    return int(last) if last.isdecimal() and len(last) < 13 else None


def _suggestion(rest: str) -> int | None:
    """What the button below a suggestion carries, "=s5"."""
    last = rest.strip().removeprefix("=")
    return int(last[1:]) if last[:1] == "s" and last[1:].isdecimal() and len(last) < 13 else None


async def _start_suggested(room: Room, ask: Ask, id: int) -> Card | None:
    """The dialog with what a model suggested in it."""
    number = await number_of(room, ask)
    there = await caller_there(room, ask, number) if number is not None else hints.which_conversation(ask.call.verb)
    if number is None or isinstance(there, Card) or ask.dialog is None:
        await done(room, ask, "not_there")
        return await _shown(room, ask, there if isinstance(there, Card) else suggested.no_suggestion())
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
            return None
        row = await suggestion_numbered(work.session, number, id)
        if row is not None:
            actor = await there.actor(work)
            dialog = await dialogs.writing(room, work, number, actor, there, None, text=row.words, suggestion=id)
    if row is None:
        return await _shown(room, ask, suggested.no_suggestion())
    if dialog.save is not None:
        dialog = replace(dialog, blocks=suggested.above(dialog, row.model))
    await dialogs.show(room, ask.dialog, dialog)
    return None


async def _begun(room: Room, dossier: Dossier, other: int) -> str | Card:
    """The words to begin with; a card that says why there are none."""
    conversation = dossier.conversation
    if await delicate(dossier, room.rules):
        return cards.delicate()
    found = await answer_of(dossier.work.session, other, conversation.channel_id)
    if found is None or other == conversation.id:
        return cards.no_answer(other)
    here = "\n".join(post.words for post in dossier.customer_posts)
    return await asyncio.to_thread(begun_with, found, here)


def begun_with(found: Answered, here: str) -> str:
    """An earlier answer with what was that customer's taken out. Pure."""
    return handed_on(found.words, names=found.names, said=found.said, here=here, language=found.language)


async def _shown(room: Room, ask: Ask, card: Card) -> Card | None:
    """Where a dialog stands open as "loading", what would have been answered stands in it."""
    if ask.dialog is None:
        return card
    await dialogs.show_card(room, ask.dialog, card)
    return None

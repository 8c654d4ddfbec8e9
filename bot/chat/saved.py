"""`answers`, `save` and `use`: the team's saved answers are listed, kept, dropped, and begun with."""

from __future__ import annotations

from bot.chat import dialogs
from bot.chat.asking import Ask, caller_there, done, number_of, on_conversation
from bot.chat.asking import said as say
from bot.chat.cards import hints
from bot.chat.cards import saved as cards
from bot.chat.cards.parts import plain
from bot.chat.contract import Card
from bot.chat.handling import Caller, Room, handled
from bot.chat.phrasing import phrase
from bot.desk import answers as desk
from bot.desk.outcomes import Actor, Outcome, Refused
from models.answers import SavedAnswer, answer_called, answers_of
from models.permits import Right, denied
from models.steps import Dossier
from models.store import Session

_DROP = frozenset({"drop", "delete", "remove"})


async def answers(room: Room, ask: Ask, who: Caller) -> Card | None:
    """The list of the channel's, all or those with a word in them; `drop NAME` takes one out."""
    words = ask.call.rest.strip()
    first, _, name = words.partition(" ")
    if first.lower() in _DROP and name.strip():
        return await _drop(room, ask, who, name)
    sentence = denied(who.standing, Right.READ)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    if not await done(room, ask, ask.call.verb.value):
        return None
    async with room.store.reading() as session:
        rows = await answers_of(session, who.rules.id)
    sought = words.casefold()
    found = [row for row in rows if sought in row.key or sought in row.words.casefold()]
    return cards.answers_card(found, len(rows), who.rules.name, words)


async def _drop(room: Room, ask: Ask, who: Caller, name: str) -> Card | None:
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
            return None
        outcome = await desk.drop(work, await who.actor(work), who.rules.id, name)
    return await phrase(room, outcome, who.rules) if isinstance(outcome, Refused) else cards.said(outcome)


async def save(room: Room, ask: Ask, who: Caller) -> Card | None:
    """Keep what went out last in this conversation, under a name."""

    async def act(dossier: Dossier, actor: Actor) -> Outcome | Card:
        outcome = await desk.keep(dossier, actor, ask.call.rest)
        return outcome if isinstance(outcome, Refused) else cards.said(outcome)

    return await say(room, ask, who, act)


async def use(room: Room, ask: Ask, who: Caller) -> Card | None:
    """The dialog to write in, with a saved answer in it; where none could be opened, a button that can."""
    number = await number_of(room, ask)
    there = await caller_there(room, ask, number) if number is not None else hints.which_conversation(ask.call.verb)
    if number is None or isinstance(there, Card):
        await done(room, ask, "not_there")
        return await _shown(room, ask, there) if isinstance(there, Card) else None
    async with room.store.reading() as session:
        found = await _meant(session, there.rules.id, ask)
    if found is None:
        await done(room, ask, "no_such_answer")
        name = ask.call.rest.strip()
        unknown = cards.said(desk.Not(desk.NotKept.UNKNOWN, name))
        return await _shown(room, ask, unknown if name and not name.startswith("=") else cards.use_what())
    if ask.dialog is None:

        async def act(dossier: Dossier, actor: Actor) -> Outcome | Card:
            return dialogs.refusal(dossier, actor, None) or cards.press_to_use(number, found.id)

        refused = await on_conversation(room, ask, act)
        return refused if refused is None or isinstance(refused, Card) else await phrase(room, refused, there.rules)
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
            return None
        actor = await there.actor(work)
        begun = await desk.begin_with(work, there.rules.id, found.name)
        text = begun.words if isinstance(begun, desk.Kept) else None
        dialog = await dialogs.writing(room, work, number, actor, there, None, text=text)
    await dialogs.show(room, ask.dialog, dialog)
    return None


async def _meant(session: Session, channel: int, ask: Ask) -> SavedAnswer | None:
    """By its name; a button names it by its id."""
    name = ask.call.rest.strip()
    if not ask.by_button:
        return await answer_called(session, channel, name)
    id = name.removeprefix("=")
    row = await session.get(SavedAnswer, int(id)) if id.isdecimal() and len(id) < 16 else None
    return row if row is not None and row.channel_id == channel else None


async def _shown(room: Room, ask: Ask, card: Card) -> Card | None:
    """Where a dialog stands open as "loading", what would have been answered stands in it."""
    if ask.dialog is None:
        return card
    await dialogs.show_card(room, ask.dialog, card)
    return None

"""Storms from chat: list them, take a conversation out, write one answer to many, approve what a list shows."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from bot.chat import dialogs, saving
from bot.chat.asking import Ask, done, gone_elsewhere
from bot.chat.cards import hints
from bot.chat.cards import storms as cards
from bot.chat.cards.lists import member_rows
from bot.chat.cards.parts import plain
from bot.chat.cards.refusals import sentence_of
from bot.chat.contract import Card, Close, Dialog, Field, Mistakes, Place, Plain, SubmissionAnswer, Submitted, Words
from bot.chat.handling import Caller, Room, caller, handled
from bot.chat.phrasing import phrase
from bot.chat.plain import room_of
from bot.chat.shown import Line, Quote
from bot.desk import storms as desk
from bot.desk.outcomes import Actor, ListPrepared, Outcome, Refused
from models.arrivals import once
from models.permits import Right, denied
from models.reading import storm_answers
from models.reading import storms as reading
from models.reading.queue import queue_of
from models.reply import DraftKind
from models.steps import Dossier, NoSuchConversation, open_dossier
from models.store import Work
from models.storms import Storm

#: The dialog in which one answer to many is written.
DIALOG = "storm"

#: Storms are listed for so long after the last who joined.
LATELY = timedelta(days=7)

#: What a listed draft takes of a message besides its words: who it is for, and the marks around.
ROOM_FOR_NAMES = 250

_ASKED = re.compile(r"\s*#?(\d{1,12})?\s*(?:(out|answer)\b)?\s*(.*)", re.DOTALL | re.IGNORECASE)


async def storm(room: Room, ask: Ask, who: Caller) -> Card | None:
    """`storm`, `storm 3`, `storm 3 out 142`, `storm 3 answer …`."""
    sentence = denied(who.standing, Right.READ)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    if ask.by_button:
        number, word, rest = ask.call.number, "", ""
    else:
        found = _ASKED.fullmatch(ask.call.rest)
        assert found is not None  # everything is optional
        number, word, rest = int(found[1]) if found[1] else None, (found[2] or "").lower(), found[3].strip()
        if (number is None and (word or rest)) or (not word and rest):
            await done(room, ask, "how_to_storm")
            return cards.how_to_storm()
    if number is None:
        await done(room, ask, "storms")
        return await _all(room, who)
    if not await _is_here(room, who, number):
        await done(room, ask, "no_such_storm")
        return cards.no_such_storm(number, who.rules.name)
    match word:
        case "out":
            return await _out(room, ask, who, number, rest)
        case "answer" if rest:
            return await _answer(room, ask, who, number, rest)
        case "answer":
            await done(room, ask, "press_to_answer")
            return cards.press_to_answer(number)
        case _:
            await done(room, ask, "storm")
            return await _members(room, who, number)


async def _is_here(room: Room, who: Caller, number: int) -> bool:
    async with room.store.reading() as session:
        row = await session.get(Storm, number)
    return row is not None and row.channel_id == who.rules.id


async def _all(room: Room, who: Caller) -> Card:
    now = room.store.clock()
    async with room.store.reading() as session:
        numbers = await reading.storms_in(session, who.rules.id, since=now - LATELY)
        found = [await reading.storm_facts(session, one, now) for one in numbers]
    return cards.storms_card([one for one in found if one is not None], who.rules.name)


async def _members(room: Room, who: Caller, number: int) -> Card:
    now = room.store.clock()
    async with room.store.reading() as session:
        inside = [one for one, out in await reading.members(session, number) if not out]
        rows = await queue_of(session, inside, now=now, limit=15)
    return member_rows(number, rows, len(inside))


async def _out(room: Room, ask: Ask, who: Caller, storm: int, rest: str) -> Card | None:
    digits = rest.removeprefix("#")
    if not digits.isdecimal() or len(digits) > 12:
        await done(room, ask, "how_to_storm")
        return cards.how_to_storm()
    try:
        async with room.store.work() as work:
            if not await handled(work, ask.row, ask.fence, "storm_out"):
                return None
            actor = await who.actor(work)
            dossier = await open_dossier(work, int(digits), room.channels.policies)
            outcome: Outcome = gone_elsewhere(room, dossier, who.rules) or await desk.leave(dossier, actor, storm)
    except NoSuchConversation:
        await done(room, ask, "no_such")
        return hints.no_such_conversation(int(digits))
    return await phrase(room, outcome, who.rules)


# ------------------------------------------------------------------------------------------------ one answer to many


async def _answer(room: Room, ask: Ask, who: Caller, storm: int, typed: str) -> Card | None:
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, "storm_answer"):
            return None
        outcome = await _prepare(room, work, who, storm, typed)
    return await phrase(room, outcome, who.rules)


async def _prepare(room: Room, work: Work, who: Caller, number: int, typed: str) -> ListPrepared | Refused:
    storm = await work.session.get(Storm, number)
    assert storm is not None
    actor = await who.actor(work)
    facts = await reading.storm_facts(work.session, number, work.now)
    same = facts.words if facts is not None and facts.words is not None else ""
    # Every word of the list must be shown: the longer the text, the fewer at once. The rest is a second list.
    each = room_of(typed) + room_of(same) + ROOM_FOR_NAMES
    most = max(1, min(desk.MOST, room.surface.can.shows_whole // each))
    numbers = await storm_answers.answerable(work.session, number, actor.rep, limit=most)

    async def save(dossier: Dossier) -> Outcome:
        base = dossier.revision.number if dossier.revision is not None else None
        return await saving.save(room, dossier, actor, typed, base, DraftKind.REPLY)

    return await desk.prepare_answers(work, actor, storm, numbers, _opener(room, work), save)


def _opener(room: Room, work: Work) -> desk.Open:
    async def open_one(number: int) -> Dossier:
        return await open_dossier(work, number, room.channels.policies)

    return open_one


async def answer_dialog(room: Room, ask: Ask, who: Caller) -> Card | None:
    """Fill the dialog that stands open as "loading"; where none could be opened, a button that can."""
    number = ask.call.number
    if number is None or not await _is_here(room, who, number):
        answer = cards.how_to_storm() if number is None else cards.no_such_storm(number, who.rules.name)
        await done(room, ask, "no_such_storm")
        if ask.dialog is None:
            return answer
        await dialogs.show_card(room, ask.dialog, answer)
        return None
    if ask.dialog is None:
        await done(room, ask, "press_to_answer")
        return cards.press_to_answer(number)
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, "storm_dialog"):
            return None
        actor = await who.actor(work)
        dialog = await _writing(room, work, who, actor, number)
    await dialogs.show(room, ask.dialog, dialog)
    return None


async def _writing(room: Room, work: Work, who: Caller, actor: Actor, number: int) -> Dialog:
    sentence = denied(who.standing, Right.WORK)
    if sentence is not None:
        return dialogs.notice(f"Storm {number}", sentence)
    facts = await reading.storm_facts(work.session, number, work.now)
    waiting = await storm_answers.answerable(work.session, number, actor.rep, limit=desk.MOST)
    if not waiting or facts is None:
        return dialogs.notice(f"Storm {number}", sentence_of(desk.nothing_to_answer(number), {}))
    some = f"{len(waiting)} of them" if len(waiting) > 1 else "One of them"
    says = f"{some} can be answered together. Each gets a draft of its own, with its author's name; one list shows all."
    said = (Quote((Words(facts.words[:1_000]),)),) if facts.words else ()
    return Dialog(
        kind=DIALOG,
        title=f"Answer storm {number}",
        private=json.dumps({"s": number, "h": who.rules.id}),
        blocks=(*said, Line((Plain(says),))),
        fields=(
            Field(
                name="text",
                label="Your answer to each of them",
                hint="Others see every draft and approve it before it goes out. Mentions and your sign-off are added.",
            ),
        ),
        save="Save drafts",
    )


async def submitted(room: Room, happening: Submitted) -> SubmissionAnswer:
    """Prepare what was written; the text stays in the dialog unless it was saved."""
    if happening.kind != DIALOG:
        return await dialogs.submitted(room, happening)
    try:
        private = json.loads(happening.private)
        number, rules = int(private["s"]), room.channels.of(int(private["h"]))
    except (ValueError, KeyError, TypeError):
        rules = None
    if rules is None or rules.surface != room.surface.name:
        return Mistakes({"text": "This dialog is from an older version of me. Copy your text and open it again."})
    who = await caller(room, happening.who, Place(rules.surface, happening.who.team, rules.chat))
    if who is None or not await _is_here(room, who, number):
        return Mistakes({"text": "I do not know this storm any more."})
    async with room.store.work() as work:
        if not await once(work, surface=room.surface.name, key=happening.key, kind="Submitted"):
            return Close()
        outcome = await _prepare(room, work, who, number, happening.values.get("text", ""))
    return Mistakes({"text": sentence_of(outcome, {})}) if isinstance(outcome, Refused) else Close()


async def approve_listed(room: Room, ask: Ask, who: Caller) -> Card | None:
    """One yes to what the list showed when the button was shown: its value names every draft's message."""
    answer = ask.call.number
    named = str(ask.call.draft) if ask.call.draft is not None else ask.call.rest
    shown = {int(one) for one in named.split(".") if one.isdecimal() and len(one) < 16}
    if not ask.by_button or answer is None or not shown:
        await done(room, ask, "only_by_button")
        return cards.only_by_button()
    fresh = await caller(room, ask.person, ask.place, fresh=True)
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
            return None
        facts = await storm_answers.answer_facts(work.session, answer)
        if facts is None or fresh is None or facts.channel != fresh.rules.id:
            return hints.old_button()
        actor = await fresh.actor(work)
        outcome = await desk.approve_listed(actor, facts, shown, _opener(room, work), at=ask.at, channel=facts.channel)
    return await phrase(room, outcome, who.rules)

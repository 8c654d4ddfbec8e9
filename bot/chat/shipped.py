"""`shipped`: the dialog in which a rep writes what those who asked are told, and the drafts made of it, one a person.

A draft is due as a row (`models/news.py`); whichever machine takes it writes it into its conversation's thread, where
it is a draft like every other: shown, edited, approved, thrown away. None of this says anything in public.
"""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta

from bot.chat import ideas as answers
from bot.chat.asking import Ask, done
from bot.chat.cards import ideas as cards
from bot.chat.cards.refusals import sentence_of
from bot.chat.contract import (
    Card,
    Close,
    Dialog,
    Field,
    Mistakes,
    Place,
    ShowInstead,
    SubmissionAnswer,
    Submitted,
)
from bot.chat.dialogs import notice, show
from bot.chat.handling import Caller, Room, caller
from bot.chat.plain import leftovers
from bot.chat.saving import save
from bot.desk import ideas as desk
from bot.desk.outcomes import Actor, Drafted, Refused
from models import news
from models.arrivals import once
from models.ideas import News, NewsState
from models.lifecycle import State, Step
from models.people import Rep
from models.permits import Standing
from models.quiet import quiet_among
from models.reading.ideas import idea as facts_of
from models.reading.people import customers
from models.reply import DraftKind
from models.steps import Dossier, open_dossier, take
from models.telling import EventKind
from models.wakes import Topic
from models.worklist import finish, still_mine

log = logging.getLogger("twoway.shipped")

#: The dialog in which one writes what people are told.
SHIPPED = "shipped"

#: What stands in the text for the name of who is told.
NAME = "{name}"

#: The longest pause between two looks.
LOOK_EVERY = 5.0

#: Where a draft or a reply is under way, nobody's words are put in its place: it is looked at again this much later.
AGAIN = timedelta(minutes=1)

#: In these states a draft can be begun without setting another one aside.
_FREE = frozenset({State.OPEN, State.ANSWERED, State.CLOSED})


async def shipped(room: Room, ask: Ask, who: Caller) -> Card | None:
    """With words: the drafts are prepared at once. Without: a dialog, or a button that opens one."""
    number, words = ask.call.number, ask.call.rest.strip()
    if number is None:
        await done(room, ask, "which_idea")
        if ask.dialog is not None:
            await show(room, ask.dialog, notice("Which idea?", "Which idea? Type its number: /twoway shipped 3."))
            return None
        return cards.which_idea()
    if words and not ask.by_button:
        return await answers.ship(room, ask, who, number, words)
    if ask.dialog is None:
        await done(room, ask, "press_to_ship")
        return cards.press_to_ship(number)
    if not await done(room, ask, ask.call.verb.value):
        return None
    await show(room, ask.dialog, await _dialog(room, ask, who, number))
    return None


async def _dialog(room: Room, ask: Ask, who: Caller, number: int) -> Dialog:
    channels = await answers.readable(room, ask.person, who.rules)
    async with room.store.reading() as session:
        facts = await facts_of(session, number, now=room.store.clock(), channels=channels, limit=0)
    if facts is None:
        return notice("Which idea?", f"No idea has the number {number}.")
    return Dialog(
        kind=SHIPPED,
        title=f"Idea {facts.id} is there",
        private=json.dumps({"i": facts.id, "h": who.rules.id}),
        blocks=cards.above_the_news(facts),
        fields=(
            Field(
                name="text",
                label="What they are told",
                hint=f"Each draft begins with it, and can be changed. {NAME} becomes the name of who is told.",
            ),
        ),
        save="Prepare drafts",
    )


async def submitted(room: Room, happening: Submitted) -> SubmissionAnswer:
    """Mark it shipped with what was written; the text stays in the dialog unless that was done."""
    try:
        private = json.loads(happening.private)
        number, opened_in = int(private["i"]), int(private["h"])
    except (ValueError, KeyError, TypeError):
        return Mistakes({"text": "This dialog is from an older version of me. Copy your text and open it again."})
    rules = room.channels.of(opened_in)
    place = None if rules is None else Place(rules.surface, happening.who.team, rules.chat)
    who = None if place is None else await caller(room, happening.who, place)
    if who is None:
        return Mistakes({"text": "I do not know this channel any more."})
    text = happening.values.get("text", "")
    strange = leftovers(text)
    if strange:
        return Mistakes({"text": f"Only our chat understands this: {' '.join(strange)}"})
    async with room.store.work() as work:
        if not await once(work, surface=room.surface.name, key=happening.key, kind="Submitted"):
            return Close()
        outcome = await desk.ship(work, await who.actor(work), number, text)
    if isinstance(outcome, Refused):
        return Mistakes({"text": sentence_of(outcome, {})})
    # Said in the dialog itself: a submission has no time for another call.
    return ShowInstead(notice(f"Idea {outcome.idea} is there", answers.told(outcome)))


# ------------------------------------------------------------------------------------------ one draft a person


async def keep_telling(room: Room, stop: asyncio.Event) -> None:
    """Until `stop` is set: the drafts of this surface's channels."""
    with room.store.wakes.listening(Topic.TIME) as roused:
        while not stop.is_set():
            try:
                pause = 0.0 if await prepare_due(room) else await _until_next(room)
            except Exception as error:
                log.exception("telling stumbled", extra={"error": type(error).__name__})
                pause = LOOK_EVERY
            if pause > 0:
                await roused.wait(pause)


def _channels(room: Room) -> list[int]:
    return [rules.id for rules in room.channels.all() if rules.surface == room.surface.name]


async def _until_next(room: Room) -> float:
    async with room.store.reading() as session:
        due = await news.next_news(session, _channels(room))
    if due is None:
        return LOOK_EVERY
    return min(max((due - room.store.clock()).total_seconds(), 0.01), LOOK_EVERY)


async def prepare_due(room: Room) -> int:
    """Write the drafts that are due; how many people were looked at."""
    async with room.store.work() as work:
        rows = await news.take_news(work, _channels(room), limit=10)
        due = [(row.id, row.fence, row.conversation_id) for row in rows]
    for row_id, fence, number in due:
        await _prepare(room, row_id, fence, number)
    return len(due)


async def _prepare(room: Room, row_id: int, fence: int, number: int) -> None:
    """One transaction: the draft stands and the row is done, or neither."""
    async with room.store.work() as work:
        dossier = await open_dossier(work, number, room.channels.policies)
        row = await still_mine(work, News, row_id, fence)
        if row is None:
            return
        parent = await _asked_in(dossier, row)
        why = "taken_back" if parent is None else await _left_out(dossier, row)
        data: dict[str, object] = {"idea": row.idea_id}
        if why:
            await work.write_down(
                dossier.conversation, EventKind.IDEA_NOT_TOLD, rep=row.rep_id, data={**data, "why": why}
            )
            await work.session.delete(row)
            return
        if dossier.state not in _FREE or dossier.revision is not None:
            finish(row, due_at=work.now + AGAIN)
            return
        rep = await work.session.get_one(Rep, row.rep_id)
        if dossier.state is State.CLOSED:
            await take(dossier, Step.REOPEN, EventKind.IDEA_TOLD, rep=rep.id, data=data)
            dossier.conversation.waiting_since = None  # nobody waits for this
        else:
            await work.write_down(dossier.conversation, EventKind.IDEA_TOLD, rep=rep.id, data=data)
        who = await customers(work.session, [dossier.conversation.identity_id])
        text = filled(row.text, next((one.name or one.handle for one in who.values()), ""))
        # The right was asked for when it was marked shipped; the words wait for approval like all others.
        actor = Actor(rep.id, Standing.MEMBER, rep.name)
        outcome = await save(room, dossier, actor, text, None, DraftKind.REPLY, parent=parent, claims=False)
        if not isinstance(outcome, Drafted):
            raise RuntimeError(f"a draft was refused: {type(outcome).__name__}")
        row.state, row.revision = NewsState.DRAFTED.value, outcome.draft
        finish(row)


def filled(text: str, name: str) -> str:
    """The text for one person; without a name what stood around it closes up."""
    if name:
        return text.replace(NAME, name)
    return text.replace(f" {NAME}", "").replace(f"{NAME} ", "").replace(NAME, "")


async def _asked_in(dossier: Dossier, row: News) -> int | None:
    """The post to answer: the last of who asked, if what they asked for still stands and is still marked."""
    marks = [mark for mark in await news.marks_for(dossier.work, row) if mark.given]
    standing = {post.id for post in dossier.customer_posts}
    if not any(mark.post_id in standing for mark in marks):
        return None
    post = desk.wish(dossier)
    return None if post is None else post.id


async def _left_out(dossier: Dossier, row: News) -> str:
    """Why this person is not told after all; empty: nothing speaks against it."""
    customer = await news.customer_of(dossier.work, row)
    if await quiet_among(dossier.work.session, [customer]):
        return "quiet"
    if customer in await news.told_customers(dossier.work, row.idea_id, but=row.id):
        return "told"
    return ""

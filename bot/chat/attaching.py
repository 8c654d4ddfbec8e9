"""Pictures that reps give: fetched from the chat, made ready, and put into the draft that stands, one batch at a time.

Each is a row that is due, so that a process that dies on the way loses none; a dialog's text never waits for them.
What a draft may carry is decided by `bot/desk/attaching.py`; what a picture is, by `bot/cleaning.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.contract import TakenPictures
from bot.chat.cards.parts import plain
from bot.chat.cards.refusals import sentence_of
from bot.chat.contract import ChatError, ChatRefused, Person, Place, SharedFile
from bot.chat.handling import Room, caller, tell
from bot.chat.plain import room_of
from bot.cleaning import MOST_BYTES, Cleaned, NotTaken, clean
from bot.desk.attaching import attach
from bot.desk.outcomes import Actor, Refused, Why
from bot.trail import following
from models.attachments import Attachment, Pictured, batch_of, pictures_of
from models.people import Rep
from models.showing import channel_of
from models.steps import open_dossier
from models.wakes import Topic
from models.worklist import finish, kept, next_due, still_mine, take

log = logging.getLogger("twoway.attaching")

LOOK_EVERY = 5.0
#: A chat that does not answer is asked so often, ever more rarely.
TRIES = 5

#: Why the chat did not give it, as people read it.
NOT_FETCHED = "The chat did not let me have it."
TOO_LARGE = "It is too large."
NOWHERE = "This platform takes no pictures from us."

Cleaner = Callable[[bytes, TakenPictures], Awaitable[Cleaned]]


@dataclass(frozen=True, slots=True)
class _Task:
    """A picture that is ours to get, as its row was taken."""

    row: int
    fence: int
    tries: int
    conversation: int
    account: int
    file: SharedFile


async def keep_attaching(room: Room, stop: asyncio.Event, *, cleaner: Cleaner = clean) -> None:
    """Until `stop` is set: one picture after the other, of this chat."""
    with room.store.wakes.listening(Topic.ATTACH) as roused:
        while not stop.is_set():
            try:
                pause = 0.0 if await attach_due(room, cleaner=cleaner) else await _until_next(room)
            except Exception as error:
                log.exception("attaching stumbled", extra={"error": type(error).__name__})
                pause = LOOK_EVERY
            if pause > 0:
                await roused.wait(pause)


async def _until_next(room: Room) -> float:
    async with room.store.reading() as session:
        due = await next_due(session, Attachment, Attachment.surface == room.surface.name)
    if due is None:
        return LOOK_EVERY
    return min(max((due - room.store.clock()).total_seconds(), 0.01), LOOK_EVERY)


async def attach_due(room: Room, *, cleaner: Cleaner = clean) -> bool:
    """Get the next one that is due; False when none is."""
    task = await _taken(room)
    if task is None:
        return False
    with following("attach", conversation=task.conversation, attachment=task.row):
        got: Cleaned | str
        try:
            async with kept(room.store, Attachment, {task.row: task.fence}):
                got = await _got(room, task, cleaner)
        except ChatError as error:
            if task.tries < TRIES and not isinstance(error, ChatRefused):
                await _later(room, task, error.code)
                return True
            log.error("picture not fetched", extra={"code": error.code})
            got = TOO_LARGE if error.code == "file_too_large" else NOT_FETCHED
        await _keep(room, task, got)
    return True


async def _taken(room: Room) -> _Task | None:
    async with room.store.work() as work:
        rows = await take(work, Attachment, Attachment.surface == room.surface.name, limit=1)
        if not rows:
            return None
        row = rows[0]
        dossier = await open_dossier(work, row.conversation_id, {})
        file = SharedFile(str(row.file.get("id")), str(row.file.get("url") or ""))
        return _Task(row.id, row.fence, row.tries, row.conversation_id, dossier.conversation.account_id, file)


async def _got(room: Room, task: _Task, cleaner: Cleaner) -> Cleaned | str:
    """The picture, or why there is none. Raises what the chat raises."""
    takes = room.takes(task.account)
    if takes is None:
        return NOWHERE
    raw = await room.surface.file(task.file, most=MOST_BYTES)
    try:
        return await cleaner(raw, takes)
    except NotTaken as error:
        log.info("picture not taken", extra={"code": error.code})
        return error.sentence


async def _later(room: Room, task: _Task, code: str) -> None:
    log.warning("picture not fetched yet", extra={"code": code})
    async with room.store.work() as work:
        row = await still_mine(work, Attachment, task.row, task.fence)
        if row is not None:
            finish(row, due_at=work.now + timedelta(seconds=2.0**task.tries))


async def _keep(room: Room, task: _Task, got: Cleaned | str) -> None:
    """The bytes are kept; the last of a batch puts all of them into the draft, in the same transaction."""
    who = await _who(room, task)
    async with room.store.work() as work:
        dossier = await open_dossier(work, task.conversation, room.channels.policies)
        row = await still_mine(work, Attachment, task.row, task.fence)
        if row is None:
            return
        finish(row)
        row.file = {}
        if isinstance(got, str):
            row.why = got
        else:
            row.kind, row.width, row.height = got.kind, got.width, got.height
            row.size, row.digest, row.data = len(got.data), got.digest, got.data
        await work.flush()
        batch = await batch_of(work, row.batch)
        if any(one.due_at is not None for one in batch):
            return
        outcome: object = Refused(Why.NO_RIGHT, task.conversation, sentence="You may not write here any more.")
        if who is not None:
            there = [_pictured(one) for one in batch if one.data is not None]
            current = () if dossier.revision is None else pictures_of(dossier.revision.spans)
            outcome = await attach(
                dossier,
                who[1],
                there,
                takes=room.takes(task.account),
                not_taken=[one.why for one in batch if one.why],
                shows=shows(room, dossier.revision.final if dossier.revision else "", [*current, *there]),
            )
    if isinstance(outcome, Refused) and outcome.why is not Why.UNCHANGED and who is not None:
        said = f"Your picture did not become part of the draft: {sentence_of(outcome, {})}"
        await tell(room, None, who[0], await _place(room, task), plain(said))


def shows(room: Room, final: str, pictures: Sequence[Pictured]) -> bool:
    """Whether a draft's message can show these, with every word of them, beside its text."""
    if not pictures:
        return True
    # The words of each stand twice: below the picture, and in it for who cannot see it.
    words = room_of(final) + sum(2 * room_of(one.alt) + 100 for one in pictures)
    return room.shows_pictures and words <= room.surface.can.shows_whole


def _pictured(row: Attachment) -> Pictured:
    return Pictured(row.id, row.digest, row.alt, row.kind, row.width, row.height, row.size)


async def _who(room: Room, task: _Task) -> tuple[Person, Actor] | None:
    """Who gave it, and what they may do here by now."""
    place = await _place(room, task)
    async with room.store.reading() as session:
        row = await session.get(Attachment, task.row)
        rep = None if row is None else await session.get(Rep, row.rep_id)
    if rep is None or place is None:
        return None
    person = Person(rep.surface, rep.team, rep.user)
    found = await caller(room, person, place)
    return None if found is None else (person, Actor(rep.id, found.standing, rep.name))


async def _place(room: Room, task: _Task) -> Place | None:
    async with room.store.reading() as session:
        channel = await channel_of(session, task.conversation)
    rules = room.channels.of(channel) if channel is not None else None
    if rules is None or rules.surface != room.surface.name:
        return None
    return await room.surface.place(rules.chat)

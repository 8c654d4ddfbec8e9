"""Has pictures drawn: each in a process of its own that ends with it, so that the bot never holds the library.

A picture is a row that is due; what shows it is shown anew once it is there. A drawing that fails is said in the log,
and its words stay where it would have been.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from datetime import timedelta

from bot.children import NoAnswer, ask
from models.chat import CardKind
from models.drawings import Drawing, drawn_now
from models.store import Store
from models.wakes import Topic
from models.worklist import finish, kept, next_due, still_mine, take

log = logging.getLogger("twoway.easel")

LOOK_EVERY = 5.0

#: A busy machine takes seconds to load the library.
DRAWN_WITHIN = timedelta(seconds=40)
TRIES = 3
AGAIN_AFTER = timedelta(minutes=1)

#: A chart is some 50 KB; whatever is larger is none of ours.
LARGEST = 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"

PROGRAM: Sequence[str] = (sys.executable, "-m", "bot.reports.drawing")


class NotDrawn(Exception):
    """There is no picture. The message is for the log; it holds no customer's words."""


async def draw(drawn: str, *, program: Sequence[str] = PROGRAM, within: timedelta = DRAWN_WITHIN) -> bytes:
    """The PNG of a chart. Raises NotDrawn; whatever happens, no process is left behind."""
    try:
        answer = await ask(program, drawn.encode(), within=within, knows=("MPLCONFIGDIR", "XDG_CACHE_HOME"))
    except NoAnswer as error:
        raise NotDrawn(str(error)) from error
    if answer.code or not answer.out.startswith(_PNG) or len(answer.out) > LARGEST:
        raise NotDrawn(f"ended with {answer.code}: {answer.last_word}")
    return answer.out


async def keep_drawing(store: Store, stop: asyncio.Event, *, program: Sequence[str] = PROGRAM) -> None:
    """Until `stop` is set: one picture after the other."""
    with store.wakes.listening(Topic.TIME) as roused:
        while not stop.is_set():
            try:
                pause = 0.0 if await draw_due(store, program=program) else await _until_next(store)
            except Exception as error:
                log.exception("the easel stumbled", extra={"error": type(error).__name__})
                pause = LOOK_EVERY
            if pause > 0:
                await roused.wait(pause)


async def _until_next(store: Store) -> float:
    async with store.reading() as session:
        due = await next_due(session, Drawing)
    if due is None:
        return LOOK_EVERY
    return min(max((due - store.clock()).total_seconds(), 0.01), LOOK_EVERY)


async def draw_due(store: Store, *, program: Sequence[str] = PROGRAM, within: timedelta = DRAWN_WITHIN) -> bool:
    """Draw the next one that is due; False when none is."""
    async with store.work() as work:
        rows = await take(work, Drawing, limit=1)
        if not rows:
            return False
        row_id, fence, tries, drawn = rows[0].id, rows[0].fence, rows[0].tries, rows[0].drawn
    png: bytes | None = None
    try:
        async with kept(store, Drawing, {row_id: fence}):
            png = await draw(drawn, program=program, within=within)
    except NotDrawn as error:
        log.error("picture not drawn", extra={"drawing": row_id, "why": str(error)})
    async with store.work() as work:
        row = await still_mine(work, Drawing, row_id, fence)
        if row is None:
            return True
        if png is None:
            finish(row, due_at=work.now + AGAIN_AFTER if tries < TRIES else None)
            return True
        finish(row)
        if row.kind:
            work.want(CardKind(row.kind), row.ref)
        await drawn_now(work, row, png)
    return True

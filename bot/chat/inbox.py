"""What comes in from chat: written down under its key, acknowledged, then worked on, each thing once.

Nothing here knows what a verb does; that is `handling`. What was committed is worked on, also after a crash; what
was not is not acknowledged, so that it comes again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from bot.chat import wire
from bot.chat.contract import Inbound, Mistakes, SubmissionAnswer, Submitted
from bot.trail import following
from models.arrivals import write_arrivals
from models.chat import Happening
from models.store import Store
from models.wakes import Topic
from models.worklist import next_due, take

log = logging.getLogger("twoway.inbox")

#: A submission must be answered within 3 s, or the surface shows an error and the text may be gone.
SUBMISSION_LIMIT = 2.5

#: How many happenings are worked on at once: they wait for the chat's answers, not for each other.
AT_ONCE = 16

#: People wait 3 s for an acknowledgement and gladly longer for an answer: when more than CROWD arrive within MOMENT
#: seconds, work begins only when it has become quiet, or after PATIENCE seconds, a little at a time.
CROWD, MOMENT, PATIENCE = 8, 0.25, 1.0

#: So long an acknowledgement waits for what is worked on before it: the surface's 3 s, less the way. Then it comes all
#: the same, and the answer a little later.
AT_ONCE_WITHIN = 2.0

#: After so many tries something is wrong that trying again does not mend.
TRIES = 6


class Handler(Protocol):
    """Works on one happening. `handle` marks the row as handled in the transaction of its effect."""

    async def handle(self, happening: Inbound, row: int, fence: int) -> None: ...

    async def submit(self, submitted: Submitted) -> SubmissionAnswer: ...

    async def give_up(self, happening: Inbound | None, row: int, fence: int) -> None: ...


class ChatInbox:
    """The inbox of one surface. `here`: what waits for a dialog is worked on by the process that it came to. `urgent`
    tells what is worked on before it is acknowledged, ahead of everything that waits."""

    def __init__(
        self,
        store: Store,
        surface: str,
        handler: Handler,
        *,
        here: bool = False,
        urgent: Callable[[Inbound], bool] = lambda _: False,
    ) -> None:
        self._store = store
        self._surface = surface
        self._handler = handler
        self._here = here
        self._urgent = urgent
        self._begun: set[asyncio.Task[None]] = set()
        self._arrivals: list[tuple[dict[str, object], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._recent: deque[float] = deque(maxlen=CROWD + 1)

    async def accept(self, happening: Inbound) -> None:
        """Durable when this returns. Those who come while a commit runs share the next one."""
        kind, payload = wire.to_json(happening)
        arrival: dict[str, object] = {"surface": self._surface, "key": happening.key, "kind": kind, "payload": payload}
        if self._urgent(happening):
            if begun := await self._begin_here(arrival, kind, payload):
                await asyncio.wait(begun, timeout=AT_ONCE_WITHIN)
            return
        if self._here and getattr(happening, "dialog", None) is not None:
            await self._begin_here(arrival, kind, payload)
            return
        loop = asyncio.get_running_loop()
        self._recent.append(loop.time())
        done: asyncio.Future[None] = loop.create_future()
        self._arrivals.append((arrival, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="inbox-writer")
        await done

    async def _begin_here(
        self, arrival: dict[str, object], kind: str, payload: dict[str, object]
    ) -> set[asyncio.Task[None]]:
        """Written down and taken in one transaction: nobody else can come between. Should we die, others take it."""
        try:
            async with self._store.work() as work:
                await write_arrivals(work, [arrival])
                mine = (Happening.surface == self._surface, Happening.key == arrival["key"])
                taken = [(row.id, row.fence, row.tries) for row in await take(work, Happening, *mine)]
        except Exception as error:
            raise NotStored(type(error).__name__) from error
        begun = {
            asyncio.create_task(self._one(row, fence, tries, kind, payload), name="inbox-here")
            for row, fence, tries in taken
        }
        self._begun |= begun
        for task in begun:
            task.add_done_callback(self._begun.discard)
        return begun

    async def submit(self, submitted: Submitted) -> SubmissionAnswer:
        """Straight to its verb: the answer decides whether the dialog closes. Too slow: the text stays there."""
        try:
            with following("submit", kind=submitted.kind):
                async with asyncio.timeout(SUBMISSION_LIMIT):
                    return await self._handler.submit(submitted)
        except TimeoutError:
            log.warning("submission too slow", extra={"kind": submitted.kind})
        except Exception:
            log.exception("submission failed", extra={"kind": submitted.kind})
        names = list(submitted.values) or ["text"]
        return Mistakes({names[0]: "I could not save this just now. Your text is still here; please try again."})

    async def run(self, stop: asyncio.Event) -> None:
        """Work on what waits until `stop` is set, then finish what was begun."""
        slots = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            with self._store.wakes.listening(Topic.INBOX) as roused:
                while not stop.is_set():
                    try:
                        pause = 0.0 if await self._begin(tasks, slots) else await self._idle()
                    except Exception as error:
                        log.warning("inbox cannot read", extra={"error": type(error).__name__})
                        pause = 1.0
                    if pause > 0:
                        await roused.wait(pause)
        await asyncio.gather(*self._begun, return_exceptions=True)

    async def _begin(self, tasks: asyncio.TaskGroup, slots: asyncio.Semaphore) -> int:
        await slots.acquire()
        slots.release()
        limit = AT_ONCE if await self._quiet() else 2
        async with self._store.work() as work:
            rows = await take(work, Happening, Happening.surface == self._surface, limit=limit)
            taken = [(row.id, row.fence, row.tries, row.kind, dict(row.payload)) for row in rows]
        for row_id, fence, tries, kind, payload in taken:
            await slots.acquire()
            task = tasks.create_task(self._one(row_id, fence, tries, kind, payload))
            task.add_done_callback(lambda _task: slots.release())
        return len(taken)

    async def _quiet(self) -> bool:
        """Let the crowd be acknowledged first. False: it is still coming, and somebody has waited long enough."""
        loop = asyncio.get_running_loop()
        patient_until = loop.time() + PATIENCE
        while len(self._recent) > CROWD and loop.time() - self._recent[0] < MOMENT:
            if loop.time() > patient_until:
                return False
            await asyncio.sleep(MOMENT / 10)
        return True

    async def _one(self, row: int, fence: int, tries: int, kind: str, payload: dict[str, object]) -> None:
        with following("handle", row=row, kind=kind):
            await self._one_of(row, fence, tries, kind, payload)

    async def _one_of(self, row: int, fence: int, tries: int, kind: str, payload: dict[str, object]) -> None:
        happening: Inbound | None = None
        try:
            happening = wire.from_json(kind, payload)
            if tries > TRIES:
                await self._handler.give_up(happening, row, fence)
            else:
                await self._handler.handle(happening, row, fence)
        except wire.Unreadable:
            log.error("unreadable happening", extra={"row": row, "kind": kind})
            await self._quietly(self._handler.give_up(None, row, fence), row)
        except Exception:
            log.exception("happening failed", extra={"row": row, "kind": kind, "try": tries})
            await self._quietly(self._again(row, tries), row)

    async def _again(self, row: int, tries: int) -> None:
        async with self._store.work() as work:
            stored = await work.session.get(Happening, row)
            if stored is not None and stored.handled_at is None:
                stored.lease_owner = stored.lease_until = None
                stored.due_at = work.now + timedelta(seconds=min(0.2 * 2**tries, 30))

    async def _quietly(self, what: Awaitable[None], row: int) -> None:
        """The row stays leased if even this fails: it comes again when the lease has ended."""
        try:
            await what
        except Exception:
            log.exception("happening stays", extra={"row": row})

    async def _idle(self) -> float:
        async with self._store.reading() as session:
            due = await next_due(session, Happening, Happening.surface == self._surface)
        if due is None:
            return 5.0
        return min(max((due - self._store.clock()).total_seconds(), 0.01), 5.0)

    async def _write(self) -> None:
        while self._arrivals:
            batch, self._arrivals = self._arrivals, []
            try:
                async with self._store.work() as work:
                    await write_arrivals(work, [arrival for arrival, _ in batch])
            except Exception as error:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(NotStored(type(error).__name__))
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)


class NotStored(Exception):
    """It could not be written down: the surface must not acknowledge it."""

"""Said before a target is missed, once each: the claimer is reminded in the thread, then the channel is told, and
when it is missed, a named group is called. Each wait is a row; whichever machine takes it says it, in one transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.reports.timing import Target, after
from models.lifecycle import State
from models.permits import Policy
from models.praise import is_praise
from models.steps import open_dossier
from models.store import Store
from models.telling import EventKind
from models.waiting import Waits, Watch, still_waits, unwatched, watch
from models.wakes import Topic
from models.worklist import finish, next_due, still_mine, take

log = logging.getLogger("twoway.warnings")

#: The longest pause between two looks; so late a wait may be noticed.
LOOK_EVERY = 5.0

#: While an approved reply is on its way nobody is warned; it is looked at again this much later.
ON_ITS_WAY = timedelta(seconds=30)

#: How long the row of a wait of which all is said stays before it is looked at and put away.
TIDY = timedelta(days=1)

_BATCH = 100


class Stage(StrEnum):
    """What is to be said next of a wait."""

    REMIND = "remind"  # the claimer, in the thread
    TELL = "tell"  # the channel
    MISSED = "missed"  # the named group, in the channel
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Watching:
    """What a channel wants to be told of: `before` a target is missed (not at all: no warnings), and whether
    somebody is to be called once it is."""

    target: Target
    before: timedelta
    escalates: bool = False


def stages(watching: Watching, asked: datetime, *, praise: bool = False) -> tuple[tuple[datetime, Stage], ...]:
    """When what is said of somebody who asked then, or praised us, in order. Nothing where nobody ever works."""
    target = watching.target.of_praise if praise else watching.target
    deadline = target.deadline(asked)
    if deadline is None:
        return ()
    before = min(watching.before, target.within / 2)
    moments = []
    if before > timedelta():
        for early, stage in ((before, Stage.REMIND), (before / 2, Stage.TELL)):
            at = after(target.calendar, asked, target.within - early)
            moments.append((at or deadline, stage))
    return (*moments, (deadline, Stage.MISSED))


async def keep_warning(
    store: Store, watched: Mapping[int, Watching], policies: Mapping[int, Policy], stop: asyncio.Event
) -> None:
    """Until `stop` is set. `watched` and `policies` by channel."""
    with store.wakes.listening(Topic.TIME) as roused:
        while not stop.is_set():
            try:
                found = await watch_new(store, watched)
                said = await warn(store, watched, policies)
                pause = 0.0 if found or said else await _until_next(store)
            except Exception as error:
                log.exception("warnings stumbled", extra={"error": type(error).__name__})
                pause = LOOK_EVERY
            if pause > 0:
                await roused.wait(pause)


async def _until_next(store: Store) -> float:
    async with store.reading() as session:
        due = await next_due(session, Watch)
    if due is None:
        return LOOK_EVERY
    return min(max((due - store.clock()).total_seconds(), 0.01), LOOK_EVERY)


async def watch_new(store: Store, watched: Mapping[int, Watching]) -> int:
    """Give every wait its row; how many were new. What is heard only when its target is missed already gets none of
    these messages: its card comes to the channel at this moment, and says how long they wait."""
    async with store.reading() as session:
        new = await unwatched(session, list(watched), limit=_BATCH)
    if new:
        async with store.work() as work:
            for waits in new:
                at, stage = _first(watched[waits.channel], waits, work.now)
                await watch(work, waits, stage=stage.value, due_at=at)
    return len(new)


def _first(watching: Watching, waits: Waits, now: datetime) -> tuple[datetime, Stage]:
    plan = stages(watching, waits.since)
    if not plan or plan[-1][0] <= now:
        return now + TIDY, Stage.DONE
    return _next(plan, now)


def _next(plan: tuple[tuple[datetime, Stage], ...], now: datetime) -> tuple[datetime, Stage]:
    """The last of what should have been said by now, else the first of what comes: nothing is said late and in a
    row with what replaces it."""
    past = [one for one in plan if one[0] <= now]
    return past[-1] if past else plan[0]


async def warn(store: Store, watched: Mapping[int, Watching], policies: Mapping[int, Policy]) -> int:
    """Say what is due; how many waits were looked at."""
    async with store.work() as work:
        due = [(row.id, row.fence, row.conversation_id) for row in await take(work, Watch, limit=50)]
    for row_id, fence, number in due:
        await _one(store, watched, policies, row_id, fence, number)
    return len(due)


async def _one(
    store: Store,
    watched: Mapping[int, Watching],
    policies: Mapping[int, Policy],
    row_id: int,
    fence: int,
    number: int,
) -> None:
    async with store.work() as work:
        dossier = await open_dossier(work, number, policies)
        row = await still_mine(work, Watch, row_id, fence)
        if row is None:
            return
        conversation = dossier.conversation
        if not still_waits(conversation, row.since):
            await work.session.delete(row)
            return
        watching = watched.get(conversation.channel_id)
        praise = await is_praise(work.session, number)
        plan = stages(watching, row.since, praise=praise) if watching is not None else ()
        if watching is None or row.stage == Stage.DONE or not plan:
            finish(row, due_at=work.now + TIDY)
            return
        to_come = plan[[stage for _, stage in plan].index(Stage(row.stage)) :] if _known(plan, row.stage) else plan
        at, stage = _next(to_come, work.now)
        if at > work.now:
            # The channel's target was changed meanwhile: it is not yet time.
            row.stage = stage.value
            finish(row, due_at=at)
            return
        on_its_way = dossier.state in {State.APPROVED, State.SENDING}
        if on_its_way and stage is not Stage.MISSED:
            finish(row, due_at=work.now + ON_ITS_WAY)
            return
        if stage is Stage.REMIND and dossier.claim is None:
            stage = Stage.TELL
        data: dict[str, object] = {"since": row.since.isoformat(), "due": plan[-1][0].isoformat()}
        told = watching.escalates or stage is not Stage.MISSED
        await work.write_down(conversation, SAYS[stage], data=data, tell=told)
        later = [one for one in plan if _AFTER[one[1]] > _AFTER[stage]]
        row.stage = later[0][1].value if later else Stage.DONE.value
        finish(row, due_at=later[0][0] if later else work.now + TIDY)


def _known(plan: tuple[tuple[datetime, Stage], ...], stage: str) -> bool:
    return any(one.value == stage for _, one in plan)


SAYS: Mapping[Stage, EventKind] = {
    Stage.REMIND: EventKind.REMINDED,
    Stage.TELL: EventKind.WARNED,
    Stage.MISSED: EventKind.OVERDUE,
}
_AFTER = {stage: nth for nth, stage in enumerate(Stage)}

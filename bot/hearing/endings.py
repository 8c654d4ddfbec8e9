"""Tells an account's channels some days ahead that our access to it ends and only a person can prolong it.

When that is, is said by whoever keeps tokens; at which distances people are told, by `models.keeping.STEPS`.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from models.keeping import Kept, next_step
from models.reading.heard import channels_of
from models.store import Store
from models.telling import EventKind
from models.wakes import Topic
from models.worklist import finish, next_due, take

log = logging.getLogger("twoway.endings")

#: The longest pause between two looks: another process may have connected an account.
LOOK_EVERY = 600.0
#: After a look that failed.
AGAIN = 30.0
DAY = timedelta(days=1)


async def tell_ahead(store: Store, stop: asyncio.Event) -> None:
    """Until `stop` is set."""
    with store.wakes.listening(Topic.TIME) as roused:
        while not stop.is_set():
            try:
                told = await tell_of_ends(store)
                pause = 0.0 if told else await _until_next(store)
            except Exception as error:
                log.exception("the ends were not looked at", extra={"error": type(error).__name__})
                pause = AGAIN
            if pause > 0:
                await roused.wait(pause)


async def tell_of_ends(store: Store) -> int:
    """Every account whose next step has come is told of once; how many were looked at. Whoever was away for several
    steps tells only of the last one."""
    async with store.work() as work:
        rows = await take(work, Kept, limit=50)
        for row in rows:
            if row.ends is not None and row.ends > work.now:
                days = -((work.now - row.ends) // DAY)  # rounded up
                data: dict[str, object] = {"account": row.id, "days": days, "ends": row.ends.isoformat()}
                channels = await channels_of(work.session, row.id)
                await work.tell_channels(EventKind.ACCOUNT_ENDING, data=data, channels=channels)
                log.warning("access ends", extra={"account": row.id, "days": days})
            finish(row, due_at=next_step(work.now, row.ends))
        return len(rows)


async def _until_next(store: Store) -> float:
    async with store.reading() as session:
        due = await next_due(session, Kept)
    if due is None:
        return LOOK_EVERY
    return min(max((due - store.clock()).total_seconds(), 0.1), LOOK_EVERY)

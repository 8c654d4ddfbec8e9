"""Once a day the journal's heads are sealed under one hash, on whichever machine gets to it first."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from models.seals import TooLate, seal
from models.store import Store
from models.wakes import Topic

log = logging.getLogger("twoway.seals")

#: A day that ended is sealed within the hour; a machine that was off does it when it is back.
LOOK_EVERY = 600.0


async def keep_seals(store: Store, stop: asyncio.Event) -> None:
    """Until `stop` is set: yesterday (UTC) is sealed, once."""
    sealed = None
    with store.wakes.listening(Topic.TIME) as roused:
        while not stop.is_set():
            yesterday = (store.clock() - timedelta(days=1)).date()
            if sealed != yesterday:
                try:
                    await seal(store, yesterday)
                    sealed = yesterday
                except TooLate:
                    # The clock went back a day: what is sealed stays sealed.
                    sealed = yesterday
                except Exception as error:
                    log.exception("could not seal", extra={"error": type(error).__name__})
            await roused.wait(LOOK_EVERY)

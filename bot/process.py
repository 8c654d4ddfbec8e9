"""One `twoway run`: the only one on an embedded database, ended by a signal, within ten seconds.

What it runs is put together in `bot/app.py`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Collection

from bot import garbage
from bot.alone import AnotherOne, alone
from bot.app import PARTS, App
from bot.memory import keep_small
from bot.settings import Settings

log = logging.getLogger("twoway.process")

#: Seconds after the signal: what hangs then, in a thread or in a library, is left. People are told 10.
LAST = 9.5


def run(settings: Settings, parts: Collection[str] = PARTS) -> int:
    """Until a signal. 0: stopped as asked; 2: it could not start, and one sentence said why."""
    try:
        with alone(settings.service.database):
            return asyncio.run(_run(settings, frozenset(parts) or PARTS))
    except AnotherOne as error:
        log.error(str(error))
        return 2


async def _run(settings: Settings, parts: frozenset[str]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, _stop, stop)
    app = App(settings, parts)
    garbage.look_rarely()
    keep_small()
    try:
        return await app.run(stop)
    finally:
        await app.close()


def _stop(stop: asyncio.Event) -> None:
    """Asked to end. Whatever hangs then, in a thread or in a library, is left in time: being killed is safe."""
    if not stop.is_set():
        last = threading.Timer(LAST, _give_up)
        last.daemon = True
        last.start()
    stop.set()


def _give_up() -> None:
    log.error("did not end in time, and is left")
    os._exit(1)

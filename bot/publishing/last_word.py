"""What is asked right before a reply's bytes leave: whether somebody pressed stop.

The adapter asks it when its line is open (`adapters/leaving.py`); until the bytes are out, nobody is told that a stop
stands (`models/fences.py`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from adapters.leaving import LastWord
from models import holds
from models.conversation import Conversation
from models.store import Store

log = logging.getLogger("twoway.publishing")


def last_word(store: Store, conversation: Conversation) -> LastWord:
    """Whether it may go. What cannot be asked now is not sent now."""

    @asynccontextmanager
    async def asked() -> AsyncIterator[bool]:
        async with AsyncExitStack() as inside:
            try:
                session = await inside.enter_async_context(store.fence.leaving())
                goes = await holds.stands(session, conversation) is None
            except Exception as error:
                log.exception("not asked whether it is held", extra={"error": type(error).__name__})
                goes = False
            yield goes

    return asked

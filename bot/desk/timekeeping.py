"""What time alone brings about: claims that end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from bot.desk.claiming import end_claim
from models.conversation import Claim
from models.permits import Policy
from models.steps import open_dossier
from models.store import Store
from models.wakes import Topic
from models.worklist import next_due, take

log = logging.getLogger("twoway.desk")

#: The longest pause between two looks; claims that end sooner are looked at when they end.
LOOK_EVERY = 5.0


async def keep_time(store: Store, policies: Mapping[int, Policy], stop: asyncio.Event) -> None:
    """Until `stop` is set."""
    with store.wakes.listening(Topic.TIME) as roused:
        while not stop.is_set():
            try:
                ended = await end_claims(store, policies)
                pause = 0.0 if ended else await _until_next(store)
            except Exception as error:
                log.exception("timekeeping stumbled", extra={"error": type(error).__name__})
                pause = LOOK_EVERY
            if pause > 0:
                await roused.wait(pause)


async def _until_next(store: Store) -> float:
    """Seconds until a claim ends, at most LOOK_EVERY."""
    async with store.reading() as session:
        due = await next_due(session, Claim)
    if due is None:
        return LOOK_EVERY
    return min(max((due - store.clock()).total_seconds(), 0.01), LOOK_EVERY)


async def end_claims(store: Store, policies: Mapping[int, Policy]) -> int:
    """End (or prolong) every claim whose time has come; how many were looked at."""
    async with store.work() as work:
        due = [(claim.id, claim.conversation_id) for claim in await take(work, Claim, limit=50)]
    for claim_id, number in due:
        async with store.work() as work:
            dossier = await open_dossier(work, number, policies)
            if dossier.claim is not None and dossier.claim.id == claim_id:
                dossier.claim.lease_owner = dossier.claim.lease_until = None
                await end_claim(dossier)
    return len(due)

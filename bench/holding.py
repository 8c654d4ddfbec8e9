"""How late a reply may still leave after `/twoway hold all` was acknowledged, while a thousand are on their way."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.answering import ANA, CARE, CYD, approve_held, prepare
from bench.town import Town

#: Approved replies that want to leave; when a tenth of them has, somebody stops the rest.
REPLIES = 1000

#: Nothing that leaves later than this after the stop would be noticed; far above what is to be reached.
WATCHED = 3.0


@dataclass(frozen=True)
class Stopped:
    """`last`: seconds from the acknowledgement to the last call that the platform got, below zero if it came before.
    `late`: calls after the acknowledgement. `waiting`: replies that stayed."""

    last: float
    late: int
    waiting: int
    acknowledged_in: float


async def race(town: Town, database: Path, replies: int = REPLIES) -> Stopped:
    """Approve them all under a hold, let them go, and stop them again in the middle."""
    drafts = await prepare(town, replies)
    await town.slack.command(ANA, CARE, "/twoway", "hold all")
    await approve_held(town, database, drafts)
    calls = town.square.publish_calls
    await town.slack.command(CYD, CARE, "/twoway", "resume all")
    await town.square.wait_for(lambda _: len(calls) >= replies // 10, timeout=60)
    began = time.perf_counter()
    await town.slack.command(ANA, CARE, "/twoway", "hold all")
    acknowledged, took = datetime.now(UTC), time.perf_counter() - began
    await asyncio.sleep(WATCHED)
    after = [(call.at - acknowledged).total_seconds() for call in calls]
    return Stopped(max(after), sum(one > 0 for one in after), replies - len(calls), took)

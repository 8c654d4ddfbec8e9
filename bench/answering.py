"""From a ✅ to a durable approval, and from the approval to the platform: hold 0, everything on loopback."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bench.town import Town

CARE, ANA, CYD = "C0CARE", "U0ANA", "U0CYD"


async def prepare(town: Town, count: int) -> list[object]:
    """`count` conversations with a draft of Ana's each, shown and ready; the messages to react to.

    The pace of one message a second is switched off in `town`: it would only be waited for.
    """
    for number in range(count):
        await town.square.post(f"person{number}", f"@acme where is parcel {number}?")
    await town.slack.wait_for(lambda: len(town.slack.messages(CARE)) >= count, timeout=count * 3 + 30)
    for number in range(1, count + 1):
        await town.slack.command(ANA, CARE, "/twoway", f"draft {number} It comes today, promised.")

    def drafts() -> list[object]:
        found = []
        for card in town.slack.messages(CARE):
            found += [one for one in town.slack.thread(CARE, card.ts) if "last words by" in town.slack.text_of(one)]
        return found if len(found) >= count else []

    return await town.slack.wait_for(drafts, timeout=count * 3 + 30)


async def approve(town: Town, database: Path, drafts: Sequence[object], *, at_once: bool) -> list[float]:
    """React to each; seconds from the reaction to the committed approval, seen by another connection."""
    seen = sqlite3.connect(database)
    before = _approvals(seen)
    took: list[float] = []
    groups = [list(drafts)] if at_once else [[draft] for draft in drafts]
    for group in groups:
        began = time.perf_counter()
        reacting = [asyncio.create_task(town.slack.react(CYD, CARE, one.ts, "white_check_mark")) for one in group]  # type: ignore[attr-defined]
        done = 0
        while done < len(group):
            now = _approvals(seen) - before - done
            took += [time.perf_counter() - began] * now
            done += now
            await asyncio.sleep(0.002)
            if time.perf_counter() - began > 60:
                raise TimeoutError("an approval never came")
        before += done
        await asyncio.gather(*reacting)
    seen.close()
    return took


def published(town: Town, database: Path) -> list[float]:
    """Seconds from each approval's commit moment to the platform having the call."""
    seen = sqlite3.connect(database)
    rows = dict(seen.execute("SELECT key, approved_at FROM delivery").fetchall())
    seen.close()
    return [
        (call.at - datetime.fromisoformat(rows[call.key] + "+00:00")).total_seconds()
        for call in town.square.publish_calls
        if call.key in rows
    ]


def _approvals(seen: sqlite3.Connection) -> int:
    return int(seen.execute("SELECT count(*) FROM approval WHERE given").fetchone()[0])

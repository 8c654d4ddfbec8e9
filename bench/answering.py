"""From a ✅ to a durable approval, and from the approval to the platform: hold 0, everything on loopback."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import aiohttp

from bench.town import Town
from sandbox.slack.things import Message

CARE, ANA, CYD = "C0CARE", "U0ANA", "U0CYD"


async def prepare(town: Town, count: int) -> list[Message]:
    """`count` conversations with a draft of Ana's each, shown and ready; the messages to react to.

    The pace of one message a second is switched off in `town`: it would only be waited for.
    """
    for number in range(count):  # too short to be taken for the same text again, which would be one card
        await town.square.post(f"person{number}", f"@acme parcel {number}?")
    await town.slack.wait_for(lambda: len(town.slack.messages(CARE)) >= count, timeout=count * 3 + 30)
    for number in range(1, count + 1):
        await town.slack.command(ANA, CARE, "/twoway", f"draft {number} It comes today, promised.")

    def drafts() -> list[Message]:
        if sum(1 for _ in town.slack.ws.in_channel(CARE)) < 2 * count:  # asked at every change: a card and its draft
            return []
        found: list[Message] = []
        for card in town.slack.messages(CARE):
            found += [one for one in town.slack.thread(CARE, card.ts) if "last words by" in town.slack.text_of(one)]
        return found if len(found) >= count else []

    return await town.slack.wait_for(drafts, timeout=count * 3 + 30)


async def approve(town: Town, database: Path, drafts: Sequence[Message]) -> tuple[list[float], list[float]]:
    """React to all of these at once. Seconds from the reactions to each committed approval, as another connection
    sees them, and from each approval to the platform having the call. Ends when every reply is there."""
    called = len(town.square.publish_calls)
    took = await approve_held(town, database, drafts)
    seen = sqlite3.connect(database)
    await town.square.wait_for(lambda one: len(one.publish_calls) >= called + len(drafts), timeout=60)
    rows = dict(seen.execute("SELECT key, approved_at FROM delivery").fetchall())
    seen.close()
    return took, [
        (call.at - datetime.fromisoformat(rows[call.key] + "+00:00")).total_seconds()
        for call in town.square.publish_calls[called:]
    ]


async def approve_held(town: Town, database: Path, drafts: Sequence[Message]) -> list[float]:
    """The same without waiting for the platform: seconds to each committed approval."""
    seen = sqlite3.connect(database)
    before = _approvals(seen)
    took: list[float] = []
    began = time.perf_counter()
    reacting = [asyncio.create_task(town.slack.react(CYD, CARE, one.ts, "white_check_mark")) for one in drafts]
    while len(took) < len(drafts):
        now = _approvals(seen) - before - len(took)
        took += [time.perf_counter() - began] * now
        await asyncio.sleep(0.002)
        if time.perf_counter() - began > 60 + len(drafts) / 10:
            raise TimeoutError("an approval never came")
    await asyncio.gather(*reacting)
    seen.close()
    return took


async def at_rest(port: int) -> None:
    """Nothing waits in the inbox, and every card is shown."""
    quiet = ("twoway_inbox_waiting 0", "twoway_cards_waiting 0")
    async with aiohttp.ClientSession() as session:
        for _ in range(1200):
            async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                lines = (await answer.text()).splitlines()
            if all(line in lines for line in quiet):
                return
            await asyncio.sleep(0.1)
    raise TimeoutError("the bot never came to rest")


def _approvals(seen: sqlite3.Connection) -> int:
    return int(seen.execute("SELECT count(*) FROM approval WHERE given").fetchone()[0])

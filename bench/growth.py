"""What a long life costs: the same few things at 10,000 conversations and behind a million, at p99.

    python -m bench.growth [--events 10000000] [--only sqlite|postgresql] [--folder DIR]

The history is `bench.history`'s: ten million events are 1.4 million conversations, and take 6 GB under `--folder` for
each database. Who waits is the same in both. Each database is asked in a process of its own, warmed up first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import select

from adapters.contract import Batch, Cursor, Posted
from bench.databases import databases
from bench.history import BERLIN, LIFE, NOW, WORDS, fill
from bench.intake import posts
from bot.chat.cards.conversation import conversation_card
from bot.chat.cards.found import found_card
from bot.chat.cards.lists import queue_card
from bot.desk import claiming
from bot.desk.outcomes import Actor, Claimed
from bot.garbage import look_rarely
from bot.hearing.receive import receive
from models.conversation import Conversation
from models.permits import Policy, Standing
from models.reading.card import card_facts
from models.reading.queue import count_waiting, queue
from models.reading.search import search
from models.steps import open_dossier
from models.store import Store
from models.words import asked

#: Conversations of the small one, which are the last of the large one too.
FEW = 10_000
TIMES, WARM = 300, 30
#: Both are asked in turns, so that a noisy moment meets both.
TURNS = 3
GOAL = 1.5

#: What is looked for: a word that everybody uses, one that few do, two together, what only one post says, nothing.
SOUGHT: Mapping[str, Callable[[int], str]] = {
    "search, a common word": lambda nth: WORDS[nth % 20],
    "search, a rare word": lambda nth: WORDS[3_000 + nth % 900],
    "search, two words": lambda nth: f"{WORDS[nth % 20]} {WORDS[100 + nth % 200]}",
    "search, one post": lambda nth: f"no{nth + 1}",
    "search, nothing": lambda nth: f"nobody says {nth}",
}
Act = Callable[[int], Awaitable[object]]


async def _asked(url: str, turn: int) -> dict[str, list[float]]:
    """In this process: by what was done, how long each time took, in milliseconds."""
    store = Store(url, clock=lambda: NOW)
    look_rarely()
    try:
        found = {}
        for name, act in (await _acts(store, turn * (WARM + TIMES))).items():
            took = []
            for nth in range(WARM + TIMES):
                began = time.perf_counter()
                await act(nth)
                took.append((time.perf_counter() - began) * 1000)
            found[name] = took[WARM:]
        return found
    finally:
        await store.close()


async def _acts(store: Store, first: int) -> dict[str, Act]:
    """Each new conversations and posts, from the one numbered `first` on."""
    async with store.reading() as session:
        waiting = (await session.scalars(select(Conversation.id).where(Conversation.state == "open"))).all()
        last = (await session.scalars(select(Conversation.id).order_by(Conversation.id.desc()).limit(1))).one()
    chance = random.Random(11 + first)
    anybody = [chance.randint(1, last) for _ in range(WARM + TIMES)]
    said = posts(WARM + TIMES, 0.0, first=first)

    async def claim(nth: int) -> None:
        async with store.work() as work:
            dossier = await open_dossier(work, waiting[first + nth], {})
            assert isinstance(await claiming.claim(dossier, Actor(1, Standing.MEMBER, "rep 1")), Claimed)

    async def lines(nth: int) -> None:
        async with store.reading() as session:
            rows, count = await queue(session, 1, now=NOW, limit=10), await count_waiting(session, 1)
        assert rows
        queue_card(rows, count, "care")

    async def card(nth: int) -> None:
        async with store.reading() as session:
            facts = await card_facts(session, anybody[nth])
        assert facts is not None
        conversation_card(facts, Policy(), NOW, BERLIN.key)

    async def heard(nth: int) -> None:
        await receive(store, 1, Batch((Posted(said[nth]),), Cursor(str(first + nth))), policies={})

    def looked_for(words: Callable[[int], str]) -> Act:
        async def look(nth: int) -> None:
            async with store.reading() as session:
                found = await search(session, 1, asked(words(first + nth)))
            found_card(found, "", "care", BERLIN.key)

        return look

    acts: dict[str, Act] = {"claim": claim, "queue": lines, "card": card, "intake": heard}
    return acts | {name: looked_for(words) for name, words in SOUGHT.items()}


def p(share: float, took: Sequence[float]) -> float:
    return sorted(took)[min(int(len(took) * share), len(took) - 1)]


def answers(*urls: str) -> list[dict[str, list[float]]]:
    """Of each, by turns, each time in a process of its own."""
    found: list[dict[str, list[float]]] = [{} for _ in urls]
    for turn in range(TURNS):
        for all_of_it, url in zip(found, urls, strict=True):
            command = [sys.executable, "-m", "bench.growth", "--asked", url, "--turn", str(turn)]
            run = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            for name, took in json.loads(run.stdout).items():
                all_of_it.setdefault(name, []).extend(took)
    return found


def compared(few: Mapping[str, Sequence[float]], many: Mapping[str, Sequence[float]]) -> bool:
    """Print both; whether each is within the goal."""
    good = True
    for name in few:
        ratio = p(0.99, many[name]) / p(0.99, few[name])
        good = good and ratio <= GOAL
        numbers = "  ".join(f"{p(0.5, one[name]):7.2f} {p(0.99, one[name]):7.2f}" for one in (few, many))
        print(f"  {name:24}{numbers}   {ratio:5.2f}{'' if ratio <= GOAL else '  missed'}", flush=True)
    return good


def main() -> int:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--events", type=int, default=10_000_000, help="in the large one (10,000,000)")
    read.add_argument("--only", choices=("sqlite", "postgresql"), default="")
    read.add_argument("--folder", type=Path, default=None, help="where the databases go for the time being")
    read.add_argument("--asked", default="", help=argparse.SUPPRESS)
    read.add_argument("--turn", type=int, default=0, help=argparse.SUPPRESS)
    given = read.parse_args()
    if given.asked:
        print(json.dumps(asyncio.run(_asked(given.asked, given.turn))))
        return 0
    good, day = True, FEW * len(LIFE)
    with (
        tempfile.TemporaryDirectory(dir=given.folder, ignore_cleanup_errors=True) as folder,
        databases(Path(folder), given.only) as kinds,
    ):
        for kind, new in kinds.items():
            few, many = new("few"), new("many")
            fill(few, day=day, year=0)
            fill(many, day=day, year=given.events - day)
            print(f"{kind}, ms, p50 and p99: {FEW:,} conversations; {given.events // len(LIFE):,}; ratio of p99")
            good = compared(*answers(few, many)) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

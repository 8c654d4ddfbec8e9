"""Killed while cards are posted and while what people do is handled: nothing is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter

import pytest

from sandbox.slack.things import CannotDo
from sandbox.square.world import Status
from tests.kills.chaos import seed
from tests.kills.city import ON_POSTGRES, ON_SQLITE, START_LIMIT, City, cards_stored, stands
from tests.plugins.runs import runs, tell
from tests.stories.town import BEA, CARE


@pytest.mark.torture
@pytest.mark.timeout(900)
@ON_SQLITE
async def test_killed_amid_cards_and_commands_each_is_done_once(city: City) -> None:
    number = seed()
    print(f"\nTWOWAY_SEED={number}")
    chance = random.Random(number)
    await city.start()
    city.slack.slow("chat.postMessage", 0.05)
    city.slack.duplicate_events()
    wanted: set[str] = set()  # notes that were acknowledged, or come by an event that Slack repeats
    posts: list[Status] = []

    async def a_customer(nth: int) -> None:
        """Writes; Bea notes something by a mention in the thread and something by a command."""
        post = await city.square.post(f"lea{nth}", f"@acme where is bike {nth}?")
        posts.append(post)
        row = await city.state(post)
        seen = await city.command(BEA, f"note {row.number} command {nth}")
        if not seen.error:
            wanted.add(f"command {nth}")
        wanted.add(f"mention {nth}")
        while f"mention {nth}" not in notes():
            card, asked = await city.card(number=row.number, limit=START_LIMIT), asked_for_a_number()
            try:
                await city.slack.say(BEA, CARE, f"@twoway note mention {nth}", thread_ts=card.ts)
            except CannotDo:  # the card was left over and is gone
                continue
            # Below a card that a kill left over nobody knows which conversation is meant: Bea is asked, and says it
            # again where she is shown.
            async with asyncio.timeout(START_LIMIT):
                while f"mention {nth}" not in notes() and asked_for_a_number() == asked:
                    await asyncio.sleep(0.05)

    def notes() -> Counter[str]:
        return Counter(str(words) for (words,) in city.ask("SELECT words FROM note"))

    def asked_for_a_number() -> int:
        return len(city.ask("SELECT id FROM happening WHERE outcome = 'no_number'"))

    async def customers() -> None:
        nth = 0
        while not over.is_set() or nth < 12:
            nth += 1
            await a_customer(nth)

    over = asyncio.Event()
    work = asyncio.create_task(customers())
    for _ in range(runs(40, usually=4)):
        await city.machine.ready()
        posted = len(city.slack.calls("chat.postMessage"))
        await city.slack.wait_for(lambda at=posted: len(city.slack.calls("chat.postMessage")) > at, timeout=START_LIMIT)
        await asyncio.sleep(chance.random() * 0.3)
        await city.machine.kill()
        await city.machine.start()
    over.set()
    await work
    await city.machine.ready()

    async with asyncio.timeout(START_LIMIT):
        while not wanted <= notes().keys() or city.ask("SELECT id FROM card WHERE wanted > shown"):
            await asyncio.sleep(0.1)
        await city.slack.settled(timeout=START_LIMIT)
        while city.ask("SELECT id FROM happening WHERE handled_at IS NULL"):
            await asyncio.sleep(0.1)
    tell(f"seed {number}: {runs(40, usually=4)} kills, {len(posts)} conversations, {len(notes())} notes, each once")
    assert set(notes().values()) == {1}
    for post in posts:
        stored = cards_stored(city, post)
        assert len(stored) == 1
        assert stands(city, stored[0])
    assert await city.journal_is_whole()


@ON_SQLITE
async def test_killed_between_a_move_and_its_cards_they_are_shown_once_and_nothing_is_lost(city: City) -> None:
    city.channel_settings["hold"] = '"1h"'
    city.more = '\n[[channels]]\nname = "vip"\nchat = "slack:C0VIP"\naccounts = []\nhold = "0s"\n'
    await city.start()
    post = await city.square.post("lea", "@acme where is my bike?")
    row = await city.answers(post, "Sorry, Lea!")
    assert row.state == "approved"
    city.slack.slow("chat.postMessage", 5.0)
    await city.command(BEA, f"move {row.number} vip")
    async with asyncio.timeout(START_LIMIT):
        while not city.ask("SELECT id FROM event WHERE kind = 'moved'"):
            await asyncio.sleep(0.01)
    await city.machine.kill()
    assert city.slack.messages("C0VIP") == []
    city.slack.slow("chat.postMessage", 0)
    await city.machine.start()
    await city.machine.ready()
    async with asyncio.timeout(START_LIMIT):
        while city.ask("SELECT id FROM card WHERE wanted > shown"):
            await asyncio.sleep(0.1)
    (ts,) = (str(ts) for (ts,) in city.ask("SELECT ts FROM card WHERE kind = 'conversation' AND chat_id = 'C0VIP'"))
    (card,) = (one for one in city.slack.messages("C0VIP") if one.ts == ts)
    assert "Draft 1 waits for approval: 0 of 1." in city.slack.text_of(card)
    told, draft = (city.slack.text_of(one) for one in city.slack.thread("C0VIP", ts) if one.ts != ts)
    assert "Ana wrote draft 1" in told
    assert "Approved 0 of 1" in draft
    assert "Moved to #vip" in city.slack.text_of(city.slack.messages(CARE)[0])
    assert city.ask("SELECT state FROM delivery") == [("void",)]
    assert not city.square.posted_by_us()
    assert await city.journal_is_whole()


@ON_POSTGRES
async def test_a_machine_that_froze_while_it_posted_a_card_takes_its_own_copy_away(city: City) -> None:
    await city.start(machines=2)
    city.slack.slow("chat.postMessage", 1.0)
    post = await city.square.post("lea", "@acme where is my bike?")
    async with asyncio.timeout(60):
        while not city.ask("SELECT id FROM card WHERE lease_owner IS NOT NULL"):
            await asyncio.sleep(0.02)
    holder = str(city.ask("SELECT lease_owner FROM channel")[0][0])
    frozen = next(one for one in city.machines if f"-{one.child.pid}-" in holder)
    frozen.send(signal.SIGSTOP)

    async with asyncio.timeout(START_LIMIT):
        while not cards_stored(city, post):
            await asyncio.sleep(0.1)
    frozen.send(signal.SIGCONT)

    await asyncio.sleep(1.5)  # it goes on: the message that it is posting may still come
    await city.slack.wait_for(lambda: len(city.slack.messages(CARE)) == 1, timeout=30)
    assert [city.slack.messages(CARE)[0].ts] == cards_stored(city, post)

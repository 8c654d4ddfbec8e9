"""Killed and frozen at random while the square misbehaves: never two replies, never a lost one."""

from __future__ import annotations

import asyncio
import os
import random

import pytest

from tests.kills.chaos import Chaos, Figures, seed, settled
from tests.kills.city import ON_POSTGRES, ON_SQLITE, City
from tests.plugins.runs import runs


def kills(everything: int) -> int:
    """How many: usually twelve, with four of two machines below and four amid cards and commands.

    TWOWAY_KILLS gives another number for the long run, where a machine's time is limited."""
    given = os.environ.get("TWOWAY_KILLS")
    return int(given) if given and os.environ.get("TWOWAY_RUNS") == "all" else runs(everything, usually=12)


@pytest.mark.torture
@pytest.mark.timeout(3000)
@ON_SQLITE
async def test_killed_at_random_no_reply_is_sent_twice_and_none_is_lost(city: City) -> None:
    figures = Figures(seed())
    print(f"\nTWOWAY_SEED={figures.seed}")
    await city.start()
    chaos = Chaos(city, random.Random(figures.seed), figures)
    work = asyncio.create_task(chaos.customers_and_team(least=10))
    for _ in range(kills(200)):
        chaos.misbehave()
        await chaos.kill_one()
    await chaos.ends()
    await settled(chaos, work)
    await chaos.judge()
    assert figures.unsure == 0, "here a look can always tell"


@pytest.mark.torture
@pytest.mark.timeout(3000)
@pytest.mark.ways
@ON_POSTGRES
async def test_of_two_machines_one_that_froze_or_died_does_no_harm(city: City) -> None:
    """Short freezes, and some that outlast a lease: the other machine has taken over when the frozen one goes on."""
    figures = Figures(seed())
    print(f"\nTWOWAY_SEED={figures.seed}")
    await city.start(machines=2)
    chance = random.Random(figures.seed)
    chaos = Chaos(city, chance, figures)
    work = asyncio.create_task(chaos.customers_and_team(least=10))
    freezes, long, deaths = runs(40, usually=10), runs(15, usually=2), runs(20, usually=4)
    trouble = ["freeze"] * (freezes - long) + ["long"] * long + ["kill"] * deaths
    chance.shuffle(trouble)
    for what in trouble:
        chaos.misbehave()
        if what == "kill":
            await chaos.kill_one()
        else:
            await chaos.freeze_one(9.0 + chance.random() * 2 if what == "long" else chance.random() * 1.5)
    await chaos.ends()
    await settled(chaos, work)
    await chaos.judge()
    assert figures.unsure == 0, "here a look can always tell"

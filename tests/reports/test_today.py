"""The day so far as figures for Prometheus, and the dashboard that shows them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

from bot.ops.metrics import as_prometheus
from bot.reports.daily import Figure
from bot.reports.timing import Target
from bot.reports.today import Today
from models.reading.figures import figures
from tests.conftest import Clock
from tests.reading.world import World

DASHBOARD = Path(__file__).parents[2] / "docs/grafana.json"


async def asked(world: World, today: Today) -> str:
    async with world.store.reading() as session:
        return as_prometheus([*await figures(session), *await today.figures(session)])


async def a_day(world: World, clock: Clock) -> Today:
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    await world.claims(number, ana)
    clock.forward(timedelta(minutes=10))
    await world.answered(number, ana, bea)
    await world.heard()
    return Today({"care": (world.channel, Target(timedelta(hours=1)))}, world.store.clock)


async def test_metrics_have_the_summarys_numbers(world: World, clock: Clock) -> None:
    said = await asked(world, await a_day(world, clock))
    assert 'twoway_today{channel="care",figure="posts"} 2\n' in said
    assert 'twoway_today{channel="care",figure="late"} 0\n' in said
    assert 'twoway_today_answer_seconds{channel="care",clock="wall",quantile="0.5"} 600\n' in said
    assert 'twoway_today_part_seconds{channel="care",part="claimed"} 600\n' in said
    assert 'twoway_target_seconds{channel="care"} 3600\n' in said


async def test_whoever_asks_often_gets_the_same_for_a_minute(world: World, clock: Clock) -> None:
    today = await a_day(world, clock)
    await asked(world, today)
    await world.heard()
    assert 'figure="posts"} 2\n' in await asked(world, today)
    clock.forward(timedelta(minutes=1))
    assert 'figure="posts"} 3\n' in await asked(world, today)


async def test_the_dashboard_asks_for_nothing_that_is_not_there(world: World, clock: Clock) -> None:
    said = await asked(world, await a_day(world, clock))
    there = {line.partition("{")[0].partition(" ")[0] for line in said.splitlines()} | {
        "twoway_account_heard_timestamp_seconds"  # once an account was heard
    }
    shown = DASHBOARD.read_text(encoding="utf-8")
    assert set(re.findall(r"\btwoway_\w+", shown)) <= there
    figures_shown = {one for match in re.findall(r'figure=~?\\"([^"\\]+)', shown) for one in match.split("|")}
    assert figures_shown <= {one.value for one in Figure}
    assert figures_shown >= {"posts", "answered", "late", "overdue"}
    json.loads(shown)

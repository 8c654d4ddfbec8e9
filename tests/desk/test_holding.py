"""The stop button: a hold that was acknowledged before the intent was committed always wins."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.desk import holding
from bot.desk.outcomes import OnHold, Resumed, Why
from models import holds, sending
from models.lifecycle import Step
from models.steps import open_dossier, take
from models.store import Store
from models.telling import EventKind
from tests.conftest import Clock
from tests.desk.conftest import Desk

#: On SQLite one writer works at a time: there is nothing to race.
ON_A_SERVER = pytest.mark.parametrize(
    "database", [pytest.param("postgresql", marks=pytest.mark.needs("postgres"))], indirect=True
)


async def sends(desk: Desk, store: Store, *, before_commit: asyncio.Event | None = None) -> bool:
    """As `deliver` does it: conversation, hold, intent, one transaction. Whether the reply is on the wire."""
    async with store.work() as work:
        dossier = await open_dossier(work, desk.number, desk.world.policies)
        row = dossier.delivery
        assert row is not None
        if await holds.held(work, dossier.conversation) is not None:
            return False
        attempt = await sending.write_intent(
            work,
            delivery=row.id,
            conversation=desk.number,
            fence=row.fence,
            sends=row.sends,
            at=work.now,
            lease=timedelta(seconds=8),
        )
        assert attempt is not None
        await take(dossier, Step.SEND, EventKind.INTENT)
        if before_commit is not None:
            await before_commit.wait()
    return True


async def stops(desk: Desk, store: Store, scope: str) -> OnHold:
    async with store.work() as work:
        stopped = await holding.hold_all(work, desk.mia, scope)
    assert isinstance(stopped, OnHold)
    return stopped


@pytest.fixture
async def approved(desk: Desk, clock: Clock) -> Desk:
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    clock.forward(timedelta(minutes=1))
    return desk


@pytest.mark.parametrize("scope", ["all", "account", "conversation"])
async def test_nothing_covered_by_a_hold_leaves_until_somebody_resumes(approved: Desk, scope: str):
    desk, store = approved, approved.world.store
    if scope == "conversation":
        assert (await desk.asks(holding.hold_conversation, desk.mia)).waiting == 1
    else:
        scope = holds.ALL if scope == "all" else holds.of_account(desk.world.account)
        assert (await stops(desk, store, scope)).new
        assert not (await stops(desk, store, scope)).new
    assert not await sends(desk, store)
    if scope == "conversation":
        assert (await desk.asks(holding.resume_conversation, desk.mia)).why is Why.NO_RIGHT
        assert isinstance(await desk.asks(holding.resume_conversation, desk.bea), Resumed)
        assert (await desk.asks(holding.resume_conversation, desk.bea)).why is Why.NOT_HELD
    else:
        async with store.work() as work:
            assert (await holding.resume_all(work, desk.mia, scope)).why is Why.NO_RIGHT
            assert isinstance(await holding.resume_all(work, desk.bea, scope), Resumed)
            assert (await holding.resume_all(work, desk.bea, scope)).why is Why.NOT_HELD
    assert await sends(desk, store)


@ON_A_SERVER
@pytest.mark.parametrize("scope", ["all", "account"])
async def test_a_hold_waits_for_an_intent_that_is_being_committed_and_is_not_acknowledged_before(
    approved: Desk, scope: str, database: str, clock: Clock
):
    """Two machines, two connections: either the reply left first, or the hold stands and the reply stays."""
    desk, here = approved, approved.world.store
    scope = holds.ALL if scope == "all" else holds.of_account(desk.world.account)
    there = Store(database, clock=clock, owner="two")
    try:
        gate = asyncio.Event()
        leaving = asyncio.create_task(sends(desk, here, before_commit=gate))
        await asyncio.sleep(0.1)
        stopping = asyncio.create_task(stops(desk, there, scope))
        done, _ = await asyncio.wait([stopping], timeout=0.3)
        assert not done, "a hold was acknowledged while a reply covered by it was leaving"
        gate.set()
        assert await leaving
        assert (await stopping).new
    finally:
        await there.close()


@ON_A_SERVER
async def test_of_many_holds_and_sends_at_once_no_reply_leaves_after_a_hold_was_acknowledged(
    approved: Desk, database: str, clock: Clock
):
    desk, here = approved, approved.world.store
    there = Store(database, clock=clock, owner="two")
    told: list[str] = []

    async def leave() -> None:
        told.append("left" if await sends(desk, here) else "stayed")

    async def stop() -> None:
        await stops(desk, there, holds.of_account(desk.world.account))
        told.append("held")

    try:
        for first, second in ((leave, stop), (stop, leave)):
            told.clear()
            async with desk.world.store.work() as work:
                dossier = await desk.world.open(work, desk.number)
                if dossier.state.value == "sending":
                    await take(dossier, Step.THROTTLED, EventKind.THROTTLED)
            async with here.work() as work:
                await holds.resume(work, holds.of_account(desk.world.account), by=desk.bea.rep)
            await asyncio.gather(first(), second())
            assert told in (["left", "held"], ["held", "stayed"], ["stayed", "held"]), told
    finally:
        await there.close()

"""Who answers: leases that work renews and that end by themselves."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.desk import claiming, closing
from bot.desk.outcomes import Claimed, HandedOver, HeldBy, Refused, Released, Why
from bot.desk.timekeeping import end_claims
from models.conversation import Claim
from models.journal import Event
from tests.conftest import Clock
from tests.desk.conftest import Desk

HALF_HOUR = timedelta(minutes=30)


async def holder(desk: Desk) -> int | None:
    return await desk.sees(lambda dossier: None if dossier.claim is None else dossier.claim.rep_id)


async def test_a_claim_lasts_as_long_as_the_channel_says(desk: Desk, clock: Clock):
    claimed = await desk.asks(claiming.claim, desk.ana)
    assert claimed == Claimed(desk.number, clock() + HALF_HOUR)


async def test_who_comes_second_learns_who_has_it_and_until_when(desk: Desk, clock: Clock):
    await desk.asks(claiming.claim, desk.ana)
    assert await desk.asks(claiming.claim, desk.bea) == HeldBy(desk.number, desk.ana.rep, clock() + HALF_HOUR)


async def test_claiming_ones_own_again_renews_it(desk: Desk, clock: Clock):
    await desk.asks(claiming.claim, desk.ana)
    clock.forward(timedelta(minutes=20))
    again = await desk.asks(claiming.claim, desk.ana)
    assert again == Claimed(desk.number, clock() + HALF_HOUR, already=True)


async def test_a_note_by_its_holder_renews_a_claim_and_one_by_somebody_else_does_not(desk: Desk, clock: Clock):
    await desk.asks(claiming.claim, desk.ana)
    first = clock() + HALF_HOUR
    clock.forward(timedelta(minutes=10))
    await desk.asks(closing.note, desk.bea, "known bug")
    assert await desk.sees(lambda dossier: dossier.claim.until) == first
    await desk.asks(closing.note, desk.ana, "asked the bike shop")
    assert await desk.sees(lambda dossier: dossier.claim.until) == clock() + HALF_HOUR


async def test_a_claim_whose_time_has_come_ends_and_is_told(desk: Desk, clock: Clock):
    await desk.asks(claiming.claim, desk.ana)
    assert await end_claims(desk.world.store, desk.world.policies) == 0
    clock.forward(HALF_HOUR)
    assert await end_claims(desk.world.store, desk.world.policies) == 1
    assert await holder(desk) is None
    async with desk.world.store.reading() as session:
        kinds = list(await session.scalars(select(Event.kind).where(Event.chain == desk.number).order_by(Event.seq)))
    assert kinds == ["heard", "claimed", "claim_ended"]


async def test_a_claim_that_ran_out_can_be_taken_before_anybody_ended_it(desk: Desk, clock: Clock):
    await desk.asks(claiming.claim, desk.ana)
    clock.forward(HALF_HOUR)
    assert isinstance(await desk.asks(claiming.claim, desk.bea), Claimed)
    async with desk.world.store.reading() as session:
        standing = list(await session.scalars(select(Claim.rep_id).where(Claim.ended_at.is_(None))))
    assert standing == [desk.bea.rep]


async def test_a_claim_does_not_end_while_a_draft_waits_for_others(desk: Desk, clock: Clock):
    await desk.drafts(desk.ana)
    clock.forward(2 * HALF_HOUR)
    await end_claims(desk.world.store, desk.world.policies)
    assert await holder(desk) == desk.ana.rep
    assert isinstance(await desk.asks(claiming.claim, desk.bea), HeldBy)


async def test_drafting_what_nobody_has_claims_it(desk: Desk):
    drafted = await desk.drafts(desk.ana)
    assert drafted.claimed
    assert await holder(desk) == desk.ana.rep
    assert not (await desk.drafts(desk.bea, "Other words.", base=1)).claimed
    assert await holder(desk) == desk.ana.rep


async def test_only_its_holder_or_a_lead_gives_it_back(desk: Desk):
    await desk.asks(claiming.claim, desk.ana)
    refused = await desk.asks(claiming.release, desk.bea)
    assert isinstance(refused, Refused)
    assert (refused.why, refused.holder) == (Why.NOT_YOURS, desk.ana.rep)
    assert await desk.asks(claiming.release, desk.lee) == Released(desk.number)
    assert (await desk.asks(claiming.release, desk.ana)).why is Why.NOT_CLAIMED


async def test_handing_over_keeps_the_draft_and_tells_who_has_it_now(desk: Desk):
    await desk.drafts(desk.ana)
    given = await desk.asks(claiming.hand_over, desk.ana, to=desk.bea.rep, note="ask about the colour")
    assert given == HandedOver(desk.number, desk.bea.rep)
    assert await holder(desk) == desk.bea.rep
    assert await desk.state() == "drafted"
    refused = await desk.asks(claiming.hand_over, desk.ana, to=desk.cyd.rep, note="")
    assert (refused.why, refused.holder) == (Why.NOT_YOURS, desk.bea.rep)


async def test_guests_can_claim_nothing_and_read_why(desk: Desk):
    refused = await desk.asks(claiming.claim, desk.gil)
    assert refused.why is Why.NO_RIGHT
    assert "guest" in refused.sentence
    assert await holder(desk) is None

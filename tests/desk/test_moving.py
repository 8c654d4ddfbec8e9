"""Moving to another channel: who may, when, and that approval begins anew by the rules of where it lives."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.desk import approving, claiming, closing, moving
from bot.desk.moving import Target
from bot.desk.outcomes import Actor, Moved, Refused, SignTaken, Why
from models.audit import verify
from models.chat import Card, CardKind
from models.journal import Event
from models.lifecycle import State, Step
from models.people import Rep
from models.permits import OwnWords, Policy, Right, Standing, Tally, denied
from models.places import Channel
from models.reading.places import channels_with_orders
from models.reply import Delivery, DeliveryState
from models.steps import take
from models.telling import EventKind
from tests.desk.conftest import Desk


async def channel(desk: Desk, name: str, surface: str, policy: Policy | None = None) -> Target:
    """Another channel to move to."""
    async with desk.world.store.work() as work:
        row = Channel(name=name, surface=surface, team="T1", chat_id=f"C0{name.upper()}")
        work.add(row)
        await work.flush()
        made = Target(row.id, name, policy or Policy())
    desk.world.policies = {**desk.world.policies, made.channel: made.policy}
    return made


@pytest.fixture
async def vip(desk: Desk) -> Target:
    return await channel(desk, "vip", "slack")


@pytest.fixture
async def in_teams(desk: Desk) -> Target:
    return await channel(desk, "care-teams", "teams")


async def moved(desk: Desk, to: Target, who: Actor | None = None) -> Moved:
    outcome = await desk.asks(moving.move, who or desk.bea, to)
    assert isinstance(outcome, Moved), outcome
    return outcome


async def message(desk: Desk) -> int:
    return await desk.sees(lambda dossier: dossier.message.id)


async def count(desk: Desk) -> Tally:
    return await desk.sees(lambda dossier: dossier.tally())


async def lives_in(desk: Desk) -> int:
    return await desk.sees(lambda dossier: dossier.conversation.channel_id)


async def kinds(desk: Desk) -> list[str]:
    async with desk.world.store.reading() as session:
        found = await session.scalars(select(Event.kind).where(Event.chain == desk.number).order_by(Event.seq))
        return list(found)


async def cards(desk: Desk, of: Target | None = None) -> list[str]:
    """Which cards there are in a channel, in their order."""
    where = desk.world.channel if of is None else of.channel
    async with desk.world.store.reading() as session:
        return list(await session.scalars(select(Card.kind).where(Card.channel_id == where).order_by(Card.id)))


async def teams_rep(desk: Desk, name: str) -> Actor:
    """Somebody as Teams knows them."""
    async with desk.world.store.work() as work:
        row = Rep(surface="teams", team="T9", user=f"29:{name}", name=name, languages=[])
        work.add(row)
        await work.flush()
        return Actor(row.id, Standing.APPROVER, name)


async def test_approvers_and_leads_may_and_nobody_else(desk: Desk, vip: Target):
    for who in (desk.mia, desk.gil):
        refused = await desk.asks(moving.move, who, vip)
        assert refused == Refused(Why.NO_RIGHT, desk.number, sentence=denied(who.standing, Right.MOVE))
    assert await kinds(desk) == ["heard"]
    assert isinstance(await moved(desk, vip, desk.lee), Moved)
    assert [standing for standing in Standing if denied(standing, Right.MOVE) is None] == ["lead", "approver"]


async def test_who_has_claimed_it_does_not_choose_who_approves_by_that(desk: Desk, vip: Target):
    await desk.asks(claiming.claim, desk.mia)
    refused = await desk.asks(moving.move, desk.mia, vip)
    assert refused.why is Why.NO_RIGHT


async def test_to_where_it_is_already_nothing_is_moved(desk: Desk):
    here = Target(desk.world.channel, "care", Policy())
    assert await desk.asks(moving.move, desk.bea, here) == Refused(Why.THERE_ALREADY, desk.number, sentence="care")
    assert await kinds(desk) == ["heard"]


async def test_what_waits_is_shown_anew_without_its_approvals_and_the_old_message_is_closed(desk: Desk, vip: Target):
    desk.policy(approvals=2)
    desk.world.policies = {**desk.world.policies, vip.channel: vip.policy}
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    assert await moved(desk, vip) == Moved(desk.number, "vip", rep=desk.ana.rep, draft=1)
    assert await message(desk) != drafted.message
    assert await count(desk) == Tally(1, (), (), ())
    late = await desk.signs(desk.cyd, drafted.message)
    assert late == Refused(Why.OLD_DRAFT, desk.number, message=await message(desk), state=State.DRAFTED)
    assert (await desk.approved(desk.cyd, await message(desk))).moved == "approved"


async def test_what_was_approved_and_has_not_left_does_not_go_out_by_that(desk: Desk, vip: Target):
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    outcome = await moved(desk, vip, desk.cyd)
    assert (outcome.stopped, outcome.draft) == (True, 1)
    assert await desk.state() == "drafted"
    async with desk.world.store.reading() as session:
        (order,) = (await session.scalars(select(Delivery))).all()
        told = list(
            await session.scalars(select(Event.kind).join(Card, Card.ref == Event.id).where(Card.kind == "notice"))
        )
    assert (order.state, order.why, order.due_at) == (DeliveryState.VOID, "move", None)
    assert told.count("moved") == 2  # where it was, and where it is
    assert "voided" not in told
    await desk.approved(desk.bea, await message(desk))
    assert (await verify(desk.world.store)).whole


@pytest.mark.parametrize("state", [State.SENDING, State.UNSURE])
async def test_what_may_be_on_the_wire_is_not_moved(desk: Desk, vip: Target, state: State):
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    async with desk.world.store.work() as work:
        dossier = await desk.world.open(work, desk.number)
        await take(dossier, Step.SEND, EventKind.INTENT)
        if state is State.UNSURE:
            await take(dossier, Step.LOST, EventKind.LOST)
    refused = await desk.asks(moving.move, desk.lee, vip)
    assert refused == Refused(Why.NOT_NOW, desk.number, state=state, step=Step.MOVE)
    assert await lives_in(desk) == desk.world.channel


async def test_what_is_answered_or_closed_moves_as_it_is(desk: Desk, vip: Target):
    await desk.asks(closing.close, desk.ana)
    await moved(desk, vip)
    assert (await desk.state(), await lives_in(desk)) == ("closed", vip.channel)


async def test_a_claim_goes_along_with_who_is_known_there_and_ends_for_anybody_else(desk: Desk, vip: Target):
    await desk.asks(claiming.claim, desk.ana)
    known = Target(vip.channel, vip.name, vip.policy, known={desk.ana.rep})
    assert (await moved(desk, known)).rep is None
    assert await desk.sees(lambda dossier: dossier.claim.rep_id) == desk.ana.rep
    back = Target(desk.world.channel, "care", Policy(), known={desk.cyd.rep})
    assert (await moved(desk, back)).rep == desk.ana.rep
    assert await desk.sees(lambda dossier: dossier.claim) is None
    assert await kinds(desk) == ["heard", "claimed", "moved", "claim_ended", "moved"]


async def test_there_and_back_there_is_one_card_in_each_channel_and_the_other_one_only_points(desk: Desk, vip: Target):
    await desk.asks(closing.note, desk.ana, "known bug")
    await moved(desk, vip)
    assert await cards(desk, vip) == ["conversation", "notice"]
    async with desk.world.store.work() as work:
        for card in await work.session.scalars(select(Card).where(Card.kind == CardKind.CONVERSATION.value)):
            card.ts, card.chat_id = "1.2", "C0CARE"
    back = Target(desk.world.channel, "care", Policy())
    await moved(desk, back)
    assert await cards(desk) == ["conversation", "notice", "notice", "notice", "channel_notice"]
    async with desk.world.store.reading() as session:
        left, came = (await session.scalars(select(Event).where(Event.kind == "moved").order_by(Event.seq))).all()
    assert left.data == {"channel": vip.channel, "from_channel": desk.world.channel}
    assert came.data == {"channel": desk.world.channel, "from_channel": vip.channel, "since": left.id}


async def test_words_from_another_chat_need_one_yes_more_until_somebody_here_saves_them(desk: Desk, in_teams: Target):
    """Ana of Slack wrote them. Ana of Teams is somebody else to us, and would approve her own words."""
    await desk.drafts(desk.ana)
    await moved(desk, in_teams)
    assert await count(desk) == Tally(2, (), (), (), more=1)
    ana, bea = await teams_rep(desk, "ana"), await teams_rep(desk, "bea")
    first = await desk.approved(ana, await message(desk))
    assert (first.moved, first.tally.counted) == (None, (ana.rep,))
    assert (await desk.approved(bea, await message(desk))).moved == "approved"

    saved = await desk.drafts(bea, "Better words.", base=1)
    assert await count(desk) == Tally(1, (), (), ())
    assert (await desk.approved(bea, saved.message)).uncounted == "last_words"
    assert (await desk.approved(ana, saved.message)).moved == "approved"


@pytest.mark.parametrize(
    ("own", "needed"), [(OwnWords.REFUSE, 2), (OwnWords.REFUSE_ALL, 3), (OwnWords.AFTER, 2), (OwnWords.ALLOW, 1)]
)
async def test_how_many_more_follows_from_whose_own_yes_would_not_count(desk: Desk, own: OwnWords, needed: int):
    policy = Policy(own_words=own, own_words_after=timedelta(minutes=15))
    there = await channel(desk, "care-teams", "teams", policy)
    await desk.drafts(desk.ana, "One.")
    await desk.drafts(desk.bea, "Two.", base=1)
    await moved(desk, there, desk.cyd)
    assert (await count(desk)).needed == needed


async def test_a_move_and_a_yes_at_the_same_moment_end_in_one_order_or_in_none(desk: Desk, vip: Target):
    drafted = await desk.drafts(desk.ana)
    taken, outcome = await asyncio.gather(desk.signs(desk.bea, drafted.message), moved(desk, vip, desk.cyd))
    assert await desk.state() == "drafted"
    assert await desk.sees(lambda dossier: dossier.delivery) is None
    assert outcome.stopped == isinstance(taken, SignTaken)
    assert (await count(desk)).counted == ()
    assert (await verify(desk.world.store)).whole


async def test_two_who_move_it_at_once_move_it_once(desk: Desk, vip: Target):
    both = await asyncio.gather(*(desk.asks(moving.move, who, vip) for who in (desk.bea, desk.cyd)))
    assert sorted(type(one).__name__ for one in both) == ["Moved", "Refused"]
    assert (await kinds(desk)).count("moved") == 1
    assert await cards(desk, vip) == ["conversation", "notice"]


async def test_an_objection_stays_behind_with_the_message_that_it_was_given_to(desk: Desk, vip: Target):
    drafted = await desk.drafts(desk.ana)
    await desk.signs(desk.cyd, drafted.message, yes=False)
    await moved(desk, vip)
    assert (await count(desk)).objections == ()
    refused = await desk.asks(approving.overrule, desk.lee, message=drafted.message)
    assert refused.why is Why.OLD_DRAFT


async def test_a_resume_of_an_account_concerns_the_channel_that_its_approved_reply_was_moved_to(
    desk: Desk, vip: Target
):
    await desk.drafts(desk.ana)
    await moved(desk, vip)
    await desk.approved(desk.bea, await message(desk))
    async with desk.world.store.reading() as session:
        assert await channels_with_orders(session, desk.world.account) == {vip.channel}

"""Publishing on a real store and a real server of the Mastodon kind: what was approved goes out, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest

from adapters.contract import PostRef, PublicPost, Visibility
from bot.desk.closing import settle
from bot.desk.holding import hold_all, hold_conversation, resume_all, resume_conversation
from bot.desk.outcomes import OnHold, Resumed
from bot.publishing.checks import Checker
from bot.publishing.crash import Crasher, CrashPoint
from bot.publishing.roster import HeardSince, SignNow
from models import holds
from models.audit import verify
from models.lifecycle import State, Step
from models.permits import Standing
from models.reading.draft import draft_facts
from models.reply import DeliveryState, DraftKind
from models.store import Store
from models.telling import EventKind
from sandbox.square.faults import Fault
from sandbox.square.standin import SquareStandIn
from sandbox.square.world import Status
from tests.publishing.conftest import House, with_hold

LONG = timedelta(seconds=30)


async def test_an_approved_reply_goes_out_as_it_was_approved(house: House) -> None:
    number, status = await house.hear()
    async with house.publishing():
        await house.order(number, "@lea we are sorry: it leaves today ^AN")
        await house.until(number, State.ANSWERED)
    replies = house.square.replies_to(status)
    assert [reply.now.text for reply in replies] == ["@lea we are sorry: it leaves today ^AN"]
    (delivery,) = await house.deliveries(number)
    assert delivery.state == DeliveryState.SENT
    assert delivery.receipt is not None
    assert delivery.receipt["ref"] == replies[0].id
    assert await house.attempts(number) == ["sent"]
    (ours,) = [post for post in await house.posts(number) if post.ours]
    assert (ours.ref, ours.delivery_id, ours.words) == (replies[0].id, delivery.id, replies[0].now.text)
    assert [call.key for call in house.square.publish_calls] == [delivery.key]


async def test_many_conversations_are_answered_at_the_same_time(house: House) -> None:
    heard = [await house.hear() for _ in range(12)]
    async with house.publishing():
        await asyncio.gather(*[house.order(number) for number, _ in heard])
        for number, _ in heard:
            await house.until(number, State.ANSWERED)
    assert [len(house.square.replies_to(status)) for _, status in heard] == [1] * 12


async def test_nothing_goes_out_before_the_hold_is_over_and_nothing_after_it_was_taken_back(house: House) -> None:
    house.policies = with_hold(house.policies, LONG)
    number, status = await house.hear()
    async with house.publishing():
        await house.order(number)
        house.forward(LONG / 2)
        await asyncio.sleep(0.3)
        assert house.square.publish_calls == []
        await house.fact(number, Step.CUSTOMER_EDITED, EventKind.CUSTOMER_EDITED)
        house.forward(LONG)
        await asyncio.sleep(0.3)
    assert house.square.publish_calls == []
    assert await house.state(number) is State.DRAFTED
    assert house.square.replies_to(status) == []


async def test_a_hold_stops_what_is_not_on_the_wire_until_somebody_resumes(house: House) -> None:
    number, status = await house.hear()
    async with house.dossier(number) as dossier:
        assert isinstance(await hold_conversation(dossier, house.actor(house.bea)), OnHold)
    async with house.publishing():
        await house.order(number)
        await asyncio.sleep(0.3)
        assert house.square.publish_calls == []
        async with house.dossier(number) as dossier:
            assert isinstance(await resume_conversation(dossier, house.actor(house.bea)), Resumed)
        await house.until(number, State.ANSWERED)
    assert len(house.square.replies_to(status)) == 1


async def test_what_was_held_back_for_too_long_is_asked_for_again(house: House) -> None:
    number, _ = await house.hear()
    async with house.dossier(number) as dossier:
        assert isinstance(await hold_conversation(dossier, house.actor(house.bea)), OnHold)
    await house.order(number)
    house.forward(timedelta(hours=12, minutes=1))
    async with house.dossier(number) as dossier:
        assert isinstance(await resume_conversation(dossier, house.actor(house.bea)), Resumed)
    async with house.publishing():
        await house.until(number, State.DRAFTED)
    assert house.square.publish_calls == []
    (delivery,) = await house.deliveries(number)
    assert (delivery.state, delivery.why) == (DeliveryState.VOID, "too_late")


async def test_a_post_edited_behind_our_back_is_noticed_right_before_sending(house: House) -> None:
    number, status = await house.hear()
    await house.order(number)
    await house.square.edit(status, "@acme it came, all good!")
    async with house.publishing():
        await house.until(number, State.DRAFTED)
    assert house.square.publish_calls == []
    (delivery,) = await house.deliveries(number)
    assert (delivery.state, delivery.why) == (DeliveryState.VOID, "parent_edited")
    (post,) = await house.posts(number)
    assert post.due_at is not None


async def test_a_post_that_is_deleted_gets_no_reply(house: House) -> None:
    number, status = await house.hear()
    await house.order(number)
    await house.square.delete(status)
    async with house.publishing():
        await house.until(number, State.DRAFTED)
    assert house.square.publish_calls == []
    (delivery,) = await house.deliveries(number)
    assert delivery.why in {"parent_gone", "parent_unavailable"}


async def test_an_approver_who_left_the_team_does_not_count_any_more(house: House) -> None:
    number, _ = await house.hear()
    await house.order(number)
    house.roster.standings[house.bea] = Standing.GONE
    async with house.publishing():
        await house.until(number, State.DRAFTED)
    assert house.square.publish_calls == []
    assert "unfit" in await house.events(number)


async def test_a_reaction_taken_back_while_we_were_away_is_noticed(house: House) -> None:
    number, _ = await house.hear()
    await house.approve(number, await house.draft(number, "@lea hello"), by_reaction=True)
    house.roster.signs = frozenset()
    async with house.publishing():
        await house.until(number, State.DRAFTED)
    assert house.square.publish_calls == []
    assert "unapproved" in await house.events(number)


async def test_an_objection_added_while_we_were_away_is_noticed(house: House) -> None:
    number, _ = await house.hear()
    await house.approve(number, await house.draft(number, "@lea hello"), by_reaction=True)
    house.roster.signs = frozenset({SignNow(house.bea, True), SignNow(house.ana, False)})
    house.roster.standings[house.ana] = Standing.APPROVER
    house.roster.standings[house.bea] = Standing.APPROVER
    async with house.publishing():
        await house.until(number, State.DRAFTED)
    assert house.square.publish_calls == []
    assert "objected" in await house.events(number)


async def test_a_yes_from_before_we_were_away_is_asked_for_again_and_one_given_since_is_not(house: House) -> None:
    house.policies[house.channel] = replace(house.policies[house.channel], approvals=2)
    number, status = await house.hear()
    message = await house.draft(number, "@lea hello")
    cyd = await house.colleague("cyd")
    await house.approve(number, message)
    house.forward(timedelta(seconds=1))
    house.roster.signs = HeardSince(house.clock())
    house.forward(timedelta(seconds=1))
    await house.approve(number, message, by=cyd, by_reaction=True)
    async with house.publishing():
        await house.event(number, EventKind.ASKED_AGAIN)
        await house.until(number, State.DRAFTED)
        async with house.store.reading() as session:
            facts = await draft_facts(session, message)
        assert facts is not None
        assert facts.draft.asked_again == {house.bea}
        assert facts.draft.tally(house.policies[house.channel]).counted == (cyd,)
        assert house.square.publish_calls == []

        await house.approve(number, message)
        await house.until(number, State.ANSWERED)
        async with house.store.reading() as session:
            facts = await draft_facts(session, message)
    assert facts is not None
    assert facts.draft.asked_again == frozenset()
    assert (await house.events(number)).count("asked_again") == 1
    assert len(house.square.replies_to(status)) == 1
    report = await verify(house.store)
    assert report.whole, report


async def test_where_enough_approved_since_we_were_away_it_goes_out(house: House) -> None:
    number, status = await house.hear()
    message = await house.draft(number, "@lea hello")
    await house.approve(number, message)
    house.forward(timedelta(seconds=1))
    house.roster.signs = HeardSince(house.clock())
    house.forward(timedelta(seconds=1))
    await house.approve(number, message, by=await house.colleague("cyd"))
    async with house.publishing():
        await house.until(number, State.ANSWERED)
    events = await house.events(number)
    assert (events.count("asked_again"), events.count("voided")) == (1, 0)
    assert len(house.square.replies_to(status)) == 1


async def test_while_the_chat_cannot_be_asked_nothing_goes_out(house: House) -> None:
    number, status = await house.hear()
    house.roster.away = True
    async with house.publishing():
        await house.order(number)
        await asyncio.sleep(0.3)
        assert house.square.publish_calls == []
        house.roster.away = False
        house.forward(LONG)
        await house.until(number, State.ANSWERED)
    assert len(house.square.replies_to(status)) == 1


async def test_a_refusal_is_told_and_the_draft_shown_again(house: House) -> None:
    number, status = await house.hear()
    house.square.fault(Fault.REFUSE, times=1)
    async with house.publishing():
        await house.order(number)
        await house.until(number, State.DRAFTED)
    assert await house.attempts(number) == ["no"]
    assert house.square.replies_to(status) == []
    assert "refused" in await house.events(number)


async def test_a_throttled_reply_goes_out_later_with_the_same_key(house: House) -> None:
    number, status = await house.hear()
    house.square.fault(Fault.THROTTLE, times=1, seconds=1)
    async with house.publishing():
        await house.order(number)
        await house.event(number, EventKind.THROTTLED)
        house.forward(timedelta(minutes=10))
        await house.until(number, State.ANSWERED, seconds=15)
    assert len(house.square.replies_to(status)) == 1
    assert len({call.key for call in house.square.publish_calls}) == 1


async def test_an_answer_that_is_lost_is_found_by_looking(house: House) -> None:
    number, status = await house.hear()
    house.square.fault(Fault.ACCEPT_AND_DROP, times=1)
    async with house.publishing():
        await house.order(number)
        await house.until(number, State.UNSURE)
        house.forward(LONG)
        await house.until(number, State.ANSWERED)
    assert len(house.square.replies_to(status)) == 1
    assert len(house.square.publish_calls) == 1
    assert await house.attempts(number) == ["sent"]


async def test_a_call_that_hangs_is_ended_and_looked_for(house: House) -> None:
    number, status = await house.hear()
    house.square.fault(Fault.ACCEPT_AND_HANG, times=1)
    async with house.publishing():
        await house.order(number)
        await house.until(number, State.UNSURE)
        house.square.clear_faults()
        house.forward(LONG)
        await house.until(number, State.ANSWERED)
    assert len(house.square.replies_to(status)) == 1


async def test_what_never_arrived_is_sent_again_also_where_keys_are_ignored(house: House) -> None:
    number, status = await house.hear()
    house.square.fault(Fault.IGNORE_KEY)
    house.square.fault(Fault.FAIL_BEFORE, times=1)
    async with house.publishing():
        await house.order(number)
        await house.until(number, State.UNSURE)
        house.forward(LONG)
        await house.until(number, State.ANSWERED)
    assert len(house.square.replies_to(status)) == 1
    assert await house.attempts(number) == ["absent", "sent"] or await house.attempts(number) == ["sent", "sent"]
    assert "absent" in await house.events(number)


async def test_the_look_waits_for_what_may_still_come(house: House) -> None:
    """Accepted later, on a server that ignores keys: a look before its time would post a second reply."""
    number, status = await house.hear()
    house.square.fault(Fault.IGNORE_KEY)
    house.square.fault(Fault.ACCEPT_LATE, times=1, seconds=0.8)
    async with house.publishing():
        await house.order(number)
        await house.until(number, State.UNSURE)
        await house.until(number, State.ANSWERED, seconds=20)  # in real time: nothing is pushed forward
    await asyncio.sleep(0.2)
    assert len(house.square.replies_to(status)) == 1
    assert len(house.square.publish_calls) == 1


async def test_what_dead_hands_left_is_taken_over_and_looked_for(house: House) -> None:
    number, status = await house.hear()

    class Died(BaseException):
        pass

    dying = house.publisher(crash=_dying(Died))
    house.square.fault(Fault.IGNORE_KEY)
    await house.order(number)
    with pytest.raises(BaseExceptionGroup) as died:  # noqa: PT012
        async with house.publishing(dying):
            await house.square.wait_for(lambda square: square.replies_to(status))
            await asyncio.sleep(0.1)
    assert died.value.subgroup(Died) is not None
    assert await house.state(number) is State.SENDING
    async with house.publishing():
        house.forward(LONG)
        await house.until(number, State.UNSURE)
        house.forward(LONG)
        await house.until(number, State.ANSWERED)
    assert len(house.square.replies_to(status)) == 1


async def test_a_stop_between_the_intent_and_the_call_still_stops_it(house: House) -> None:
    number, status = await house.hear()

    async def press() -> None:
        elsewhere = Store(house.store.url, clock=house.clock)
        async with elsewhere.work() as work:
            assert isinstance(await hold_all(work, house.actor(house.bea), holds.ALL), OnHold)
        await elsewhere.close()

    def presses() -> None:
        thread = Thread(target=asyncio.run, args=[press()])
        thread.start()
        thread.join()

    crash = Crasher(CrashPoint.AFTER_INTENT, accounts=["acme"], die=presses)
    async with house.publishing(house.publisher(crash=crash)):
        await house.order(number)
        await house.event(number, EventKind.THROTTLED)
    assert house.square.publish_calls == []
    assert await house.attempts(number) == ["no"]
    async with house.store.work() as work:
        assert isinstance(await resume_all(work, house.actor(house.bea), holds.ALL), Resumed)
    async with house.publishing():
        await house.until(number, State.ANSWERED)
    assert len(house.square.replies_to(status)) == 1


async def test_a_frozen_worker_comes_too_late_to_call(house: House) -> None:
    """Its clock says that more than the start window has passed since it read it for the intent."""
    number, status = await house.hear()
    ticks = iter([timedelta(seconds=10 * count) for count in range(1000)])
    async with house.publishing(house.publisher(steady=lambda: next(ticks))):
        await house.order(number)
        await house.event(number, EventKind.THROTTLED)
    assert house.square.publish_calls == []
    assert (await house.attempts(number))[0] == "no"
    assert house.square.replies_to(status) == []


async def test_a_new_approval_does_not_excuse_from_looking_for_the_reply_before(house: House) -> None:
    number, status = await house.hear()
    house.square.fault(Fault.ACCEPT_AND_DROP, times=1)
    async with house.publishing():
        await house.order(number, "@lea first words")
        await house.until(number, State.UNSURE)
    async with house.dossier(number) as dossier:  # a lead errs
        await settle(dossier, house.actor(house.bea), sent=False)
    await house.approve(number, await house.draft(number, "@lea other words", base=1))
    async with house.publishing():
        house.forward(LONG)
        await house.event(number, EventKind.SURFACED)
    assert [reply.now.text for reply in house.square.replies_to(status)] == ["@lea first words"]
    assert await house.state(number) is State.DRAFTED
    assert [delivery.state for delivery in await house.deliveries(number)] == [DeliveryState.SENT, DeliveryState.VOID]


async def test_a_reply_that_disappears_afterwards_is_told(house: House) -> None:
    number, status = await house.hear()
    async with house.publishing():
        await house.order(number)
        await house.until(number, State.ANSWERED)
        house.forward(timedelta(seconds=11))
        await house.event(number, EventKind.VISIBLE)
        house.square.server.world.remove(house.square.replies_to(status)[0])
        house.forward(timedelta(minutes=11))
        await house.event(number, EventKind.HIDDEN)


async def test_with_the_platform_cut_off_a_reply_waits_and_then_goes_out(house: House) -> None:
    number, status = await house.hear()
    house.square.fault(Fault.CUT_OFF)
    async with house.publishing():
        await house.order(number)
        await asyncio.sleep(0.3)
        house.square.clear_faults()
        house.forward(timedelta(minutes=1))
        await house.until(number, State.ANSWERED, seconds=20)
    assert len(house.square.replies_to(status)) == 1


async def test_two_publishers_send_one_reply(house: House) -> None:
    heard = [await house.hear() for _ in range(6)]
    async with house.publishing(), house.publishing(house.publisher()):
        for number, _ in heard:
            await house.order(number)
        for number, _ in heard:
            await house.until(number, State.ANSWERED)
    assert [len(house.square.replies_to(status)) for _, status in heard] == [1] * 6


def replied(status: Status) -> Callable[[SquareStandIn], object]:
    """Whether there is an answer to this."""
    return lambda square: square.replies_to(status)


def _dying(error: type[BaseException]) -> Crasher:
    def die() -> None:
        raise error

    return Crasher(CrashPoint.AFTER_ACCEPT, accounts=["acme"], die=die)


async def test_a_reply_that_is_lost_three_times_goes_back_to_the_team(house: House) -> None:
    number, status = await house.hear()
    house.square.fault(Fault.FAIL_BEFORE, times=3)
    async with house.publishing():
        await house.order(number)
        for nth in range(1, 4):
            await house.event(number, EventKind.LOST, times=nth)
            house.forward(LONG)
            await house.event(number, EventKind.ABSENT, times=nth)
        await house.until(number, State.DRAFTED)
    assert house.square.replies_to(status) == []
    assert (await house.deliveries(number))[0].why == "tried_too_often"


async def test_a_correction_and_a_retraction_go_the_same_way(house: House) -> None:
    number, status = await house.hear()
    async with house.publishing():
        await house.order(number, "@lea it leaves tomorow ^AN")
        await house.until(number, State.ANSWERED)
        message = await house.draft(number, "@lea it leaves tomorrow ^AN", kind=DraftKind.CORRECTION)
        await house.approve(number, message)
        await house.event(number, EventKind.SENT, times=2)
        assert [reply.now.text for reply in house.square.replies_to(status)] == ["@lea it leaves tomorrow ^AN"]
        house.square.fault(Fault.ACCEPT_AND_HANG, times=1, where="change")
        message = await house.draft(number, "", kind=DraftKind.RETRACTION)
        await house.approve(number, message)
        await house.until(number, State.UNSURE)
        house.square.clear_faults()
        house.forward(LONG)
        await house.event(number, EventKind.SENT, times=3)
    assert house.square.replies_to(status) == []
    (ours,) = [post for post in await house.posts(number) if post.ours]
    assert (ours.words, ours.version) == ("@lea it leaves tomorrow ^AN", 2)
    assert ours.gone_at is not None


async def arrived_unseen(house: House) -> tuple[int, PublicPost]:
    """A reply that stands on the square, which we do not know yet; its conversation, and what hearing meets there."""
    number, status = await house.hear()
    house.square.fault(Fault.ACCEPT_AND_DROP, times=1)
    await house.order(number)
    await house.until(number, State.UNSURE)
    (post,) = [post for post in await house.platform.thread(PostRef(status.id)) if post.ours]
    return number, post


async def test_words_of_ours_that_hearing_meets_are_the_receipt(house: House) -> None:
    async with house.publishing() as publisher:
        number, post = await arrived_unseen(house)
        async with house.dossier(number) as dossier:
            assert await publisher.surfaced(dossier.work, dossier, post)
            assert not await publisher.surfaced(dossier.work, dossier, post)
    assert await house.state(number) is State.ANSWERED


async def test_words_of_ours_that_hearing_meets_and_that_wait_for_a_moderator_are_not_called_public(
    house: House,
) -> None:
    """Whoever is first, the platform's answer or hearing: the team is told that nobody sees it yet."""
    async with house.publishing() as publisher:
        number, post = await arrived_unseen(house)
        async with house.dossier(number) as dossier:
            assert await publisher.surfaced(dossier.work, dossier, replace(post, shown=Visibility.PENDING))
    (delivery,) = await house.deliveries(number)
    assert delivery.visible == Visibility.PENDING.value


async def test_a_draft_is_told_before_anybody_approves_whether_it_could_go_out(house: House) -> None:
    number, status = await house.hear()
    message = await house.draft(number, "@lea hello")
    checker = Checker(house.store, {"acme": house.platform})
    await checker.round()
    assert (await house.ready(message))["ok"] is True
    await house.square.delete(status)
    message = await house.draft(number, "@lea hello again", base=1)
    await checker.round()
    assert (await house.ready(message))["reason"] == "gone"

"""Yes and no: on which message, in which order, by whom; and what takes them away again."""

from __future__ import annotations

from datetime import timedelta

from bot.desk import approving, closing
from bot.desk.outcomes import Refused, Settled, SignTaken, Why
from models.permits import OwnWords, Uncounted
from models.reply import Delivery, DraftKind
from tests.conftest import Clock
from tests.desk.conftest import Desk

SECOND = timedelta(seconds=1)


async def order(desk: Desk) -> Delivery | None:
    return await desk.sees(lambda dossier: dossier.delivery)


async def open_message(desk: Desk) -> int:
    return await desk.sees(lambda dossier: dossier.message.id)


async def test_a_yes_at_quorum_makes_one_order_that_goes_out_after_the_hold(desk: Desk, clock: Clock):
    drafted = await desk.drafts(desk.ana)
    taken = await desk.approved(desk.bea, drafted.message)
    assert (taken.moved, taken.goes_at) == ("approved", clock() + timedelta(seconds=30))
    made = await order(desk)
    assert (made.message_id, made.hold_until, made.state) == (drafted.message, taken.goes_at, "waiting")


async def test_own_last_words_do_not_count_and_the_person_is_told_why(desk: Desk):
    drafted = await desk.drafts(desk.ana)
    taken = await desk.approved(desk.ana, drafted.message)
    assert (taken.uncounted, taken.moved) == (Uncounted.LAST_WORDS, None)
    assert await desk.state() == "drafted"


async def test_a_second_editor_frees_the_first_to_approve(desk: Desk):
    await desk.drafts(desk.ana, "One.")
    second = await desk.drafts(desk.bea, "Two.", base=1)
    assert (await desk.approved(desk.bea, second.message)).uncounted is Uncounted.LAST_WORDS
    assert (await desk.approved(desk.ana, second.message)).moved == "approved"


async def test_where_nobody_who_wrote_may_approve_the_first_writer_may_not_either(desk: Desk):
    desk.policy(own_words=OwnWords.REFUSE_ALL)
    await desk.drafts(desk.ana, "One.")
    second = await desk.drafts(desk.bea, "Two.", base=1)
    assert (await desk.approved(desk.ana, second.message)).uncounted is Uncounted.WROTE_SOME
    assert (await desk.approved(desk.cyd, second.message)).moved == "approved"


async def test_own_words_count_alone_only_after_the_wait(desk: Desk, clock: Clock):
    desk.policy(own_words=OwnWords.AFTER, own_words_after=timedelta(minutes=15))
    drafted = await desk.drafts(desk.ana)
    assert (await desk.approved(desk.ana, drafted.message)).uncounted is Uncounted.TOO_SOON
    clock.forward(timedelta(minutes=15))
    await desk.signs(desk.ana, drafted.message, given=False)
    clock.forward(SECOND)
    assert (await desk.approved(desk.ana, drafted.message)).moved == "approved"


async def test_two_approvals_are_of_two_people(desk: Desk, clock: Clock):
    desk.policy(approvals=2)
    drafted = await desk.drafts(desk.ana)
    for _ in range(3):
        clock.forward(SECOND)
        assert (await desk.approved(desk.bea, drafted.message)).tally.counted == (desk.bea.rep,)
    assert await desk.state() == "drafted"
    assert (await desk.approved(desk.cyd, drafted.message)).moved == "approved"


async def test_a_yes_that_comes_twice_changes_nothing_the_second_time(desk: Desk, clock: Clock):
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    first = await order(desk)
    clock.forward(SECOND)
    again = await desk.approved(desk.bea, drafted.message)
    assert (again.changed, again.moved) == (False, None)
    second = await order(desk)
    assert (second.id, second.hold_until) == (first.id, first.hold_until)


async def test_a_yes_that_arrives_after_it_was_taken_back_does_not_count(desk: Desk, clock: Clock):
    """Given at 1, taken back at 2; the news of it come the other way round."""
    drafted = await desk.drafts(desk.ana)
    given, back = clock() + SECOND, clock() + 2 * SECOND
    clock.forward(3 * SECOND)
    await desk.signs(desk.bea, drafted.message, given=False, at=back)
    late = await desk.signs(desk.bea, drafted.message, at=given)
    assert (late.changed, late.moved) == (False, None)
    assert await desk.state() == "drafted"


async def test_an_objection_that_arrives_after_it_was_taken_back_stops_nothing(desk: Desk, clock: Clock):
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    given, back = clock() + SECOND, clock() + 2 * SECOND
    clock.forward(3 * SECOND)
    assert isinstance(await desk.signs(desk.cyd, drafted.message, yes=False, given=False, at=back), SignTaken)
    late = await desk.signs(desk.cyd, drafted.message, yes=False, at=given)
    assert late.changed is False
    assert await desk.state() == "approved"


async def test_taking_a_yes_back_in_time_voids_the_order_and_giving_it_again_makes_another(desk: Desk, clock: Clock):
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    first = await order(desk)
    clock.forward(SECOND)
    assert (await desk.signs(desk.bea, drafted.message, given=False)).moved == "drafted"
    assert await order(desk) is None
    clock.forward(SECOND)
    await desk.approved(desk.bea, drafted.message)
    second = await order(desk)
    assert second.id != first.id
    assert second.key != first.key


async def test_a_yes_on_an_older_draft_is_refused_with_the_way_to_the_current_one(desk: Desk):
    first = await desk.drafts(desk.ana, "One.")
    second = await desk.drafts(desk.bea, "Two.", base=1)
    refused = await desk.signs(desk.cyd, first.message)
    assert isinstance(refused, Refused)
    assert (refused.why, refused.message) == (Why.OLD_DRAFT, second.message)


async def test_a_yes_given_before_the_customer_edited_does_not_count_when_it_arrives_late(desk: Desk, clock: Clock):
    post = await desk.sees(lambda dossier: dossier.posts[0].id)
    drafted = await desk.drafts(desk.ana)
    given = clock()
    clock.forward(SECOND)
    await desk.world.edits(post, "It came, but broken!")
    refused = await desk.signs(desk.bea, drafted.message, at=given)
    assert isinstance(refused, Refused)
    assert (refused.why, refused.message) == (Why.OLD_DRAFT, await open_message(desk))


async def test_members_who_are_no_approvers_are_refused_and_nothing_is_kept(desk: Desk):
    drafted = await desk.drafts(desk.ana)
    refused = await desk.signs(desk.mia, drafted.message)
    assert (refused.why, refused.sentence) == (Why.NO_RIGHT, "Only this channel's approvers can do this.")
    assert await desk.sees(lambda dossier: dossier.approvals) == []


async def test_an_objection_stops_an_approved_reply_until_it_is_taken_back(desk: Desk, clock: Clock):
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    clock.forward(SECOND)
    assert (await desk.signs(desk.cyd, drafted.message, yes=False)).moved == "drafted"
    assert await order(desk) is None
    clock.forward(SECOND)
    assert (await desk.signs(desk.cyd, drafted.message, yes=False, given=False)).moved == "approved"
    assert await order(desk) is not None


async def test_a_lead_sets_objections_aside_and_nobody_else_does(desk: Desk, clock: Clock):
    drafted = await desk.drafts(desk.ana)
    await desk.signs(desk.cyd, drafted.message, yes=False)
    await desk.approved(desk.bea, drafted.message)
    refused = await desk.asks(approving.overrule, desk.bea, message=drafted.message)
    assert refused.why is Why.NO_RIGHT
    clock.forward(SECOND)
    assert (await desk.asks(approving.overrule, desk.lee, message=drafted.message)).moved == "approved"


async def test_take_back_stops_the_reply_and_asks_everybody_anew(desk: Desk):
    desk.policy(approvals=2)
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    await desk.approved(desk.cyd, drafted.message)
    taken = await desk.asks(approving.take_back, desk.cyd)
    assert (taken.moved, taken.tally.counted) == ("drafted", ())
    assert await order(desk) is None
    again = await open_message(desk)
    assert again != drafted.message
    assert isinstance(await desk.signs(desk.bea, drafted.message), Refused)
    assert (await desk.asks(approving.take_back, desk.cyd)).why is Why.NOT_NOW


async def test_a_retraction_needs_one_approver_who_may_be_the_one_who_asks_and_does_not_wait(desk: Desk, clock: Clock):
    desk.policy(approvals=2)
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    await desk.approved(desk.cyd, drafted.message)
    clock.forward(timedelta(minutes=1))
    await desk.world.goes_out(desk.number)
    asked = await desk.drafts(desk.ana, "", kind=DraftKind.RETRACTION)
    taken = await desk.approved(desk.ana, asked.message)
    assert (taken.moved, taken.goes_at) == ("approved", clock())


async def unsure(desk: Desk) -> None:
    """A reply of which nobody knows whether it arrived."""
    from models.lifecycle import Step
    from models.steps import take
    from models.telling import EventKind

    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    for step, kind in ((Step.SEND, EventKind.INTENT), (Step.LOST, EventKind.LOST)):
        async with desk.world.store.work() as work:
            await take(await desk.world.open(work, desk.number), step, kind)


async def test_only_a_lead_settles_and_not_before_it_can_no_longer_appear(desk: Desk, clock: Clock):
    await unsure(desk)
    bound = clock() + timedelta(minutes=2)
    assert (await desk.asks(closing.settle, desk.bea, sent=False)).why is Why.NO_RIGHT
    early = await desk.asks(closing.settle, desk.lee, sent=False, not_before=bound)
    assert (early.why, early.until) == (Why.TOO_EARLY, bound)
    clock.forward(timedelta(minutes=2))
    assert await desk.asks(closing.settle, desk.lee, sent=False, not_before=bound) == Settled(desk.number, sent=False)
    assert await desk.state() == "drafted"
    assert await order(desk) is None


async def test_it_is_there_needs_the_address_and_is_said_at_any_time(desk: Desk, clock: Clock):
    await unsure(desk)
    assert (await desk.asks(closing.settle, desk.lee, sent=True)).why is Why.NO_ADDRESS
    bound = clock() + timedelta(minutes=2)
    address = "https://square.example/1"
    settled = await desk.asks(closing.settle, desk.lee, sent=True, address=address, not_before=bound)
    assert settled == Settled(desk.number, sent=True)
    assert await desk.state() == "answered"


async def test_closing_throws_a_waiting_draft_away_and_refuses_while_a_reply_is_approved(desk: Desk):
    drafted = await desk.drafts(desk.ana)
    await desk.approved(desk.bea, drafted.message)
    assert (await desk.asks(closing.close, desk.ana)).why is Why.NOT_NOW
    await desk.asks(approving.take_back, desk.bea)
    await desk.asks(closing.close, desk.ana)
    assert await desk.state() == "closed"
    assert await desk.sees(lambda dossier: (dossier.revision, dossier.message)) == (None, None)

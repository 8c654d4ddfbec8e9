"""What becomes of a reply when the platform refuses, throttles, drops the line, forgets, or lies."""

from __future__ import annotations

import asyncio

from sandbox.square import Fault
from tests.stories import stages
from tests.stories.pings import pinged
from tests.stories.town import ANA, BEA, CYD, Town

FINAL = f"@lea {stages.REPLY}"


def only_ours(here: Town) -> str:
    """The words of our one reply in public."""
    (reply,) = here.public()
    return reply.now.text


async def test_the_post_is_gone_right_before_sending_and_the_team_is_told(quiet_town: Town) -> None:
    here = quiet_town
    here.deaf()
    await here.start()
    post = await stages.drafted(here)
    await here.square.delete(post)
    await stages.approves(here)
    said = await here.in_thread("The approved reply did not go out", "cannot be seen any more")
    assert ANA in pinged(said)
    await here.draft_message(1, "Approved 0 of 1")
    assert here.square.publish_calls == []


async def test_a_refusal_brings_the_draft_back_with_the_platforms_reason(here: Town) -> None:
    await stages.drafted(here)
    here.square.fault(Fault.REFUSE, status=422, error="Validation failed: Text is full of eels")
    await stages.approves(here)
    said = await here.in_thread("The platform refused our reply", "full of eels", "Nothing was posted")
    assert ANA in pinged(said)
    await here.in_thread("Draft 1: shown again below: the platform refused it")
    await here.card("waits for approval: 0 of 1")
    # It may be approved again, and goes out once.
    await stages.approves(here, user=CYD)
    await here.answered()
    assert only_ours(here) == FINAL


async def test_a_platform_that_forbids_brings_the_draft_back(here: Town) -> None:
    await stages.drafted(here)
    here.square.fault(Fault.REFUSE, status=403)
    await stages.approves(here)
    await here.in_thread("The platform refused our reply", "Nothing was posted")
    await here.draft_message(1, "Approved 0 of 1")
    assert here.public() == []


async def test_a_throttled_reply_goes_out_later_and_once(here: Town) -> None:
    await stages.drafted(here)
    here.square.fault(Fault.THROTTLE, seconds=1)
    await stages.approves(here)
    await here.square.wait_for(lambda square: len(square.publish_calls) == 1)
    await here.card("is approved and goes out at")
    await here.answered()
    await here.card("Answered")
    first, second = here.square.publish_calls
    assert (first.answered, second.answered) == ("429", "200")
    assert only_ours(here) == FINAL


async def test_an_accepted_reply_whose_line_dropped_is_found_by_looking(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    here.deaf()
    await here.start()
    await stages.drafted(here)
    here.square.fault(Fault.ACCEPT_AND_DROP)
    await stages.approves(here)
    await here.card("nobody knows whether it arrived")
    await here.in_thread("Our reply", "stands in public")
    await here.card("Answered", "our reply")
    assert only_ours(here) == FINAL
    assert len(here.square.publish_calls) == 1


async def test_an_accepted_reply_whose_line_dropped_is_heard_of_by_its_echo(here: Town) -> None:
    await stages.drafted(here)
    here.square.fault(Fault.ACCEPT_AND_DROP)
    await stages.approves(here)
    await here.in_thread("Our reply", "stands in public")
    await here.card("Answered", "our reply")
    assert only_ours(here) == FINAL
    assert len(here.square.publish_calls) == 1


async def test_a_reply_that_was_not_accepted_is_looked_for_and_goes_out_again_once(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    await here.start()
    await stages.unsure(here)
    await here.in_thread("I looked: our reply did not arrive", "goes out again, once")
    await here.answered()
    await here.card("Answered")
    assert only_ours(here) == FINAL
    keys = [call.key for call in here.square.publish_calls]
    assert len(keys) == 2
    assert len(set(keys)) == 1


async def test_a_server_that_ignores_the_key_gets_one_reply_all_the_same(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    here.deaf()
    await here.start()
    here.square.fault(Fault.IGNORE_KEY)
    await stages.drafted(here)
    here.square.fault(Fault.FAIL_AFTER, status=502)
    await stages.approves(here)
    await here.card("Answered", "our reply")
    assert only_ours(here) == FINAL
    assert len(here.square.publish_calls) == 1


async def test_a_reply_that_is_accepted_late_is_not_sent_again(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    here.account_settings["late_bound"] = '"2s"'
    here.deaf()
    await here.start()
    here.square.fault(Fault.IGNORE_KEY)
    await stages.drafted(here)
    here.square.fault(Fault.ACCEPT_LATE, seconds=1.5)
    await stages.approves(here)
    await here.card("nobody knows whether it arrived")
    await here.card("Answered", "our reply")
    assert only_ours(here) == FINAL
    assert len(here.square.publish_calls) == 1


async def test_a_call_that_hangs_is_cut_and_its_late_answer_is_no_second_reply(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    here.deaf()
    await here.start()
    await stages.drafted(here)
    here.square.fault(Fault.ACCEPT_AND_HANG)
    await stages.approves(here)
    await here.card("nobody knows whether it arrived")
    here.square.clear_faults()
    await here.card("Answered", "our reply")
    assert only_ours(here) == FINAL
    assert len(here.square.publish_calls) == 1


async def test_where_nobody_can_look_the_team_is_asked_and_a_lead_settles_it(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    here.deaf()
    here.channel_settings["leads"] = f'["{CYD}"]'
    await here.start()
    await stages.drafted(here)
    here.square.fault(Fault.ACCEPT_AND_DROP)
    await stages.approves(here)
    await here.card("nobody knows whether it arrived")
    here.square.fault(Fault.FAIL_BEFORE, where="read", times=10_000)

    said = await here.in_thread("Nobody knows whether our reply arrived", "I do not send it again")
    assert ANA in pinged(said)
    # Bea is no lead, an address is needed, and then Cyd settles it.
    (reply,) = here.public()
    address = f"{here.square.base_url}/@acme/{reply.id}"
    await here.mention(BEA, f"settle sent {address}")
    await here.told(BEA, "Only this channel's leads")
    await here.mention(CYD, "settle sent")
    await here.told(CYD, "address")
    await here.mention(CYD, f"settle sent {address}")
    await here.in_thread("Settled", "is there", "Cyd")
    await here.card("Answered")
    assert len(here.square.publish_calls) == 1


async def test_settling_as_absent_is_refused_while_the_reply_may_still_come(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    here.deaf()
    here.account_settings["late_bound"] = '"10m"'
    await here.start()
    await stages.unsure(here)
    await here.mention(CYD, "settle absent")
    await here.told(CYD, "may still")
    await here.card("nobody knows whether it arrived")
    assert here.public() == []


async def test_a_reply_settled_as_absent_is_drafted_again_and_looked_for_before_the_next(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    here.deaf()
    await here.start()
    here.square.fault(Fault.IGNORE_KEY)
    await stages.drafted(here)
    here.square.fault(Fault.ACCEPT_AND_DROP)
    await stages.approves(here)
    await here.card("nobody knows whether it arrived")
    here.square.fault(Fault.FAIL_BEFORE, where="read", times=10_000)
    await here.in_thread("Nobody knows whether our reply arrived")
    # Cyd looks at the wrong place and says that it is not there.
    card = await here.card("nobody knows whether it arrived")
    asked = {one.text for one in here.slack.buttons_of(card)}
    # Teams has no question before a button: it shows one, with a button of its own.
    await here.press(CYD, card, "Yes" if "Yes" in asked else "It is not there")
    await here.in_thread("Settled: the reply did not arrive", "Cyd")
    again = await here.draft_message(1, "Approved 0 of 1")
    here.square.clear_faults(Fault.FAIL_BEFORE)
    await here.reacts(CYD, again)
    # The look before the second call finds the first reply: nothing is sent on top of it.
    await here.in_thread("An earlier reply of ours turned up after all")
    assert only_ours(here) == FINAL
    assert len(here.square.publish_calls) == 1


async def test_somebody_answers_by_hand_while_a_draft_waits(here: Town) -> None:
    post = await stages.drafted(here)
    await here.square.answer_by_hand(post, "@lea it is on its way, says the warehouse")
    await here.in_thread("Somebody answered from our account, not through me", "says the warehouse")
    await here.in_thread("Draft 1: shown again below: somebody answered elsewhere")
    await here.draft_message(1, "Approved 0 of 1")


async def test_somebody_answers_by_hand_an_open_conversation(here: Town) -> None:
    post = await stages.opened(here)
    await here.square.answer_by_hand(post, "@lea it is on its way")
    await here.in_thread("Somebody answered from our account, not through me", "on its way")
    await here.card("Answered")


async def test_somebody_answers_by_hand_during_the_hold(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["hold"] = '"1h"'
    await here.start()
    post = await stages.approved(here)
    await here.square.answer_by_hand(post, "@lea it is on its way")
    await here.in_thread("does not go out", "somebody answered elsewhere")
    await here.card("waits for approval: 0 of 1")
    assert here.square.publish_calls == []


async def test_settling_by_hand_an_open_conversation_names_the_reply(here: Town) -> None:
    await stages.opened(here)
    await here.mention(BEA, "settle sent https://square.example/@acme/1")
    await here.in_thread("Answered by hand, says Bea", "the reply")
    await here.card("Answered")


async def test_the_reply_is_heard_and_recorded_at_once_without_harm(here: Town) -> None:
    """The echo of our own words on the stream and the answer to our call race for the same row."""
    for number in range(1, 5):
        await here.asks(f"lea{number}", f"@acme where is bike {number}?")
    for number in range(1, 5):
        await here.mention(ANA, f"draft It is in town {number}.", number)
    drafts = [await here.draft_message(1, number=number) for number in range(1, 5)]
    await asyncio.gather(*[here.reacts(BEA, draft) for draft in drafts])
    await here.answered(4)
    for number in range(1, 5):
        await here.card("Answered", "our reply", number=number)
        assert not [m for m in here.thread_now(number) if "not through me" in here.slack.text_of(m)]
    assert len(here.square.publish_calls) == 4

"""Slack repeats events, sends them twice and out of order, and people go on while the bot is down."""

from __future__ import annotations

from tests.stories.town import ANA, BEA, CYD, NO, Town


async def test_an_event_counts_once_however_often_it_comes_and_across_a_restart(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["approvals"] = "2"
    await here.start()
    await here.asks()
    draft = await here.waits()
    await here.reacts(BEA, draft)
    await here.draft_message(1, "Approved 1 of 2: Bea.")
    yes = latest(here, "reaction_added")
    assert all(answer.ok for answer in await here.slack.redeliver(yes, times=3))
    await here.unreacts(BEA, draft)
    await here.draft_message(1, "Approved 0 of 2.")

    await here.stop()
    await here.start()
    assert all(answer.ok for answer in await here.slack.redeliver(yes, times=2))
    await here.reacts(CYD, draft)
    await here.draft_message(1, "Approved 1 of 2: Cyd.")
    assert here.public() == []


async def test_what_comes_twice_is_done_once(here: Town) -> None:
    await here.asks()
    here.slack.duplicate_events()
    await here.mention(ANA, "note she called")
    await here.in_thread("Ana noted", "she called")
    draft = await here.waits()
    await here.reacts(BEA, draft)
    await here.answered()
    await here.card("Answered")
    await here.slack.settled()
    said = [here.slack.text_of(one) for one in here.thread_now()]
    assert sum("Ana noted" in text for text in said) == 1
    assert sum("Draft 2" in text for text in said) == 0
    assert len(here.public()) == 1


async def test_of_events_out_of_order_the_latest_act_counts(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["approvals"] = "2"
    await here.start()
    await here.asks()
    draft = await here.waits()

    # Bea says yes and thinks better of it; the second is heard first.
    here.slack.reorder_events(2)
    await here.reacts(BEA, draft)
    await here.unreacts(BEA, draft)
    await here.slack.settled()
    await here.reacts(CYD, draft)
    await here.draft_message(1, "Approved 1 of 2: Cyd.")

    # And the other way round.
    here.slack.reorder_events(2)
    await here.unreacts(CYD, draft)
    await here.reacts(CYD, draft)
    await here.slack.settled()
    await here.reacts(BEA, draft)
    await here.answered()


async def test_a_lost_acknowledgement_changes_nothing(here: Town) -> None:
    await here.asks()
    draft = await here.waits()
    here.slack.delivery.answer_limit = 0.5
    here.slack.drop_acks(1)
    await here.reacts(BEA, draft)
    await here.answered()
    await here.slack.settled()
    await here.card("Answered")
    assert len(here.public()) == 1


async def test_a_yes_taken_away_while_the_bot_was_down_does_not_count(here: Town) -> None:
    await here.asks()
    draft = await here.waits()
    await here.mention(ANA, "hold")
    await here.card("This is on hold")
    await here.reacts(BEA, draft)
    await here.card("is approved and waits for the hold to end")

    await here.stop()
    here.slack.set_retries()
    await here.unreacts(BEA, draft)
    await here.slack.settled()
    await here.start()

    await here.mention(CYD, "resume")
    await here.in_thread(here.unheard)
    await here.card("waits for approval: 0 of 1")
    assert here.public() == []


async def test_an_objection_given_while_the_bot_was_down_stops_what_buttons_and_words_approved(here: Town) -> None:
    await here.asks()
    draft = await here.waits()
    await here.mention(ANA, "hold")
    await here.card("This is on hold")
    await here.mention(BEA, "approve 1")
    await here.card("is approved and waits for the hold to end")

    await here.stop()
    here.slack.set_retries()
    await here.reacts(CYD, draft, NO)
    await here.slack.settled()
    await here.start()

    await here.mention(ANA, "resume")
    await here.draft_message(1, here.unheard_no)
    assert here.public() == []
    assert here.square.publish_calls == []


async def test_a_yes_given_while_the_bot_was_down_counts_when_slack_repeats_it(here: Town) -> None:
    await here.asks()
    draft = await here.waits()
    await here.slack.settled()
    await here.stop()
    here.slack.set_retries(*[0.1] * 100)
    await here.reacts(BEA, draft)
    await here.start()
    await here.answered()
    await here.card("Answered", "approved by Bea")


def latest(here: Town, kind: str) -> str:
    """The id of the last event of this kind that Slack sent."""
    return next(
        event_id
        for event_id, payload in reversed(here.slack.delivery.sent_events.items())
        if payload["event"]["type"] == kind
    )

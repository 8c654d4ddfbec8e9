"""What an emoji does, and where it does nothing."""

from __future__ import annotations

from tests.stories.town import ANA, BEA, CYD, NO, Town


async def test_a_thumb_counts_in_any_skin_tone_where_a_channel_wants_it(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["signs"] = '{ thumbsup = "approve" }'
    here.channel_settings["approvals"] = "2"
    await here.start()
    await here.asks()
    draft = await here.waits()
    await here.reacts(BEA, draft, "+1::skin-tone-4")
    await here.draft_message(1, "Approved 1 of 2: Bea.")
    await here.reacts(CYD, draft, "thumbsup")
    await here.answered()


async def test_a_thumb_is_small_talk_where_a_channel_does_not(here: Town) -> None:
    await here.asks()
    draft = await here.waits()
    await here.reacts(BEA, draft, "+1::skin-tone-4")
    await here.reacts(CYD, draft, "+1")
    await here.slack.settled()
    await here.reacts(ANA, draft)
    await here.draft_message(1, "Approved 0 of 1.", "Ana's ✅ does not count")
    assert here.public() == []
    assert here.slack.ephemerals(BEA) == here.slack.ephemerals(CYD) == []


async def test_a_yes_on_an_old_draft_is_answered_with_the_way_to_the_current_one(here: Town) -> None:
    await here.asks()
    old = await here.waits()
    current = await here.drafts(BEA, "Sorry, Lea! It comes today.", draft=2)
    await here.in_thread("Draft 1", "replaced by a newer draft", "draft 2 is current")
    await here.reacts(CYD, old)
    said = await here.whisper(CYD, "no longer current", "Here is the current draft")
    assert here.leads_to(said, current)
    assert here.public() == []


async def test_a_yes_on_the_card_is_pointed_to_the_draft(here: Town) -> None:
    await here.asks()
    card = await here.card()
    await here.reacts(CYD, card)
    await here.told(CYD, "There is no draft that could be approved.")
    draft = await here.waits()
    await here.reacts(BEA, card)
    said = await here.whisper(BEA, "current draft")
    assert here.leads_to(said, draft)
    assert here.public() == []


async def test_a_yes_that_is_taken_away_during_the_hold_stops_the_reply(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["hold"] = '"1h"'
    await here.start()
    await here.asks()
    draft = await here.waits()
    await here.reacts(BEA, draft)
    await here.draft_message(1, "Goes out at", "Until then it can be taken back.")
    await here.unreacts(BEA, draft)
    await here.in_thread("Bea took it back in time. Nothing went out.")
    await here.draft_message(1, "Approved 0 of 1.")
    await here.card("waits for approval: 0 of 1")
    # The draft still stands: a yes counts again.
    await here.reacts(BEA, draft)
    await here.draft_message(1, "Goes out at")


async def test_another_approver_takes_it_back_during_the_hold(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["hold"] = '"1h"'
    await here.start()
    await here.asks()
    first = await here.waits()
    await here.reacts(BEA, first)
    approved = await here.draft_message(1, "Goes out at")
    await here.press(CYD, approved, "Take back")
    await here.in_thread("Cyd took it back in time. Nothing went out.")
    await here.in_thread("shown again below: it was taken back")
    shown = await here.draft_message(1, "Approved 0 of 1.")
    assert shown.ts != first.ts
    assert here.public() == []


async def test_a_no_blocks_until_it_is_taken_back(here: Town) -> None:
    await here.asks()
    draft = await here.waits()
    await here.reacts(BEA, draft, NO)
    await here.in_thread("❌ Bea objects to draft 1.")
    await here.reacts(CYD, draft)
    await here.draft_message(1, "Approved 1 of 1: Cyd.", "Bea objects.")
    assert here.public() == []
    await here.unreacts(BEA, draft, NO)
    await here.answered()


async def test_a_no_during_the_hold_stops_the_reply(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["hold"] = '"1h"'
    await here.start()
    await here.asks()
    draft = await here.waits()
    await here.reacts(BEA, draft)
    await here.draft_message(1, "Goes out at")
    await here.reacts(CYD, draft, NO)
    await here.in_thread("❌ Cyd objects to draft 1.")
    await here.draft_message(1, "Approved 1 of 1: Bea.", "Cyd objects.")
    await here.card("waits for approval")


async def test_a_typed_approval_names_its_draft(here: Town) -> None:
    await here.asks()
    await here.waits()
    await here.mention(BEA, "approve")
    await here.told(BEA, "Say which draft", "The current one is 1")
    await here.mention(BEA, "approve 7")
    await here.told(BEA, "Say which draft", "Here is the current draft")
    assert here.public() == []
    await here.drafts(CYD, "Sorry, Lea! It comes today.", draft=2)
    await here.mention(BEA, "approve 1")
    await here.told(BEA, "That draft is no longer current")
    await here.mention(BEA, "approve 2")
    await here.answered()

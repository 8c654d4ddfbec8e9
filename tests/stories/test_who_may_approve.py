"""Whose yes counts: by what somebody is, by what they wrote, by what the channel asks for."""

from __future__ import annotations

import asyncio

from tests.stories.town import ANA, BEA, CYD, DAN, GUEST, NO, OUTSIDER, ROBOT, Town


async def test_outsiders_guests_bots_and_the_deactivated_cannot_approve(here: Town) -> None:
    await here.asks()
    draft = await here.waits()
    await here.reacts(OUTSIDER, draft)
    await here.told(OUTSIDER, "You belong to another organisation.")
    await here.reacts(GUEST, draft)
    await here.told(GUEST, "You are a guest here.")
    await here.reacts(ROBOT, draft)
    await here.told(ROBOT, "Apps and bots cannot act here.")

    # Dan's ✅ is still on its way when his account is deactivated.
    here.slack.reorder_events(2)
    await here.reacts(DAN, draft)
    here.slack.deactivate(DAN)
    await here.reacts(BEA, draft, "eyes")
    await here.slack.settled()
    await here.draft_message(1, "Approved 0 of 1.")
    assert here.public() == []
    await here.press(GUEST, draft, "Approve")
    await here.reacts(CYD, draft)
    await here.answered()
    assert "approved by Cyd." in here.slack.text_of(await here.card("Answered"))


async def test_who_is_deactivated_between_approval_and_sending_does_not_count(here: Town) -> None:
    await here.asks()
    draft = await here.waits()
    await here.mention(ANA, "hold")
    await here.card("This is on hold")
    await here.reacts(BEA, draft)
    await here.card("is approved and waits for the hold to end")
    here.slack.deactivate(BEA)
    await here.mention(CYD, "resume")
    await here.in_thread("The approved reply did not go out: Bea may not approve here any more.")
    await here.card("waits for approval: 0 of 1")
    assert here.public() == []


async def test_two_approvals_are_two_people(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["approvals"] = "2"
    await here.start()
    await here.asks()
    draft = await here.waits()
    await here.reacts(BEA, draft)
    await here.draft_message(1, "Approved 1 of 2: Bea.")
    await here.press(BEA, draft, "Approve")
    await here.told(BEA, "counts: 1 of 2.")
    await here.reacts(ANA, draft)
    await here.draft_message(1, "Approved 1 of 2: Bea.", "the last words are Ana's own")
    assert here.public() == []
    await here.reacts(CYD, draft)
    await here.answered()


async def test_where_own_words_are_refused_altogether_no_writer_approves(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["own_words"] = '"refuse-all"'
    await here.start()
    await here.asks()
    first = await here.waits()
    view = await here.opens(BEA, first, "Edit")
    await here.saves(BEA, view, "Sorry, Lea! It comes today.")
    second = await here.draft_message(2)
    await here.reacts(ANA, second)
    await here.told(ANA, "you wrote part of it")
    await here.reacts(BEA, second)
    await here.draft_message(2, "Approved 0 of 1.", "Ana wrote part of it", "the last words are Bea's own")
    await here.reacts(CYD, second)
    await here.answered()


async def test_own_words_count_after_the_wait_that_the_channel_asks_for(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["own_words"] = '"after 1s"'
    await here.start()
    await here.asks()
    draft = await here.waits()
    while here.slack.ws.stamp() < float(draft.ts) + 1.0:
        await asyncio.sleep(0.05)
    await here.reacts(ANA, draft)
    await here.answered()


async def test_own_words_do_not_count_before_the_wait_is_over(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["own_words"] = '"after 15m"'
    await here.start()
    await here.asks()
    draft = await here.waits()
    await here.reacts(ANA, draft)
    await here.told(ANA, "only after a wait", "Somebody else can now")
    await here.draft_message(1, "Approved 0 of 1.", "does not count yet")
    await here.reacts(BEA, draft)
    await here.answered()


async def test_a_team_of_one_may_allow_own_words(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["own_words"] = '"allow"'
    await here.start()
    await here.asks()
    await here.reacts(ANA, await here.waits())
    reply = await here.answered()
    assert reply.now.text == "@lea Sorry, Lea!"


async def test_named_approvers_are_called_once_and_only_they_count(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["approvers"] = f'["{CYD}", "{DAN}"]'
    await here.start()
    await here.asks()
    draft = await here.waits()
    text = here.slack.text_of(draft)
    assert f"<@{CYD}>" in text
    assert f"<@{DAN}>" in text
    await here.reacts(BEA, draft)
    await here.told(BEA, "Only this channel's approvers can do this.")
    await here.reacts(DAN, draft, NO)
    await here.draft_message(1, "Dan objects.")
    await here.unreacts(DAN, draft, NO)
    assert sum(f"'{DAN}'" in repr(call.args) for call in here.slack.calls("chat.postMessage")) == 1
    await here.reacts(CYD, draft)
    await here.answered()


async def test_leads_set_objections_aside_and_nobody_else_does(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["leads"] = f'["{DAN}"]'
    await here.start()
    await here.asks()
    draft = await here.waits()
    await here.reacts(BEA, draft, NO)
    await here.in_thread("Bea objects to draft 1.")
    await here.reacts(CYD, draft)
    await here.draft_message(1, "Approved 1 of 1: Cyd.", "Bea objects.")
    await here.mention(CYD, "unobject 1")
    await here.told(CYD, "was not there")
    assert here.public() == []
    await here.mention(DAN, "unobject 1")
    await here.answered()

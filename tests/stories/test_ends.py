"""How conversations end besides by a reply of the bot's: settled, answered by hand, closed, and open again."""

from __future__ import annotations

from sandbox.square import Fault
from tests.stories.town import ANA, BEA, CYD, DAN, Town

THERE = "https://social.example/@acme/7"


async def test_a_lead_settles_what_nobody_knows(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["leads"] = f'["{DAN}"]'
    here.account_settings |= {"call_limit": '"20s"', "late_bound": '"20s"'}  # the bot does not look meanwhile
    await here.start()
    await here.asks()
    draft = await here.waits()
    here.square.fault(Fault.FAIL_BEFORE)
    await here.reacts(BEA, draft)
    await here.card("nobody knows whether it arrived")

    await here.mention(CYD, f"settle sent {THERE}")
    await here.told(CYD, "Only this channel's leads can do this.")
    await here.mention(DAN, "settle absent")
    await here.told(DAN, "Too early: it may still appear by itself.")
    await here.mention(DAN, "settle sent")
    await here.told(DAN, "Give the reply's address")
    await here.mention(DAN, "settle")
    await here.told(DAN, "Look on the platform first.")
    await here.mention(DAN, f"settle sent {THERE}")
    await here.in_thread("Settled: the reply is there, says Dan.")
    await here.card(f"Answered: {THERE}, says Dan")
    assert here.public() == []


async def test_what_was_answered_by_hand_is_answered_on_a_leads_word(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["leads"] = f'["{DAN}"]'
    await here.start()
    await here.asks()
    await here.mention(BEA, f"settle sent {THERE}")
    await here.told(BEA, "Only this channel's leads can do this.")
    await here.mention(DAN, "settle sent https:// it is there")
    await here.told(DAN, "Give the reply's address")
    await here.mention(DAN, f"settle sent {THERE}")
    await here.in_thread("Answered by hand, says Dan: the reply.")
    await here.card("✅", f"Answered: {THERE}, says Dan", "Dan took part.")
    await here.command(CYD, "show 1")
    await here.told(CYD, f"Answered: {THERE}, says Dan.")


async def test_a_closed_conversation_takes_no_work_until_it_is_reopened(here: Town) -> None:
    await here.asks()
    draft = await here.waits()
    await here.press(BEA, await here.card("waits for approval"), "Hold")
    await here.told(BEA, "on hold")
    await here.mention(ANA, "close")
    await here.in_thread("Draft 1: closed with its conversation")
    card = await here.card("⚪", "Closed")
    await here.reacts(CYD, draft)
    await here.told(CYD, "There is no draft that could be approved.")
    await here.command(CYD, "1", "/claim")
    await here.told(CYD, "It is closed. Reopen it first.")
    await here.press(CYD, card, "Reopen")
    await here.in_thread("Cyd reopened it.")
    await here.card("🟡")
    assert here.public() == []

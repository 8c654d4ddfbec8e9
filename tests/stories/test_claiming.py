"""Who answers: one holder at a time, for as long as they work on it."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

from sqlalchemy import select

from models.conversation import Claim
from tests.stories.pings import pinged
from tests.stories.town import ANA, BEA, CYD, DAN, GUEST, Town


async def test_of_a_hundred_who_claim_at_once_one_wins_and_ninety_nine_learn_who(here: Town) -> None:
    await here.asks()
    people = here.crowd(100)
    seen = await asyncio.gather(*[here.command(user, "1", "/claim") for user in people])
    assert [one.error for one in seen if one.error] == []

    def answers() -> list[str] | None:
        said = [here.slack.text_of(one) for user in people for one in here.slack.ephemerals(user)]
        return said if len(said) == 100 else None

    said = await here.until(answers)
    won = [text for text in said if "is yours until" in text]
    assert len(won) == 1
    card = here.slack.text_of(await here.card("has it until"))
    winner = re.search(r"(Rep\d+) has it", card)
    assert winner is not None
    assert sum(f"{winner[1]} has #1 until" in text for text in said) == 99


async def test_a_claim_ends_by_itself(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["claim_for"] = '"1s"'
    await here.start()
    await here.asks()
    await here.command(ANA, "1", "/claim")
    await here.in_thread("Ana's claim has ended", "Anybody can take it")
    await here.card("Nobody has claimed it.")
    await here.mention(BEA, "claim")
    await here.told(BEA, "is yours until")


async def test_work_renews_a_claim(here: Town) -> None:
    await here.asks()
    await here.command(ANA, "1", "/claim")
    await here.card("Ana has it")
    first = await ends(here)
    await here.mention(BEA, "note she is a regular")
    await here.in_thread("Bea noted, for us only:", "she is a regular")
    assert await ends(here) == first
    await here.mention(ANA, "note I called the depot")
    await here.in_thread("Ana noted, for us only:")
    assert await ends(here) > first


async def test_a_claim_does_not_end_while_a_draft_waits(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["claim_for"] = '"1s"'
    await here.start()
    await here.asks()
    await here.waits()
    first = await ends(here)
    await here.told(ANA, "Saved as draft 1", "The conversation is yours now.")
    while await ends(here) <= first:  # the clock says that it is over, and the draft that it is not
        await asyncio.sleep(0.05)
    await here.command(BEA, "1", "/claim")
    await here.told(BEA, "Ana has #1 until", "You can still edit the draft and approve.")
    assert "has ended" not in here.transcript()


async def test_handing_over_mentions_the_new_holder_and_carries_the_note(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["leads"] = f'["{DAN}"]'  # where nobody is named, every approver leads
    await here.start()
    await here.asks()
    await here.command(ANA, "1", "/claim")
    await here.card("Ana has it")
    await here.mention(BEA, "hand @cyd take it")
    await here.told(BEA, "Ana has it. Only the holder or a lead can do this.")

    await here.command(ANA, "hand 1 @Bea she speaks Danish, you too")
    handed = await here.in_thread("Ana hands this over to you.", "she speaks Danish, you too")
    assert pinged(handed) == [BEA]
    await here.told(ANA, "is now with Bea")
    await here.card("Bea has it until")

    await here.mention(BEA, "hand @gil please")
    await here.told(BEA, "only full members of the team can")
    await here.card("Bea has it until")


async def test_giving_back_frees_it(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["leads"] = f'["{DAN}"]'  # where nobody is named, every approver leads
    await here.start()
    await here.asks()
    await here.command(ANA, "1", "/claim")
    card = await here.card("Ana has it")
    await here.command(BEA, "1", "/release")
    await here.told(BEA, "Ana has it. Only the holder or a lead can do this.")
    await here.press(ANA, card, "Give back")
    await here.told(ANA, "#1 is free again.")
    await here.card("Nobody has claimed it.")


async def test_claim_alone_takes_the_one_that_waits_longest_and_shows_what_one_has(here: Town) -> None:
    await here.asks("lea", "@acme where is my bike?")
    await here.asks("noor", "@acme and where is mine?")
    await here.command(ANA, "", "/claim")
    await here.told(ANA, "#1 is yours until")
    await here.command(BEA, "", "/claim")
    await here.told(BEA, "#2 is yours until")

    # Who has one already is shown that first.
    await here.command(ANA, "", "/claim")
    shown = await here.whisper(ANA, "You have #1 already", "still waits")
    assert [one.text for one in here.slack.buttons_of(shown)] == ["Draft", "Give back", "History"]
    await here.command(CYD, "", "/claim")
    await here.told(CYD, "Nobody waits")


async def test_a_guest_may_read_and_not_claim(here: Town) -> None:
    await here.asks()
    await here.command(GUEST, "1", "/claim")
    await here.told(GUEST, "You are a guest here.")
    await here.command(GUEST, "show 1")
    await here.told(GUEST, "where is my bike?")
    await here.command(DAN, "1", "/claim")
    await here.told(DAN, "is yours until")


async def ends(here: Town) -> datetime:
    """When the claim that stands runs out."""
    assert here.app is not None
    async with here.app.store.reading() as session:
        return (await session.scalars(select(Claim.until).where(Claim.ended_at.is_(None)))).one()

"""What customers suggest: from a 💡 to everybody who asked being told, each once, each after approval."""

from __future__ import annotations

from sandbox.square.world import Status
from tests.stories import stages
from tests.stories.town import ANA, BEA, CYD, GUEST, Town

BULB = "bulb"


async def test_from_a_bulb_to_telling_who_asked_each_once_after_approval(here: Town) -> None:
    await here.asks("lea", "@acme please add a dark mode")
    await here.asks("noor", "@acme a dark mode would be great")
    await here.reacts(ANA, await here.card(number=1), BULB)
    await here.told(ANA, "#1 asks for a new idea", "1 person asks for it", "1 this week")
    await here.card("Asks for idea 1", number=1)
    await here.reacts(BEA, await here.card(number=2), BULB)
    offered = await here.whisper(BEA, "#2 asks for a new idea", "Looks like 1 “@acme please add a dark mode”")
    await here.press(BEA, offered, "Merge 2 into 1")
    await here.told(BEA, "Done.", "2 people ask for it", "With what was 2")
    await here.command(BEA, "idea 1 name Dark mode")
    await here.card("Asks for idea 1: Dark mode", number=2)
    await here.command(CYD, "ideas")
    await here.told(CYD, "What customers ask for", "1 Dark mode", "2 people ask for it", "↗ 2 this week")

    await here.command(ANA, "shipped 1 Dark mode is here, {name}!")
    await here.told(ANA, "2 drafts are being prepared")
    first = await here.draft_message(1, "Dark mode is here,", number=1)
    second = await here.draft_message(1, "Dark mode is here,", number=2)
    await here.in_thread("Idea 1 is there, says Ana", number=2)
    assert here.public() == []
    await here.reacts(ANA, first)
    await here.told(ANA, "the last words are yours")
    await here.reacts(BEA, first)
    await here.reacts(BEA, second)
    await here.answered(2)
    words = sorted(reply.now.text for reply in here.public() if isinstance(reply, Status))
    assert len(words) == 2
    assert words[0].startswith("@lea Dark mode is here, ")
    assert words[1].startswith("@noor Dark mode is here, ")
    await here.card("Answered", number=1)
    await here.command(BEA, "shipped 1 Dark mode is here!")
    await here.told(BEA, "everybody who asked for it was told")
    assert len(here.public()) == 2


async def test_who_deleted_it_or_wants_to_be_left_alone_is_not_told_and_a_closed_thread_opens(here: Town) -> None:
    post = await here.asks("lea", "@acme a xylophone bell please")
    await here.reacts(ANA, await here.card(number=1), BULB)
    await here.card("Asks for idea 1", number=1)
    for number, who in ((2, "noor"), (3, "lou")):
        await here.asks(who, "@acme a xylophone bell please!")
        await here.mention(BEA, "idea", number=number)
        await here.card("Asks for idea 1", number=number)
    await here.mention(BEA, "customer quiet", number=2)
    await here.in_thread("wants to be left alone, says Bea", number=2)
    await here.command(CYD, "customer 2")
    await here.told(CYD, "Wants to be left alone", "says Bea")
    await here.mention(CYD, "close", number=3)
    await here.card("Closed", number=3)
    await here.square.delete(post)
    await here.card("deleted by its author", number=1)
    await here.until(lambda: "Asks for" not in here.slack.text_of(here.card_now(1)))
    await here.command(GUEST, "shipped 1 There it is.")
    await here.told(GUEST, "guest")
    await here.command(CYD, "idea 1")
    seen = await here.told(CYD, "2 people ask for it", "#1", "deleted by its author", "left alone")
    assert seen.count("xylophone") == 3  # the idea's own line, and two who ask
    await here.command(ANA, "shipped 1 There it is.")
    await here.told(ANA, "1 draft is being prepared", "Left out: 1 deleted what they wrote, 1 wants")
    await here.draft_message(1, "There it is.", number=3)
    await here.card("waits for approval: 0 of 1", "Asks for idea 1", number=3)
    assert not any("Draft" in here.slack.text_of(one) for number in (1, 2) for one in here.thread_now(number))
    await here.mention(BEA, "discard", number=3)
    await here.card("✅ #3", number=3)  # nobody waits for it


async def test_the_support_goes_with_the_bulb_and_slips_are_answered(here: Town) -> None:
    await stages.opened(here, "@acme a map of the stations")
    await here.reacts(ANA, await here.card(), BULB)
    await here.reacts(BEA, await here.card("Asks for idea 1"), BULB)
    await here.told(BEA, "#1 asks for this", "1 person asks for it")
    await here.unreacts(ANA, await here.card(), BULB)
    await here.command(CYD, "idea 1")
    await here.told(CYD, "1 person asks for it", "#1")
    await here.unreacts(BEA, await here.card(), BULB)
    await here.until(lambda: "Asks for" not in here.slack.text_of(here.card_now()))
    await here.command(CYD, "ideas")
    await here.told(CYD, "Nobody has suggested anything yet")
    for typed, said in (
        ("idea 9", "No idea has the number 9"),
        ("idea 1 paint it", "says that 3 is the same as 5"),
        ("idea 1 votes 41 Canny", "41 votes on Canny"),
        ("ideas", "no people ask for it, and 41 votes on Canny"),
    ):
        await here.command(ANA, typed)
        await here.told(ANA, said)


async def test_what_they_are_told_is_written_in_a_dialog(here: Town) -> None:
    await stages.opened(here, "@acme a map of the stations")
    await here.reacts(ANA, await here.card(), BULB)
    shown = await here.whisper(ANA, "#1 asks for a new idea")
    await here.press(ANA, shown, "Shipped …")
    await here.saves(ANA, await here.dialog(ANA), "The map is here.")
    draft = await here.draft_message(1, "The map is here.")
    await here.reacts(BEA, draft)
    await here.answered()

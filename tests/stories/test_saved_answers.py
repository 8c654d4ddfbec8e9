"""A good answer is kept, and begins the next one."""

from __future__ import annotations

from tests.stories.town import ANA, BEA, CYD, Town


async def test_a_saved_answer_begins_a_draft_and_is_not_the_end_of_it(quiet_town: Town) -> None:
    here = quiet_town
    await here.start()
    await here.asks("lea", "@acme where is my parcel?")
    draft = await here.drafts(ANA, "So sorry! It is on its way.", number=1)
    await here.reacts(BEA, draft)
    await here.answered()
    await here.mention(ANA, "save late parcel", number=1)
    await here.told(ANA, "Saved as “late parcel”")
    await here.asks("noor", "@acme and where is mine?")
    await here.command(CYD, "answers")
    await here.told(CYD, "1 saved answer of #care", "late parcel", "It is on its way.")

    # From a mention no dialog can open: a button can. Taken as it is, the draft says so.
    await here.mention(BEA, "use late parcel", number=2)
    view = await here.opens(BEA, await here.whisper(BEA, "Press to begin with it for #2"), "Write")
    await here.saves(BEA, view, "So sorry! It is on its way.")
    shown = await here.draft_message(1, "@noor So sorry! It is on its way.", number=2)
    assert "Word for word the saved answer “late parcel”" in here.slack.text_of(shown)

    # From the slash command the dialog opens with the words in it.
    await here.command(CYD, "use 2 Late Parcel")
    view = await here.dialog(CYD)
    assert "So sorry! It is on its way." in str(view)
    await here.saves(CYD, view, "So sorry, Noor! It is in Hamburg.")
    shown = await here.draft_message(2, "It is in Hamburg.", number=2)
    assert "Word for word" not in here.slack.text_of(shown)
    await here.command(ANA, "answers drop late parcel")
    await here.told(ANA, "Dropped: “late parcel”")
    await here.command(ANA, "use 2 late parcel")
    await here.until(lambda: "No saved answer is called" in str(here.slack.views(ANA)))

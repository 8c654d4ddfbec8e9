"""Many say the same: one card for them, each still a conversation, and one answer prepared for several."""

from __future__ import annotations

import pytest

from tests.stories.town import ANA, BEA, Town

SAID = "The app of Acme shows me the invoices of other customers, with names and addresses and all"


@pytest.fixture
async def stormy(quiet_town: Town) -> Town:
    """A town in which three who say the same are a storm."""
    quiet_town.more_settings = "[storms]\npeople = 3\nreach = 5000"
    await quiet_town.start()
    return quiet_town


async def storm(here: Town, *more: str) -> object:
    for who in ("lea", "tom", "zoe", *more):
        await here.square.post(who, f"@acme {SAID}")
    people = 3 + len(more)
    return await here.channel_says("Storm 1 ·", f"{people} people say the same")


async def test_one_card_stands_for_many_and_one_answer_is_approved_for_those_it_lists(stormy: Town) -> None:
    here = stormy
    await storm(here)
    await here.square.post("uma", f"@acme {SAID} https://t.example/1 #fail")
    vics = await here.square.post("vic", f"@acme RT {SAID}")
    await here.channel_says("Storm 1 ·", "5 people say the same")
    own = "My mother found her own address there and is afraid now, what shall we tell her, who saw it?"
    await here.square.post("ida", f"@acme {SAID} {own}")
    await here.square.post("star", f"@acme {SAID}", followers=9000)
    await here.card(own, "Others say the same: storm 1.", number=6)
    await here.card("9,000 followers", number=7)
    await here.all_shown()
    assert here.card_now(4) is None
    assert here.card_now(5) is None
    await here.command(ANA, "storm 1 answer We found it and closed it. You hear from us today.")
    await here.told(ANA, "5 drafts of storm 1 in one list")
    listed = await here.channel_says("One answer to 5 of storm 1, by Ana", "#4 Uma", "#5 Vic")
    # One is taken out, one changes its words: both have cards of their own, and the list says so.
    await here.command(BEA, "storm 1 out 4")
    await here.card("Draft 1 waits for approval", number=4)
    await here.square.edit(vics, f"@acme {SAID}. Solved, thanks!")
    await here.card("Solved, thanks!", number=5)
    await here.channel_says("One answer to 3 of storm 1", "Fell out: #5: the customer changed the post")
    # Who wrote it cannot approve it; somebody else does, by the list that was shown before all that.
    await here.confirms(ANA, listed, "Approve these 3")
    await here.told(ANA, "Your yes does not count for these")
    await here.confirms(BEA, listed, "Approve these 3")
    await here.told(BEA, "Approved: 3 replies go out")
    await here.answered(3)
    await here.channel_says("Went out:")
    said = sorted(status.now.text for status in here.public())
    assert [words.split(" ", 1)[1] for words in said] == ["We found it and closed it. You hear from us today."] * 3
    assert [words.split(" ", 1)[0] for words in said] == ["@lea", "@tom", "@zoe"]


async def test_a_storm_goes_on_after_the_bot_was_killed_and_started_again(stormy: Town) -> None:
    here = stormy
    await storm(here, "uma")
    await here.stop()
    await here.square.post("vic", f"@acme {SAID.upper()}!!!")
    await here.start()
    await here.channel_says("Storm 1 ·", "5 people say the same")
    await here.command(ANA, "storm")
    await here.told(ANA, "Storm 1", "5 people")
    await here.command(ANA, "storm 1")
    await here.told(ANA, "5 in storm 1", "#5")
    await here.command(ANA, "storm 2")
    await here.told(ANA, "There is no storm 2 in #care")


async def test_when_a_storm_is_over_one_message_says_what_it_was_also_after_a_restart(quiet_town: Town) -> None:
    here = quiet_town
    here.more_settings = '[storms]\npeople = 3\ndigest_from = 3\nover_after = "2s"'
    await here.start()
    await storm(here)
    await here.channel_says("Storm 1 is over: 3 people said the same", "3 posts", "0 answered, 3 still wait")
    await here.stop()
    await here.start()
    await here.square.post("uma", f"@acme {SAID}")
    await here.channel_says("Storm 1 ·", "4 people say the same")
    await here.all_shown()
    said = [here.slack.text_of(one) for one in here.slack.messages(here.room)]
    assert len([words for words in said if "is over" in words]) == 1

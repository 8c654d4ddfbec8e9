"""A yes counts for what its giver can have seen, and for nothing else."""

from __future__ import annotations

from tests.stories.town import ANA, BEA, CYD, DAN, NO, Town


async def test_a_typed_yes_to_a_draft_that_does_not_stand_in_chat_yet_does_not_count(here: Town) -> None:
    await here.asks()
    await here.all_shown()
    here.slack.slow("chat.postMessage", 2.0)
    await here.mention(ANA, "draft You are a fool, Lea!")
    await here.told(ANA, "Saved as draft 1")
    await here.mention(BEA, "approve 1")
    await here.told(BEA, "Look at it in the thread, then approve it.")
    here.slack.slow("chat.postMessage", 0)
    await here.draft_message(1, "Approved 0 of 1.")
    await here.all_shown()
    assert here.public() == []
    await here.mention(BEA, "approve 1")
    await here.answered()


async def test_a_typed_yes_from_before_the_customers_news_does_not_count_for_the_draft_beside_it(here: Town) -> None:
    """It was given to draft 1 as it stood, and reaches us when draft 1 stands anew beside other words."""
    post = await here.asks()
    await here.waits()
    await here.all_shown()
    here.slack.reorder_events(2)
    await here.mention(BEA, "approve 1")
    await here.square.edit(post, "@acme where is my bike? And you killed my dog!")
    await here.draft_message(1, "Approved 0 of 1.")
    await here.in_thread("changed the post")
    await here.all_shown()
    await here.mention(CYD, "note hm")  # lets the held event go, last of the two
    await here.slack.settled(timeout=30)
    await here.told(BEA, "Look at it in the thread, then approve it.")
    assert here.public() == []


async def test_setting_an_old_objection_aside_leaves_the_objection_to_a_newer_draft(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["leads"] = f'["{DAN}"]'
    await here.start()
    await here.asks()
    first = await here.waits()
    await here.reacts(BEA, first, NO)
    await here.draft_message(1, "Bea objects.")
    second = await here.drafts(CYD, "You are a fool, Lea!", draft=2)
    await here.reacts(BEA, second, NO)
    await here.reacts(ANA, second)
    await here.draft_message(2, "Approved 1 of 1: Ana.", "Bea objects.")
    await here.mention(DAN, "unobject 1")
    await here.told(DAN, "no longer current")
    await here.mention(DAN, "unobject")
    await here.told(DAN, "Say which draft")
    assert here.public() == []
    await here.mention(DAN, "unobject 2")
    await here.answered()


async def test_a_draft_that_cannot_be_shown_whole_cannot_be_approved(quiet_town: Town) -> None:
    """Some servers take longer posts than a message of ours holds: the end of it nobody would have read."""
    here = quiet_town
    here.square.server.world.max_characters = 50_000
    await here.start()
    await here.asks()
    draft = await here.waits("Sorry, Lea! " + "It is on its way. " * 800 + "You are a fool!")
    assert "Too long to be shown whole here" in here.slack.text_of(draft)
    assert "Approve" not in [one.text for one in here.slack.buttons_of(draft)]
    await here.all_shown()
    await here.reacts(BEA, draft)
    await here.told(BEA, "Too long to be shown whole here")
    await here.mention(BEA, "approve 1")
    await here.slack.settled(timeout=30)
    assert here.public() == []
    # The longest that may be approved is there to the last word, also beside all that changed.
    words = "Sorry, Lea! " + "It comes today, I promise. " * 320 + "Bye!"
    second = await here.waits(words, draft=2)
    assert words in here.slack.text_of(second).replace("\n", "")
    await here.reacts(BEA, second)
    reply = await here.answered()
    assert reply.now.text == f"@lea {words}"

"""The reply itself: who may see it, under which warning; how it is corrected and taken back."""

from __future__ import annotations

import pytest

from sandbox.square import Fault
from sandbox.square.world import Visibility
from tests.stories import stages
from tests.stories.town import ANA, BEA, Town


async def _answer(here: Town) -> object:
    await here.mention(ANA, "draft We look into it.")
    await stages.approves(here)
    reply = await here.answered()
    await here.card("Answered")
    return reply


@pytest.mark.parametrize("visibility", ["direct", "private", "unlisted"])
async def test_a_reply_is_never_seen_by_more_people_than_the_post(here: Town, visibility: str) -> None:
    await here.square.post("lea", "@acme my account number is 12", visibility=visibility)
    card = await here.card("my account number is 12")
    if visibility != "unlisted":
        assert "Not public" in here.slack.text_of(card)
    reply = await _answer(here)
    assert reply.visibility is Visibility(visibility)
    if visibility != "unlisted":
        assert "not public, like the post it answers" in told_of_the_draft(here)


def told_of_the_draft(here: Town) -> str:
    """Everything that the bot ever posted or changed, as text."""
    return "\n".join(str(call.args) for call in here.slack.calls() if call.method.startswith("chat."))


async def test_a_content_warning_is_carried_to_the_reply(here: Town) -> None:
    await here.square.post("lea", "@acme there was a spider in it", cw="spiders")
    card = await here.card("Content warning: spiders", "there was a spider in it")
    assert card is not None
    reply = await _answer(here)
    assert reply.now.warning == "spiders"
    assert "under the content warning" in told_of_the_draft(here)


async def test_pictures_are_shown_with_their_description(here: Town) -> None:
    await here.square.post("lea", "@acme look at this", media=["a broken wheel"])
    card = await here.card("look at this")
    (image,) = [block for block in card.blocks if block["type"] == "image"]
    assert image["alt_text"] == "a broken wheel"


async def test_a_picture_that_slack_cannot_load_is_left_out_and_the_card_stands(here: Town) -> None:
    here.slack.break_images("http")
    await here.square.post("lea", "@acme look at this", media=["a broken wheel"])
    card = await here.card("look at this", "a broken wheel", "Nobody has claimed it.")
    assert [block for block in card.blocks if block["type"] == "image"] == []


async def test_our_reply_is_corrected_after_approval(here: Town) -> None:
    await stages.answered(here)
    await here.chooses(ANA, await here.card("Answered"), "Correct our reply")
    view = await here.dialog(ANA)
    now = next(block["element"]["initial_value"] for block in view.blocks if block["type"] == "input")
    assert now == f"@lea {stages.REPLY}"
    assert (await here.saves(ANA, view, now.replace("today", "tomorrow"))).closed
    draft = await here.in_thread("Correction 2", "Our public reply would then read:")
    assert "It comes tomorrow" in here.slack.text_of(draft)
    assert here.public()[0].now.text == f"@lea {stages.REPLY}"
    await here.reacts(BEA, draft)
    await here.square.wait_for(lambda square: len(square.posted_by_us()[0].versions) == 2)
    (reply,) = here.public()
    assert reply.now.text == "@lea Sorry, Lea! It comes tomorrow."
    await here.card("Answered")
    assert len(here.square.publish_calls) == 1


async def test_where_we_never_replied_a_correction_is_refused_before_anybody_writes(here: Town) -> None:
    await stages.opened(here)
    sentence = "There is nothing left to answer or to change: the post is gone, or we never replied."
    await here.mention(ANA, "correct")
    await here.told(ANA, sentence)
    await here.command(BEA, "correct 1")
    view = await here.until(lambda: next((v for v in here.slack.views(BEA) if sentence in here.slack.text_of(v)), None))
    assert not any(block["type"] == "input" for block in view.blocks)


async def test_our_reply_is_taken_back_after_one_approval(here: Town) -> None:
    await stages.answered(here)
    await here.chooses(ANA, await here.card("Answered"), "Take our reply back")
    draft = await here.in_thread("Retraction 2", "To be deleted in public:")
    assert len(here.public()) == 1
    await here.reacts(BEA, draft)
    await here.square.wait_for(lambda square: square.posted_by_us() == [])
    await here.in_thread("Retraction 2: sent")
    assert len(here.square.publish_calls) == 1


async def test_a_correction_whose_line_dropped_is_found_by_looking(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    here.deaf()
    await here.start()
    await stages.answered(here)
    await here.chooses(ANA, await here.card("Answered"), "Correct our reply")
    view = await here.dialog(ANA)
    await here.saves(ANA, view, "It comes tomorrow.")
    draft = await here.in_thread("Correction 2")
    here.square.fault(Fault.ACCEPT_AND_DROP, where="change")
    await here.reacts(BEA, draft)
    await here.card("nobody knows whether it arrived")
    await here.card("Answered")
    assert len(here.public()[0].versions) == 2

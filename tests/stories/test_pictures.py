"""Answers with a picture: given in the dialog, seen and approved with its words, and public exactly so."""

from __future__ import annotations

from sandbox.slack.things import View
from tests.pictures import a_picture, opened
from tests.stories.town import ANA, BEA, Town

WORDS = "A blue rectangle: the button to press"


def block_of(view: View, name: str) -> tuple[str, str]:
    """The input of a dialog by its field's name."""
    for block in view.blocks:
        if block.get("type") == "input" and block["block_id"].split(":")[1] == name:
            return block["block_id"], block["element"]["action_id"]
    raise AssertionError(f"no field {name}: {[block.get('block_id') for block in view.blocks]}")


async def drafts_with(here: Town, body: bytes, *, words: str = WORDS, text: str = "Press this:") -> object:
    """Ana drafts an answer with one picture; the draft's message, once it has it."""
    await here.asks()
    view = await here.opens(ANA, await here.card(), "Draft")
    file = here.slack.share(ANA, "button.png", body)
    given = {block_of(view, "text"): text, block_of(view, "files"): [file], block_of(view, "words"): words}
    assert (await here.slack.submit(ANA, view.id, given)).closed
    return await here.draft_message(2)


def images(message: object) -> list[dict[str, object]]:
    return [block for block in message.blocks if block["type"] == "image"]


async def test_an_answer_goes_out_with_the_picture_that_was_approved(here: Town) -> None:
    draft = await drafts_with(here, a_picture("JPEG", exif=True))
    (image,) = images(draft)
    assert image["alt_text"] == WORDS
    shown = here.slack.files[image["slack_file"]["id"]].body
    assert f"Picture 1 is read aloud as: {WORDS}" in here.slack.text_of(draft)
    await here.reacts(BEA, draft)
    reply = await here.answered()
    (public,) = reply.now.media
    assert (public.body, public.description, public.content_type) == (shown, WORDS, "image/jpeg")
    assert b"Secret Camera" not in public.body
    assert opened(public.body).size == (48, 64)
    assert reply.now.text == "@lea Press this:"


async def test_what_is_no_picture_is_said_on_the_draft_which_goes_on_without_it(here: Town) -> None:
    draft = await drafts_with(here, b"MZ, and no picture at all")
    assert images(draft) == []
    assert "A picture was not taken: It is no picture that I can read" in here.slack.text_of(draft)
    await here.reacts(BEA, draft)
    assert (await here.answered()).now.media == ()


async def test_other_words_void_what_was_approved_and_a_picture_can_be_taken_off(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["hold"] = '"60s"'
    await here.start()
    draft = await drafts_with(here, a_picture(), words="")
    assert "Picture 1 has no words" in here.slack.text_of(draft)
    await here.reacts(BEA, draft)
    await here.in_thread("Draft 2, last words by", "Goes out at")
    await here.mention(BEA, "edit")
    view = await here.opens(BEA, await here.whisper(BEA, "A dialog cannot open from here."), "Edit draft")
    spoken = next(one for one in view.blocks if one.get("block_id", "").startswith("f:alt"))
    assert (await here.slack.submit(BEA, view.id, {(spoken["block_id"], "v"): WORDS})).closed
    third = await here.draft_message(3, "Approved 0 of 1", f"read aloud as: {WORDS}", "The pictures, or their words")
    assert len(images(third)) == 1
    view = await here.opens(ANA, third, "Edit")
    assert (await here.slack.submit(ANA, view.id, {block_of(view, "keep"): "none"})).closed
    fourth = await here.draft_message(4, "Approved 0 of 1")
    assert images(fourth) == []
    assert here.public() == []


async def test_an_app_without_the_scope_drafts_in_words_and_says_what_is_missing(quiet_town: Town) -> None:
    here = quiet_town
    here.slack.scopes.discard("files:read")
    await here.start()
    await here.asks()
    view = await here.opens(ANA, await here.card(), "Draft")
    assert "reinstalled with the scope files:read" in here.slack.text_of(view)
    assert [one["element"]["type"] for one in view.blocks if one["type"] == "input"] == ["plain_text_input"] * 2

"""Writing an answer together, and what keeps a draft from going out as it is."""

from __future__ import annotations

from sandbox.slack.things import View
from tests.stories.town import ANA, BEA, CYD, Town

THREE = "Sorry, Lea!\nIt is in Hamburg.\nYour Acme team"


async def test_two_edits_at_once_are_merged(here: Town) -> None:
    first = await writes(here)
    bea, cyd = await here.opens(BEA, first, "Edit"), await here.opens(CYD, first, "Edit")
    assert "Bea is writing too" in here.slack.text_of(cyd)
    assert (await here.saves(BEA, bea, THREE.replace("Sorry, Lea!", "So sorry, Lea!"))).closed

    saved = await here.saves(CYD, cyd, THREE.replace("in Hamburg", "on its way"))
    assert not saved.closed
    both = await here.until(lambda: titled(here, CYD, "Both edits together"))
    assert "Bea saved draft 2 while you wrote" in here.slack.text_of(both)
    assert text_in(both) == "So sorry, Lea!\nIt is on its way.\nYour Acme team"
    assert (await here.slack.submit(CYD, both.id)).closed
    third = await here.draft_message(3, "last words by Cyd", "with Ana and Bea")

    # Who saved owns the last words: Cyd does not approve, Bea may.
    await here.reacts(CYD, third)
    await here.told(CYD, "the last words are yours")
    await here.reacts(BEA, third)
    reply = await here.answered()
    assert reply.now.text == "@lea So sorry, Lea!\nIt is on its way.\nYour Acme team"


async def test_two_edits_of_the_same_words_are_shown_side_by_side(here: Town) -> None:
    first = await writes(here)
    bea, cyd = await here.opens(BEA, first, "Edit"), await here.opens(CYD, first, "Edit")
    assert (await here.saves(BEA, bea, THREE.replace("Hamburg", "Bremen"))).closed
    assert not (await here.saves(CYD, cyd, THREE.replace("Hamburg", "Kiel"))).closed
    both = await here.until(lambda: titled(here, CYD, "Both edits together"))
    said = here.slack.text_of(both)
    assert "You both changed the same words." in said
    assert "Bremen" in said
    assert "Kiel" in said
    assert (await here.saves(CYD, both, THREE.replace("Hamburg", "Bremen, soon in Kiel"))).closed
    await here.draft_message(3, "Bremen, soon in Kiel")


async def test_a_command_that_comes_after_its_answer_drafts_nothing_again(here: Town) -> None:
    """Slack said that it did not work, Ana did it again, and the first one waited for a machine that had died."""
    await here.asks()
    await here.command(ANA, "draft 1 It comes today.")
    await here.reacts(BEA, await here.draft_message(1, "It comes today."))
    await here.answered()
    await here.command(ANA, "draft 1 It comes today.")
    await here.told(ANA, "Exactly this stands there as our answer already")
    await here.command(ANA, "draft 1 It comes tomorrow.")
    await here.draft_message(2, "It comes tomorrow.")


async def test_a_colleagues_message_becomes_the_draft(here: Town) -> None:
    await here.asks()
    card = await here.card()
    said = await here.slack.say(BEA, "C0CARE", "We are so sorry & it comes today :tada:", thread_ts=card.ts)
    await here.slack.shortcut(ANA, "C0CARE", said, "use_as_draft")
    view = await here.until(lambda: titled(here, ANA, "Draft for #1"))
    assert text_in(view) == "We are so sorry & it comes today 🎉"
    assert (await here.slack.submit(ANA, view.id)).closed
    draft = await here.draft_message(1, "@lea We are so sorry & it comes today 🎉", "last words by Ana")
    await here.reacts(BEA, draft)
    await here.answered()


async def test_who_writes_below_a_card_before_the_bot_knows_that_it_stands_is_understood(here: Town) -> None:
    here.slack.fail_next("chat.postMessage", "late")
    await here.asks()
    await here.mention(ANA, "draft Sorry, Lea! It comes today.")
    await here.draft_message(1, "Sorry, Lea! It comes today.")


async def test_use_as_draft_works_in_a_conversation_only(here: Town) -> None:
    said = await here.slack.say(BEA, "C0CARE", "lunch?")
    await here.slack.shortcut(ANA, "C0CARE", said, "use_as_draft")
    await here.until(lambda: any("in a conversation's thread" in here.slack.text_of(v) for v in here.slack.views(ANA)))


async def test_a_draft_by_mention_stands_at_once_and_carries_the_sign_off(here: Town) -> None:
    await here.asks()
    await here.command(ANA, "signoff ^AN")
    await here.told(ANA, "signed “^AN”")
    draft = await here.waits("It is on its way & comes today")
    assert "@lea It is on its way & comes today ^AN" in here.slack.text_of(draft)
    await here.told(ANA, "Saved as draft 1", "The conversation is yours now.")
    await here.mention(BEA, "edit")
    button = await here.whisper(BEA, "A dialog cannot open from here.")
    view = await here.opens(BEA, button, "Edit draft")
    assert text_in(view) == "It is on its way & comes today"
    await here.reacts(BEA, draft)
    reply = await here.answered()
    assert reply.now.text == "@lea It is on its way & comes today ^AN"


async def test_a_draft_typed_in_a_command_replaces_no_colleagues_draft(here: Town) -> None:
    await here.asks()
    await here.waits("We look into it.")
    await here.command(BEA, "1 It comes today, promised.", "/draft")
    answer = await here.whisper(BEA, "Ana's draft 1 stands, so yours was not saved.", "It comes today, promised.")
    await here.mention(CYD, "draft It comes tomorrow.")
    await here.told(CYD, "Ana's draft 1 stands", "It comes tomorrow.")
    view = await here.opens(BEA, answer, "Edit draft")
    assert text_in(view) == "We look into it."
    assert (await here.saves(BEA, view, "We look into it. It comes today, promised.")).closed
    await here.draft_message(2, "with Ana")
    await here.mention(BEA, "draft It comes today.")
    await here.draft_message(3, "last words by Bea")


async def test_what_only_the_team_understands_blocks_a_draft(here: Town) -> None:
    await here.asks()
    draft = await here.waits("Sorry :acme: ask @bea")
    text = here.slack.text_of(draft)
    assert "🚫 These work only here in chat, not in public: :acme:" in text
    assert "Approve" not in [one.text for one in here.slack.buttons_of(draft)]
    await here.reacts(CYD, draft)
    await here.told(CYD, "These work only here in chat")
    await here.mention(CYD, "approve 1")
    await here.reacts(BEA, await here.waits("Sorry, Lea!", draft=2))
    await here.answered()
    assert [status.now.text for status in here.public()] == ["@lea Sorry, Lea!"]


async def test_a_draft_that_is_too_long_is_blocked_and_never_cut(here: Town) -> None:
    await here.asks()
    draft = await here.waits("x" * 500)
    text = here.slack.text_of(draft)
    assert "505 of 500 characters" in text
    assert "5 too many: shorten it, I never cut." in text
    await here.reacts(CYD, draft)
    await here.told(CYD, "Too long for the platform.")
    await here.reacts(CYD, await here.waits("x" * 495, draft=2))
    reply = await here.answered()
    assert reply.now.text == "@lea " + "x" * 495


async def test_the_card_says_who_is_writing(here: Town) -> None:
    await here.asks()
    card = await here.card("Nobody has claimed it.")
    view = await here.opens(BEA, card, "Draft")
    await here.card("Bea is writing …")
    await here.opens(CYD, card, "Draft")
    await here.card("Bea and Cyd are writing …")
    await here.slack.close_view(BEA, view.id)
    text = here.slack.text_of(await here.card("Cyd is writing …"))
    assert "Bea" not in text


async def test_a_draft_that_is_thrown_away_leaves_the_conversation_open(here: Town) -> None:
    await here.asks()
    draft = await here.waits()
    await here.mention(BEA, "discard")
    await here.in_thread("Bea threw draft 1 away.")
    card = await here.card("🟡", "Ana has it until")
    assert "waits for approval" not in here.slack.text_of(card)
    await here.reacts(CYD, draft)
    await here.told(CYD, "There is no draft that could be approved.")
    assert here.public() == []


async def writes(here: Town) -> object:
    """Lea asks and Ana answers in three lines."""
    await here.asks()
    return await here.drafts(ANA, THREE)


def titled(here: Town, user: str, title: str) -> View | None:
    """The dialog that stands open under this title."""
    return next((view for view in reversed(here.slack.views(user)) if view.body["title"]["text"] == title), None)


def text_in(view: View) -> str:
    """What stands in the dialog's first field."""
    field = next(block["element"] for block in view.blocks if block["type"] == "input")
    return str(field.get("initial_value", ""))

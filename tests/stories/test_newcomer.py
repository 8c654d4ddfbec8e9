"""The newcomer's story, as the README tells it."""

from __future__ import annotations

from tests.stories.town import ANA, BEA, CYD, Town


async def test_from_a_customers_post_to_the_approved_reply(here: Town) -> None:
    post = await here.asks("lea", "@acme where is my bike? I waited all day.")
    card = await here.card("where is my bike? I waited all day.", "Nobody has claimed it.")

    # Ana claims it.
    await here.command(ANA, "", "/claim")
    await here.told(ANA, "is yours until")
    await here.card("Ana", "has it until")

    # Ana writes a draft.
    await here.command(ANA, "signoff ^AN")
    await here.told(ANA, "signed “^AN”")
    draft = await here.drafts(ANA, "Sorry, Lea! I am looking into it now.")
    assert "@lea Sorry, Lea! I am looking into it now. ^AN" in here.slack.text_of(draft)
    assert "of 500 characters" in here.slack.text_of(draft)

    # Her own yes does not count, and she is told so privately.
    await here.reacts(ANA, draft)
    await here.told(ANA, "does not count", "Somebody else approves")
    await here.draft_message(1, "Approved 0 of 1")

    # Bea edits it: draft 2, with what changed.
    view = await here.opens(BEA, draft, "Edit")
    assert (await here.saves(BEA, view, "Sorry, Lea! It is in Hamburg; a courier brings it today.")).closed
    second = await here.draft_message(2, "Changed since draft 1", "with Ana")
    await here.in_thread("Draft 1", "replaced by a newer draft")

    # Bea wrote the last words, so her yes does not count; Cyd's does.
    await here.reacts(BEA, second)
    await here.draft_message(2, "the last words are Bea")
    assert here.public() == []
    await here.reacts(CYD, second)

    reply = await here.answered()
    assert reply.now.text == "@lea Sorry, Lea! It is in Hamburg; a courier brings it today."
    assert reply.parent_id == post.id
    await here.in_thread("Our reply", "stands in public")
    card = await here.card("Answered", "our reply", "after the customer wrote", "Written by", "approved by")
    assert "Cyd" in here.slack.text_of(card)

    # The customer answers; it appears in the thread and the conversation is open again.
    await here.square.post("lea", "@acme thank you!", reply_to=reply)
    await here.in_thread("wrote again", "thank you!")
    await here.card("Waiting since", "🟡")
    assert len(here.public()) == 1

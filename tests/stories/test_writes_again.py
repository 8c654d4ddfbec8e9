"""The customer writes again, at every stage."""

from __future__ import annotations

from tests.stories import stages
from tests.stories.pings import pinged
from tests.stories.town import ANA, Town

MORE = "@acme and it is green, if that helps"


async def test_writing_again_while_a_draft_waits_shows_the_draft_anew(here: Town) -> None:
    post = await stages.drafted(here)
    first = await here.draft_message(1)
    await here.square.post("lea", MORE, reply_to=post)
    said = await here.in_thread("wrote again", MORE)
    assert ANA in pinged(said)
    await here.in_thread("Draft 1: shown again below: the customer wrote again")
    again = await here.draft_message(1, "Approved 0 of 1")
    assert again.ts != first.ts
    await here.card(MORE, "waits for approval: 0 of 1")
    # Whoever has seen both may say yes.
    await stages.approves(here)
    await here.answered()


async def test_writing_again_during_the_hold_stops_the_reply(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["hold"] = '"1h"'
    await here.start()
    post = await stages.approved(here)
    await here.square.post("lea", MORE, reply_to=post)
    await here.in_thread("does not go out", "the customer wrote again")
    await here.draft_message(1, "Approved 0 of 1")
    assert here.square.publish_calls == []


async def test_writing_again_while_the_reply_goes_out_is_played_afterwards(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    here.account_settings["call_limit"] = '"3s"'
    await here.start()
    post = await stages.sending(here)
    await here.square.post("lea", MORE, reply_to=post)
    await here.in_thread("wrote again", MORE)
    await here.in_thread("does not go out", "the customer wrote again")
    await here.card("waits for approval: 0 of 1")
    assert here.public() == []


async def test_writing_again_after_the_answer_opens_the_conversation(here: Town) -> None:
    await stages.answered(here)
    (reply,) = here.public()
    await here.square.post("lea", MORE, reply_to=reply)
    said = await here.in_thread("wrote again", MORE)
    assert ANA in pinged(said)
    await here.card("🟡", "Waiting since", MORE)
    # The next answer goes under what was said last.
    await here.mention(ANA, "draft Green, noted!")
    await stages.approves(here, 2)
    second = await here.answered(2)
    assert second.now.text == "@lea Green, noted!"


async def test_writing_again_after_it_was_closed_opens_the_conversation(here: Town) -> None:
    post = await stages.closed(here)
    await here.square.post("lea", MORE, reply_to=post)
    await here.in_thread("wrote again", MORE)
    await here.card("Nobody has claimed it.", "Waiting since", MORE)


async def test_somebody_else_in_the_thread_is_heard_as_well(here: Town) -> None:
    post = await stages.drafted(here)
    await here.square.post("kim@elsewhere.example", "@acme same here", reply_to=post)
    await here.in_thread("Kim wrote again", "same here")
    await here.draft_message(1, "Approved 0 of 1")

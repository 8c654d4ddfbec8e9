"""The customer changes the post, at every stage of its conversation."""

from __future__ import annotations

from tests.stories import stages
from tests.stories.pings import pinged
from tests.stories.town import ANA, BEA, CYD, Town

NOW = "@acme my parcel is here, and broken"


async def shows_old_and_new(here: Town) -> object:
    """The thread says that it was changed, with both."""
    return await here.in_thread("changed the post", "Before:", stages.ASKED, "Now:", NOW)


async def test_an_edit_of_an_open_conversation_shows_old_and_new(here: Town) -> None:
    post = await stages.opened(here)
    await here.square.edit(post, NOW)
    await shows_old_and_new(here)
    await here.card(NOW, "Edited by its author", "Nobody has claimed it.")


async def test_an_edit_while_a_draft_waits_voids_approvals_and_shows_the_draft_again(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["approvals"] = "2"
    await here.start()
    post = await stages.drafted(here)
    first = await here.draft_message(1)
    await here.reacts(BEA, first)
    await here.draft_message(1, "Approved 1 of 2")

    await here.square.edit(post, NOW)
    said = await shows_old_and_new(here)
    assert "Approvals given before no longer count; the draft is shown again" in here.slack.text_of(said)
    await here.in_thread("Draft 1: shown again below: the customer changed the post")
    again = await here.draft_message(1, "Approved 0 of 2")
    assert again.ts != first.ts

    # A yes on the message that showed the old words counts no more, and says where it would.
    await here.reacts(CYD, first)
    await here.told(CYD, "no longer current", "Here is the current draft")
    await here.reacts(CYD, again)
    await here.draft_message(1, "Approved 1 of 2")
    assert here.public() == []
    await here.reacts(BEA, again)
    await here.answered()


async def test_an_edit_during_the_hold_stops_the_reply_and_says_so(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["hold"] = '"1h"'
    await here.start()
    post = await stages.approved(here)
    first = await here.draft_message(1, "Goes out at")

    await here.square.edit(post, NOW)
    await shows_old_and_new(here)
    stopped = await here.in_thread("does not go out", "the customer changed the post", "shown again")
    assert ANA in pinged(stopped)
    again = await here.draft_message(1, "Approved 0 of 1")
    assert again.ts != first.ts
    await here.card("waits for approval: 0 of 1")

    await here.reacts(CYD, again)
    await here.card("is approved and goes out at")
    assert here.square.publish_calls == []


async def test_an_edit_while_the_reply_goes_out_is_shown_at_once_and_played_afterwards(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    here.account_settings["call_limit"] = '"3s"'
    await here.start()
    post = await stages.sending(here)

    await here.square.edit(post, NOW)
    await shows_old_and_new(here)
    await here.card("News came while a reply was going out")
    # The call ends, nobody knows how; a look finds nothing; and then the edit counts.
    await here.in_thread("does not go out", "the customer changed the post")
    await here.draft_message(1, "Approved 0 of 1")
    await here.card("waits for approval: 0 of 1")
    assert here.public() == []
    assert len(here.square.publish_calls) == 1


async def test_an_edit_while_nobody_knows_whether_the_reply_arrived_is_kept(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    await here.start()
    post = await stages.unsure(here)

    await here.square.edit(post, NOW)
    await shows_old_and_new(here)
    await here.draft_message(1, "Approved 0 of 1")
    await here.card("waits for approval: 0 of 1")
    assert here.public() == []


async def test_an_edit_of_an_answered_conversation_opens_it_again(here: Town) -> None:
    post = await stages.answered(here)
    await here.square.edit(post, NOW)
    await shows_old_and_new(here)
    await here.card("Waiting since", NOW)
    assert len(here.public()) == 1


async def test_an_edit_of_a_closed_conversation_opens_it_again(here: Town) -> None:
    post = await stages.closed(here)
    await here.square.edit(post, NOW)
    await shows_old_and_new(here)
    await here.card("Nobody has claimed it.", NOW, "Waiting since")


async def test_an_edit_that_nobody_pushed_is_noticed_right_before_sending(quiet_town: Town) -> None:
    here = quiet_town
    here.deaf()
    await here.start()
    post = await stages.drafted(here)
    await here.square.edit(post, NOW)
    await stages.approves(here)

    await here.in_thread("The approved reply did not go out", "changed")
    await shows_old_and_new(here)
    await here.card(NOW, "waits for approval: 0 of 1")
    assert here.square.publish_calls == []


async def test_an_edit_that_nobody_pushed_is_noticed_by_looking_again(quiet_town: Town) -> None:
    here = quiet_town
    here.deaf()
    await here.start()
    post = await stages.opened(here)
    await here.square.edit(post, NOW)
    await here.look_again()
    await shows_old_and_new(here)
    await here.card(NOW)

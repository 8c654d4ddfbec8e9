"""The customer deletes the post, at every stage: nothing goes out, and the words are nowhere any more."""

from __future__ import annotations

from sqlalchemy import select

from models.erasing import erase_customer
from models.people import Identity
from tests.stories import stages
from tests.stories.town import Town

WORD = "xylophone"  # in stages.ASKED and nowhere else
MARKER = "deleted by its author"


async def nowhere(here: Town) -> None:
    """A marker stands in the words' place; chat and store have them no longer."""
    await here.card(MARKER)
    await here.until(lambda: not here.in_chat(WORD))
    assert here.in_store(WORD) == []


async def test_deleting_an_open_post_leaves_a_marker_and_closes(here: Town) -> None:
    post = await stages.opened(here)
    assert here.in_store(WORD) == ["post"]
    await here.square.delete(post)
    await here.in_thread("deleted everything here", "nothing goes out")
    await here.card("Closed")
    await nowhere(here)


async def test_deleting_while_a_draft_waits_sets_it_aside(here: Town) -> None:
    post = await stages.drafted(here)
    await here.square.delete(post)
    await here.in_thread("deleted everything here")
    await here.in_thread("Draft 1: set aside: the customer deleted the post")
    await here.card("Closed")
    await nowhere(here)


async def test_deleting_during_the_hold_stops_the_reply(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["hold"] = '"1h"'
    await here.start()
    post = await stages.approved(here)
    await here.square.delete(post)
    await here.in_thread("does not go out", "the customer deleted the post")
    await here.card("Closed")
    await nowhere(here)
    assert here.square.publish_calls == []


async def test_deleting_while_the_reply_goes_out_stops_the_second_try(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    here.account_settings["call_limit"] = '"3s"'
    await here.start()
    post = await stages.sending(here)
    await here.square.delete(post)
    await here.card("News came while a reply was going out", MARKER)
    await here.card("Closed")
    await nowhere(here)
    assert here.public() == []
    assert len(here.square.publish_calls) == 1


async def test_deleting_while_nobody_knows_whether_the_reply_arrived(quiet_town: Town) -> None:
    here = quiet_town
    here.brisk()
    await here.start()
    post = await stages.unsure(here)
    await here.square.delete(post)
    await here.card("Closed")
    await nowhere(here)
    assert here.public() == []


async def test_deleting_an_answered_post_keeps_our_reply_in_sight(here: Town) -> None:
    post = await stages.answered(here)
    await here.square.delete(post)
    await here.in_thread("deleted")
    await nowhere(here)
    assert len(here.public()) == 1


async def test_deleting_the_post_of_a_closed_conversation(here: Town) -> None:
    post = await stages.closed(here)
    await here.square.delete(post)
    await here.in_thread("deleted")
    await nowhere(here)


async def test_deleting_an_edited_post_takes_every_version_along(here: Town) -> None:
    post = await stages.opened(here)
    await here.square.edit(post, "@acme never mind the marimba")
    await here.in_thread("changed the post", WORD, "marimba")
    assert here.in_store(WORD) == ["post_version"]
    await here.square.delete(post)
    await here.in_thread("Both versions were deleted")
    await nowhere(here)
    assert here.in_chat("marimba") == []
    assert here.in_store("marimba") == []


async def test_deleting_one_of_two_posts_shows_the_draft_again(here: Town) -> None:
    post = await stages.drafted(here, "@acme where is my bike?")
    more = await here.square.post("lea", "@acme and my xylophone?", reply_to=post)
    await here.in_thread("wrote again", WORD)
    await here.draft_message(1, "Approved 0 of 1")
    await here.square.delete(more)
    await here.in_thread("deleted a post", "Its words are gone from here too")
    await here.in_thread("Draft 1: shown again below: the customer deleted a post")
    await here.draft_message(1, "Approved 0 of 1")
    await here.until(lambda: not here.in_chat(WORD))
    assert here.in_store(WORD) == []
    await here.card("where is my bike?", "waits for approval")


async def test_a_channel_that_keeps_deleted_words_erases_them_in_the_end(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["keep_deleted"] = '"1d"'
    await here.start()
    post = await stages.opened(here)
    await here.square.delete(post)
    await here.card(MARKER, "Closed")
    await here.until(lambda: not here.in_chat(WORD))
    assert here.in_store(WORD) == ["post"]
    # The day has passed.
    await here.look_again()
    await here.until(lambda: not here.in_store(WORD))


async def test_a_deletion_that_nobody_pushed_is_noticed_right_before_sending(quiet_town: Town) -> None:
    here = quiet_town
    here.deaf()
    await here.start()
    post = await stages.drafted(here)
    await here.square.delete(post)
    await stages.approves(here)
    await here.in_thread("The approved reply did not go out", "see", "shown again")
    assert here.square.publish_calls == []
    # The platform does not say whether it was deleted or hidden from us: nothing is erased on a guess.
    await here.in_thread("We cannot see the customer's post any more")
    await here.card("We cannot see this post just now", WORD)
    assert here.in_store(WORD) == ["post"]


async def test_a_deletion_that_was_missed_is_noticed_by_looking_again(quiet_town: Town) -> None:
    here = quiet_town
    here.deaf()
    await here.start()
    post = await stages.opened(here)
    await here.square.delete(post)
    await here.look_again()
    await here.in_thread("We cannot see the customer's post any more", "Nothing was erased")


async def test_what_the_team_erased_is_not_said_to_be_deleted_by_its_author(quiet_town: Town) -> None:
    here = quiet_town
    here.channel_settings["hold"] = '"1h"'
    await here.start()
    await stages.approved(here)
    assert here.app is not None
    async with here.app.store.reading() as session:
        customer = await session.scalar(select(Identity.customer_id))
    assert customer is not None
    await erase_customer(here.app.store, customer)
    card = await here.card("an erased customer", "erased by us", "Closed")
    await here.in_thread("does not go out: the post was erased by us")
    draft = await here.in_thread("Draft 1: set aside: the post was erased by us")
    assert not any("deleted" in here.slack.text_of(shown) for shown in (card, draft))
    assert here.in_store(WORD) == []

"""What a conversation's card shows."""

from datetime import timedelta

from models.places import Hold
from models.reading.card import card_facts


async def facts(world, number):
    async with world.store.reading() as session:
        found = await card_facts(session, number)
    assert found is not None
    return found


async def test_a_card_of_a_new_conversation(world, clock):
    number = await world.heard("My parcel never came.")
    card = await facts(world, number)
    assert (card.number, card.state, card.account.name, card.channel_name) == (number, "open", "acme", "care")
    assert card.customer.handle == "lou"
    assert [post.words for post in card.posts] == ["My parcel never came."]
    assert (card.claim, card.draft, card.delivery, card.notes) == (None, None, None, 0)
    assert card.round.heard == clock()
    assert card.link == f"https://chat.example/{number}"
    assert card.url == card.posts[0].url


async def test_nobody_has_an_unknown_number(world):
    async with world.store.reading() as session:
        assert await card_facts(session, 4711) is None


async def test_a_card_says_how_long_the_answer_took_and_who_took_part(world, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    clock.forward(timedelta(minutes=2))
    await world.claims(number, ana)
    clock.forward(timedelta(minutes=3))
    await world.drafts(number, ana)
    card = await facts(world, number)
    assert card.claim is not None
    assert card.claim.rep.name == "ana"
    assert card.draft is not None
    assert card.draft.tally(world.policies[world.channel]).counted == ()
    await world.signs(number, bea)
    card = await facts(world, number)
    assert card.draft is not None
    assert card.draft.tally(world.policies[world.channel]).counted == (bea,)
    assert card.delivery is not None
    assert card.delivery.hold_until == clock() + timedelta(seconds=30)
    clock.forward(timedelta(minutes=1))
    await world.goes_out(number)
    card = await facts(world, number)
    assert card.delivery is not None
    assert card.delivery.url == f"https://square.example/reply-{card.delivery.id}"
    assert card.round.took == timedelta(minutes=6)
    assert [card.reps[rep].name for rep in card.round.reps] == ["ana", "bea"]
    assert card.round.approvers == (bea,)
    assert card.draft is None


async def test_a_customer_who_writes_again_begins_a_new_round(world, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    await world.answered(number, ana, bea)
    clock.forward(timedelta(hours=1))
    await world.says_more(number, "Thanks, and when?")
    card = await facts(world, number)
    assert card.state == "open"
    assert card.round.heard == clock()
    assert card.round.sent is None
    assert card.posts[-1].words == "Thanks, and when?"


async def test_a_card_shows_the_last_posts_and_says_how_many_there_are(world):
    number = await world.heard("0")
    for words in "1234567":
        await world.says_more(number, words)
    card = await facts(world, number)
    assert [post.words for post in card.posts] == ["3", "4", "5", "6", "7"]
    assert card.posts_in_all == 8


async def test_deleted_words_are_on_no_card_even_while_the_channel_keeps_them(world):
    number = await world.heard("my number is 555-0199")
    await world.says_more(number, "please hurry")
    card = await facts(world, number)
    await world.deletes(card.posts[0].id)
    card = await facts(world, number)
    assert card.posts[0].words is None
    assert card.posts[0].gone
    assert "555-0199" not in repr(card)


async def test_a_card_names_every_stop_that_covers_it(world, clock):
    ana = await world.rep("ana")
    number = await world.heard()
    async with world.store.work() as work:
        scopes = ("all", f"account:{world.account}", f"conversation:{number}", "conversation:999")
        work.add_all(Hold(scope=scope, by_id=ana, since=work.now) for scope in scopes)
    assert {hold.scope for hold in (await facts(world, number)).holds} == {
        "all",
        f"account:{world.account}",
        f"conversation:{number}",
    }

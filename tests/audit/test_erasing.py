"""Erasing: the words are gone from every table, the proof stays whole."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from models.audit import verify
from models.chat import Card
from models.conversation import Conversation, Note, Post
from models.erasing import NoSuchCustomer, erase_customer, erase_post
from models.lifecycle import State
from models.people import Identity
from models.reading.card import card_facts
from models.reply import Delivery
from models.tables import Base
from models.telling import EventKind


async def everything(store):
    """All that the store holds, as text."""
    found = []
    async with store.reading() as session:
        for table in Base.metadata.sorted_tables:
            found += [f"{table.name}: {tuple(row)}" for row in await session.execute(select(table))]
    return "\n".join(found)


async def first_post(work, number):
    return await work.session.scalar(select(Post).where(Post.conversation_id == number).order_by(Post.id).limit(1))


async def test_an_erased_post_is_gone_with_its_versions_and_pictures(world, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard("my number is 555-0199")
    async with world.store.reading() as session:
        post_id = await session.scalar(select(Post.id))
    await world.edits(post_id, "my number is 555-0200")
    await world.answered(number, ana, bea)
    async with world.store.work() as work:
        before = (await work.session.scalars(select(Card.wanted).order_by(Card.id))).all()
        post = await first_post(work, number)
        ref, digest = post.ref, post.digest
        await erase_post(work, post)
        await erase_post(work, post)
        conversation = await work.session.get_one(Conversation, number)
        await work.write_down(conversation, EventKind.ERASED, data={"post": post.id})
    left = await everything(world.store)
    assert "555-0" not in left
    assert "pictures.example" not in "\n".join(line for line in left.splitlines() if f"'{ref}'" in line)
    async with world.store.reading() as session:
        post = await session.get_one(Post, post_id)
        assert (post.ref, post.digest, post.version, post.words) == (ref, digest, 2, "")
        assert post.gone_at is not None
        after = (await session.scalars(select(Card.wanted).order_by(Card.id))).all()
    assert all(now > then for now, then in zip(after, before, strict=True))
    report = await verify(world.store)
    assert report.faults == ()


async def test_words_that_a_channel_kept_go_when_their_time_comes_and_the_chain_stays(world, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard("my number is 555-0199")
    async with world.store.work() as work:
        (await first_post(work, number)).warning = "private"
    await world.answered(number, ana, bea)
    async with world.store.reading() as session:
        post_id = await session.scalar(select(Post.id).where(Post.ours.is_(False)))
    await world.deletes(post_id)
    async with world.store.work() as work:
        await erase_post(work, await work.session.get_one(Post, post_id))
    report = await verify(world.store)
    assert report.faults == ()
    assert report.unproven == 1  # the warning that the approval covered is gone, and the journal says why


async def test_an_erased_customer_leaves_every_table(world, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard("my number is 555-0199", handle="lou.miller@far.example")
    other = await world.heard("I am somebody else", handle="kim")
    await world.answered(number, ana, bea, "@lou.miller@far.example We look into it.")
    await world.says_more(number, "call 555-0199 please")
    async with world.store.work() as work:
        work.add(Note(conversation_id=number, rep_id=ana, words="lou.miller called again", at=work.now))
        customer = await work.session.scalar(select(Identity.customer_id).where(Identity.handle.like("lou%")))
    done = await erase_customer(world.store, customer, rep=ana, policies=world.policies)
    assert (done.posts, done.conversations, done.waiting) == (2, (number,), ())
    left = await everything(world.store)
    for words in ("555-0199", "lou.miller", "Lou.Miller", "person-1'"):
        assert words not in left, words
    assert "I am somebody else" in left
    assert "We look into it." in left
    report = await verify(world.store)
    assert report.faults == ()
    async with world.store.reading() as session:
        card = await card_facts(session, number)
        assert card is not None
        assert (card.state, card.customer.handle, card.customer.name) == (State.CLOSED, "", "")
        assert [(post.words, post.erased) for post in card.posts if not post.ours] == [(None, True)] * 2
        assert (await session.get_one(Conversation, other)).state == State.OPEN
    again = await erase_customer(world.store, customer, policies=world.policies)
    assert again.posts == 0
    assert (await verify(world.store)).faults == ()


async def test_a_waiting_reply_to_an_erased_customer_does_not_go_out(world):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    await world.drafts(number, ana)
    await world.signs(number, bea)
    async with world.store.reading() as session:
        customer = await session.scalar(select(Identity.customer_id))
    await erase_customer(world.store, customer, policies=world.policies)
    async with world.store.reading() as session:
        assert (await session.scalar(select(Delivery.state))) == "void"
        assert (await session.get_one(Conversation, number)).state == State.CLOSED


async def test_a_reply_on_the_wire_keeps_its_words_until_it_is_settled(world):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    await world.drafts(number, ana)
    await world.signs(number, bea)
    async with world.store.work() as work:
        await work.session.execute(text("UPDATE conversation SET state = 'unsure'"))
        customer = await work.session.scalar(select(Identity.customer_id))
    done = await erase_customer(world.store, customer, policies=world.policies)
    assert (done.posts, done.waiting) == (1, (number,))
    assert "My parcel" not in await everything(world.store)
    assert "@lou" in await everything(world.store)
    async with world.store.work() as work:
        await work.session.execute(text("UPDATE conversation SET state = 'closed'"))
    done = await erase_customer(world.store, customer, policies=world.policies)
    assert done.waiting == ()
    assert "@lou" not in await everything(world.store)
    assert (await verify(world.store)).faults == ()


async def test_a_short_name_blanks_no_other_words(world, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard(handle="al")
    await world.answered(number, ana, bea, "@al We also think so.")
    clock.forward(timedelta(hours=1))
    async with world.store.reading() as session:
        customer = await session.scalar(select(Identity.customer_id))
    await erase_customer(world.store, customer, policies=world.policies)
    assert "@… We also think so." in await everything(world.store)


async def test_nobody_is_erased_by_an_unknown_id(world):
    with pytest.raises(NoSuchCustomer):
        await erase_customer(world.store, 4711)

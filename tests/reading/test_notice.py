"""What a notice about an event shows."""

from sqlalchemy import select

from models.journal import Event
from models.reading.notice import notice_facts
from models.telling import EventKind


async def notice(world, kind):
    """The facts about the last event of a kind."""
    async with world.store.reading() as session:
        event = await session.scalar(select(Event).where(Event.kind == kind.value).order_by(Event.id.desc()).limit(1))
        assert event is not None
        found = await notice_facts(session, event.id)
    assert found is not None
    return found


async def first_post(world, number):
    async with world.store.reading() as session:
        data = await session.scalar(select(Event.data).where(Event.chain == number, Event.seq == 1))
    assert data is not None
    return data["post"]


async def test_an_edit_shows_old_and_new_words(world):
    number = await world.heard("It is red.")
    post = await first_post(world, number)
    await world.edits(post, "It is blue.")
    await world.edits(post, "It is green.")
    shown = await notice(world, EventKind.CUSTOMER_EDITED)
    (named,) = shown.posts
    assert named.old is not None
    assert (named.old.words, named.new.words) == ("It is blue.", "It is green.")
    assert shown.number == number
    assert shown.card_link == f"https://chat.example/{number}"


async def test_a_late_notice_of_an_edit_shows_that_edit_and_not_a_later_one(world):
    number = await world.heard("It is red.")
    post = await first_post(world, number)
    await world.edits(post, "It is blue.")
    async with world.store.reading() as session:
        first = await session.scalar(select(Event.id).where(Event.kind == EventKind.CUSTOMER_EDITED.value))
    await world.edits(post, "It is green.")
    async with world.store.reading() as session:
        shown = await notice_facts(session, first)
    assert shown is not None
    assert shown.posts[0].old is not None
    assert (shown.posts[0].old.words, shown.posts[0].new.words) == ("It is red.", "It is blue.")


async def test_a_notice_about_words_that_were_deleted_since_shows_none_of_them(world):
    number = await world.heard("my number is 555-0199")
    post = await first_post(world, number)
    await world.edits(post, "my number is 555-0200")
    await world.deletes(post)
    for kind in (EventKind.CUSTOMER_EDITED, EventKind.POST_GONE, EventKind.HEARD):
        shown = await notice(world, kind)
        assert shown.posts[0].new.words is None
        assert "555" not in repr(shown)


async def test_a_reply_that_stands_names_its_address_and_its_writer(world):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    await world.claims(number, bea)
    await world.answered(number, ana, bea)
    shown = await notice(world, EventKind.SENT)
    assert shown.delivery is not None
    assert shown.delivery.url == f"https://square.example/reply-{shown.delivery.id}"
    assert shown.revision == 1
    assert shown.last_rep is not None
    assert shown.last_rep.name == "ana"
    assert shown.claim is not None
    assert shown.claim.rep.name == "bea"


async def test_what_concerns_no_conversation_names_none(world):
    ana = await world.rep("ana")
    async with world.store.work() as work:
        await work.write_down_service(EventKind.HELD, rep=ana, data={"scope": "all"})
    shown = await notice(world, EventKind.HELD)
    assert (shown.number, shown.channel, shown.posts) == (None, None, ())
    assert shown.rep is not None
    assert shown.rep.name == "ana"

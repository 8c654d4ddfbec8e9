"""What the message about a draft shows."""

from sqlalchemy import update

from models.chat import Card, CardKind
from models.permits import Standing
from models.reading.draft import draft_facts


async def facts(world, message):
    async with world.store.reading() as session:
        found = await draft_facts(session, message)
    assert found is not None
    return found


async def test_a_draft_shows_its_text_its_writers_and_what_it_was_before(world):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard("Where is it?")
    await world.drafts(number, ana, "@lou One moment.")
    message = await world.drafts(number, bea, "@lou It left today.")
    shown = await facts(world, message)
    assert (shown.number, shown.draft.revision.number, shown.current) == (number, 2, True)
    assert shown.draft.revision.final == "@lou It left today."
    assert shown.before == "@lou One moment."
    assert shown.draft.revision.last.name == "bea"
    assert [author.name for author in shown.draft.revision.authors] == ["ana", "bea"]
    assert shown.answers.words == "Where is it?"
    assert shown.draft.revision.fit == {"length": 19, "limit": 500}
    assert (shown.delivery, shown.instead, shown.closed_why) == (None, None, "")


async def test_an_old_draft_knows_the_link_to_the_current_one(world):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    old = await world.drafts(number, ana, "one")
    new = await world.drafts(number, bea, "two")
    async with world.store.work() as work:
        card = update(Card).where(Card.kind == CardKind.DRAFT, Card.ref == new)
        await work.session.execute(card.values(link="https://chat.example/new"))
    shown = await facts(world, old)
    assert not shown.current
    assert shown.closed_why == "draft"
    assert shown.instead is not None
    assert (shown.instead.revision, shown.instead.link) == (2, "https://chat.example/new")


async def test_a_draft_names_who_signed_and_the_order_that_followed(world, clock):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    message = await world.drafts(number, ana)
    await world.signs(number, ana)
    await world.signs(number, bea)
    shown = await facts(world, message)
    assert [(sign.rep.name, sign.standing, sign.given) for sign in shown.draft.signs] == [
        ("ana", Standing.APPROVER, True),
        ("bea", Standing.APPROVER, True),
    ]
    assert shown.draft.tally(world.policies[world.channel]).counted == (bea,)
    assert shown.delivery is not None
    assert (shown.delivery.state, shown.state) == ("waiting", "approved")


async def test_a_draft_that_answers_deleted_words_does_not_show_them(world):
    ana = await world.rep("ana")
    number = await world.heard("my number is 555-0199")
    message = await world.drafts(number, ana)
    post = (await facts(world, message)).answers.id
    await world.deletes(post)
    shown = await facts(world, message)
    assert shown.answers.words is None
    assert "555-0199" not in repr(shown)
    assert shown.closed_why == "post_gone"

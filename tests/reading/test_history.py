"""The whole of a conversation, and the paper on each reply."""

from datetime import timedelta

from models.reading.dossier import reply_dossier, sent_replies
from models.reading.history import history


async def a_story(world, clock):
    """Heard, edited, drafted twice, approved, sent; then the customer deletes the post."""
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard("It is red.")
    async with world.store.reading() as session:
        told = await history(session, number)
    assert told is not None
    post = told.posts[0].post.id
    await world.edits(post, "It is blue.")
    await world.claims(number, ana)
    await world.drafts(number, ana, "@lou One moment.")
    clock.forward(timedelta(minutes=5))
    delivery = await world.answered(number, bea, ana, "@lou We look into it.")
    return number, post, delivery


async def test_the_history_tells_everything_in_order(world, clock):
    number, post, delivery = await a_story(world, clock)
    async with world.store.reading() as session:
        told = await history(session, number)
    assert told is not None
    kinds = [event.kind for event in told.events]
    assert kinds == [
        "heard",
        "customer_edited",
        "claimed",
        "drafted",
        "drafted",
        "approved",
        "ordered",
        "intent",
        "sent",
    ]
    assert [version.words for version in told.posts[0].versions] == ["It is red.", "It is blue."]
    assert [revision.final for revision in told.revisions] == ["@lou One moment.", "@lou We look into it."]
    assert [(message.revision, message.closed_why) for message in told.messages] == [(1, "draft"), (2, "sent")]
    assert told.messages[1].seen == {post: 2}
    assert [sign.rep.name for sign in told.messages[1].signs] == ["ana"]
    assert [one.id for one in told.deliveries] == [delivery]
    assert (told.channel, told.account, told.platform) == ("care", "acme", "mastodon")


async def test_nobody_has_a_history_under_an_unknown_number(world):
    async with world.store.reading() as session:
        assert await history(session, 4711) is None
        assert await reply_dossier(session, 4711) is None


async def test_the_paper_on_a_reply_names_what_was_seen_written_and_approved(world, clock):
    _number, post, delivery = await a_story(world, clock)
    async with world.store.reading() as session:
        assert list(await sent_replies(session)) == [delivery]
        paper = await reply_dossier(session, delivery)
    assert paper is not None
    (source,) = paper.sources
    assert source.version is not None
    assert (source.post, source.version.version, source.version.words, source.answered) == (
        post,
        2,
        "It is blue.",
        True,
    )
    assert [draft.final for draft in paper.drafts] == ["@lou One moment.", "@lou We look into it."]
    assert [editor.name for editor in paper.editors] == ["ana", "bea"]
    assert [approver.name for approver in paper.approvers] == ["ana"]
    assert paper.final == "@lou We look into it."
    assert paper.delivery.url == f"https://square.example/reply-{delivery}"
    assert paper.afterwards == ()


async def test_the_paper_tells_what_came_after_and_no_deleted_words(world, clock):
    number, post, delivery = await a_story(world, clock)
    await world.deletes(post)
    async with world.store.reading() as session:
        paper = await reply_dossier(session, delivery)
        told = await history(session, number)
    assert paper is not None
    assert [event.kind for event in paper.afterwards] == ["post_gone"]
    for shown in (paper, told):
        assert "It is red" not in repr(shown)
        assert "It is blue" not in repr(shown)


async def test_only_replies_since_a_moment_are_listed(world, clock):
    _number, _post, delivery = await a_story(world, clock)
    async with world.store.reading() as session:
        assert list(await sent_replies(session, since=clock())) == [delivery]
        assert list(await sent_replies(session, since=clock() + timedelta(seconds=1))) == []
        assert list(await sent_replies(session, after=delivery)) == []

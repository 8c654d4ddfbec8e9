"""Customers' words beside the journal: whatever is changed in them afterwards is found, and nothing else is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update

from adapters.contract import Edited, Media, MediaKind, PostRef, Removed
from bot.hearing.receive import receive
from models.audit import Report, Wrong, verify
from models.conversation import Conversation, Post, PostVersion
from models.erasing import erase_customer, erase_post
from models.journal import Event, post_digest
from models.people import Identity
from models.permits import Policy
from models.retention import forget_old
from models.telling import EventKind
from tests.hearing.conftest import Team, batch, edited, make_team, post
from tests.hearing.hand import Hand

PICTURE = Media(MediaKind.IMAGE, "https://square.example/a.png?signed=1", description="A lamp")
REVIEWED = Media(MediaKind.OTHER, "https://shop.example/lamp", description="The lamp", context=True)


@pytest.fixture
async def team(store) -> Team:
    return await make_team(store)


async def hears(team: Team, *heard, platform: Hand | None = None) -> None:
    await receive(team.store, team.account, batch(*heard), policies=team.policies, platform=platform)


async def a_talk(team: Team) -> None:
    """Conversation 1: ours and somebody's above, a post with pictures that was edited, and more. Conversation 2."""
    above = Hand()
    first = replace(post("p1", "It flickers.", parent="c1", root="b1", minutes=2), media=(PICTURE, REVIEWED))
    above.say(
        post("b1", "Our news", ours=True),
        post("c1", "Nice", parent="b1", root="b1", minutes=1, by="bo"),
        first,
    )
    await hears(team, first, platform=above)
    later = post("p1", "It flickers, and smells.", parent="c1", root="b1", minutes=2, edited=3)
    await hears(team, Edited(later))
    await hears(team, post("p2", "Hello?", parent="p1", root="b1", minutes=4, warning="loud"))
    await hears(team, post("ours", "One moment.", parent="p2", root="b1", minutes=5, ours=True))
    await hears(team, post("q1", "Another thing", by="cy"))


async def ids(team: Team) -> dict[str, int]:
    async with team.store.reading() as session:
        return {row.ref: row.id for row in await session.execute(select(Post.ref, Post.id))}


async def test_what_nobody_touched_is_compared_and_whole(team):
    await a_talk(team)
    report = await verify(team.store)
    assert report.faults == ()
    # c1, p1, p2 and q1; our own words come from elsewhere
    assert (report.posts, report.versions, report.unproven_posts) == (4, 1, 0)


#: Whose row, what somebody with the database's password writes there, and what is said then.
CHANGES = {
    "words": ("p1", {"words": "hacked"}, "post {} says something else than its hash"),
    "words of a post above": ("c1", {"words": "hacked"}, "post {} says something else than its hash"),
    "a warning": ("p2", {"warning": "quiet"}, "post {} says something else than its hash"),
    "a picture added": ("p2", {"media": [{"kind": "image", "url": "x"}]}, "post {} says something else than its hash"),
    "words and their hash": (
        "p2",
        {"words": "hacked", "warning": "", "media": [], "digest": post_digest("hacked", "", [])},
        "post {} has another hash than was journaled",
    ),
    "words as if they were ours": ("p2", {"words": "x", "ours": True}, "post {} says something else than its hash"),
    "words as if they were erased": (
        "p2",
        {"words": "", "warning": "", "spans": [], "extra": {"erased on request": True}},
        "post {} says something else than its hash",
    ),
    "an edit that nobody made": ("p2", {"version": 2}, "post {} is in version 2, the journal knows 1"),
    "another conversation": ("p2", {"conversation_id": 2}, "post {} is missing"),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_whatever_is_changed_in_a_post_is_found_and_named(team, what):
    await a_talk(team)
    whose, values, said = CHANGES[what]
    async with team.store.work() as work:
        await work.session.execute(update(Post).where(Post.ref == whose).values(**values))
    (fault,) = (await verify(team.store)).faults
    assert (fault.wrong, fault.chain) == (Wrong.WORDS, 1)
    assert fault.what == said.format((await ids(team))[whose])
    assert "hacked" not in repr(fault)


VERSIONS = {
    "words": ({"words": "hacked"}, "says something else than its hash"),
    "words and their hash": (
        {"words": "hacked", "media": [], "digest": post_digest("hacked", "", [])},
        "has another hash than was journaled",
    ),
    "attachments": ({"media": []}, "says something else than its hash"),
}


@pytest.mark.parametrize("what", VERSIONS)
async def test_whatever_is_changed_in_what_a_post_said_before_is_found_and_named(team, what):
    await a_talk(team)
    values, said = VERSIONS[what]
    async with team.store.work() as work:
        await work.session.execute(update(PostVersion).values(**values))
    (fault,) = (await verify(team.store)).faults
    assert (fault.wrong, fault.chain) == (Wrong.WORDS, 1)
    assert fault.what == f"post {(await ids(team))['p1']} as it was in version 1 {said}"


async def test_a_version_or_a_post_that_was_taken_away_is_missed(team):
    await a_talk(team)
    async with team.store.work() as work:
        await work.session.execute(delete(PostVersion))
    (fault,) = (await verify(team.store)).faults
    post_id = (await ids(team))["q1"]
    assert fault.what.endswith("as it was in version 1 is missing")
    async with team.store.work() as work:
        await work.session.execute(delete(Post).where(Post.id == post_id))
    faults = (await verify(team.store)).faults
    assert [(fault.chain, fault.what) for fault in faults][1:] == [(2, f"post {post_id} is missing")]


async def test_every_post_that_was_changed_in_a_conversation_is_named(team):
    await a_talk(team)
    async with team.store.work() as work:
        await work.session.execute(update(Post).values(words="hacked"))
    first, second = (await verify(team.store)).faults
    known = await ids(team)
    assert [f"post {known[ref]} " in first.what for ref in ("c1", "p1", "p2", "b1", "ours")] == [
        *(True, True, True),
        *(False, False),
    ]
    assert (second.chain, second.what) == (2, f"post {known['q1']} says something else than its hash")


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)  # PostgreSQL keeps JSON that is JSON
@pytest.mark.parametrize("damage", ["", "[", "{}", "[1, null]"])
async def test_attachments_that_are_damaged_are_a_fault_and_no_crash(team, damage):
    await a_talk(team)
    async with team.store.work() as work:
        await work.session.execute(text("UPDATE post_version SET media = :damage"), {"damage": damage})
    (fault,) = (await verify(team.store)).faults
    assert fault.wrong is Wrong.WORDS


# ------------------------------------------------------------------------------------------ no false alarm


async def test_words_that_were_deleted_kept_a_while_and_erased_raise_no_alarm(team):
    team.policies = {team.channel: Policy(keep_deleted=timedelta(days=3))}
    await a_talk(team)
    await hears(team, Removed(PostRef("p1")))
    assert (await verify(team.store)).faults == ()
    async with team.store.work() as work:  # as the sweep does when its time has come
        post = await work.session.scalar(select(Post).where(Post.ref == "p1"))
        await erase_post(work, post)
        conversation = await work.session.get_one(Conversation, 1)
        await work.write_down(conversation, EventKind.ERASED, data={"post": post.id})
    report = await verify(team.store)
    assert (report.faults, report.posts, report.versions, report.unproven_posts) == ((), 3, 0, 0)


async def test_customers_who_were_erased_raise_no_alarm(team):
    await a_talk(team)
    async with team.store.reading() as session:
        customers = (await session.scalars(select(Identity.customer_id))).all()
    for customer in customers:
        await erase_customer(team.store, customer)
        report = await verify(team.store)
        assert report.faults == ()
    assert (report.posts, report.versions, report.unproven_posts) == (0, 0, 0)


async def test_conversations_that_grew_old_raise_no_alarm_nor_when_they_go_on(team, clock):
    await a_talk(team)
    async with team.store.work() as work:
        await work.session.execute(update(Conversation).values(state="closed", closed_at=work.now))
    clock.forward(timedelta(days=400))
    assert await forget_old(team.store, {team.channel: timedelta(days=30)}) == 2
    report = await verify(team.store)
    assert (report.faults, report.posts, report.unproven_posts) == ((), 0, 0)
    await hears(team, post("p9", "Still broken", parent="p2", root="b1", at=clock()))
    report = await verify(team.store)
    assert (report.faults, report.posts) == ((), 1)


async def test_edits_of_an_odd_server_raise_no_alarm(team):
    """Twice the same, back to what it was, two in one batch, told too late, and new addresses for the same picture."""
    await a_talk(team)
    again = post("p2", "Hello?", parent="p1", root="b1", minutes=4, warning="loud")
    signed = replace(PICTURE, url="https://square.example/a.png?signed=2")
    await hears(team, Edited(again), Edited(again))
    for minute, words in ((6, "Hello!"), (7, "Hello?"), (8, "Hello!"), (8, "Hello!!")):
        await hears(team, Edited(replace(again, text=post("x", words).text, edited_at=post("x", minutes=minute).at)))
    await hears(team, edited("q1", "Other", by="cy", edited=2), edited("q1", "Others", by="cy", edited=3))
    await hears(team, edited("q1", "Too late", by="cy", edited=1))
    for media in ((PICTURE,), (signed,), (signed, REVIEWED), ()):
        await hears(team, Edited(replace(post("q1", "Others", by="cy", edited=4), media=media)))
    await hears(team, edited("c1", "Nicer", parent="b1", root="b1", by="bo", minutes=1, edited=9))
    report = await verify(team.store)
    assert report.faults == ()
    assert report.posts == 4
    assert report.versions > 6
    assert report.unproven_posts == 0


async def test_what_the_journal_names_no_hash_of_is_counted_and_no_fault(team):
    """As in the database of somebody whose first version of Twoway wrote none."""
    await hears(team, post("p1", "Hello?"))
    async with team.store.work() as work:
        post_id = (await ids(team))["p1"]
        await work.session.execute(delete(Event))
        conversation = await work.session.get_one(Conversation, 1)
        conversation.head, conversation.length = "", 0
        await work.write_down(conversation, EventKind.HEARD, data={"post": post_id})
    report = await verify(team.store)
    assert (report.faults, report.posts, report.unproven_posts) == ((), 0, 1)


async def before_attachments_were_kept(team: Team) -> Report:
    async with team.store.work() as work:
        await work.session.execute(text("UPDATE post_version SET media = NULL"))
    return await verify(team.store)


async def test_a_version_whose_attachments_were_not_kept_is_compared_where_that_is_possible(team):
    """An older version of Twoway kept the words alone."""
    await hears(team, post("bare", "One"), replace(post("same", "One", by="bo"), media=(PICTURE,)))
    await hears(team, edited("bare", "Two", edited=1))
    await hears(team, Edited(replace(post("same", "Two", by="bo", edited=1), media=(PICTURE,))))
    report = await before_attachments_were_kept(team)
    assert (report.faults, report.versions, report.unproven_posts) == ((), 2, 0)
    await a_talk(team)
    report = await before_attachments_were_kept(team)
    assert (report.faults, report.versions, report.unproven_posts) == ((), 2, 1)
    assert report.posts == 6


async def test_a_post_heard_before_what_stands_above_it_was_marked_raises_no_alarm(team):
    await hears(team, replace(post("p1", "Four stars"), media=(REVIEWED,)))
    async with team.store.work() as work:
        row = await work.session.scalar(select(Post))
        assert [one.pop("context") for one in row.media] == [True]
        await work.session.execute(update(Post).values(media=[*row.media]))
    report = await verify(team.store)
    assert (report.faults, report.posts, report.unproven_posts) == ((), 1, 0)


async def test_many_posts_are_compared_in_pieces(team):
    many = [post(f"m{n}", f"Number {n}", parent="m0" if n else None, root="m0", minutes=n / 60) for n in range(1300)]
    await hears(team, *many)
    report = await verify(team.store)
    assert (report.faults, report.posts) == ((), 1300)
    async with team.store.work() as work:
        await work.session.execute(update(Post).where(Post.ref == "m1299").values(words="hacked"))
    (fault,) = (await verify(team.store)).faults
    assert fault.what == f"post {(await ids(team))['m1299']} says something else than its hash"

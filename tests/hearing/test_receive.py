"""Batches become conversations, posts, events and cards, whatever comes in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.contract import (
    VOTES,
    Author,
    Cursor,
    Edited,
    Media,
    MediaKind,
    Posted,
    PostRef,
    Removed,
    Span,
    Text,
    Unavailable,
    Voted,
)
from bot.hearing.receive import STORM_LOOKED_AT, NoChannel, NotOurs, Routed, receive, take_in
from models.chat import Card
from models.conversation import Conversation, Post, PostVersion, Removal
from models.journal import Event, digest_of
from models.people import Customer, Identity
from models.permits import Policy
from models.places import Account, Channel
from models.store import Store
from models.storms import Storm
from tests.hearing.conftest import MORNING, Team, batch, edited, post
from tests.hearing.looking import kinds, one, rows, states, words


async def hear(team: Team, *heard, cursor="c1", **more):
    return await receive(team.store, team.account, batch(*heard, cursor=cursor), policies=team.policies, **more)


async def test_a_first_post_opens_a_conversation_with_a_card(team: Team):
    received = await hear(team, post("p1", "Hello?"))
    assert (received.conversations, received.posts) == (1, 1)
    conversation = await one(team.store, Conversation)
    assert (conversation.state, conversation.key, conversation.channel_id) == ("open", "p1", team.channel)
    assert conversation.waiting_since == MORNING
    row = await one(team.store, Post)
    assert (row.words, row.version, row.conversation_id) == ("Hello?", 1, conversation.id)
    assert row.due_at is not None
    card = await one(team.store, Card)
    assert (card.kind, card.ref, card.wanted, card.shown) == ("conversation", conversation.id, 1, 0)
    event = await one(team.store, Event)
    assert (event.kind, event.data) == ("heard", {"post": row.id, "digest": row.digest})
    account = await one(team.store, Account)
    assert account.cursor == "c1"
    person = await one(team.store, Identity)
    assert (person.handle, person.followers) == ("mia", 12)
    assert await rows(team.store, Customer, id=person.customer_id)


async def test_the_journal_of_a_new_conversation_is_chained(team: Team):
    await hear(team, post("p1"))
    await hear(team, post("p2", "Anyone?", parent="p1", root="p1", minutes=3))
    before = ""
    for event in await rows(team.store, Event):
        assert event.before == before
        before = digest_of(
            before=before, chain=event.chain, seq=event.seq, at=event.at, kind=event.kind, rep=None, data=event.data
        )
        assert event.digest == before
    conversation = await one(team.store, Conversation)
    assert (conversation.head, conversation.length) == (before, 2)


async def test_the_same_batch_twice_changes_nothing(team: Team):
    heard = [post("p1"), post("p2", "More", parent="p1", root="p1", minutes=1), post("p3", by="bo")]
    await hear(team, *heard)
    first = await kinds(team.store)
    assert not await hear(team, *heard, *heard)
    assert await kinds(team.store) == first
    assert len(await rows(team.store, Identity)) == 2


async def test_a_reply_joins_its_conversation_and_is_told(team: Team):
    await hear(team, post("p1"))
    await hear(team, post("p2", "And the other one too", parent="p1", root="p1", minutes=5, by="bo"))
    conversation = await one(team.store, Conversation)
    assert await kinds(team.store) == ["heard", "customer_replied"]
    card = await one(team.store, Card, kind="conversation")
    assert card.wanted == 2
    assert (await one(team.store, Card, kind="notice")).conversation_id == conversation.id
    assert conversation.waiting_since == MORNING


async def test_a_reply_whose_thread_has_no_known_root_finds_its_parent(team: Team):
    await hear(team, post("p2", "child", parent="p1"))
    await hear(team, post("p1", "parent"))
    await hear(team, post("p3", "sibling", parent="p1"))
    assert len(await rows(team.store, Conversation)) == 1
    assert len(await rows(team.store, Post)) == 3


async def test_a_closed_conversation_opens_when_the_customer_replies(team: Team):
    await hear(team, post("p1"))
    async with team.store.work() as work:
        conversation = await work.session.get(Conversation, 1)
        conversation.state, conversation.waiting_since = "closed", None
    await hear(team, post("p2", parent="p1", root="p1", minutes=4))
    conversation = await one(team.store, Conversation)
    assert conversation.state == "open"
    assert conversation.waiting_since is not None


async def test_an_edit_keeps_what_was_said_before(team: Team):
    await hear(team, post("p1", "It is brocken"))
    received = await hear(team, edited("p1", "It is broken", edited=2))
    assert received.edited == 1
    row = await one(team.store, Post)
    assert (row.words, row.version) == ("It is broken", 2)
    assert (await one(team.store, PostVersion)).words == "It is brocken"
    event = (await rows(team.store, Event))[-1]
    assert event.kind == "customer_edited"
    assert event.data["after"] == row.digest
    assert "brok" not in str(event.data)


async def test_an_old_copy_of_an_edited_post_is_not_an_edit(team: Team):
    await hear(team, edited("p1", "new", edited=2))
    await hear(team, post("p1", "old"))
    assert await words(team.store) == {"p1": "new"}
    await hear(team, edited("p1", "newest", edited=3))
    await hear(team, edited("p1", "new", edited=2), post("p1", "old"))
    assert await words(team.store) == {"p1": "newest"}


async def test_an_edit_without_a_time_is_an_edit_and_its_old_copy_is_none(team: Team):
    await hear(team, post("p1", "one"))
    await hear(team, edited("p1", "two"))
    await hear(team, post("p1", "one"))
    assert await words(team.store) == {"p1": "two"}
    await hear(team, edited("p1", "one"))
    assert await words(team.store) == {"p1": "one"}


async def test_a_picture_added_is_an_edit_and_a_newly_signed_address_is_none(team: Team):
    def pictured(signature):
        picture = Media(kind=MediaKind.IMAGE, url=f"https://cdn.example/a.png?sig={signature}")
        made = post("p1")
        return Edited(type(made)(**{**made.__dict__, "media": (picture,)}))

    await hear(team, post("p1"))
    await hear(team, pictured("a"))
    await hear(team, pictured("b"))
    assert (await one(team.store, Post)).version == 2


async def test_a_deleted_post_leaves_no_words_anywhere(team: Team):
    await hear(team, post("p1", "secret one", warning="secret two"))
    await hear(team, edited("p1", "secret three", edited=1))
    received = await hear(team, Removed(PostRef("p1")))
    assert received.removed == 1
    row = await one(team.store, Post)
    assert (row.words, row.warning, row.spans, row.media, row.url) == ("", "", [], [], None)
    assert row.gone_at is not None
    assert await rows(team.store, PostVersion) == []
    assert await states(team.store) == ["closed"]
    assert (await kinds(team.store))[-1] == "post_gone"
    everything = str([[vars(row) for row in await rows(team.store, table)] for table in (Post, Event, Conversation)])
    assert "secret" not in everything


async def test_one_of_two_posts_deleted_leaves_the_conversation_open(team: Team):
    await hear(team, post("p1"), post("p2", parent="p1", root="p1", minutes=1))
    notice = await one(team.store, Card, kind="notice")
    await hear(team, Removed(PostRef("p2")))
    assert await states(team.store) == ["open"]
    assert (await kinds(team.store))[-1] == "post_removed"
    assert (await one(team.store, Card, id=notice.id)).wanted == notice.wanted + 1


async def test_deleted_words_stay_as_long_as_the_channel_keeps_them(team: Team, clock):
    team.policies = {team.channel: Policy(keep_deleted=timedelta(days=2))}
    await hear(team, post("p1", "kept"))
    await hear(team, Removed(PostRef("p1")))
    row = await one(team.store, Post)
    assert (row.words, row.erase_at) == ("kept", clock() + timedelta(days=2))
    assert row.due_at == row.erase_at


async def test_a_post_removed_before_it_came_is_not_stored(team: Team):
    await hear(team, Removed(PostRef("p1")))
    await hear(team, Removed(PostRef("p1")))
    await hear(team, post("p1"), edited("p1", "again", edited=4))
    assert await rows(team.store, Post) == []
    assert len(await rows(team.store, Removal)) == 1
    await hear(team, post("p2"), Removed(PostRef("p2")))
    assert await rows(team.store, Post) == []


async def test_a_hidden_post_keeps_its_words_and_comes_back(team: Team):
    await hear(team, post("p1", "still here"))
    assert (await hear(team, Unavailable(PostRef("p1")))).hidden == 1
    assert not await hear(team, Unavailable(PostRef("p1")))
    row = await one(team.store, Post)
    assert row.hidden_at is not None
    assert row.words == "still here"
    assert (await hear(team, post("p1", "still here"))).back == 1
    assert (await one(team.store, Post)).hidden_at is None
    assert await kinds(team.store) == ["heard", "post_hidden", "post_back"]


async def test_an_answer_given_by_hand_answers(team: Team):
    await hear(team, post("p1"))
    await hear(team, post("r1", "On our way", parent="p1", root="p1", ours=True, minutes=5))
    assert await states(team.store) == ["answered"]
    assert (await kinds(team.store))[-1] == "answered_elsewhere"
    assert (await one(team.store, Post, ref="r1")).ours


async def test_an_older_answer_by_hand_does_not_hide_the_customers_last_words(team: Team):
    await hear(team, post("p1"), post("p2", "No!", parent="r1", root="p1", minutes=9))
    await hear(team, post("r1", "Try again", parent="p1", root="p1", ours=True, minutes=5))
    assert await states(team.store) == ["open"]


async def test_our_own_broadcast_is_no_conversation_until_somebody_answers_below(team: Team):
    await hear(team, post("b1", "We have news", ours=True))
    assert await rows(team.store, Post) == []
    await hear(team, post("b1", "We have news", ours=True), post("p1", "Great", parent="b1", root="b1", minutes=2))
    conversation = await one(team.store, Conversation)
    assert (conversation.key, conversation.state) == ("b1", "open")
    assert await words(team.store) == {"b1": "We have news", "p1": "Great"}
    assert await kinds(team.store) == ["heard"]


async def test_hostile_input_is_stored(team: Team):
    author = Author(ref="x" * 2000, handle="h\x00" + "y" * 900, name="\ud800\x00", followers=10**30)
    strange = post(
        "q" * 3000, "nul \x00 half \udfff " + "long " * 200_000, author=author, at=datetime(2200, 1, 1, tzinfo=UTC)
    )
    strange = type(strange)(**{**strange.__dict__, "extra": {"a\x00": ["\ud800", float("nan")]}, "language": "x" * 99})
    old = post("p2", "old", at=datetime(1900, 1, 1, tzinfo=UTC))
    nobody = post("p3", author=Author(ref="n", handle="", name="", followers=None))
    linked = post("p4")
    linked = type(linked)(**{**linked.__dict__, "text": Text((Span("\x00a"), Span("b\udc00")))})
    for _ in range(2):
        await hear(team, strange, old, nobody, linked)
    stored = {row.ref[:2]: row for row in await rows(team.store, Post)}
    assert len(stored) == 4
    assert "\x00" not in stored["qq"].words
    assert len(stored["qq"].words) > 999_000
    assert stored["qq"].at == team.store.clock()
    assert stored["p2"].at.year == 1970
    waits = [row.waiting_since for row in await rows(team.store, Conversation)]
    assert all(team.store.clock() - timedelta(days=31) < at <= team.store.clock() for at in waits if at)


async def test_a_batch_is_stored_whole_or_not_at_all(store: Store, team: Team):
    async with store.work() as work:
        other = Account(name="nowhere", platform="hand")
        work.add(other)
    with pytest.raises(NoChannel):
        await receive(store, other.id, batch(post("p1"), cursor="c9"), policies={})
    assert await rows(store, Post) == []
    assert (await one(store, Account, id=other.id)).cursor is None


async def test_a_route_decides_where_a_conversation_begins_and_the_journal_says_which(store: Store, team: Team):
    async with store.work() as work:
        press = Channel(name="press", surface="slack", chat_id="C-press")
        work.add(press)
        await work.flush()

    def router(*, account: str, platform: str, words: str, language: str | None, reach: int | None) -> Routed | None:
        assert (account, platform, language, reach) == ("acme", "hand", None, 12)
        return Routed(press.id, 3) if "journalist" in words else None

    await hear(team, post("p1", "A journalist here"), post("p2", "The lamp"), router=router)
    await hear(team, post("p3", "journalist again", parent="p2", root="p2"), router=router)
    asked = sorted(await rows(store, Conversation), key=lambda row: row.id)
    assert [row.channel_id for row in asked] == [press.id, team.channel]
    events = [row.data.get("route") for row in await rows(store, Event) if row.kind == "heard"]
    assert sorted(events, key=str) == [3, None]


async def test_where_a_storm_is_going_on_a_new_card_waits_to_be_looked_at(store: Store, team: Team):
    await hear(team, post("p1"))
    first = await one(store, Conversation)
    async with store.work() as work:
        work.add(Storm(channel_id=team.channel, conversation_id=first.id, began_at=work.now, last_at=work.now))
    await hear(team, post("p2"))
    due = {row.ref: row.due_at for row in await rows(store, Card)}
    assert due[first.id] <= store.clock()
    assert store.clock() < max(due.values()) <= store.clock() + STORM_LOOKED_AT


async def test_who_lost_the_lease_stores_nothing(team: Team):
    with pytest.raises(NotOurs):
        await hear(team, post("p1"), fence=7)
    assert await rows(team.store, Post) == []


async def test_what_comes_by_a_call_of_theirs_leaves_the_cursor(team: Team):
    await hear(team, cursor="c7")
    await take_in(team.store, team.account, [Posted(post("p1"))], cursor=None, policies=team.policies)
    assert (await one(team.store, Account)).cursor == Cursor("c7")
    assert len(await rows(team.store, Post)) == 1


async def test_one_post_at_two_of_our_accounts_is_two_conversations(team: Team, store: Store):
    from tests.hearing.conftest import make_team

    second = await make_team(store, "second")
    await hear(team, post("p1"))
    await hear(second, post("p1"))
    assert len(await rows(store, Conversation)) == 2
    assert len(await rows(store, Identity)) == 2


async def test_votes_are_shown_as_they_stand_and_begin_no_conversation(team: Team):
    def counted(votes: int, words: str = "Dark mode, please"):
        return replace(post("p1", words), extra={VOTES: votes, "topic": "1"})

    await hear(team, Voted(PostRef("p1"), 3))
    assert not await rows(team.store, Conversation)
    await hear(team, counted(4))
    assert (await one(team.store, Post)).votes == 4
    journal, wanted = await kinds(team.store), (await one(team.store, Card)).wanted
    await hear(team, Voted(PostRef("p1"), 41))
    await hear(team, counted(41))
    row = await one(team.store, Post)
    assert (row.votes, row.extra["topic"], row.version) == (41, "1", 1)
    assert (await one(team.store, Card)).wanted == wanted + 1
    assert await kinds(team.store) == journal
    await hear(team, edited("p1", "Dark mode, at night", edited=5))  # a call that counts no votes
    row = await one(team.store, Post)
    assert (row.votes, row.words) == (41, "Dark mode, at night")
    await hear(team, Voted(PostRef("p1"), -1), Voted(PostRef("p1"), 2**80))
    assert (await one(team.store, Post)).votes == 2**62
    await hear(team, Removed(PostRef("p1")), Voted(PostRef("p1"), 5))
    assert (await one(team.store, Post)).votes is None

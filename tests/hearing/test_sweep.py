"""Looking again finds edits, deletions and what was missed, ever more rarely."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.contract import Gone, Hook, Malformed, PostRef, Throttled, Unavailable, Unreachable
from bot.hearing.hooks import hook
from bot.hearing.receive import receive
from bot.hearing.sweep import Sweeper, next_look
from models.chat import Card
from models.conversation import Conversation, Post
from models.permits import Policy
from models.places import Account
from models.reading.heard import Standing
from tests.hearing.conftest import Team, batch, edited, post
from tests.hearing.hand import Hand
from tests.hearing.looking import kinds, one, rows, words


async def heard(team: Team, platform: Hand, *posts) -> Sweeper:
    platform.say(*posts)
    await receive(team.store, team.account, batch(*posts), policies=team.policies)
    return Sweeper(team.store, {"acme": platform}, policies=team.policies)


async def test_an_edit_that_nobody_told_us_of_is_found_after_a_minute(team: Team, clock):
    platform = Hand()
    sweeper = await heard(team, platform, post("p1", "old"))
    assert await sweeper.once() == 0
    platform.say(post("p1", "new", edited=3))
    clock.forward(timedelta(minutes=1))
    assert await sweeper.once() == 1
    assert await words(team.store) == {"p1": "new"}
    row = await one(team.store, Post)
    assert row.due_at == row.heard_at + timedelta(minutes=10)
    assert (row.lease_owner, row.tries) == (None, 0)


async def test_a_second_edit_without_a_date_is_found_where_the_platform_gives_none(team: Team, clock):
    platform = Hand()
    platform.can = replace(platform.can, dates_edits=False)
    sweeper = await heard(team, platform, post("p1", "old"))
    await receive(team.store, team.account, batch(edited("p1", "new", edited=3)), policies=team.policies)
    for said in ("newer", "old"):  # it was made while nobody listened, and whoever listens now remembers nothing
        platform.say(post("p1", said))
        clock.forward(timedelta(days=1))
        await sweeper.once()
        assert await words(team.store) == {"p1": said}
        row = await one(team.store, Post)
        assert row.edited_at == clock()
        clock.forward(timedelta(days=1))
        await sweeper.once()
        assert (await one(team.store, Post)).version == row.version, "seen again, it is no news"
    assert (await kinds(team.store)).count("customer_edited") == 3


async def test_what_has_no_date_is_older_where_the_platform_dates_edits(team: Team, clock):
    platform = Hand()
    sweeper = await heard(team, platform, post("p1", "old"))
    await receive(team.store, team.account, batch(edited("p1", "new", edited=3)), policies=team.policies)
    platform.say(post("p1", "as a server that is behind shows it"))
    clock.forward(timedelta(days=1))
    await sweeper.once()
    assert await words(team.store) == {"p1": "new"}


async def test_a_deletion_that_nobody_told_us_of_is_found(team: Team, clock):
    platform = Hand()
    sweeper = await heard(team, platform, post("p1", "secret"))
    platform.world[PostRef("p1")] = Gone(PostRef("p1"))
    clock.forward(timedelta(minutes=1))
    await sweeper.once()
    row = await one(team.store, Post)
    assert (row.words, row.due_at) == ("", None)
    clock.forward(timedelta(days=2))
    assert await sweeper.once() == 0


async def test_a_post_that_cannot_be_seen_is_hidden(team: Team, clock):
    platform = Hand()
    sweeper = await heard(team, platform, post("p1", "there"))
    platform.world[PostRef("p1")] = Unavailable(PostRef("p1"))
    clock.forward(timedelta(minutes=1))
    await sweeper.once()
    assert (await one(team.store, Post)).hidden_at is not None


async def test_words_that_were_kept_are_erased_when_their_time_is_over(team: Team, clock):
    team.policies = {team.channel: Policy(keep_deleted=timedelta(days=2))}
    platform = Hand()
    sweeper = await heard(team, platform, post("p1", "secret"))
    del platform.world[PostRef("p1")]
    clock.forward(timedelta(minutes=1))
    await sweeper.once()
    assert (await one(team.store, Post)).words == "secret"
    clock.forward(timedelta(days=2))
    await sweeper.once()
    row = await one(team.store, Post)
    assert (row.words, row.erase_at, row.due_at) == ("", None, None)
    assert (await kinds(team.store))[-1] == "erased"


async def test_a_question_that_fails_is_asked_later(team: Team, clock):
    platform = Hand()
    sweeper = await heard(team, platform, post("p1"))
    clock.forward(timedelta(minutes=1))
    platform.failing = Unreachable("down")
    await sweeper.once()
    assert (await one(team.store, Post)).due_at == clock() + timedelta(minutes=1)
    clock.forward(timedelta(minutes=1))
    platform.failing = Throttled(clock() + timedelta(minutes=42))
    await sweeper.once()
    assert (await one(team.store, Post)).due_at == clock() + timedelta(minutes=42)


async def test_beside_a_draft_posts_are_looked_at_sooner(team: Team, clock):
    platform = Hand()
    sweeper = await heard(team, platform, post("p1"))
    clock.forward(timedelta(hours=2))
    await sweeper.once()
    async with team.store.work() as work:
        (await work.session.get(Conversation, 1)).state = "drafted"
    await sweeper.once()
    assert (await one(team.store, Post)).due_at == clock() + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("state", "ended", "after", "wanted"),
    [
        ("open", None, timedelta(minutes=2), timedelta(minutes=10)),
        ("open", None, timedelta(minutes=30), timedelta(hours=1)),
        ("open", None, timedelta(hours=5), timedelta(days=1)),
        ("open", None, timedelta(days=3), timedelta(days=4)),
        ("drafted", None, timedelta(days=3), timedelta(days=3, minutes=2)),
        ("closed", timedelta(hours=1), timedelta(hours=2), timedelta(days=1)),
        ("closed", timedelta(hours=1), timedelta(days=2), None),
    ],
)
def test_looks_become_rarer_and_end_a_day_after_the_conversation(clock, state, ended, after, wanted):
    start = clock()
    standing = Standing(state, None if ended is None else start + ended)
    due = next_look(start, start + after, standing, Hand())
    assert due == (None if wanted is None else start + wanted)


async def test_the_gap_sweep_finds_what_the_listener_missed_and_says_so(team: Team, clock):
    platform = Hand()
    sweeper = await heard(team, platform, post("p1"))
    platform.say(
        post("p2", "Anybody?", parent="p1", root="p1", minutes=5),
        post("p3", "Others talk", parent="p1", root="p1", minutes=6, by="bo"),
        post("p4", "Just now", parent="p1", root="p1", minutes=14.5),
    )
    await sweeper.once()
    assert set(await words(team.store)) == {"p1", "p2"}
    assert await kinds(team.store, 0) == ["recovered"]
    assert len(await rows(team.store, Card, kind="channel_notice")) == 1
    assert (await one(team.store, Account)).swept_at == clock()
    await sweeper.once()
    assert len(platform.threads_asked) == 1


def call(body: bytes = b"raw") -> Hook:
    return Hook(method="POST", path="/hooks/acme/x", query={}, headers={}, body=body)


async def test_a_call_is_answered_after_what_it_brought_is_stored(team: Team):
    platform = Hand()
    platform.say(post("p1"))
    answer = await hook(team.store, {"acme": platform}, "acme", call(), policies=team.policies)
    assert (answer.status, answer.body) == (200, b"raw")
    assert set(await words(team.store)) == {"p1"}
    assert (await hook(team.store, {}, "acme", call(), policies={})).status == 404


@pytest.mark.parametrize(("error", "status"), [(Malformed("body", "an object"), 400), (Unreachable("x"), 503)])
async def test_a_call_that_was_not_stored_is_not_acknowledged(team: Team, error, status):
    platform = Hand()
    platform.failing = error
    answer = await hook(team.store, {"acme": platform}, "acme", call(), policies=team.policies)
    assert answer.status == status

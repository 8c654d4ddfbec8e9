"""The way of a post with nothing made by hand: a server of the Mastodon kind, its adapter, a listener, the store."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from adapters.mastodon import Mastodon
from adapters.mastodon_settings import Settings
from adapters.settings import build
from bot.hearing.listen import Listener
from bot.hearing.sweep import Sweeper
from models.chat import Card
from models.conversation import Conversation, Post
from models.people import Identity
from sandbox.square.standin import SquareStandIn
from tests.hearing.conftest import Team
from tests.hearing.looking import kinds, one, rows, states, words
from tests.hearing.test_listen import QUICK, until


async def test_a_conversation_on_the_square_is_heard_to_its_end(team: Team, clock):
    clock.at = None
    async with SquareStandIn.serve() as square:
        table = {"server": square.base_url, "poll": "100ms", "poll_beside_stream": "200ms"}
        platform = Mastodon(build(Settings, table, {"token": square.token}))
        listener = Listener(team.store, "acme", platform, policies=team.policies, patience=QUICK)
        task = asyncio.create_task(listener.run())
        try:
            asked = await square.post("@lea", "@acme my lamp is brocken", followers=340)
            await until(lambda: _count(team, 1))
            conversation = await one(team.store, Conversation)
            assert (await one(team.store, Identity)).followers == 340
            assert (await one(team.store, Card)).ref == conversation.id

            await square.edit(asked, "@acme my lamp is broken")
            sweeper = Sweeper(team.store, {"acme": platform}, policies=team.policies)
            await _due(team)
            await sweeper.once()
            assert "broken" in (await one(team.store, Post)).words
            assert (await one(team.store, Post)).version == 2

            again = await square.post("@kim@elsewhere.example", "@acme mine too", reply_to=asked)
            await until(lambda: _count(team, 2))
            assert len(await rows(team.store, Conversation)) == 1

            await square.delete(again)
            await until(lambda: _live(team, 1))
            await square.delete(asked)
            await until(lambda: _live(team, 0))
            assert await states(team.store) == ["closed"]
            assert {row.words for row in await rows(team.store, Post)} == {""}
            told = await kinds(team.store, conversation.id)
            assert told == ["heard", "customer_edited", "customer_replied", "post_removed", "post_gone"]
        finally:
            listener.stop()
            await task
            await platform.close()


async def _count(team: Team, wanted: int) -> bool:
    return len(await rows(team.store, Post)) == wanted


async def _live(team: Team, wanted: int) -> bool:
    return len(await words(team.store)) == wanted


async def _due(team: Team) -> None:
    """The time of the next look has come."""
    async with team.store.work() as work:
        for post in await rows(team.store, Post):
            row = await work.session.get(Post, post.id)
            assert row is not None
            row.due_at = work.now - timedelta(seconds=1)

"""What stands above a post is fetched when it was missed."""

from __future__ import annotations

import asyncio

from adapters.contract import Unreachable
from bot.hearing.receive import receive
from models.conversation import Conversation
from tests.hearing.conftest import Team, batch, post
from tests.hearing.hand import Hand
from tests.hearing.looking import kinds, one, words


async def test_a_reply_brings_the_posts_above_it_and_not_its_siblings(team: Team):
    platform = Hand()
    platform.say(
        post("b1", "Our news", ours=True),
        post("p2", "Nice", parent="b1", root="b1", minutes=1, by="bo"),
        post("p3", "Not for us", parent="b1", root="b1", minutes=1, by="cy"),
    )
    heard = post("p4", "Really?", parent="p2", root="b1", minutes=2)
    platform.say(heard)
    await receive(team.store, team.account, batch(heard), policies=team.policies, platform=platform)
    assert await words(team.store) == {"b1": "Our news", "p2": "Nice", "p4": "Really?"}
    assert await kinds(team.store) == ["heard"]
    assert (await one(team.store, Conversation)).key == "b1"
    await receive(
        team.store,
        team.account,
        batch(post("p5", "More", parent="p4", root="b1", minutes=3)),
        policies=team.policies,
        platform=platform,
    )
    assert len(platform.threads_asked) == 1


async def test_a_thread_that_cannot_be_read_loses_nothing(team: Team):
    platform = Hand()
    platform.failing = Unreachable("down")
    heard = post("p4", "Really?", parent="p2", root="b1")
    await receive(team.store, team.account, batch(heard), policies=team.policies, platform=platform)
    assert await words(team.store) == {"p4": "Really?"}


async def test_a_thread_that_never_answers_is_not_waited_for(team: Team):
    from datetime import timedelta

    from adapters.contract import Posted
    from bot.hearing.receive import take_in

    class Slow(Hand):
        async def thread(self, ref):
            await asyncio.Event().wait()
            return ()

    heard = post("p4", "Really?", parent="p2", root="b1")
    await take_in(
        team.store,
        team.account,
        [Posted(heard)],
        cursor=None,
        policies=team.policies,
        platform=Slow(),
        patience=timedelta(milliseconds=20),
    )
    assert await words(team.store) == {"p4": "Really?"}

"""Bluesky's adapter against a whole network that we did not write: `make test-bluesky`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.conformance.suite import Conformance
from adapters.conformance.world import Ears, World
from adapters.contract import Lost, Mark, PublicPost, Reason, Receipt, Refusal, Reply, Text
from tests.live.network import Live, Network, live_world, running

pytestmark = pytest.mark.needs("bluesky")

_NAMES = (f"acme{letter}{other}" for letter, other in itertools.product("abcdefghijk", repeat=2))


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with running(tmp_path_factory.mktemp("bluesky")) as one:
        yield one


@pytest.fixture
async def world(network: Network) -> AsyncIterator[World]:
    async with live_world(network, next(_NAMES)) as one:
        yield one


class TestBlueskyNetwork(Conformance):
    """Every test of the suite that this network can play."""


async def test_posts_that_are_dated_back_are_heard(world: Live) -> None:
    platform = world.platform()
    async with Ears(platform) as ears:
        await ears.post(await world.post("now"))
        back = await world.post("days ago", created_at=datetime.now(UTC) - timedelta(days=3))
        post = (await ears.post(back)).post
    assert datetime.now(UTC) - post.at > timedelta(days=2)


async def test_a_later_try_with_the_same_key_is_answered_with_the_first(world: Live) -> None:
    platform = world.platform()
    ref = await world.post("help")
    post = (await platform.fetch([ref]))[ref]
    assert isinstance(post, PublicPost)
    words = Text.of("👩🏽‍💻 @lea.test: https://shop.example/a #late")
    first = await platform.publish(Reply.to(post, text=words), "k")
    tried = (datetime.now(UTC) - timedelta(minutes=5),)
    again = await platform.publish(Reply.to(post, text=words, attempts=tried), "k")
    assert again == first
    with pytest.raises(Lost):
        await platform.publish(Reply.to(post, text=Text.of("other"), attempts=tried), "k")
    assert [one.words for one in await world.replies(ref)] == [words.plain]
    shown = (await platform.fetch([first.ref]))[first.ref]
    assert isinstance(shown, PublicPost)
    assert shown.ours
    assert {span.mark for span in shown.text.spans} == {Mark.PLAIN, Mark.MENTION, Mark.LINK, Mark.TAG}
    assert shown.text.plain == words.plain


async def test_a_gate_is_seen_before_anybody_answers(world: Live) -> None:
    platform = world.platform()
    ref = await world.post("help")
    await world.gate(ref)
    post = (await platform.fetch([ref]))[ref]
    assert isinstance(post, PublicPost)
    refusal = await platform.preflight(Reply.to(post, text=Text.of("We are on it.")))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_ALLOWED


async def test_eight_tries_at_once_are_one_reply(world: Live) -> None:
    platform = world.platform()
    ref = await world.post("help")
    post = (await platform.fetch([ref]))[ref]
    assert isinstance(post, PublicPost)
    reply = Reply.to(post, text=Text.of("We are on it."))
    receipts = await asyncio.gather(*[platform.publish(reply, "k") for _ in range(8)], return_exceptions=True)
    assert all(isinstance(one, Receipt | Lost) for one in receipts), receipts
    assert len(await world.replies(ref)) == 1
    assert isinstance(await platform.find_own_reply(reply, "k"), Receipt)

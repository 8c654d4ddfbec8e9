"""What is particular to hearing on Bluesky: dates that lie, edits without a mark, a stream of changes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.conformance.world import Ears, refs
from adapters.contract import (
    Edited,
    Malformed,
    Notices,
    Posted,
    PostRef,
    Removed,
    Unavailable,
)
from sandbox.bluesky import Fault, SkyStandIn, Where
from tests.adapters.sky import AT, bluesky


async def test_posts_that_are_dated_back_are_heard_near_by_at_once_and_far_back_by_the_sweep(sky: SkyStandIn) -> None:
    now = datetime.now(UTC)
    for number in range(120):  # more than a page, over four hours
        await sky.post("lea", f"{AT} {number}", created_at=now - timedelta(minutes=2 * (120 - number)))
    platform = bluesky(sky)
    async with Ears(platform) as ears:
        await ears.until(lambda heard: len(heard) == 120)
        far = await sky.post("kim", f"{AT} far", created_at=now - timedelta(days=5))
        near = await sky.post("kim", f"{AT} near", created_at=now - timedelta(minutes=20))
        await ears.post(PostRef(near.uri))
        assert PostRef(far.uri) not in refs(ears.heard)
        cursor = ears.cursors[-1]
    sweeping = bluesky(sky, sweep_every="100ms")
    async with Ears(sweeping, cursor) as ears:
        await ears.post(PostRef(far.uri))
        assert refs(ears.heard) == [PostRef(far.uri)]


async def test_what_came_before_we_began_is_no_news_however_it_is_dated(sky: SkyStandIn) -> None:
    await sky.post("kim", f"{AT} before")
    platform = bluesky(sky, look_back="0s")
    async with Ears(platform) as ears:
        await asyncio.sleep(0.1)  # a poll
        new = await sky.post("lea", f"{AT} after", created_at=datetime(2020, 1, 1, tzinfo=UTC))
        await ears.post(PostRef(new.uri))
        assert len(ears.heard) == 1


async def test_posts_of_one_moment_are_heard_also_where_a_page_ends_between_them(sky: SkyStandIn) -> None:
    now = datetime.now(UTC)
    posts = [
        await sky.post("lea", f"{AT} {number}", created_at=now - timedelta(seconds=number // 3))
        for number in range(250)
    ]
    platform = bluesky(sky)
    async with Ears(platform) as ears:
        await ears.until(lambda heard: {one.uri for one in posts} == {ref.id for ref in refs(heard)})


async def test_a_whole_page_of_one_moment_is_no_endless_loop(sky: SkyStandIn) -> None:
    now = datetime.now(UTC)
    early = await sky.post("kim", f"{AT} early", created_at=now - timedelta(minutes=1))
    for number in range(150):
        await sky.post("lea", f"{AT} {number}", created_at=now)
    platform = bluesky(sky)
    async with Ears(platform) as ears:
        await ears.post(PostRef(early.uri))


async def test_likes_are_passed_over_page_by_page(sky: SkyStandIn) -> None:
    ours = await sky.answer_by_hand(await sky.post("lea", "hello"), "hi")
    first = await sky.post("lea", f"{AT} first")
    for number in range(250):
        sky.server.world.notify("like", await sky.post("kim", f"like {number}"), subject=ours.uri)
    platform = bluesky(sky)
    async with Ears(platform) as ears:
        await ears.post(PostRef(first.uri))
        last = await sky.post("lea", "and again", reply_to=ours)
        await ears.post(PostRef(last.uri))
        assert refs(ears.heard) == [PostRef(first.uri), PostRef(last.uri)]


async def test_quotes_and_answers_deep_in_a_thread_are_heard_with_followers_and_quoted_post(sky: SkyStandIn) -> None:
    platform = bluesky(sky)
    sky.person("kim", followers=70_000)
    ours = await sky.answer_by_hand(await sky.post("lea", "hello"), "hi")
    async with Ears(platform) as ears:
        quote = await sky.post("kim", "look at this", quotes=ours)
        heard = (await ears.post(PostRef(quote.uri))).post
        assert heard.author.followers == 70_000
        assert [one.description for one in heard.media] == ["A quoted post of @acme.test"]
        one = await sky.post("lea", "one", reply_to=ours)
        two = await sky.post("kim", "two", reply_to=one)
        deep = (await ears.post(PostRef(two.uri))).post
        assert deep.parent == PostRef(one.uri)
        assert deep.root == (await ears.post(PostRef(one.uri))).post.root


@pytest.mark.parametrize("streaming", [True, False])
async def test_an_edit_is_told_once_with_its_time_and_again_after_a_restart(sky: SkyStandIn, streaming: bool) -> None:
    platform = bluesky(sky, streaming=streaming)
    assert platform.can.sees_edits is (Notices.PUSH if streaming else Notices.POLL)
    post = await sky.post("lea", f"{AT} I love it")
    async with Ears(platform) as ears:
        await ears.post(PostRef(post.uri))
        await sky.edit(post, f"{AT} I hate it")
        await ears.until(lambda heard: any(isinstance(one, Edited) for one in heard))
        (edited,) = [one for one in ears.heard if isinstance(one, Edited)]
        assert edited.post.edited_at is not None
        cursor = ears.cursors[-1]
    await sky.edit(post, f"{AT} I like it")
    again = bluesky(sky, streaming=streaming)
    async with Ears(again, cursor) as ears:
        await ears.until(lambda heard: bool(heard))
        (edited,) = [one for one in ears.heard if isinstance(one, Edited)]
        assert "I like it" in edited.post.text.plain
        assert edited.post.edited_at is not None


async def test_a_deletion_while_we_were_away_is_told_when_the_stream_is_back(sky: SkyStandIn) -> None:
    platform = bluesky(sky, streaming=True)
    post = await sky.post("lea", f"{AT} hello")
    async with Ears(platform) as ears:
        await ears.post(PostRef(post.uri))
        await sky.wait_for(lambda sky: sky.person("lea").did in sky.watched())
        await sky.post("lea", f"{AT} again")  # moves the stream's place in the cursor
        await ears.until(lambda heard: len(heard) == 2)
        await asyncio.sleep(0.05)
        await sky.post("kim", f"{AT} and I")
        await ears.until(lambda heard: len(heard) == 3)
        cursor = ears.cursors[-1]
    await sky.delete(post)
    again = bluesky(sky, streaming=True)
    async with Ears(again, cursor) as ears:
        await ears.until(lambda heard: Removed(PostRef(post.uri)) in heard)


async def test_the_stream_is_asked_for_ourselves_and_those_who_wrote_and_tells_of_our_own_posts(
    sky: SkyStandIn,
) -> None:
    platform = bluesky(sky, streaming=True)
    async with Ears(platform) as ears:
        await sky.wait_for(lambda sky: sky.watched() == {sky.account.did})
        post = await sky.post("lea", f"{AT} hello")
        await ears.post(PostRef(post.uri))
        await sky.wait_for(lambda sky: sky.watched() == {sky.account.did, sky.person("lea").did})
        by_hand = await sky.answer_by_hand(post, "I called you.")
        heard = (await ears.post(PostRef(by_hand.uri))).post
        assert heard.ours
        assert heard.parent == PostRef(post.uri)
        await sky.delete(by_hand)
        await ears.until(lambda heard: Removed(PostRef(by_hand.uri)) in heard)


async def test_what_the_stream_says_is_waited_for_until_the_appview_has_it(sky: SkyStandIn) -> None:
    platform = bluesky(sky, streaming=True)
    async with Ears(platform) as ears:
        post = await sky.post("lea", f"{AT} hello")
        await ears.post(PostRef(post.uri))
        await sky.wait_for(lambda sky: sky.person("lea").did in sky.watched())
        sky.fault(Fault.LAG, seconds=0.3)
        by_hand = await sky.answer_by_hand(post, "I called you.")
        await ears.post(PostRef(by_hand.uri))


@pytest.mark.parametrize(("status", "kind"), [("deleted", Removed), ("deactivated", Unavailable)])
async def test_an_account_that_leaves_takes_its_posts_with_it(sky: SkyStandIn, status: str, kind: type) -> None:
    platform = bluesky(sky, streaming=True)
    async with Ears(platform) as ears:
        post = await sky.post("lea", f"{AT} hello")
        await ears.post(PostRef(post.uri))
        await sky.wait_for(lambda sky: sky.person("lea").did in sky.watched())
        sky.leave("lea", status)
        heard = await ears.until(lambda heard: any(isinstance(one, kind) for one in heard))
        (gone,) = [one for one in heard if not isinstance(one, Posted)]
        assert getattr(gone, "ref", None) == PostRef(post.uri)


async def test_a_record_that_no_client_would_write_does_not_dam_up_the_others(sky: SkyStandIn) -> None:
    odd = await sky.post("lea", f"{AT} odd")
    odd.value = {**odd.value, "text": 7}
    platform = bluesky(sky)
    async with Ears(platform) as ears:
        good = await sky.post("kim", f"{AT} good")
        await ears.post(PostRef(good.uri))
        await ears.post(PostRef((await sky.post("kim", f"{AT} and another")).uri))
        assert (
            ears.heard.count(Unavailable(PostRef(odd.uri), "we cannot read what the server sends for this post")) == 1
        )
        assert isinstance((await platform.fetch([PostRef(odd.uri)]))[PostRef(odd.uri)], Unavailable)


async def test_a_cursor_of_somebody_else_is_refused_by_name(sky: SkyStandIn) -> None:
    platform = bluesky(sky)
    with pytest.raises(Malformed):
        await anext(aiter(platform.listen("117")))  # type: ignore[arg-type]


async def test_a_storm_of_429_is_waited_out_and_nothing_is_lost(sky: SkyStandIn) -> None:
    platform = bluesky(sky)
    await platform.open()
    async with Ears(platform) as ears:
        await ears.post(PostRef((await sky.post("lea", f"{AT} before")).uri))
        sky.fault(Fault.THROTTLE, where=Where.READ, seconds=1, times=2)
        during = await sky.post("lea", f"{AT} during")
        await ears.post(PostRef(during.uri))

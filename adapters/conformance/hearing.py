"""What customers write, change and delete is heard, and nothing of it is lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.capabilities import Hears, Notices
from adapters.conformance.parts import Part, new_key, reply_to, skip_unless, the_post
from adapters.conformance.world import Trick, World, refs
from adapters.contract import (
    VOTES,
    AsHeard,
    Edited,
    Gone,
    Hook,
    Platform,
    Posted,
    PostRef,
    PublicPost,
    Removed,
    Unavailable,
    Voted,
)
from adapters.posts import Audience


def what_is_said(post: PublicPost) -> tuple[object, ...]:
    """What makes a post look changed when it is another: its words, its warning, its own media."""
    own = [(item.kind, item.url.partition("?")[0], item.description) for item in post.media if not item.context]
    return post.text.plain, post.warning or "", tuple(own)


class Hearing(Part):
    @pytest.mark.parametrize("streaming", [True, False])
    async def test_what_a_customer_writes_is_heard_whole(self, world: World, streaming: bool) -> None:
        skip_unless(not streaming or Hears.STREAM in world.can.hears, "declares no stream")
        platform = world.platform(table={"streaming": streaming} if Hears.STREAM in world.can.hears else {})
        async with world.ears(platform) as ears:
            before = datetime.now(UTC)
            ref = await world.post("My order 4711 is late — see https://shop.example/orders/4711 & <b>answer</b>!")
            post = (await ears.post(ref)).post
        assert "My order 4711 is late — see https://shop.example/orders/4711 & <b>answer</b>!" in post.text.plain
        assert post.root == ref
        assert post.parent is None
        assert not post.ours
        assert (post.author.handle or post.author.name.lower()).startswith("lea")
        assert post.url
        assert post.visibility is world.audience
        assert abs(post.at - before) < timedelta(seconds=30)

    async def test_what_was_written_while_we_were_away_is_heard_once_in_order(self, world: World) -> None:
        platform = world.platform()
        first = await world.post("the first")
        async with world.ears(platform) as ears:
            await ears.post(first)
            cursor = ears.cursors[-1]
        missed = [await world.post(f"number {number}") for number in range(95)]
        async with world.ears(platform, cursor) as ears:
            heard = await ears.told(missed, seconds=20)
        assert refs(heard) == missed

    async def test_from_every_cursor_everything_after_it_is_heard_again(self, world: World) -> None:
        platform = world.platform()
        written = [await world.post("the start")]
        async with world.ears(platform) as ears:
            await ears.post(written[0])
            for number in range(30):
                written.append(await world.post(f"number {number}"))
                if number % 3 == 0:
                    await ears.post(written[-1])
            await ears.told(written)
            points = [
                (cursor, {one.post.ref for batch in ears.batches[: at + 1] for one in batch if isinstance(one, Posted)})
                for at, cursor in enumerate(ears.cursors)
            ]
        for cursor, told in points[:: max(1, len(points) // 6)]:
            missing = set(written) - told
            async with world.ears(platform, cursor) as ears:
                await ears.told(missing)

    async def test_a_post_says_the_same_however_it_is_read(self, world: World) -> None:
        """Pushed or listed, asked for alone, in its thread, and in another life: else it looks changed."""
        platform, other = world.platform(), world.platform()
        async with world.ears(platform) as ears:
            ref = await world.post("Is it #late? https://shop.example/orders/4711?a=1&b=2 & <b>1:23</b>  @kim\n👍🏽")
            reads = {"heard": (await ears.post(ref)).post}
            for name, one in (("alone", platform), ("alone, in another life", other)):
                found = (await one.fetch([ref]))[ref]
                assert isinstance(found, PublicPost), name
                reads[name] = found
            for post in await platform.thread(ref):
                if post.ref == ref:
                    reads["in its thread"] = post
        assert len({what_is_said(one) for one in reads.values()}) == 1, reads
        assert {(one.ref, one.edited_at) for one in reads.values()} == {(ref, None)}

    async def test_warning_picture_and_audience_are_carried(self, world: World) -> None:
        platform = world.platform()
        async with world.ears(platform) as ears:
            ref = await world.post("it leaks", warning="water damage", audience=Audience.UNLISTED)
            post = (await ears.post(ref)).post
            if Trick.AUDIENCES in world.tricks:
                assert post.visibility is Audience.UNLISTED
            if world.can.warnings:
                assert post.warning == "water damage"
            if Trick.PICTURES in world.tricks:
                ref = await world.post("look", picture="a wet floor")
                post = (await ears.post(ref)).post
                assert [media.description for media in post.media] == ["a wet floor"]
                assert post.media[0].url.startswith("http")

    async def test_an_edit_is_noticed(self, world: World, platform: Platform) -> None:
        world.need(Trick.EDIT)
        skip_unless(world.can.sees_edits is not Notices.NO, "declares that edits cannot be seen")
        async with world.ears(platform) as ears:
            ref = await world.post("I love it")
            await ears.post(ref)
            await world.edit(ref, "I hate it")
            if Trick.PUSH_CHANGES in world.tricks or world.can.sees_edits is Notices.PUSH:
                heard = await ears.until(lambda all_: any(isinstance(one, Edited) for one in all_))
                edited = next(one for one in heard if isinstance(one, Edited))
                assert edited.post.ref == ref
                assert "I hate it" in edited.post.text.plain
        now = await the_post(platform, ref)
        assert "I hate it" in now.text.plain
        assert now.edited_at is not None
        assert now.edited_at >= now.at

    async def test_whoever_sees_an_edited_post_first_reads_when_it_was_edited_as_declared(self, world: World) -> None:
        world.need(Trick.EDIT)
        skip_unless(world.can.sees_edits is not Notices.NO, "declares that edits cannot be seen")
        ref = await world.post("I love it")
        await asyncio.sleep(0.002)  # some date by the millisecond
        await world.edit(ref, "I hate it")
        now = await the_post(world.platform(), ref)  # one that remembers nothing
        assert "I hate it" in now.text.plain
        assert (now.edited_at is not None) is world.can.dates_edits

    async def test_a_deletion_is_noticed(self, world: World, platform: Platform) -> None:
        world.need(Trick.DELETE)
        skip_unless(world.can.sees_deletions is not Notices.NO, "declares that deletions cannot be seen")
        async with world.ears(platform) as ears:
            ref = await world.post("never mind")
            await ears.post(ref)
            await world.delete(ref)
            if Trick.PUSH_CHANGES in world.tricks:
                await ears.until(lambda all_: Removed(ref) in all_)
        assert isinstance((await platform.fetch([ref]))[ref], Gone | Unavailable)

    async def test_votes_are_counted_and_told_when_they_change(self, world: World, platform: Platform) -> None:
        world.need(Trick.VOTES)
        async with world.ears(platform) as ears:
            ref = await world.post("a dark mode, please")
            assert (await ears.post(ref)).post.extra[VOTES] == 0
            await world.vote(ref, "kim", "sam")
            heard = await ears.until(lambda all_: Voted(ref, 2) in all_)
        assert refs(heard) == [ref], "a vote is no post"
        assert (await the_post(platform, ref)).extra[VOTES] == 2

    async def test_fetching_many_answers_for_each(self, world: World, platform: Platform) -> None:
        there = [await world.post(f"number {number}") for number in range(23)]
        gone = await world.post("gone")
        asked = [*there, PostRef("999999999")]
        if Trick.DELETE in world.tricks:
            await world.delete(gone)
            asked.append(gone)
        got = await platform.fetch(asked)
        assert list(got) == asked
        assert all(isinstance(got[ref], PublicPost) for ref in there)
        # Where nobody answers, what was never there cannot be told from what cannot be asked for.
        away = Gone | Unavailable if world.can.replies else Gone | Unavailable | AsHeard
        assert all(isinstance(got[ref], away) for ref in asked[23:])
        assert await platform.fetch([]) == {}

    async def test_a_thread_is_given_whole_under_one_root(self, world: World, platform: Platform) -> None:
        skip_unless(world.can.threads, "declares no threads")
        first = await world.post("my parcel is lost")
        await platform.publish(await reply_to(platform, first, "Which number?"), key=new_key())
        (answer,) = await world.replies(first)
        second = await world.post("4711", to=answer.ref)
        for ref in (first, answer.ref, second):
            thread = await platform.thread(ref)
            assert [post.ref for post in thread] == [first, answer.ref, second]
            assert {post.root for post in thread} == {first}
            assert [post.ours for post in thread] == [False, True, False]
        assert list(await platform.thread(PostRef("999999999"))) == []

    async def test_without_a_stream_nothing_is_lost(self, world: World) -> None:
        world.need(Trick.NO_STREAM)
        await world.misbehave(Trick.NO_STREAM)
        await self._hears_all_through(world)

    async def test_when_streams_break_nothing_is_lost(self, world: World) -> None:
        world.need(Trick.STREAM_DROP)
        platform = world.platform()
        async with world.ears(platform) as ears:
            await ears.post(await world.post("before"))
            await world.misbehave(Trick.STREAM_DROP)
            await ears.post(await world.post("while"))
            await world.behave()
            await ears.post(await world.post("after"))

    async def test_a_silent_stream_is_not_believed(self, world: World) -> None:
        world.need(Trick.STREAM_SILENT)
        await world.misbehave(Trick.STREAM_SILENT)
        await self._hears_all_through(world)

    async def test_after_the_line_was_cut_it_goes_on_by_itself(self, world: World) -> None:
        world.need(Trick.CUT_OFF)
        platform = world.platform()
        async with world.ears(platform) as ears:
            await ears.post(await world.post("before"))
            await world.misbehave(Trick.CUT_OFF)
            during = await world.post("while the line was cut")
            await asyncio.sleep(0.3)  # long enough for a poll to fail
            await world.behave()
            await ears.post(during)

    async def _hears_all_through(self, world: World) -> None:
        platform = world.platform()
        async with world.ears(platform) as ears:
            for number in range(3):
                await ears.post(await world.post(f"number {number}"))

    async def test_nobody_can_push_to_a_platform_that_declares_no_push(self, world: World) -> None:
        skip_unless(Hears.PUSH not in world.can.hears, "declares push")
        platform = world.platform()
        answer = await platform.hook(Hook(method="POST", path="/", query={}, headers={}, body=b"{}"))
        assert answer.status in (404, 405)
        assert answer.heard == ()

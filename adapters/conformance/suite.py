"""What every platform has to keep, whatever it is. Steered by its declared capabilities; a *no* is tested too.

A folder with worlds makes a subclass of `Conformance` and gives it the fixture `world`.
"""

from __future__ import annotations

import asyncio
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from adapters.capabilities import Hears, Notices, Once
from adapters.conformance.world import Trick, World, refs
from adapters.contract import (
    BY_HAND,
    Absent,
    AsHeard,
    AuthFailed,
    CannotTell,
    Edited,
    Gone,
    Hook,
    Lost,
    Platform,
    Posted,
    PostRef,
    PublicPost,
    Ready,
    Reason,
    Receipt,
    Refusal,
    Refused,
    Removed,
    Reply,
    Text,
    Throttled,
    Unavailable,
    Visibility,
)
from adapters.posts import Audience, narrower


async def the_post(platform: Platform, ref: PostRef) -> PublicPost:
    post = (await platform.fetch([ref]))[ref]
    assert isinstance(post, PublicPost)
    return post


async def reply_to(platform: Platform, ref: PostRef, words: str, *, tried: bool = False) -> Reply:
    """The reply to a post as `deliver` makes it; `tried`: an attempt was just made."""
    if not platform.can.replies:
        pytest.skip("this platform declares no replies")
    parent = await the_post(platform, ref)
    attempts = (datetime.now(UTC),) if tried else ()
    return Reply.to(parent, text=platform.compose(Text.of(words), parent), attempts=attempts)


def new_key() -> str:
    """Never used before: a server may live longer than a test. (What is found does not hang on the key.)"""
    return uuid4().hex


def what_is_said(post: PublicPost) -> tuple[object, ...]:
    """What makes a post look changed when it is another: its words, its warning, its own media."""
    own = [(item.kind, item.url.partition("?")[0], item.description) for item in post.media if not item.context]
    return post.text.plain, post.warning or "", tuple(own)


class Conformance:
    @pytest.fixture
    async def platform(self, world: World) -> Platform:
        platform = world.platform()
        await platform.open()
        return platform

    # Who we are

    async def test_it_is_a_platform_and_says_what_it_can_with_sources(self, world: World) -> None:
        platform = world.platform()
        assert isinstance(platform, Platform)
        assert world.kind.name == world.platform_name
        can = world.can
        numbers = [
            item.name
            for item in fields(can)
            if isinstance(getattr(can, item.name), timedelta)
            or (item.name in ("pace", "cost", "recheck") and getattr(can, item.name))
        ]
        assert [name for name in numbers if name not in can.sources] == []

    async def test_opening_tells_who_we_are_and_what_fits(self, world: World) -> None:
        platform = world.platform()
        me = await platform.open()
        assert me.ref
        assert me.handle
        assert not me.handle.startswith("@")
        assert platform.limits().length > 0

    async def test_a_wrong_token_is_told_as_such(self, world: World) -> None:
        if not world.secrets():
            pytest.skip("this platform has no secrets")
        platform = world.platform(secrets=dict.fromkeys(world.secrets(), "wrong"))
        with pytest.raises(AuthFailed):
            await platform.open()

    # Hearing

    @pytest.mark.parametrize("streaming", [True, False])
    async def test_what_a_customer_writes_is_heard_whole(self, world: World, streaming: bool) -> None:
        if streaming and Hears.STREAM not in world.can.hears:
            pytest.skip("this platform declares no stream")
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
            heard = await ears.until(lambda all_: set(missed) <= set(refs(all_)), seconds=20)
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
            await ears.until(lambda all_: set(written) <= set(refs(all_)))
            points = [
                (cursor, {one.post.ref for batch in ears.batches[: at + 1] for one in batch if isinstance(one, Posted)})
                for at, cursor in enumerate(ears.cursors)
            ]
        for cursor, told in points[:: max(1, len(points) // 6)]:
            missing = set(written) - told
            async with world.ears(platform, cursor) as ears:
                await ears.until(lambda all_, missing=missing: missing <= set(refs(all_)))  # type: ignore[misc]

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
        if world.can.sees_edits is Notices.NO:
            pytest.skip("this platform declares that edits cannot be seen")
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

    async def test_a_deletion_is_noticed(self, world: World, platform: Platform) -> None:
        world.need(Trick.DELETE)
        if world.can.sees_deletions is Notices.NO:
            pytest.skip("this platform declares that deletions cannot be seen")
        async with world.ears(platform) as ears:
            ref = await world.post("never mind")
            await ears.post(ref)
            await world.delete(ref)
            if Trick.PUSH_CHANGES in world.tricks:
                await ears.until(lambda all_: Removed(ref) in all_)
        assert isinstance((await platform.fetch([ref]))[ref], Gone | Unavailable)

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
        if not world.can.threads:
            pytest.skip("this platform declares no threads")
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
        if Hears.PUSH in world.can.hears:
            pytest.skip("this platform declares push")
        platform = world.platform()
        answer = await platform.hook(Hook(method="POST", path="/", query={}, headers={}, body=b"{}"))
        assert answer.status in (404, 405)
        assert answer.heard == ()

    # Composing

    async def test_composing_is_pure_and_twice_is_once(self, world: World, platform: Platform) -> None:
        parent = await the_post(platform, await world.post("help"))
        once = platform.compose(Text.of("We are on it."), parent)
        assert "We are on it." in once.plain
        assert platform.compose(once, parent) == once

    async def test_what_just_fits_is_accepted_and_one_more_is_not(self, world: World, platform: Platform) -> None:
        if not world.can.replies:
            pytest.skip("this platform declares no replies")
        parent = await the_post(platform, await world.post("help"))
        start = platform.compose(Text.of("👩🏽‍💻 https://shop.example/a/long/way/to/go "), parent)
        text = Text.of(start.plain + "x" * (platform.limits().length - platform.fit(start).length))
        assert platform.fit(text).fits
        assert platform.fit(text).length == platform.limits().length
        longer = Text.of(text.plain + "x")
        assert not platform.fit(longer).fits
        assert isinstance(refusal := await platform.preflight(Reply.to(parent, text=longer)), Refusal)
        assert refusal.reason is Reason.TOO_LONG
        world.need(Trick.LENGTH)  # from here on the server has to count as this platform does
        with pytest.raises(Refused):
            await platform.publish(Reply.to(parent, text=longer), key=new_key())
        await platform.publish(Reply.to(parent, text=text), key=new_key())
        assert [shown.words for shown in await world.replies(parent.ref)] == [text.plain]

    async def test_preflight_says_yes_where_we_may_answer(self, world: World, platform: Platform) -> None:
        ref = await world.post("help")
        assert isinstance(await platform.preflight(await reply_to(platform, ref, "We are on it.")), Ready)

    async def test_preflight_refuses_what_has_gone(self, world: World, platform: Platform) -> None:
        world.need(Trick.DELETE)
        ref = await world.post("help")
        reply = await reply_to(platform, ref, "We are on it.")
        await world.delete(ref)
        refusal = await platform.preflight(reply)
        assert isinstance(refusal, Refusal)
        assert refusal.reason is Reason.GONE
        assert refusal.sentence.endswith(".")

    async def test_preflight_refuses_where_we_are_blocked(self, world: World, platform: Platform) -> None:
        world.need(Trick.BLOCK)
        ref = await world.post("go away", author="kim")
        reply = await reply_to(platform, ref, "Sorry.")
        await world.block("kim")
        refusal = await platform.preflight(reply)
        assert isinstance(refusal, Refusal)
        assert refusal.reason in (Reason.NOT_ALLOWED, Reason.GONE)

    # Answering

    async def test_who_declares_no_replies_says_what_to_do_instead_and_sends_nothing(
        self, world: World, platform: Platform
    ) -> None:
        if world.can.replies:
            pytest.skip("this platform declares replies")
        post = await the_post(platform, await world.post("help"))
        assert post.extra[BY_HAND]
        reply = Reply.to(post, text=Text.of("We are on it."))
        assert isinstance(refusal := await platform.preflight(reply), Refusal)
        assert refusal.reason is Reason.UNSUPPORTED
        receipt = Receipt(ref=post.ref, url=None, at=post.at)
        for call in (
            platform.publish(reply, new_key()),
            platform.correct(receipt, reply.text, new_key()),
            platform.retract(receipt),
        ):
            with pytest.raises(Refused) as caught:
                await call
            assert caught.value.reason is Reason.UNSUPPORTED
        assert isinstance(await platform.find_own_reply(reply, new_key()), CannotTell)

    async def test_an_answer_stands_there_exactly_as_approved(self, world: World, platform: Platform) -> None:
        ref = await world.post("help")
        reply = await reply_to(platform, ref, 'We’re on it: 2 < 3 & "fine".\n\nMore: https://shop.example/help ^LM')
        receipt = await platform.publish(reply, key=new_key())
        (shown,) = await world.replies(ref)
        assert shown.words == reply.text.plain
        assert shown.ref == receipt.ref
        assert await platform.look(receipt) is Visibility.VISIBLE
        assert Receipt.from_json(receipt.to_json()) == receipt

    @pytest.mark.parametrize("audience", list(Audience))
    async def test_no_answer_is_seen_by_more_people_than_the_post(self, world: World, audience: Audience) -> None:
        world.need(Trick.AUDIENCES)
        for at_most in ("public", "unlisted", "direct"):
            platform = world.platform(table={"reply_visibility": at_most})
            await platform.open()
            ref = await world.post("between us", audience=audience)
            await platform.publish(await reply_to(platform, ref, "Sure."), key=new_key())
            (shown,) = await world.replies(ref)
            assert narrower(shown.audience, audience) is shown.audience
            assert narrower(shown.audience, Audience(at_most)) is shown.audience

    async def test_a_warning_is_kept_over_the_answer(self, world: World, platform: Platform) -> None:
        if not world.can.warnings:
            pytest.skip("this platform declares no warnings")
        ref = await world.post("it leaks", warning="water damage")
        await platform.publish(await reply_to(platform, ref, "Sorry!"), key=new_key())
        (shown,) = await world.replies(ref)
        assert shown.warning == "water damage"

    async def test_a_repeat_with_the_same_key_is_one_answer(self, world: World, platform: Platform) -> None:
        if world.can.once is not Once.KEY:
            pytest.skip("this platform declares no keys")
        ref = await world.post("help")
        reply = await reply_to(platform, ref, "We are on it.")
        key = new_key()
        receipts = {(await platform.publish(reply, key=key)).ref for _ in range(3)}
        assert len(receipts) == 1
        assert len(await world.replies(ref)) == 1

    async def test_our_answer_is_found_and_no_other_is_taken_for_it(self, world: World, platform: Platform) -> None:
        if not world.can.finds:
            pytest.skip("this platform declares that own replies cannot be found")
        ref = await world.post("help")
        other = await world.post("help as well")
        reply = await reply_to(platform, ref, "We are on it.", tried=True)
        assert isinstance(await platform.find_own_reply(reply, new_key()), Absent)
        receipt = await platform.publish(reply, key=new_key())
        await world.settled()
        found = await platform.find_own_reply(reply, new_key())
        assert isinstance(found, Receipt)
        assert found.ref == receipt.ref
        elsewhere = await reply_to(platform, other, "We are on it.", tried=True)
        assert isinstance(await platform.find_own_reply(elsewhere, new_key()), Absent)
        again = Reply.to(await the_post(platform, ref), text=reply.text, known=frozenset({receipt.ref}))
        assert isinstance(await platform.find_own_reply(again, new_key()), Absent)

    async def test_an_answer_with_other_words_leaves_the_decision_to_a_person(
        self, world: World, platform: Platform
    ) -> None:
        if not world.can.finds:
            pytest.skip("this platform declares that own replies cannot be found")
        ref = await world.post("help")
        by_hand = await reply_to(platform, ref, "A colleague wrote this.", tried=True)
        await platform.publish(by_hand, key=new_key())
        await world.settled()
        ours = await reply_to(platform, ref, "We wrote that.", tried=True)
        assert isinstance(await platform.find_own_reply(ours, new_key()), CannotTell)

    async def test_it_is_found_also_when_the_post_it_answers_is_gone(self, world: World, platform: Platform) -> None:
        world.need(Trick.DELETE)
        if not world.can.finds:
            pytest.skip("this platform declares that own replies cannot be found")
        ref = await world.post("help")
        reply = await reply_to(platform, ref, "We are on it.", tried=True)
        receipt = await platform.publish(reply, key=new_key())
        await world.settled()
        await world.delete(ref)
        found = await platform.find_own_reply(reply, new_key())
        if Trick.TAKES_ANSWERS in world.tricks:
            assert isinstance(found, Absent | CannotTell)
            assert await world.replies(ref) == []
            return
        assert isinstance(found, Receipt)
        assert found.ref == receipt.ref

    # Certainty

    async def _outcome(
        self, world: World, trick: Trick, error: type[Exception], *, posted: bool
    ) -> tuple[Exception, PostRef]:
        """Publishes under a fault; checks the error, that it came in time, what stands there and what is found."""
        world.need(trick)
        platform = world.platform()
        await platform.open()
        ref = await world.post("help")
        reply = await reply_to(platform, ref, "We are on it.", tried=True)
        before = world.calls() if Trick.COUNTS_CALLS in world.tricks else 0
        await world.misbehave(trick)
        began = asyncio.get_running_loop().time()
        with pytest.raises(error) as caught:
            await platform.publish(reply, key=new_key())
        assert asyncio.get_running_loop().time() - began < platform.can.call_limit.total_seconds() + 1
        assert type(caught.value) is error
        if Trick.COUNTS_CALLS in world.tricks:
            assert world.calls() == before + 1, "nothing below us may repeat a call"
        await world.behave()
        stands = await world.replies(ref)
        assert len(stands) == (1 if posted else 0)
        if world.can.finds:
            found = await platform.find_own_reply(reply, new_key())
            # Who is told to wait may not even look.
            assert isinstance(found, Receipt if posted else Absent | CannotTell if error is Throttled else Absent)
            assert not isinstance(found, Receipt) or found.ref == stands[0].ref
        return caught.value, ref

    async def test_refused_means_that_nothing_was_posted(self, world: World) -> None:
        error, _ = await self._outcome(world, Trick.REFUSE, Refused, posted=False)
        assert isinstance(error, Refused)
        assert error.sentence

    async def test_throttled_means_later(self, world: World) -> None:
        error, _ = await self._outcome(world, Trick.THROTTLE, Throttled, posted=False)
        assert isinstance(error, Throttled)
        assert timedelta(0) < error.until - datetime.now(UTC) <= timedelta(hours=1)

    async def test_accepted_and_the_line_dropped_is_lost_and_found(self, world: World) -> None:
        await self._outcome(world, Trick.ACCEPT_AND_DROP, Lost, posted=True)

    async def test_accepted_and_never_answered_is_lost_in_time_and_found(self, world: World) -> None:
        await self._outcome(world, Trick.ACCEPT_AND_HANG, Lost, posted=True)

    async def test_failed_and_accepted_nothing_is_lost_and_absent(self, world: World) -> None:
        await self._outcome(world, Trick.FAIL_BEFORE, Lost, posted=False)

    async def test_accepted_and_said_to_have_failed_is_lost_and_found(self, world: World) -> None:
        await self._outcome(world, Trick.FAIL_AFTER, Lost, posted=True)

    async def test_accepted_later_is_lost_then_found(self, world: World) -> None:
        world.need(Trick.ACCEPT_LATE)
        platform = world.platform()
        await platform.open()
        ref = await world.post("help")
        reply = await reply_to(platform, ref, "We are on it.", tried=True)
        await world.misbehave(Trick.ACCEPT_LATE, after=timedelta(seconds=0.5))
        with pytest.raises(Lost):
            await platform.publish(reply, key=new_key())
        assert platform.can.late_bound is not None
        async with asyncio.timeout(5):
            while not await world.replies(ref):
                await asyncio.sleep(0.05)
        assert isinstance(await platform.find_own_reply(reply, new_key()), Receipt)

    async def test_a_server_that_is_not_there_is_a_certain_no(self, world: World, unused_tcp_port: int) -> None:
        platform = world.platform()
        await platform.open()
        reply = await reply_to(platform, await world.post("help"), "We are on it.")
        away = world.platform(table=world.elsewhere(f"http://127.0.0.1:{unused_tcp_port}"))
        with pytest.raises(Throttled) as caught:
            await away.publish(reply, key=new_key())
        assert caught.value.until > datetime.now(UTC)
        if world.can.finds:
            assert isinstance(await away.find_own_reply(reply, new_key()), CannotTell)

    async def test_a_server_that_ignores_keys_is_looked_through(self, world: World) -> None:
        world.need(Trick.IGNORE_KEYS)
        await world.misbehave(Trick.IGNORE_KEYS)
        platform = world.platform()
        await platform.open()
        ref = await world.post("help")
        reply = await reply_to(platform, ref, "We are on it.", tried=True)
        first = await platform.publish(reply, key=new_key())
        found = await platform.find_own_reply(reply, new_key())
        assert isinstance(found, Receipt)
        assert found.ref == first.ref

    async def test_an_odd_server_is_served_as_well(self, world: World) -> None:
        world.need(Trick.ODD)
        await world.misbehave(Trick.ODD)
        wrong = world.platform(secrets=dict.fromkeys(world.secrets(), "wrong"))
        with pytest.raises(AuthFailed):
            await wrong.open()
        platform = world.platform()
        async with world.ears(platform) as ears:
            ref = await world.post("help")
            post = (await ears.post(ref)).post
            assert "@" not in post.author.handle
            reply = Reply.to(post, text=platform.compose(Text.of("We are on it."), post), attempts=(datetime.now(UTC),))
            await platform.publish(reply, key=new_key())
            (shown,) = await world.replies(ref)
            assert shown.words == reply.text.plain
            assert isinstance(await platform.find_own_reply(reply, new_key()), Receipt)
            too_long = Reply.to(post, text=Text.of("x" * (platform.limits().length + 1)))
            with pytest.raises(Refused):
                await platform.publish(too_long, key=new_key())
        assert len(await platform.fetch([ref, shown.ref, PostRef("999999999")])) == 3

    # Afterwards

    async def test_an_answer_can_be_corrected_if_that_is_declared(self, world: World, platform: Platform) -> None:
        ref = await world.post("help", warning="water" if world.can.warnings else None)
        receipt = await platform.publish(await reply_to(platform, ref, "We are on it."), key=new_key())
        better = Text.of("@lea We were on it, and it is done.")
        if not world.can.corrects:
            with pytest.raises(Refused) as caught:
                await platform.correct(receipt, better, key=new_key())
            assert caught.value.reason is Reason.UNSUPPORTED
            return
        corrected = await platform.correct(receipt, better, key=new_key())
        assert corrected.ref == receipt.ref
        (shown,) = await world.replies(ref)
        assert shown.words == better.plain
        assert shown.warning == ("water" if world.can.warnings else "")

    async def test_an_answer_can_be_taken_back_if_that_is_declared(self, world: World, platform: Platform) -> None:
        ref = await world.post("help")
        receipt = await platform.publish(await reply_to(platform, ref, "We are on it."), key=new_key())
        if not world.can.retracts:
            with pytest.raises(Refused) as caught:
                await platform.retract(receipt)
            assert caught.value.reason is Reason.UNSUPPORTED
            return
        await platform.retract(receipt)
        await platform.retract(receipt)
        assert await world.replies(ref) == []
        assert await platform.look(receipt) is Visibility.REJECTED

    async def test_searching_finds_if_that_is_declared(self, world: World, platform: Platform) -> None:
        if not world.can.searches:
            pytest.skip("this platform declares no search")
        ref = await world.post("the zanzibar parcel is lost")
        await world.post("something else")
        batch = await platform.search("zanzibar", None)
        assert refs(list(batch.heard)) == [ref]

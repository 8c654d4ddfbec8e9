"""What is known of a call that went wrong: never less than the platform tells, and never more."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.conformance.parts import Part, new_key, reply_to
from adapters.conformance.world import Trick, World
from adapters.contract import Absent, AuthFailed, CannotTell, Lost, PostRef, Receipt, Refused, Reply, Text, Throttled


class Certainty(Part):
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

"""The day's quota on YouTube: its edges, its ledger, the reserve for replies, and what a restart knows."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.conformance.world import Ears
from adapters.contract import PostRef, Ready, Throttled, Unreachable, Visibility
from adapters.keeping import Forgetful, Spent
from adapters.youtube_quota import COSTS, REPLY, SLOWEST, For, Ledger, Method, Spare, day_of
from sandbox.youtube import Fault, TubeStandIn
from tests.adapters.tube import Clockwork, reply_to, youtube

HOUR = timedelta(hours=1)


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "begins", "hours"),
    [
        ("2026-07-01T12:00", "2026-07-01T07:00", 24),  # summer: UTC-7
        ("2026-07-01T06:59", "2026-06-30T07:00", 24),
        ("2026-01-15T12:00", "2026-01-15T08:00", 24),  # winter: UTC-8
        ("2026-01-15T08:00", "2026-01-15T08:00", 24),
        ("2026-03-08T09:00", "2026-03-08T08:00", 23),  # clocks go forward at 2:00
        ("2026-03-09T06:59", "2026-03-08T08:00", 23),
        ("2026-03-09T07:00", "2026-03-09T07:00", 24),
        ("2026-11-01T07:00", "2026-11-01T07:00", 25),  # clocks go back at 2:00
        ("2026-11-01T08:30", "2026-11-01T07:00", 25),  # 1:30 for the first time
        ("2026-11-01T09:30", "2026-11-01T07:00", 25),  # 1:30 for the second time
        ("2026-11-02T07:59", "2026-11-01T07:00", 25),
        ("2026-11-02T08:00", "2026-11-02T08:00", 24),
    ],
)
def test_a_day_of_the_quota_is_one_in_california(now: str, begins: str, hours: int) -> None:
    assert day_of(at(now)) == (at(begins), at(begins) + hours * HOUR)


async def test_listening_leaves_the_reserve_and_replies_may_use_it() -> None:
    clock = Clockwork()
    ledger = Ledger(None, quota=100, reserve=60, clock=clock)
    for _ in range(40):
        await ledger.take(Method.THREADS, For.LISTENING)
    with pytest.raises(Spare) as caught:
        await ledger.take(Method.THREADS, For.LISTENING)
    assert caught.value.until == at("2026-07-02T07:00")
    assert "60 units are kept for replies until 07:00 UTC" in caught.value.sentence
    await ledger.take(Method.INSERT, For.ANSWERING)
    assert (await ledger.left(For.LISTENING), await ledger.left(For.ANSWERING)) == (0, 10)
    with pytest.raises(Spare):
        await ledger.take(Method.INSERT, For.ANSWERING)
    await ledger.take(Method.COMMENTS, For.ANSWERING)
    clock.now = caught.value.until
    await ledger.take(Method.THREADS, For.LISTENING)
    assert await ledger.left(For.ANSWERING) == 99


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08T08:00", 23), ("2026-11-01T07:00", 25)])
async def test_when_clocks_change_nothing_is_counted_for_two_days_or_none(day: str, hours: int) -> None:
    clock = Clockwork(at(day))
    ledger = Ledger(None, quota=1000, reserve=0, clock=clock)
    for _ in range(hours):
        await ledger.take(Method.THREADS, For.LISTENING)
        clock.move(HOUR)
    assert await ledger.left(For.ANSWERING) == 1000, "the day has ended with its last hour"
    clock.move(-timedelta(seconds=1))
    assert await ledger.left(For.ANSWERING) == 1000 - hours


async def test_listening_slows_down_so_that_the_units_last_the_day() -> None:
    clock = Clockwork(at("2026-07-01T19:00"))  # 12 hours are left
    keeper = Forgetful()
    ledger = Ledger(keeper, quota=10_000, reserve=2_500, clock=clock)
    minute = timedelta(minutes=1)
    assert await ledger.pause(minute, 2) == minute
    await keeper.spend(Spent(units=7_200), at=clock.now)  # 300 are left for listening
    assert await ledger.pause(minute, 2) == 12 * HOUR * 2 / 300
    await keeper.spend(Spent(units=290), at=clock.now)
    assert await ledger.pause(minute, 2) == SLOWEST


async def test_what_youtube_says_fills_the_ledger_up_unless_it_may_mean_yesterday() -> None:
    clock = Clockwork(at("2026-07-01T07:01"))
    ledger = Ledger(None, quota=100, reserve=10, clock=clock)
    assert (await ledger.used_up()).until == clock.now + timedelta(minutes=5)
    assert await ledger.left(For.ANSWERING) == 100
    clock.move(HOUR)
    assert (await ledger.used_up()).until == at("2026-07-02T07:00")
    assert await ledger.left(For.ANSWERING) == 0


async def test_our_ledger_says_what_youtube_counts(tube: TubeStandIn) -> None:
    keeper = Forgetful()
    platform = youtube(tube, keeper=keeper, poll="1h", held=False)  # no question is broken off: it would be forgotten
    comment = await tube.post("lea", "help")
    for number in range(7):
        await tube.post("kim", f"me too {number}", reply_to=comment)
    async with Ears(platform) as ears:
        await ears.until(lambda heard: len(heard) == 8)
    reply = await reply_to(platform, comment)
    assert isinstance(await platform.preflight(reply), Ready)
    receipt = await platform.publish(reply, "k")
    assert await platform.look(receipt) is Visibility.VISIBLE
    await platform.retract(receipt)
    spent = await keeper.spent(datetime.now(UTC) - HOUR)
    assert spent.units == tube.spent() > 2 * REPLY
    assert spent.calls == len(tube.server.asked)
    assert set(tube.server.asked) <= {method.value for method in COSTS}


async def test_at_the_reserve_listening_stops_replies_go_out_and_the_next_day_it_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clockwork()
    async with TubeStandIn.serve(clock=clock, access_for=timedelta(days=3)) as tube:
        platform = youtube(tube, clock=clock, quota=170, reserve=150, held=False)
        first = await tube.post("lea", "help")
        async with Ears(platform) as ears:
            await ears.post(PostRef(first.id))
            async with asyncio.timeout(60):
                while "listening stops until 07:00 UTC" not in caplog.text:
                    clock.move(timedelta(minutes=20))
                    await asyncio.sleep(0.01)
            assert "the quota runs short" in caplog.text
            assert tube.spent() <= 20, "the reserve was not touched"
            asked = len(tube.server.asked)
            second = await tube.post("kim", "and me?")
            await asyncio.sleep(0.1)  # several rounds
            assert len(tube.server.asked) == asked
            await platform.publish(await reply_to(platform, first), "k")
            assert [one.text for one in tube.replies_to(first)] == ["We are on it."]
            clock.now = day_of(clock.now)[1]
            heard = await ears.post(PostRef(second.id))
            assert heard.post.text.plain == "and me?"
        assert caplog.text.count("listening stops until") == 1
        await platform.close()


async def test_a_restart_forgets_nothing_of_what_was_spent(tube: TubeStandIn) -> None:
    keeper = Forgetful()
    comment = await tube.post("lea", "help")
    platform = youtube(tube, keeper=keeper, quota=60, reserve=0)
    reply = await reply_to(platform, comment)
    await platform.publish(reply, "k")
    again = youtube(tube, keeper=keeper, quota=60, reserve=0)
    await again.open()
    with pytest.raises(Throttled) as caught:
        await again.publish(reply, "k2")
    assert caught.value.until == day_of(datetime.now(UTC))[1]
    assert len(tube.publish_calls) == 1, "it was not even asked"


async def test_when_youtube_says_the_quota_is_used_up_nobody_asks_again_before_the_next_day() -> None:
    clock = Clockwork()
    async with TubeStandIn.serve(clock=clock, access_for=timedelta(days=3)) as tube:
        keeper = Forgetful()
        platform = youtube(tube, keeper=keeper, clock=clock)
        await platform.open()
        comment = await tube.post("lea", "help")
        reply = await reply_to(platform, comment)
        tube.fault(Fault.QUOTA)
        with pytest.raises(Throttled) as caught:
            await platform.publish(reply, "k")
        assert caught.value.until == at("2026-07-02T07:00")
        tube.clear_faults()
        again = youtube(tube, keeper=keeper, clock=clock)
        with pytest.raises(Throttled):
            await again.publish(reply, "k")
        assert len(tube.publish_calls) == 0
        clock.now = at("2026-07-02T07:00")
        await again.publish(reply, "k")
        assert len(tube.replies_to(comment)) == 1
        for one in (platform, again):
            await one.close()


async def test_an_outage_eats_nothing_of_the_reserve(tube: TubeStandIn) -> None:
    keeper = Forgetful()
    platform = youtube(tube, keeper=keeper)
    await platform.open()
    comment = await tube.post("lea", "help")
    tube.fault(Fault.CUT_OFF)
    with pytest.raises(Unreachable):
        await platform.fetch([PostRef(comment.id)])
    assert (await keeper.spent(datetime.now(UTC) - HOUR)).units == 1, "the opening alone"


async def test_drafts_say_when_few_replies_are_paid_for(tube: TubeStandIn) -> None:
    comment = await tube.post("lea", "help")
    platform = youtube(tube, quota=260, reserve=0)
    ready = await platform.preflight(await reply_to(platform, comment))
    assert isinstance(ready, Ready)
    assert ready.notes[-1].startswith("Today's quota is enough for 5 more replies, until ")


async def test_an_operator_is_told_what_the_quota_means(tube: TubeStandIn) -> None:
    platform = youtube(tube, quota=100, reserve=10)
    await platform.open()
    assert platform.notes() == ("The reserve is less than a reply costs: listening may use up what replies need.",)
    keeper = Forgetful()
    await keeper.spend(Spent(units=60), at=datetime.now(UTC))
    platform = youtube(tube, keeper=keeper, quota=110, reserve=50)
    await platform.open()
    assert "it hears again at" in platform.notes()[0]


async def test_a_single_look_right_before_an_answer_may_use_the_reserve_and_a_look_around_not(
    tube: TubeStandIn,
) -> None:
    platform = youtube(tube, quota=100, reserve=99)
    await platform.open()
    comments = [await tube.post("lea", f"{number}") for number in range(2)]
    assert await platform.fetch([PostRef(comments[0].id)])
    with pytest.raises(Throttled):
        await platform.fetch([PostRef(one.id) for one in comments])
    with pytest.raises(Throttled):
        await platform.thread(PostRef(comments[0].id))


async def test_a_thread_is_read_again_only_after_a_while_unless_something_is_missing_in_it(tube: TubeStandIn) -> None:
    platform = youtube(tube)
    comment = await tube.post("lea", "help")
    assert len(await platform.thread(PostRef(comment.id))) == 1
    before = tube.spent()
    assert len(await platform.thread(PostRef(comment.id))) == 1
    assert tube.spent() == before
    answer = await tube.post("kim", "me too", reply_to=comment)
    assert [one.ref.id for one in await platform.thread(PostRef(answer.id))] == [comment.id, answer.id]

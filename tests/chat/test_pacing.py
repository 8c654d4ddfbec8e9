"""Buckets that fill with time, also when the clock jumps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.pacing import Bucket
from tests.conftest import Clock


@pytest.fixture
def bucket(clock: Clock) -> Bucket:
    return Bucket(every=1.0, burst=4, clock=clock)


def spent(bucket: Bucket) -> int:
    """Calls that may be made now."""
    calls = 0
    while not bucket.wait():
        bucket.spend()
        calls += 1
    return calls


def test_a_burst_and_then_one_at_a_time(bucket: Bucket, clock: Clock):
    assert spent(bucket) == 4
    assert bucket.wait() == pytest.approx(1.0)
    clock.forward(timedelta(seconds=2.5))
    assert spent(bucket) == 2
    assert bucket.wait() == pytest.approx(0.5)


def test_it_never_holds_more_than_a_burst(bucket: Bucket, clock: Clock):
    clock.forward(timedelta(days=3))
    assert spent(bucket) == 4


def test_a_clock_that_jumps_back_neither_fills_nor_stops_it(bucket: Bucket, clock: Clock):
    assert spent(bucket) == 4
    clock.forward(timedelta(hours=-1))
    assert bucket.wait() == pytest.approx(1.0)
    clock.forward(timedelta(seconds=1))
    assert spent(bucket) == 1


def test_a_pause_is_kept_and_never_believed_for_longer_than_ten_minutes(bucket: Bucket, clock: Clock):
    bucket.pause(clock() + timedelta(seconds=30))
    assert bucket.wait() == 30
    clock.forward(timedelta(seconds=30))
    assert bucket.wait() == 0
    bucket.pause(clock() + timedelta(days=1))
    assert bucket.wait() == 600


def test_a_clock_that_jumps_back_does_not_make_a_pause_longer(bucket: Bucket, clock: Clock):
    bucket.pause(clock() + timedelta(seconds=30))
    clock.forward(timedelta(hours=-1))
    assert bucket.wait() <= 600

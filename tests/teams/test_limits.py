"""Teams' limits: how fast, how long to wait, and what its refusals mean."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.contract import ChatClosed, ChatError, ChatRefused, ChatThrottled, ChatUnreachable, MessageGone
from bot.chat.teams.failures import asked_to_wait, failure
from bot.chat.teams.limits import FIRST_WAIT, MOST_WAIT, THREAD, Backoff, Pace, Windows

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def test_seven_sends_in_a_second_and_then_the_next_second() -> None:
    windows = Windows(THREAD)
    for _ in range(7):
        assert windows.wait(100.0) == 0
        windows.take(100.0)
    assert windows.wait(100.25) == 0.75
    assert windows.wait(101.0) == 0
    windows.take(101.0)
    assert windows.wait(101.0) == 1.0, "eight in two seconds"
    assert windows.wait(102.0) == 0


def test_sixty_in_thirty_seconds_and_1800_an_hour() -> None:
    windows = Windows(THREAD)
    now = 0.0
    for _ in range(60):
        windows.take(now)
        now += 0.25
    assert windows.wait(now) == 30.0 - now
    now = 100.0
    for _ in range(1800):
        windows.take(now)
        now += 1.0
    assert windows.wait(now) == 1800.0


async def test_who_would_wait_long_is_told_when_to_come_again() -> None:
    pace = Pace(lambda: datetime(2026, 11, 22, tzinfo=UTC))
    for _ in range(60):
        pace._thread("t", 0).take(asyncio.get_running_loop().time())
    with pytest.raises(ChatThrottled) as told:
        await pace.turn("t")
    assert told.value.until > datetime(2026, 11, 22, 0, 0, 20, tzinfo=UTC)
    await pace.turn("another")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "", ChatClosed),
        (403, "BotNotInConversationRoster", ChatClosed),
        (403, "", ChatClosed),
        (404, "ActivityNotFoundInConversation", MessageGone),
        (404, "", MessageGone),
        (400, "BadSyntax", ChatRefused),
        (413, "MessageSizeTooBig", ChatRefused),
        (501, "", ChatRefused),
        (500, "ServiceError", ChatUnreachable),
        (502, "", ChatUnreachable),
        (503, "", ChatUnreachable),
        (504, "GatewayTimeout", ChatUnreachable),
    ],
)
def test_a_refusal_says_whether_it_was_done(status: int, code: str, kind: type[ChatError]) -> None:
    found = failure(status, code)
    assert type(found) is kind
    assert isinstance(found, ChatError)
    assert found.code


@pytest.mark.parametrize(("status", "kind"), [(412, ChatThrottled), (429, ChatThrottled), (502, ChatUnreachable)])
def test_what_is_refused_for_now_says_when_it_may_come_again(status: int, kind: type[ChatError]) -> None:
    found = failure(status, "", NOW)
    assert type(found) is kind
    assert isinstance(found, ChatThrottled | ChatUnreachable)
    assert found.until == NOW


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("7", timedelta(seconds=7)),
        (" 0.5 ", timedelta(seconds=0.5)),
        ("Sun, 22 Nov 2026 08:00:09 GMT", timedelta(seconds=9)),
        ("999999999999", timedelta(hours=1)),
        ("1e400", None),
        ("Sun, 22 Nov 2026 07:00:00 GMT", None),
        ("Sun, 22 Nov 2026 08:00:09", None),
        ("soon", None),
        ("nan", None),
        ("-3", None),
        ("0", None),
        ("", None),
    ],
)
def test_how_long_we_are_asked_to_wait(said: str, asked: timedelta | None) -> None:
    assert asked_to_wait({"Retry-After": said}, NOW) == asked
    assert asked_to_wait({}, NOW) is None


def test_each_refusal_in_a_row_doubles_the_wait_and_an_answer_ends_the_row() -> None:
    backoff = Backoff()
    usual = [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4, FIRST_WAIT * 8, FIRST_WAIT * 16, MOST_WAIT, MOST_WAIT]
    for at_least in usual:
        assert at_least <= backoff.refused("a") <= at_least * 1.25
    assert backoff.refused("another") <= FIRST_WAIT * 1.25
    backoff.answered("a")
    assert backoff.refused("a") <= FIRST_WAIT * 1.25


def test_not_all_come_again_at_once_and_nobody_earlier_than_asked() -> None:
    asked = timedelta(seconds=7)
    waits = [Backoff().refused("a", asked) for _ in range(20)]
    assert all(asked <= wait <= asked * 1.25 for wait in waits)
    assert len(set(waits)) > 10

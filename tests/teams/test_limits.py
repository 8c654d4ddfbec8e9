"""Teams' limits: how fast, how long to wait, and what its refusals mean."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.contract import ChatClosed, ChatError, ChatRefused, ChatThrottled, ChatUnreachable, MessageGone
from bot.chat.teams.failures import failure, wait
from bot.chat.teams.limits import THREAD, Pace, Windows


def test_seven_sends_in_a_second_and_then_the_next_second() -> None:
    windows = Windows(THREAD)
    for _ in range(7):
        assert windows.wait(100.0) == 0
        windows.take(100.0)
    assert windows.wait(100.25) == 0.75
    assert windows.wait(101.0) == 0


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


@pytest.mark.parametrize("status", [412, 429])
def test_what_was_not_done_comes_again_when_we_are_asked_to(status: int) -> None:
    found = failure(status, "", headers={"Retry-After": "7"})
    assert isinstance(found, timedelta)
    assert timedelta(seconds=7) <= found <= timedelta(seconds=8.75)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "nan"}, {"Retry-After": "-3"}])
def test_an_odd_wish_is_a_short_wait(headers: Mapping[str, str]) -> None:
    assert timedelta() < wait(headers) <= timedelta(seconds=2.5)
    assert wait({"Retry-After": "999999999"}) <= timedelta(hours=1.25)

"""Hours and moments as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.chat.times import (
    NotUnderstood,
    at_midnight,
    begins_with,
    hours_from,
    hours_kept,
    hours_said,
    hours_shown,
    moment_said,
)

BERLIN = ZoneInfo("Europe/Berlin")
#: A Monday, 11:15 in Berlin.
NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)

HOURS = {
    "Mon-Fri 9-17": "Mon-Fri 09:00-17:00",
    "mon - fri 9:00 – 17:30": "Mon-Fri 09:00-17:30",
    "Mon-Fri 9-12, 13-17": "Mon-Fri 09:00-12:00, Mon-Fri 13:00-17:00",
    "Mon, Wed and Fri 8.30-16": "Mon, Wed, Fri 08:30-16:00",
    "Mo-Fr 9 to 5pm; Sa 10-14": "Mon-Fri 09:00-17:00, Sat 10:00-14:00",
    "Monday 9am-5pm Tuesday 12pm-8pm": "Mon 09:00-17:00, Tue 12:00-20:00",
    "Fri-Mon 22-6": "Mon, Fri-Sun 22:00-06:00",
    "daily 0-24": "daily 00:00-24:00",
    "weekdays 14-24:00": "Mon-Fri 14:00-24:00",
    "off": "",
    "": "",
}
NO_HOURS = {
    "Mon-Fri": "mon-fri",
    "9-17": "9-17",
    "Mon-Fri 9": "9",
    "Mon 9-25": "9-25",
    "Mon 9-9": "9-9",
    "T 9-17": "t",
    "Mon 13pm-14pm": "13pm-14pm",
    "sometimes": "sometimes",
}


def test_hours_are_read_as_people_type_them_and_shown_so_that_they_can_be_typed_again() -> None:
    for words, shown in HOURS.items():
        read = hours_said(words)
        assert hours_shown(read) == shown, words
        assert hours_said(shown) == read, words
        assert hours_from(hours_kept(read)) == read, words


def test_what_are_no_hours_is_refused_with_the_word_at_which_reading_stopped() -> None:
    for words, word in NO_HOURS.items():
        with pytest.raises(NotUnderstood) as caught:
            hours_said(words)
        assert caught.value.word == word, words


def at(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    """In Berlin, in winter."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


MOMENTS = {
    "2h": at(23, 13, 15),
    "for 90 min": at(23, 12, 45),
    "in 1h 30m": at(23, 12, 45),
    "1s": datetime(2026, 11, 23, 10, 15, 1, tzinfo=UTC),
    "2 days": at(25, 11, 15),
    "1w": at(30, 11, 15),
    "until tomorrow": at(24, 10),
    "tomorrow at 14:00": at(24, 14),
    "14:00 tomorrow": at(24, 14),
    "16:30": at(23, 16, 30),
    "at 5pm": at(23, 17),
    "8": at(24, 8),
    "until Friday": at(27, 10),
    "fri 9:30": at(27, 9, 30),
    "Monday": at(30, 10),  # not today
    "Saturday": at(28, 9),  # nobody works then: in the morning
    "2026-12-01": at(1, 10, month=12),
    "until 2026-12-01 noon": at(1, 12, month=12),
}
NO_MOMENTS = ("", "until", "today", "9:99", "yesterday", "2h ago", "2026-11-20", "2026-13-01", "3 blinks", "0h", "900d",
              "2028-01-01", "friday saturday", "14:00 15:00", "142")  # fmt: skip


def test_a_moment_is_meant_by_the_clock_of_who_types_it() -> None:
    begins = begins_with(hours_said("Mon-Fri 10-18"))
    assert {words: moment_said(words, NOW, BERLIN, begins=begins) for words in MOMENTS} == MOMENTS
    assert [words for words in NO_MOMENTS if moment_said(words, NOW, BERLIN, begins=begins) is not None] == []


def test_days_are_days_of_the_calendar_through_both_changes_of_the_clock() -> None:
    saturday = datetime(2026, 3, 28, 11, tzinfo=BERLIN).astimezone(UTC)
    assert moment_said("1d", saturday, BERLIN) == datetime(2026, 3, 29, 11, tzinfo=BERLIN)
    assert moment_said("24h", saturday, BERLIN) == datetime(2026, 3, 29, 12, tzinfo=BERLIN)
    assert moment_said("tomorrow 2:30", saturday, BERLIN) == datetime(2026, 3, 29, 1, tzinfo=UTC)  # left out
    autumn = datetime(2026, 10, 24, 11, tzinfo=BERLIN).astimezone(UTC)
    assert moment_said("tomorrow 2:30", autumn, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # twice
    assert moment_said("tomorrow", autumn, BERLIN, begins=at_midnight) == datetime(2026, 10, 25, tzinfo=BERLIN)
    assert begins_with(hours_said("Mon 13-17, 8-12"))(datetime(2026, 11, 23).date()) == time(8)

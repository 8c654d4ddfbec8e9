"""When somebody is at work: midnight, both changes of the clock, overlaps, breaks, time away, nothing said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.times import hours_said
from bot.reports.shifts import DayEnd, Working, last_end, next_end, next_shift, on_shift

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)


def works(hours: str, zone: ZoneInfo = BERLIN) -> Working:
    return Working(zone, hours_said(hours))


def utc(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def told(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(UTC):%m-%d %H:%M}"


USUAL = "Mon-Fri 9-17"
#: hours, zone, now (UTC), on shift until, next shift, next end
CASES = [
    # 23 November 2026 is a Monday; Berlin is an hour ahead, New York five behind.
    (USUAL, BERLIN, "2026-11-23 07:59", "no", "11-23 08:00", "11-23 16:00"),
    (USUAL, BERLIN, "2026-11-23 08:00", "11-23 16:00", "11-24 08:00", "11-23 16:00"),
    (USUAL, BERLIN, "2026-11-23 15:59", "11-23 16:00", "11-24 08:00", "11-23 16:00"),
    (USUAL, BERLIN, "2026-11-23 16:00", "no", "11-24 08:00", "11-24 16:00"),
    (USUAL, NEW_YORK, "2026-11-23 16:00", "11-23 22:00", "11-24 14:00", "11-23 22:00"),
    (USUAL, BERLIN, "2026-11-27 16:30", "no", "11-30 08:00", "11-30 16:00"),
    # over midnight
    ("Mon 22-6", BERLIN, "2026-11-24 01:00", "11-24 05:00", "11-30 21:00", "11-24 05:00"),
    ("Sun-Thu 22-6", BERLIN, "2026-11-23 20:00", "no", "11-23 21:00", "11-24 05:00"),
    # overlapping shifts are one; one that follows at once goes on; a break is no end of the day
    ("Mon 9-14, Mon 12-17", BERLIN, "2026-11-23 09:00", "11-23 16:00", "11-30 08:00", "11-23 16:00"),
    ("Mon 14-24 Tue 0-6", BERLIN, "2026-11-23 20:00", "11-24 05:00", "11-30 13:00", "11-24 05:00"),
    ("Mon 9-12 13-17", BERLIN, "2026-11-23 10:00", "11-23 11:00", "11-23 12:00", "11-23 16:00"),
    ("Mon 9-12 13-17", BERLIN, "2026-11-23 11:30", "no", "11-23 12:00", "11-23 16:00"),
    # a night shift that runs into the next morning's: the day of the evening has no end of its own
    ("Mon 22-6 Tue 5-9", BERLIN, "2026-11-23 22:00", "11-24 08:00", "11-30 21:00", "11-24 08:00"),
    # nothing said; always
    ("off", BERLIN, "2026-11-23 10:00", "no", None, None),
    ("daily 0-24", BERLIN, "2026-11-23 10:00", None, None, None),
    # clocks go forward on 29 March at 2: the night is seven hours long
    ("Sat 22-6", BERLIN, "2026-03-29 01:30", "03-29 04:00", "04-04 20:00", "03-29 04:00"),
    ("Sat 22-2:30", BERLIN, "2026-03-29 00:30", "03-29 01:00", "04-04 20:00", "03-29 01:00"),
    ("Sun 2:30-10", BERLIN, "2026-03-29 00:30", "no", "03-29 01:00", "03-29 08:00"),
    # and back on 25 October at 3: it is nine, and half past two, which comes twice, ends the second time
    ("Sat 22-6", BERLIN, "2026-10-25 02:30", "10-25 05:00", "10-31 21:00", "10-25 05:00"),
    ("Sat 22-2:30", BERLIN, "2026-10-25 00:45", "10-25 01:30", "10-31 21:00", "10-25 01:30"),
]


def test_who_is_on_shift_until_when_and_when_they_come_next() -> None:
    wrong = []
    for hours, zone, now, until, begins, ends in CASES:
        person, at = works(hours, zone), utc(now)
        there, end = on_shift(person, at), next_end(person, at)
        found = (
            "no" if there is None else told(there.end),
            told(next_shift(person, at)),
            told(end.at if end is not None else None),
        )
        if found != (until, begins, ends):
            wrong.append((hours, now, found))
    assert wrong == []


def test_the_last_end_that_has_passed_is_named_by_the_local_date_on_which_the_work_began() -> None:
    usual, night = works(USUAL), works("Mon-Fri 22-6")
    assert last_end(usual, utc("2026-11-23 16:00")) == DayEnd(date(2026, 11, 23), utc("2026-11-23 16:00"))
    assert last_end(usual, utc("2026-11-23 15:59")) == DayEnd(date(2026, 11, 20), utc("2026-11-20 16:00"))
    assert last_end(night, utc("2026-11-24 05:00")) == DayEnd(date(2026, 11, 23), utc("2026-11-24 05:00"))
    assert last_end(works("off"), utc("2026-11-23 16:00")) is None
    assert last_end(works("daily 0-24"), utc("2026-11-23 16:00")) is None


def test_each_local_date_has_one_end_through_both_changes_of_the_clock() -> None:
    person = works("daily 20-2:30")
    for start, days in (("2026-03-26 12:00", 6), ("2026-10-22 12:00", 6)):
        now, found = utc(start), list[date]()
        for _ in range(days):
            end = next_end(person, now)
            assert end is not None
            assert last_end(person, end.at) == end
            found.append(end.day)
            now = end.at
        assert found == [date.fromisoformat(start[:10]) + timedelta(days=nth) for nth in range(days)]


def test_who_is_away_is_not_on_shift_and_left_when_they_said_so() -> None:
    left, back = utc("2026-11-23 11:20"), utc("2026-11-26 23:00")  # from Monday noon to Friday
    person = Working(BERLIN, hours_said(USUAL), left, back)
    assert on_shift(person, left - MINUTE) is not None
    assert on_shift(person, left) is None
    assert on_shift(person, utc("2026-11-25 10:00")) is None
    assert told(next_shift(person, left)) == "11-27 08:00"
    assert last_end(person, utc("2026-11-25 10:00")) == DayEnd(date(2026, 11, 23), left)
    assert next_end(person, left) == DayEnd(date(2026, 11, 27), utc("2026-11-27 16:00"))
    assert last_end(person, utc("2026-11-27 08:00")) == DayEnd(date(2026, 11, 20), utc("2026-11-20 16:00"))
    assert last_end(Working(BERLIN, away_since=left, away_until=back), utc("2026-11-24 10:00")) is not None

"""Business hours, worked by hand: what each case says is what a person with a calendar would say."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reports.timing import Calendar, Ledger, Target, after, day_of, moment_of, worked
from bot.settings import kinds
from bot.settings.values import Holidays, Hours

BERLIN, NEW_YORK, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")
WEEK = kinds.hours("Mon-Fri 09:00-17:00")
HALF_HOUR, HOUR = timedelta(minutes=30), timedelta(hours=1)


def at(zone: ZoneInfo, words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=zone).astimezone(UTC)


def test_half_an_hour_from_friday_a_quarter_to_five_is_missed_on_monday_at_sixteen_past_nine() -> None:
    target = Target(HALF_HOUR, Calendar(BERLIN, WEEK))
    asked = at(BERLIN, "2026-11-20 16:45")
    assert target.deadline(asked) == at(BERLIN, "2026-11-23 09:15")
    assert not target.missed(asked, at(BERLIN, "2026-11-23 09:15"))
    assert target.missed(asked, at(BERLIN, "2026-11-23 09:16"))


def test_deadlines_by_hand() -> None:
    """Zone, hours, holidays, asked, within, deadline."""
    christmas = kinds.holidays((kinds.holiday("12-25"), kinds.holiday("2026-12-28")))
    nights = kinds.hours("Fri-Sat 22:00-06:00")
    cases = (
        ("in the middle of a day", BERLIN, WEEK, Holidays(), "2026-11-18 10:00", HOUR, "2026-11-18 11:00"),
        ("before work", BERLIN, WEEK, Holidays(), "2026-11-18 03:00", HOUR, "2026-11-18 10:00"),
        ("exactly at the end of the day", BERLIN, WEEK, Holidays(), "2026-11-18 16:00", HOUR, "2026-11-18 17:00"),
        ("just after work", BERLIN, WEEK, Holidays(), "2026-11-18 17:00", HOUR, "2026-11-19 10:00"),
        ("on a Saturday", BERLIN, WEEK, Holidays(), "2026-11-21 12:00", HOUR, "2026-11-23 10:00"),
        ("longer than a day", BERLIN, WEEK, Holidays(), "2026-11-20 16:00", 10 * HOUR, "2026-11-24 10:00"),
        ("over Christmas", BERLIN, WEEK, christmas, "2026-12-24 16:30", HOUR, "2026-12-29 09:30"),
        ("the year after", BERLIN, WEEK, christmas, "2028-12-22 16:30", HOUR, "2028-12-26 09:30"),
        ("always, but for a holiday", BERLIN, Hours(), christmas, "2026-12-24 23:30", HOUR, "2026-12-26 00:30"),
        ("always", BERLIN, Hours(), Holidays(), "2026-12-24 23:30", HOUR, "2026-12-25 00:30"),
        ("at night, across midnight", BERLIN, nights, Holidays(), "2026-11-20 23:30", HOUR, "2026-11-21 00:30"),
        ("at night, after it", BERLIN, nights, Holidays(), "2026-11-22 05:30", HOUR, "2026-11-27 22:30"),
        # Clocks go forward on 2026-03-29 at 02:00: the night is an hour shorter.
        ("the short night", BERLIN, nights, Holidays(), "2026-03-29 01:30", HOUR, "2026-03-29 03:30"),
        ("all of the short night", BERLIN, nights, Holidays(), "2026-03-28 22:00", 7 * HOUR, "2026-03-29 06:00"),
        # They go back on 2026-10-25 at 03:00: it is an hour longer.
        ("all of the long night", BERLIN, nights, Holidays(), "2026-10-24 22:00", 9 * HOUR, "2026-10-25 06:00"),
        ("into the long night", BERLIN, nights, Holidays(), "2026-10-25 01:30", 2 * HOUR, "2026-10-25 02:30+01:00"),
        ("over the weekend of the change", BERLIN, WEEK, Holidays(), "2026-10-23 16:30", HOUR, "2026-10-26 09:30"),
        ("and in spring", BERLIN, WEEK, Holidays(), "2026-03-27 16:30", HOUR, "2026-03-30 09:30"),
        ("a second zone", NEW_YORK, WEEK, Holidays(), "2026-11-20 16:45", HALF_HOUR, "2026-11-23 09:15"),
    )
    wrong = []
    for name, zone, hours, holidays, asked, within, deadline in cases:
        parsed = datetime.fromisoformat(deadline)
        expected = parsed.astimezone(UTC) if parsed.tzinfo else at(zone, deadline)
        found = Target(within, Calendar(zone, hours, holidays)).deadline(at(zone, asked))
        if found != expected:
            wrong.append((name, found, expected))
    assert wrong == []


def test_one_post_has_two_deadlines_in_two_time_zones() -> None:
    asked = at(BERLIN, "2026-10-28 16:45")  # Europe has changed its clocks, America has not: five hours between them
    assert Target(HALF_HOUR, Calendar(BERLIN, WEEK)).deadline(asked) == at(BERLIN, "2026-10-29 09:15")
    assert Target(HALF_HOUR, Calendar(NEW_YORK, WEEK)).deadline(asked) == at(NEW_YORK, "2026-10-28 12:15")


def test_shifts_that_overlap_or_touch_are_counted_once() -> None:
    hours = kinds.hours("Mon 09:00-13:00, Mon 12:00-17:00, Mon 17:00-18:00")
    calendar = Calendar(BERLIN, hours)
    assert worked(calendar, at(BERLIN, "2026-11-23 00:00"), at(BERLIN, "2026-11-24 00:00")) == 9 * HOUR


def test_a_week_in_which_clocks_change_has_as_many_working_hours_as_any_other() -> None:
    calendar = Calendar(BERLIN, WEEK)
    for monday in ("2026-03-23", "2026-10-19", "2026-11-16"):
        start = at(BERLIN, f"{monday} 00:00")
        assert worked(calendar, start, start + timedelta(days=8)) in {40 * HOUR, 48 * HOUR}, monday
        assert worked(calendar, start, start + timedelta(days=7)) == 40 * HOUR, monday


def test_a_time_that_clocks_leave_out_is_the_moment_of_the_change() -> None:
    assert moment_of(BERLIN, date(2026, 3, 29), time(2, 30)) == at(BERLIN, "2026-03-29 03:00")
    assert moment_of(LORD_HOWE, date(2026, 10, 4), time(2, 10)) == at(LORD_HOWE, "2026-10-04 02:30")


def test_a_time_that_clocks_show_twice_is_the_first_of_them() -> None:
    assert moment_of(BERLIN, date(2026, 10, 25), time(2, 30)).isoformat() == "2026-10-25T00:30:00+00:00"


def test_days_are_as_long_as_they_are() -> None:
    lengths = {date(2026, 3, 29): 23, date(2026, 10, 25): 25, date(2026, 11, 22): 24}
    for day, hours in lengths.items():
        start, end = day_of(BERLIN, day)
        assert end - start == hours * HOUR


def test_who_never_works_misses_nothing() -> None:
    never = Calendar(BERLIN, kinds.hours("Mon 09:00-17:00"), Holidays(yearly=frozenset(_every_day())))
    asked = at(BERLIN, "2026-11-20 16:45")
    assert Target(HOUR, never).deadline(asked) is None
    assert not Target(HOUR, never).missed(asked, asked + timedelta(days=40))


def _every_day() -> list[tuple[int, int]]:
    return [(day.month, day.day) for day in (date(2024, 1, 1) + timedelta(days=n) for n in range(366))]


@settings(deadline=None)
@given(
    asked=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    minutes=st.integers(1, 3_000),
    zone=st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE]),
    hours=st.sampled_from(["Mon-Fri 09:00-17:00", "Fri 22:00-06:00", "Sun 01:00-04:00", "Mon-Sun 00:00-24:00"]),
)
def test_a_deadline_is_the_first_moment_at_which_so_much_was_worked(
    asked: datetime, minutes: int, zone: ZoneInfo, hours: str
) -> None:
    calendar, length = Calendar(zone, kinds.hours(hours)), timedelta(minutes=minutes)
    deadline = after(calendar, asked, length)
    assert deadline is not None
    assert worked(calendar, asked, deadline) == length
    ledger = Ledger(calendar, asked - timedelta(days=3), deadline)
    assert ledger.worked(asked, deadline) == length
    half = asked + (deadline - asked) / 2
    assert ledger.worked(asked, half) == worked(calendar, asked, half)
    assert worked(calendar, asked, deadline - timedelta(seconds=1)) == length - timedelta(seconds=1)

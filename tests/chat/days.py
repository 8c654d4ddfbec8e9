"""Days for golden summaries: a quiet one, an ordinary one, a storm, one on which clocks go back, and a week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.cards.stormy import stormy as storms
from bot.chat.cards.summary import Told, behind, figure_card, not_yet, summary_card, which_day
from bot.chat.contract import Block, Card
from bot.reports.daily import Figure, Helped, Numbers, count
from bot.reports.timing import Calendar, Target, day_of
from bot.settings import kinds
from models.paragraphs import Cited
from models.reading.day import Day, Usual, Waiting
from models.reading.rounds import Ended, How
from models.reading.storms_of_days import Stormed

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Target(timedelta(minutes=30), Calendar(BERLIN, kinds.hours("Mon-Fri 09:00-17:00")))
ALWAYS = Target(timedelta(hours=1), Calendar(BERLIN))
MINUTE = timedelta(minutes=1)
LINKS = {number: f"https://chat.example/c{number}" for number in range(140, 200)}


def berlin(words: str) -> datetime:
    moment = datetime.fromisoformat(words)
    return (moment if moment.tzinfo else moment.replace(tzinfo=BERLIN)).astimezone(UTC)


def of(numbers: Numbers, *said: Cited, more: Sequence[Block] = ()) -> Card:
    links = {number: LINKS[number] for number in behind(numbers, said) if number in LINKS}
    return summary_card(Told(numbers, links, BERLIN, said, more))


def _came(day: Day, *posts: tuple[int, str]) -> None:
    """Posts as the journal gives them: account, and the time on clocks in Berlin (or with an offset)."""
    for account, at in posts:
        minute = int((berlin(at) - day.start) / MINUTE)
        minutes = day.by_minute.setdefault(account, {})
        minutes[minute] = minutes.get(minute, 0) + 1
        day.by_hour[minute // 60] = day.by_hour.get(minute // 60, 0) + 1


def _day(first: date, last: date | None = None) -> Day:
    return Day(day_of(BERLIN, first)[0], day_of(BERLIN, last or first)[1])


def _answered(number: int, asked: str, *minutes: int, how: How = How.ANSWERED) -> Ended:
    """`minutes` from each moment to the next: claimed, drafted, rewritten, approved, answered."""
    moments = [berlin(asked)]
    for some in minutes:
        moments.append(moments[-1] + some * MINUTE)
    if len(moments) < 6:
        return Ended(number, how, moments[0], moments[-1])
    return Ended(number, how, moments[0], moments[5], *moments[1:5])


def ordinary() -> Day:
    day = _day(date(2026, 11, 23))
    day.asked = [142, 143, 144, 145, 146, 147, 142, 148, 149, 150, 151, 152]
    day.by_account = {1: day.asked[:8], 2: day.asked[8:]}
    _came(
        day,
        *((1 + (nth > 7), f"2026-11-23 {hour:02}:{nth:02}") for nth, hour in enumerate([8] * 3 + [9] * 4 + [13] * 5)),
    )
    day.ended = [
        _answered(142, "2026-11-23 08:40", 22, 3, 2, 4, 1),
        _answered(143, "2026-11-23 09:10", 5, 4, 0, 3, 1),
        _answered(144, "2026-11-23 09:20", 10, 6, 12, 9, 1),
        _answered(145, "2026-11-23 13:05", 2, 2, 0, 2, 1),
        _answered(146, "2026-11-23 13:30", 15, how=How.BY_HAND),
        _answered(147, "2026-11-23 13:40", 5, how=How.CLOSED),
        _answered(148, "2026-11-23 13:45", 5, how=How.GONE),
    ]
    day.waiting = [Waiting(number, berlin(f"2026-11-23 14:{number - 140}")) for number in (150, 151, 152)]
    day.before = [Waiting(140, berlin("2026-11-20 16:50"))]
    day.refused, day.stopped, day.own_yes = [144], [142], [143]
    day.writers = {1: dict.fromkeys([142, 143]), 2: dict.fromkeys([144, 145])}
    day.approvers = {2: dict.fromkeys([142, 143]), 1: dict.fromkeys([144])}
    day.helpers = {3: dict.fromkeys([144])}
    day.troubles, day.recovered = ["acme"], 3
    return day


def _back() -> Day:
    """Clocks go back at three: 02:30 comes twice, and the day has 25 hours."""
    day = _day(date(2026, 10, 25))
    day.asked, day.by_account = [160, 161], {1: [160, 161]}
    _came(day, (1, "2026-10-25T02:30+02:00"), (1, "2026-10-25T02:30+01:00"))
    # From half past two in summer to ten past two in winter: forty minutes, whatever the clocks show.
    day.ended = [_answered(160, "2026-10-25T02:30+02:00", 10, 10, 5, 10, 5)]
    day.waiting, day.before = [Waiting(161, berlin("2026-10-25T02:30+01:00"))], []
    day.writers, day.approvers = {1: {160: None}}, {2: {160: None}}
    return day


def storm() -> Day:
    """One complaint and its copies: four hundred posts within two hours, most of them closed together."""
    day = _day(date(2026, 11, 24))
    first, copies = 170, range(1000, 1400)
    day.asked = [first, *copies]
    day.by_account = {1: [first, *copies[:300]], 2: list(copies[300:])}
    _came(day, (1, "2026-11-24 11:58"))
    _came(day, *((1 + (nth >= 300), f"2026-11-24 {12 + nth // 240:02}:{nth // 4 % 60:02}") for nth in range(400)))
    day.ended = [_answered(first, "2026-11-24 11:58", 2, 6, 0, 3, 1)]
    day.ended += [_answered(number, "2026-11-24 12:30", 45, how=How.CLOSED) for number in copies[:380]]
    day.waiting = [Waiting(number, berlin("2026-11-24 13:30")) for number in copies[380:]]
    day.before = []
    day.unsure, day.hidden = [first], [first]
    day.writers, day.approvers = {1: {first: None}}, {2: {first: None}, 3: {first: None}}
    day.endings = ["acme-shop"]
    return day


def days() -> Iterator[tuple[str, Card]]:
    """Every summary there is: name, card."""
    names = {1: ("acme", "mastodon"), 2: ("acme-shop", "bluesky")}
    sunday, monday, back = date(2026, 11, 22), date(2026, 11, 23), date(2026, 10, 25)
    over = berlin("2026-11-24 00:01")
    yield "quiet", of(count(_day(sunday), OFFICE, sunday, sunday, now=over))
    left = _day(sunday)
    left.before = [Waiting(140, berlin("2026-11-20 16:50"))]
    yield "quiet so far", of(count(left, OFFICE, sunday, sunday, now=left.start))
    people = (Helped("Ana", 2, 1, 0), Helped("Bea", 2, 2, 0), Helped("Cyd", 0, 0, 1))
    told = count(ordinary(), OFFICE, monday, monday, now=over, usual=Usual(9, 7), accounts=names)
    yield "ordinary", of(told)
    said = (Cited("Parcels to the north are late.", (142, 144)), Cited("One customer praised the shop.", (148,)))
    yield "with a paragraph", of(told, *said)
    yield "behind a number", figure_card(told, Figure.POSTS, LINKS)
    named = count(ordinary(), OFFICE, monday, monday, now=berlin("2026-11-23 17:30"), accounts=names, people=people)
    yield "with names, so far", of(named)
    tuesday = date(2026, 11, 24)
    stormy = count(
        storm(), OFFICE, tuesday, tuesday, now=berlin("2026-11-25 00:01"), usual=Usual(11, 9), accounts=names
    )
    copies = Stormed(3, (170, *range(1000, 1400)), berlin("2026-11-24 11:59"), berlin("2026-11-24 13:39"))
    yield "storm", of(stormy, more=storms([copies], LINKS, BERLIN.key))
    clocks = count(_back(), ALWAYS, back, back, now=over, usual=Usual(2, 0), accounts=names)
    yield "clocks go back", of(clocks)
    week = ordinary()
    begins = day_of(BERLIN, date(2026, 11, 17))[0]
    before = int((week.start - begins) / MINUTE)
    week.start = begins
    week.by_minute = {one: {at + before: n for at, n in minutes.items()} for one, minutes in week.by_minute.items()}
    counted = count(week, OFFICE, date(2026, 11, 17), monday, now=over, usual=Usual(15, 11), accounts=names)
    yield "week", of(counted)
    yield "which day", which_day("next tuesday")
    yield "not yet", not_yet()

"""A day's numbers out of the journal: worked by hand, and out of nothing but its events."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select

from bot.desk import closing
from bot.desk.outcomes import Actor
from bot.reports.daily import Figure, Numbers, Part, Spread, numbers, parts, spread
from bot.reports.timing import Calendar, Target
from bot.settings import kinds
from models.journal import Event
from models.permits import Standing
from models.reading.day import Usual
from models.reading.rounds import Ended, Happened, How, Thread
from tests.conftest import Clock
from tests.reading.world import World

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
MONDAY = date(2026, 11, 23)
TARGET = Target(30 * MINUTE, Calendar(BERLIN, kinds.hours("Mon-Fri 09:00-17:00")))


def at(words: str, day: str = "2026-11-23") -> datetime:
    return datetime.fromisoformat(f"{day} {words}").replace(tzinfo=BERLIN).astimezone(UTC)


async def counted(world: World, first: date = MONDAY, last: date | None = None, *, names: bool = False) -> Numbers:
    async with world.store.reading() as session:
        now = world.store.clock()
        return await numbers(session, world.channel, TARGET, first, last or first, names=names, now=now)


async def a_monday(world: World, clock: Clock) -> dict[str, int]:
    """Five conversations: one since Friday; answered in time; answered too late; closed; left waiting."""
    ana, bea = await world.rep("ana"), await world.rep("bea")
    clock.at = at("16:45", "2026-11-20")
    friday = await world.heard()
    clock.at = at("16:50", "2026-11-20")
    forgotten = await world.heard()
    clock.at = at("09:16")
    await world.answered(friday, ana, bea)
    clock.at = at("10:00")
    quick = await world.heard()
    clock.at = at("10:02")
    await world.claims(quick, ana)
    clock.at = at("10:05")
    await world.drafts(quick, ana)
    clock.at = at("10:11")
    await world.drafts(quick, ana, "@lou It is on its way.")
    clock.at = at("10:15")
    await world.signs(quick, bea)
    clock.at = at("10:16")
    await world.goes_out(quick)
    clock.at = at("11:00")
    nothing = await world.heard()
    clock.at = at("11:05")
    async with world.store.work() as work:
        await closing.close(await world.open(work, nothing), Actor(ana, Standing.MEMBER, "ana"))
    clock.at = at("14:00")
    left = await world.heard()
    clock.at = at("14:20")
    await world.says_more(left, "Hello?")
    clock.at = at("00:05", "2026-11-24")
    return {"friday": friday, "forgotten": forgotten, "quick": quick, "nothing": nothing, "left": left}


async def test_an_ordinary_day_worked_by_hand(world: World, clock: Clock) -> None:
    who = await a_monday(world, clock)
    day = await counted(world, names=True)
    assert not day.open
    assert day.counts == {
        Figure.POSTS: (who["quick"], who["nothing"], who["left"], who["left"]),
        Figure.ANSWERED: (who["friday"], who["quick"]),
        Figure.LATE: (who["friday"],),  # 9:16: a minute too late
        Figure.WAITING: (who["left"],),
        Figure.BEFORE: (who["forgotten"],),
        Figure.OVERDUE: (who["forgotten"], who["left"]),
        Figure.CLOSED: (who["nothing"],),
    }
    assert day.by_account == {"Mastodon (acme)": 4}
    assert day.came == {"Mastodon": {600: 1, 660: 1, 840: 1, 860: 1}}
    assert [(one.minute, one.took) for one in day.answers] == [(556, 31 * MINUTE), (616, 16 * MINUTE)]
    assert day.by_hour == {10: 1, 11: 1, 14: 2}
    assert day.wall is not None
    assert day.wall.most == at("09:16") - at("16:45", "2026-11-20")
    assert day.business == Spread((31 * MINUTE + 16 * MINUTE) / 2, 31 * MINUTE)
    by_hand = {
        Part.QUEUE: 2 * MINUTE,
        Part.CLAIMED: 3 * MINUTE,
        Part.DRAFTING: 6 * MINUTE,
        Part.APPROVAL: 4 * MINUTE,
        Part.PLATFORM: MINUTE,
    }
    assert dict(day.parts) == dict(day.business_parts) == {part: Spread(one, one) for part, one in by_hand.items()}
    assert [one.number for one in day.longest] == [who["forgotten"], who["left"]]
    assert day.longest[1].since == at("14:00")
    assert [(one.name, one.wrote, one.approved) for one in day.people] == [("ana", 2, 0), ("bea", 0, 2)]


async def test_without_leave_nobodys_name_is_counted(world: World, clock: Clock) -> None:
    await a_monday(world, clock)
    day = await counted(world)
    assert (day.people, day.writers, day.approvers) == ((), 1, 1)


async def test_the_same_day_counted_later_is_the_same_day(world: World, clock: Clock) -> None:
    """What happens afterwards to those who waited changes nothing of what the day was."""
    who = await a_monday(world, clock)
    day = await counted(world)
    clock.at = at("09:30", "2026-11-24")
    ana, bea = await world.rep("cyd"), await world.rep("dan")
    await world.answered(who["left"], ana, bea)
    await world.answered(who["forgotten"], ana, bea)
    await world.heard()
    again = await counted(world)
    assert again == day


async def test_taking_one_event_out_changes_exactly_its_numbers(world: World, clock: Clock) -> None:
    """Each event of the day in turn: what its loss changes, and nothing else."""
    who = await a_monday(world, clock)
    day = await counted(world)
    changes: dict[str, set[str]] = {}
    async with world.store.reading() as session:
        query = select(Event).where(Event.at >= at("00:00"), Event.chain == who["quick"]).order_by(Event.seq)
        events = list(await session.scalars(query))
    for event in events:
        async with world.store.work() as work:
            await work.session.execute(delete(Event).where(Event.id == event.id))
        without = await counted(world)
        names = {figure.value for figure in Figure if without.counts.get(figure) != day.counts.get(figure)}
        names |= {name for name in ("wall", "parts", "by_hour") if getattr(without, name) != getattr(day, name)}
        changes.setdefault(event.kind, set()).update(names)
        async with world.store.work() as work:
            await work.session.merge(event)
    assert await counted(world) == day
    assert changes == {
        "heard": {"posts", "answered", "by_hour", "wall", "parts"},
        "claimed": {"parts"},
        "drafted": {"parts"},
        "approved": set(),
        "ordered": {"parts"},
        "intent": set(),
        "sent": {"answered", "waiting", "overdue", "wall", "parts"},
    }


async def test_a_week_is_its_days(world: World, clock: Clock) -> None:
    who = await a_monday(world, clock)
    week = await counted(world, date(2026, 11, 17), MONDAY)
    assert week.counts[Figure.POSTS][:2] == (who["friday"], who["forgotten"])
    assert week.counts[Figure.WAITING] == (who["forgotten"], who["left"])
    assert Figure.BEFORE not in week.counts


async def test_a_day_is_compared_with_the_same_weekday_before(world: World, clock: Clock) -> None:
    clock.at = at("23:59", "2026-11-16")
    await world.heard()
    clock.at = at("00:00", "2026-11-17")
    await world.heard()
    clock.at = at("12:00")
    day = await counted(world)
    assert (day.usual, day.open, day.quiet) == (Usual(1, 0), True, True)
    assert day.of(Figure.BEFORE) == 2


async def test_what_a_day_is_compared_with_counts_answers_to_those_who_waited(world: World, clock: Clock) -> None:
    """A second reply, a correction, news of an idea that is there: nobody waited for them."""
    ana, bea = await world.rep("ana"), await world.rep("bea")
    clock.at = at("10:00", "2026-11-13")
    since_friday = await world.heard()
    clock.at = at("10:00", "2026-11-16")
    await world.answered(since_friday, ana, bea)
    asked = await world.heard()
    clock.at = at("11:00", "2026-11-16")
    await world.answered(asked, ana, bea)
    clock.at = at("12:00", "2026-11-16")
    await world.answered(asked, ana, bea)
    clock.at = at("12:00", "2026-11-17")
    before = await counted(world, date(2026, 11, 16))
    assert len(before.counts[Figure.ANSWERED]) == 2
    clock.at = at("12:00")
    day = await counted(world)
    assert day.usual == Usual(1, 2)


async def test_a_day_long_ago_leaves_out_who_waited_since_before_it(world: World, clock: Clock) -> None:
    await a_monday(world, clock)
    clock.forward(timedelta(days=30))
    day = await counted(world)
    assert Figure.BEFORE not in day.counts
    assert day.of(Figure.WAITING) == 1


# ------------------------------------------------------------------------------------- one wait, event by event

T = datetime(2026, 11, 23, 10, tzinfo=UTC)


def follow(*events: Happened) -> list[Ended]:
    thread = Thread()
    return [ended for event in events if (ended := thread.take(event)) is not None]


def test_a_customer_who_writes_again_has_waited_since_the_first_words() -> None:
    ended = follow(
        Happened(1, T, "heard", said_at=T - MINUTE),
        Happened(1, T + 20 * MINUTE, "customer_replied", said_at=T + 19 * MINUTE),
        Happened(1, T + 30 * MINUTE, "sent", to="answered"),
        Happened(1, T + 50 * MINUTE, "customer_replied", said_at=T + 50 * MINUTE, to="open"),
        Happened(1, T + 60 * MINUTE, "sent", to="answered"),
    )
    assert [(one.asked, one.at) for one in ended] == [
        (T - MINUTE, T + 30 * MINUTE),
        (T + 50 * MINUTE, T + 60 * MINUTE),
    ]


def test_who_wrote_while_a_reply_was_on_the_wire_waits_since_then() -> None:
    ended = follow(
        Happened(1, T, "heard"),
        Happened(1, T + 10 * MINUTE, "customer_replied"),
        Happened(1, T + 11 * MINUTE, "sent", to="open"),
        Happened(1, T + 20 * MINUTE, "sent", to="answered"),
    )
    assert [(one.asked, one.at) for one in ended] == [(T, T + 11 * MINUTE), (T + 10 * MINUTE, T + 20 * MINUTE)]


@pytest.mark.parametrize("said", [{"automatic": True}, {"said_at": T + timedelta(seconds=4)}])
def test_an_automatic_acknowledgement_is_no_answer(said: dict[str, object]) -> None:
    elsewhere = Happened(1, T + MINUTE, "answered_elsewhere", to="answered", **said)  # type: ignore[arg-type]  # cases
    ended = follow(Happened(1, T, "heard"), elsewhere, Happened(1, T + 40 * MINUTE, "answered_by_hand", to="answered"))
    assert [(one.how, one.at - one.asked) for one in ended] == [(How.BY_HAND, 40 * MINUTE)]


def test_an_answer_elsewhere_to_older_words_leaves_the_last_ones_unanswered() -> None:
    ended = follow(
        Happened(1, T, "heard"),
        Happened(1, T + 10 * MINUTE, "customer_replied"),
        Happened(1, T + 12 * MINUTE, "answered_elsewhere", said_at=T + 5 * MINUTE),
    )
    assert ended == []


def test_an_edit_of_answered_words_begins_a_wait_and_one_of_waiting_words_does_not() -> None:
    ended = follow(
        Happened(1, T, "heard"),
        Happened(1, T + MINUTE, "customer_edited"),
        Happened(1, T + 5 * MINUTE, "sent", to="answered"),
        Happened(1, T + 6 * MINUTE, "customer_edited", to="open"),
        Happened(1, T + 9 * MINUTE, "closed", to="closed"),
        Happened(1, T + 10 * MINUTE, "closed", to="closed"),
    )
    assert [(one.how, one.at - one.asked) for one in ended] == [
        (How.ANSWERED, 5 * MINUTE),
        (How.CLOSED, 3 * MINUTE),
    ]


def test_a_reply_that_nobody_waited_for_is_no_part_of_the_next_wait() -> None:
    """A second reply, or news of an idea that is there."""
    ended = follow(
        Happened(1, T, "heard"),
        Happened(1, T + MINUTE, "answered_by_hand", to="answered"),
        Happened(1, T + 10 * MINUTE, "drafted", rep=1),
        Happened(1, T + 20 * MINUTE, "ordered"),
        Happened(1, T + 21 * MINUTE, "sent", to="answered"),
        Happened(1, T + 300 * MINUTE, "customer_replied", to="open"),
        Happened(1, T + 301 * MINUTE, "claimed", rep=1),
        Happened(1, T + 310 * MINUTE, "drafted", rep=1),
        Happened(1, T + 315 * MINUTE, "ordered"),
        Happened(1, T + 316 * MINUTE, "sent", to="answered"),
    )
    assert (ended[-1].asked, ended[-1].drafted) == (T + 300 * MINUTE, T + 310 * MINUTE)
    assert parts(ended)[Part.DRAFTING].median == timedelta()


def test_nine_of_ten_is_one_that_really_happened() -> None:
    assert spread([]) is None
    assert spread([MINUTE]) == Spread(MINUTE, MINUTE)
    assert spread([n * MINUTE for n in range(1, 11)]) == Spread(5.5 * MINUTE, 9 * MINUTE)

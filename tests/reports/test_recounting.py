"""Take one event out of the journal, and exactly the numbers that it made change: for every kind that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta

from sqlalchemy import delete, select

from bot.reports.daily import numbers
from bot.reports.ideas import ideas_of
from bot.reports.moods import read_of
from bot.reports.praise import praise_of
from bot.reports.storms import storms_of_days
from bot.reports.timing import day_of
from models.conversation import Conversation, Post
from models.ideas import new_idea
from models.journal import Event
from models.places import Route
from models.reading.praised import praised
from models.telling import EventKind
from tests.conftest import Clock
from tests.reading.world import World
from tests.reports.test_daily import BERLIN, MONDAY, TARGET, a_monday, at

#: Of one who waited since two o'clock and is answered at three: an hour is more than the target.
ANSWERED = {
    *("answered", "late", "waiting", "overdue"),
    *("wall", "business", "answers", "longest"),
}
TO_CLOSED: dict[str, object] = {"to": "closed"}
TO_ANSWERED: dict[str, object] = {"to": "answered"}

#: What is written down at three o'clock about whoever waits since two, by whom, and which numbers are then others.
IN_A_CONVERSATION: list[tuple[EventKind, str, dict[str, object], set[str]]] = [
    (EventKind.CLAIMED, "ana", {}, set()),
    (EventKind.DRAFTED, "ana", {"to": "drafted"}, set()),  # ana has written today already
    (EventKind.DRAFTED, "cyd", {"to": "drafted"}, {"writers"}),
    (EventKind.NOTED, "ana", {}, {"helpers"}),
    (EventKind.OBJECTED, "bea", {}, {"helpers"}),
    (EventKind.HANDED_OVER, "ana", {}, {"helpers"}),
    (EventKind.ORDERED, "", {"approved_by": "cyd"}, {"approvers"}),
    (EventKind.CLOSED, "ana", TO_CLOSED, {"closed", "waiting", "overdue", "longest"}),
    (EventKind.POST_GONE, "", TO_CLOSED, {"deleted", "waiting", "overdue", "longest"}),
    (EventKind.POST_REMOVED, "", {}, set()),
    (EventKind.SENT, "", TO_ANSWERED, ANSWERED),
    (EventKind.SURFACED, "", TO_ANSWERED, ANSWERED),
    (EventKind.SETTLED_SENT, "ana", TO_ANSWERED, ANSWERED),
    (EventKind.ANSWERED_BY_HAND, "ana", TO_ANSWERED, ANSWERED | {"by-hand"}),
    (EventKind.ANSWERED_ELSEWHERE, "", TO_ANSWERED, ANSWERED | {"by-hand"}),
    (EventKind.ANSWERED_ELSEWHERE, "", {**TO_ANSWERED, "automatic": True}, set()),
    (EventKind.CUSTOMER_REPLIED, "", {}, {"posts", "asked_at", "by_account", "by_hour", "came"}),
    (EventKind.HEARD, "", {}, {"posts", "asked_at", "by_account", "by_hour", "came"}),
    (EventKind.CUSTOMER_EDITED, "", {}, set()),
    (EventKind.REOPENED, "ana", {"to": "open"}, set()),  # somebody waits already
    (EventKind.REFUSED, "", {}, {"refused"}),
    (EventKind.UNFIT, "", {}, {"refused"}),
    (EventKind.UNSURE, "", {}, {"unsure"}),
    (EventKind.LOST, "", {}, set()),
    (EventKind.HIDDEN, "", {}, {"hidden"}),
    (EventKind.VOIDED, "", {}, {"stopped"}),
    (EventKind.IDEA, "ana", {"idea": 1, "source": "rep 1"}, {"ideas"}),
    (EventKind.STORM_JOINED, "", {"storm": 3}, {"storms"}),
    # Whoever praises us may wait longer, and is no longer overdue.
    (EventKind.PRAISE, "ana", {}, {"praise", "thanks", "overdue", "shares", "read aloud"}),
]

#: The same where somebody called it praise at half past two.
IN_PRAISE: list[tuple[EventKind, str, dict[str, object], set[str]]] = [
    (EventKind.PRAISE, "bea", {}, set()),
    (EventKind.PRAISE_WITHDRAWN, "ana", {}, {"praise", "thanks", "overdue", "shares", "read aloud"}),
    (EventKind.QUOTE_ALLOWED, "ana", {"post": "theirs"}, {"read aloud"}),
    (EventKind.SENT, "", TO_ANSWERED, ANSWERED - {"late", "overdue"} | {"shares"}),
]

OF_AN_ACCOUNT: list[tuple[EventKind, dict[str, object], set[str]]] = [
    (EventKind.ACCOUNT_TROUBLE, {"why": "away"}, {"troubles"}),
    (EventKind.ACCOUNT_WELL, {}, set()),
    (EventKind.ACCOUNT_ENDING, {}, {"endings"}),
    (EventKind.RECOVERED, {"count": 3}, {"recovered"}),
]


#: Praise may wait a working day.
TARGET_WITH_THANKS = replace(TARGET, thanks=timedelta(hours=8))


async def told(world: World) -> dict[str, object]:
    """Everything that a summary counts, by name; of what there is none, nothing."""
    start, end = day_of(BERLIN, MONDAY)
    async with world.store.reading() as session:
        day = await numbers(
            session, world.channel, TARGET_WITH_THANKS, MONDAY, MONDAY, names=False, now=world.store.clock()
        )
        found: dict[str, object] = {field.name: getattr(day, field.name) for field in fields(day)}
        found |= {figure.value: conversations for figure, conversations in day.counts.items()}
        found["ideas"] = await ideas_of(session, world.channel, TARGET_WITH_THANKS, day)
        read = await read_of(session, day)
        found["shares"] = (await praise_of(session, world.channel, TARGET_WITH_THANKS, day, read)).shares
        found["storms"] = await storms_of_days(session, world.channel, TARGET_WITH_THANKS, day)
        found["read aloud"] = await praised(session, world.channel, start, end)
    del found["counts"]
    return found


def changed(one: dict[str, object], other: dict[str, object]) -> set[str]:
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}


@dataclass
class Journal:
    """Of the conversation that waits since two o'clock: what is written into it, and taken out again."""

    world: World
    clock: Clock
    number: int
    reps: dict[str, int]
    written: int = 10
    wrong: list[str] = field(default_factory=list)

    async def write(self, kinds: Sequence[tuple[EventKind, str, dict[str, object]]], when: str) -> list[int]:
        """Not part of its chain: the conversation knows nothing of it."""
        self.clock.at = at(when)
        events: list[Event] = []
        async with self.world.store.work() as work:
            post = (await work.session.scalars(select(Post).where(Post.conversation_id == self.number))).first()
            assert post is not None
            conversation = await work.session.get_one(Conversation, self.number)
            before = conversation.head, conversation.length
            conversation.length += self.written
            self.written += len(kinds)
            for kind, rep, data in kinds:
                said = dict(data)
                if "approved_by" in said:
                    said["approved_by"] = [self.reps[str(said["approved_by"])]]
                if "post" in said:
                    said |= {"post": post.id, "digest": post.digest}
                events.append(await work.write_down(conversation, kind, rep=self.reps.get(rep), data=said, tell=False))
            await work.flush()
            conversation.head, conversation.length = before
        return [event.id for event in events]

    async def taken_out(self, events: Sequence[int], name: str, expected: set[str]) -> None:
        self.clock.at = EVENING
        with_them = await told(self.world)
        async with self.world.store.work() as work:
            await work.session.execute(delete(Event).where(Event.id.in_(events)))
        without = await told(self.world)
        if (found := changed(with_them, without)) != expected:
            self.wrong.append(f"{name}: {sorted(found)}, not {sorted(expected)}")


EVENING = at("00:05", "2026-11-24")


async def a_journal(world: World, clock: Clock) -> Journal:
    who = await a_monday(world, clock)
    async with world.store.work() as work:
        work.add(Route(account_id=world.account, channel_id=world.channel))
        await new_idea(work)
    return Journal(world, clock, who["left"], {"ana": 1, "bea": 2, "cyd": await world.rep("cyd")})


async def test_taking_an_event_out_changes_exactly_what_it_made(world: World, clock: Clock) -> None:
    journal = await a_journal(world, clock)
    for kind, rep, data, expected in IN_A_CONVERSATION:
        written = await journal.write([(kind, rep, data)], "15:00")
        await journal.taken_out(written, f"{kind.value} {data}", expected)
    for kind, data, expected in OF_AN_ACCOUNT:
        clock.at = at("15:00")
        async with world.store.work() as work:
            event = await work.write_down_service(kind, data={**data, "account": world.account})
        await journal.taken_out([event.id], kind.value, expected)
    assert journal.wrong == []


async def test_praise_is_counted_out_of_its_events_too(world: World, clock: Clock) -> None:
    journal = await a_journal(world, clock)
    await journal.write([(EventKind.PRAISE, "bea", {})], "14:30")
    for kind, rep, data, expected in IN_PRAISE:
        written = await journal.write([(kind, rep, data)], "15:00")
        await journal.taken_out(written, f"{kind.value} {data}", expected)
    assert journal.wrong == []


async def test_every_other_event_changes_no_number(world: World, clock: Clock) -> None:
    """Those of ideas, shifts, snoozing and warnings among them, and whatever comes with the next kind."""
    journal = await a_journal(world, clock)
    counts = {row[0] for row in (*IN_A_CONVERSATION, *IN_PRAISE, *OF_AN_ACCOUNT)}
    others = [kind for kind in EventKind if kind not in counts]
    # With what any of them names: an idea, a person, a post.
    data: dict[str, object] = {"idea": 1, "source": "rep 9", "of": 1, "to": 2, "post": "theirs", "into": 2}
    written = await journal.write([(kind, "ana", data) for kind in others], "15:00")
    await journal.taken_out(written, "all the others", set())
    assert journal.wrong == []

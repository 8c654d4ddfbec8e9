"""Take one event out of the journal, and exactly the numbers that it made change: for every kind that counts."""

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import delete

from bot.reports.daily import Numbers
from models.conversation import Conversation
from models.journal import Event
from models.places import Route
from models.telling import EventKind
from tests.conftest import Clock
from tests.reading.world import World
from tests.reports.test_daily import a_monday, at, counted

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
    (EventKind.CUSTOMER_REPLIED, "", {}, {"posts", "by_account", "by_hour", "came"}),
    (EventKind.CUSTOMER_EDITED, "", {}, set()),
    (EventKind.REFUSED, "", {}, {"refused"}),
    (EventKind.UNFIT, "", {}, {"refused"}),
    (EventKind.UNSURE, "", {}, {"unsure"}),
    (EventKind.LOST, "", {}, set()),
    (EventKind.HIDDEN, "", {}, {"hidden"}),
    (EventKind.VOIDED, "", {}, {"stopped"}),
    (EventKind.REMINDED, "", {}, set()),
    (EventKind.WARNED, "", {}, set()),
    (EventKind.OVERDUE, "", {}, set()),
    (EventKind.THROTTLED, "", {}, set()),
]

OF_AN_ACCOUNT: list[tuple[EventKind, dict[str, object], set[str]]] = [
    (EventKind.ACCOUNT_TROUBLE, {"why": "away"}, {"troubles"}),
    (EventKind.ACCOUNT_WELL, {}, set()),
    (EventKind.ACCOUNT_ENDING, {}, {"endings"}),
    (EventKind.RECOVERED, {"count": 3}, {"recovered"}),
]


def changed(one: Numbers, other: Numbers) -> set[str]:
    """By name: the figures whose conversations differ, and every other number that does."""
    names = {
        figure.value for figure in {*one.counts, *other.counts} if one.counts.get(figure) != other.counts.get(figure)
    }
    same = {"counts"}
    return names | {
        field.name
        for field in fields(one)
        if field.name not in same and getattr(one, field.name) != getattr(other, field.name)
    }


async def test_taking_an_event_out_changes_exactly_what_it_made(world: World, clock: Clock) -> None:
    who = await a_monday(world, clock)
    evening = clock()
    reps = {name: await world.rep(name) for name in ("cyd",)}
    async with world.store.work() as work:
        work.add(Route(account_id=world.account, channel_id=world.channel))
    day = await counted(world)
    reps |= {"ana": 1, "bea": 2}
    wrong: list[str] = []

    async def taken_out(event: int, name: str, expected: set[str]) -> None:
        clock.at = evening
        with_it = await counted(world)
        async with world.store.work() as work:
            await work.session.execute(delete(Event).where(Event.id == event))
        if (found := changed(with_it, day)) != expected:
            wrong.append(f"{name}: {sorted(found)}, not {sorted(expected)}")
        if await counted(world) != day:
            wrong.append(f"{name} left something behind")

    for kind, rep, data, expected in IN_A_CONVERSATION:
        clock.at = at("15:00")
        said = {**data, "approved_by": [reps[str(data["approved_by"])]]} if "approved_by" in data else data
        async with world.store.work() as work:
            conversation = await work.session.get_one(Conversation, who["left"])
            before = conversation.head, conversation.length
            event = await work.write_down(conversation, kind, rep=reps.get(rep), data=said, tell=False)
            await work.flush()
            conversation.head, conversation.length = before
        await taken_out(event.id, f"{kind.value} {said}", expected)
    for kind, data, expected in OF_AN_ACCOUNT:
        clock.at = at("15:00")
        async with world.store.work() as work:
            event = await work.write_down_service(kind, data={**data, "account": world.account})
        await taken_out(event.id, kind.value, expected)
    assert wrong == []

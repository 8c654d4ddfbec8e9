"""The inbox on a real store: what was accepted is kept, each thing is worked on once, and nothing fails for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.engine import Engine

from bot.chat.contract import HomeOpened, Inbound, Person, Pressed, SubmissionAnswer, Submitted
from bot.chat.handling import handled
from bot.chat.inbox import TRIES, ChatInbox, NotStored
from models.chat import Happening
from models.store import Store
from models.wakes import Topic
from tests.conftest import Clock


class Hand:
    """A handler made by hand: marks what it was given, or fails."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.failing = False
        self.tried = 0
        self.done: list[str] = []
        self.given_up: list[Inbound | None] = []

    async def handle(self, happening: Inbound, row: int, fence: int) -> None:
        self.tried += 1
        if self.failing:
            raise RuntimeError("not today")
        async with self.store.work() as work:
            mine = await handled(work, row, fence, "done")
        if mine:  # and committed
            self.done.append(happening.key)

    async def submit(self, submitted: Submitted) -> SubmissionAnswer:
        raise RuntimeError("not today")

    async def give_up(self, happening: Inbound | None, row: int, fence: int) -> None:
        async with self.store.work() as work:
            await handled(work, row, fence, "given_up")
        self.given_up.append(happening)


def opened(key: str, clock: Clock) -> HomeOpened:
    return HomeOpened(key, Person("slack", "T1", "U1"), clock())


async def works(store: Store, inbox: ChatInbox, until: Callable[[], object]) -> None:
    """Run the inbox until something is so."""
    stop = asyncio.Event()
    running = asyncio.create_task(inbox.run(stop))
    try:
        async with asyncio.timeout(60):
            while not until():
                await asyncio.sleep(0.01)
    finally:
        stop.set()
        store.wakes.rouse([Topic.INBOX])
        await running


async def time_passes(store: Store, clock: Clock) -> None:
    """Quickly, but never while somebody works: a lease that ends hands the work to the next."""
    leased = select(func.count()).where(Happening.lease_owner.is_not(None))
    while True:
        await asyncio.sleep(0.01)
        async with store.work() as work:  # nobody takes anything meanwhile
            if not await work.session.scalar(leased):
                clock.forward(timedelta(seconds=1))
                work.wake(Topic.INBOX)


async def rows(store: Store) -> int:
    async with store.reading() as session:
        return await session.scalar(select(func.count()).select_from(Happening)) or 0


async def test_what_is_accepted_is_durable_and_a_redelivery_changes_nothing(store: Store, clock: Clock) -> None:
    hand = Hand(store)
    await ChatInbox(store, "slack", hand).accept(opened("E1", clock))
    assert await rows(store) == 1
    again = ChatInbox(store, "slack", hand)  # as after a restart
    await again.accept(opened("E1", clock))
    await works(store, again, lambda: hand.done)
    await again.accept(opened("E1", clock))
    assert (await rows(store), hand.done) == (1, ["E1"])


async def test_many_that_come_at_once_are_all_kept_and_each_is_worked_on_once(store: Store, clock: Clock) -> None:
    hand = Hand(store)
    inbox = ChatInbox(store, "slack", hand)
    await asyncio.gather(*(inbox.accept(opened(f"E{n % 40}", clock)) for n in range(80)))
    assert await rows(store) == 40
    await works(store, inbox, lambda: len(hand.done) >= 40)
    assert sorted(hand.done) == sorted(f"E{n}" for n in range(40))


async def test_what_keeps_failing_is_tried_again_and_then_given_up_with_the_person_told(
    store: Store, clock: Clock
) -> None:
    hand = Hand(store)
    hand.failing = True
    inbox = ChatInbox(store, "slack", hand)
    happening = opened("E1", clock)
    await inbox.accept(happening)
    passing = asyncio.create_task(time_passes(store, clock))
    await works(store, inbox, lambda: hand.given_up)
    passing.cancel()
    assert (hand.tried, hand.given_up) == (TRIES, [happening])


async def test_what_could_not_be_stored_is_not_acknowledged(store: Store, clock: Clock) -> None:
    async with store.work() as work:
        await work.session.execute(text("ALTER TABLE happening RENAME TO elsewhere"))
    with pytest.raises(NotStored):
        await ChatInbox(store, "slack", Hand(store)).accept(opened("E1", clock))


async def test_what_waits_for_a_dialog_is_worked_on_where_it_came_in(store: Store) -> None:
    """Its request is open in this process alone; no other may take it, and none has to be running."""
    hand = Hand(store)
    inbox = ChatInbox(store, "teams", hand, here=True)
    for _ in range(2):
        await inbox.accept(pressed("p1"))
    await inbox.accept(pressed("p2", dialog=None))
    async with asyncio.timeout(60):
        while hand.done != ["p1"]:
            await asyncio.sleep(0.01)
    assert hand.tried == 1
    async with store.reading() as session:
        waiting = (await session.scalars(select(Happening.key).where(Happening.handled_at.is_(None)))).all()
    assert waiting == ["p2"]


async def test_what_is_urgent_is_done_when_it_is_acknowledged_ahead_of_all_that_waits(store: Store) -> None:
    """No loop runs here, and a hundred things came before it."""
    hand = Hand(store)
    inbox = ChatInbox(store, "slack", hand, urgent=lambda happening: happening.key.startswith("stop"))
    await asyncio.gather(*(inbox.accept(pressed(f"p{n}")) for n in range(100)))
    for _ in range(2):  # the second is a redelivery
        await inbox.accept(pressed("stop"))
        assert (hand.done, hand.tried) == (["stop"], 1)


async def test_what_is_urgent_and_fails_is_acknowledged_and_tried_again(store: Store, clock: Clock) -> None:
    hand = Hand(store)
    hand.failing = True
    inbox = ChatInbox(store, "slack", hand, urgent=lambda _: True)
    await inbox.accept(pressed("stop"))
    assert hand.tried == 1
    hand.failing = False
    passing = asyncio.create_task(time_passes(store, clock))
    await works(store, inbox, lambda: hand.done)
    passing.cancel()
    assert hand.done == ["stop"]


def pressed(key: str, dialog: str | None = "d1") -> Pressed:
    who = Person("teams", "T1", "ana")
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Pressed(key=key, who=who, message=None, action="draft", value="1", at=at, reply=None, dialog=dialog)


async def test_a_database_that_goes_away_while_nothing_waits_ends_no_inbox(store: Store, clock: Clock) -> None:
    hand, failed = Hand(store), []

    def goes_away(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "min(happening.due_at)" in statement and not failed:
            failed.append(statement)
            raise ConnectionError("the database is gone")

    inbox = ChatInbox(store, "slack", hand)
    event.listen(Engine, "before_cursor_execute", goes_away)
    try:
        await works(store, inbox, lambda: failed)
        await inbox.accept(opened("later", clock))
        await works(store, inbox, lambda: hand.done)
    finally:
        event.remove(Engine, "before_cursor_execute", goes_away)

"""A small world around the publishing protocol, for walking through all of it: one conversation, two workers, a
platform, a person, clocks. It holds what can happen; what is right to do is asked of `bot.publishing.protocol`.

Time is in ticks of a second. A worker that is not moved on is frozen; one that crashes forgets everything. A lease
may end at any moment (the worst case of every lease), so that only the fence protects. Everything is a tuple, and
workers are interchangeable, so equal situations are one state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from functools import cache
from typing import NamedTuple

from bot.publishing.protocol import (
    AskPerson,
    AttemptView,
    Bounds,
    DeliveryView,
    Found,
    LookFor,
    Protocol,
    Reading,
    Recheck,
    Result,
    Verdict,
)
from models.lifecycle import Step
from models.reply import AttemptOutcome, DeliveryState

START = datetime(2026, 1, 1, tzinfo=UTC)
JUMP = 9  # ticks; longer than any bound


@cache
def ticks(count: int) -> timedelta:
    return timedelta(seconds=count)


@cache
def moment(count: int) -> datetime:
    return START + timedelta(seconds=count)


class At(StrEnum):
    """What a worker does next."""

    IDLE = "idle"
    LOOK = "look"
    TELL = "tell"  # commit what the look, or what it found on taking over, means
    CLOCK = "clock"
    COMMIT = "commit"
    CALL = "call"
    RECORD = "record"


class Try(NamedTuple):
    """An attempt. `age` is its true age, capped; `off` what its writer's wall clock was wrong by."""

    delivery: int
    outcome: AttemptOutcome
    age: int
    off: int = 0
    by_person: bool = False


class Order(NamedTuple):
    """A delivery's row."""

    state: DeliveryState
    fence: int
    sends: int


class Worker(NamedTuple):
    """A process. `off` is what its wall clock is wrong by, `watch` since when it knows each open attempt (-1: it
    does not). `steady` and `wall` are what passed since its reading of both clocks."""

    at: At = At.IDLE
    order: int = -1
    held: Order | None = None
    tries: tuple[Try, ...] = ()  # as read
    found: Found | None = None
    found_of: int = -1
    result: Result | None = None
    attempt: int = -1
    steady: int = 0
    wall: int = 0
    off: int = 0
    watch: tuple[int, ...] = ()


class World(NamedTuple):
    orders: tuple[Order, ...]
    tries: tuple[Try, ...]
    workers: tuple[Worker, ...]
    floating: tuple[tuple[int, int, int], ...]  # (delivery, key, ticks before which it may be accepted; -1: ever)
    public: tuple[tuple[int, int, int], ...]  # (delivery, key, age)
    approved: bool = True  # the team's yes stands
    known: bool = False  # we know that a reply is there
    jumps: int = 0  # how often a wall clock may still jump
    unapproved_call: bool = False


class Keys(Enum):
    IGNORED = "ignored"
    HONOURED = "honoured"  # for `key_memory` ticks, then forgotten
    DETECTS = "detects"  # refuses the repeat of anything that is public


def bounds(*, start: int = 1, call: int = 0, late: int | None = 0, lag: int | None = 0) -> Bounds:
    """What the platform declares, in ticks. None: nothing."""
    return Bounds(
        start_window=ticks(start),
        call_limit=ticks(call),
        late_bound=None if late is None else ticks(late),
        listing_lag=None if lag is None else ticks(lag),
    )


LATE = bounds(late=1)


@dataclass(frozen=True)
class Setting:
    """What is explored. The faults of the world are here, the rules in `protocol`."""

    protocol: Protocol = field(default_factory=Protocol)
    bounds: Bounds = LATE
    keys: Keys = Keys.IGNORED
    key_memory: int = 1  # ticks; -1: for ever
    lateness: int | None = 1  # what the platform really does, beyond the call limit; None: it may take for ever
    lag: int = 0
    sends: int = 2
    orders: int = 2
    jumps: int = 0
    takes_back: bool = True  # a person may take the approval back
    refuses: bool = True
    throttles: bool = True
    person: str = "hasty"  # "right": says absent only if it can never come; "hasty": if it does not show now
    # Faults that single sentences of the protocol exclude.
    key_per_send: bool = False
    orders_twice: bool = False
    repeats_calls: bool = False
    clock_after_intent: bool = False
    floats_until_approval: bool = False  # nothing is accepted later than the next approval
    broken: tuple[str, ...] = ("two", "unapproved", "buried")  # what counts as wrong
    wall: bool = False  # follow wall clocks beyond a call: only for rules that believe them


def start(setting: Setting) -> World:
    return World(
        orders=(Order(DeliveryState.WAITING, 0, 0),),
        tries=(),
        workers=(Worker(), Worker()),
        floating=(),
        public=(),
        jumps=setting.jumps,
    )


LIVE = {DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNSURE}
ABOUT_TO_CALL = {At.CLOCK, At.COMMIT, At.CALL}
OPEN = {AttemptOutcome.PENDING, AttemptOutcome.LOST, AttemptOutcome.ABSENT}


@dataclass(frozen=True)
class Explorer:
    """All that can follow a state, each with the words for it."""

    setting: Setting
    views: dict[object, DeliveryView] = field(default_factory=dict)

    # ------------------------------------------------------------------ views

    def view(self, order: int, row: Order, tries: tuple[Try, ...], watch: tuple[int, ...]) -> DeliveryView:
        key = (order, row, tries, watch)
        if key not in self.views:
            attempts = tuple(
                AttemptView(
                    delivery=one.delivery,
                    number=number,
                    intent_at=moment(one.off - one.age),
                    outcome=one.outcome,
                    watched=ticks(max(0, watch[number] if number < len(watch) else 0)),
                    by_person=one.by_person,
                )
                for number, one in enumerate(tries)
            )
            self.views[key] = DeliveryView(
                id=order,
                state=row.state,
                fence=row.fence,
                sends=row.sends,
                hold_until=START - ticks(JUMP * 9),
                attempts=attempts,
            )
        return self.views[key]

    # ------------------------------------------------------------------ everything that may happen

    def after(self, world: World) -> Iterator[tuple[str, World]]:
        yield "a second passes", self.tick(world)
        yield from self.platform(world)
        if not world.known:
            yield from self.person(world)
        for number, worker in enumerate(world.workers):
            name = "AB"[number]
            for words, then in self.work(world, number, worker):
                yield f"{name} {words}", then
            if worker.at is not At.IDLE:
                yield f"{name} crashes", self.put(world, number, Worker(off=worker.off))
            if world.jumps and worker.at is not At.IDLE:
                start = int(self.setting.bounds.start_window.total_seconds())
                for by in (JUMP, -JUMP):
                    off = worker.off + by
                    wall = max(-start, min(start, worker.wall + by))
                    there = replace_worker(world, number, worker._replace(off=off, wall=wall))
                    yield f"{name}'s wall clock jumps by {by}", there._replace(jumps=world.jumps - 1)

    def tick(self, world: World) -> World:
        cap = int(self.setting.bounds.wait.total_seconds())
        start = int(self.setting.bounds.start_window.total_seconds())
        workers = tuple([_older(worker, start, cap) for worker in world.workers])
        floating = tuple(
            (order, key, left if left < 0 else left - 1) for order, key, left in world.floating if left != 1
        )
        memory = max(self.setting.lag, self.setting.key_memory) + 1
        return world._replace(
            tries=tuple(one._replace(age=min(cap, one.age + 1)) if one.outcome in OPEN else one for one in world.tries),
            workers=workers,
            floating=floating,
            public=tuple((order, key, min(memory, age + 1)) for order, key, age in world.public),
        )

    def platform(self, world: World) -> Iterator[tuple[str, World]]:
        for index, (order, key, _) in enumerate(world.floating):
            rest = world.floating[:index] + world.floating[index + 1 :]
            accepted = self.accept(world._replace(floating=rest), order, key)
            yield "the platform accepts a call late", accepted[0]

    def accept(self, world: World, order: int, key: int) -> tuple[World, bool]:
        """The platform takes a reply; whether it was a repeat that it dropped or refused."""
        setting = self.setting
        for _, known, age in world.public:
            if setting.keys is Keys.HONOURED and known == key and (setting.key_memory < 0 or age <= setting.key_memory):
                return world, True
            if setting.keys is Keys.DETECTS:
                return world, True
        return world._replace(public=(*world.public, (order, key, 0))), False

    def person(self, world: World) -> Iterator[tuple[str, World]]:
        setting, last = self.setting, len(world.orders) - 1
        row = world.orders[last]
        if setting.takes_back and row.state is DeliveryState.WAITING:
            void = set_order(world, last, row._replace(state=DeliveryState.VOID))
            yield "the team takes its approval back", void._replace(approved=False)
        if row.state is DeliveryState.UNSURE and setting.person != "absent":
            watch = tuple(one.age for one in world.tries)
            view = self.view(last, row, world.tries, watch)
            gone = not world.public and (not world.floating or setting.person == "hasty")
            if gone and setting.protocol.may_settle_absent(view, setting.bounds):
                tries = tuple(
                    one._replace(outcome=AttemptOutcome.ABSENT, by_person=True)
                    if one.delivery == last and one.outcome in OPEN
                    else one
                    for one in world.tries
                )
                void = set_order(world, last, row._replace(state=DeliveryState.VOID))
                yield "a person settles: it is not there", void._replace(tries=tries, approved=False)
        again = row.state is DeliveryState.VOID or setting.orders_twice
        if again and len(world.orders) < setting.orders:
            orders = (*world.orders, Order(DeliveryState.WAITING, 0, 0))
            words = "the same approval makes a second order" if setting.orders_twice else "the team approves again"
            there = world._replace(orders=orders, approved=True)
            if setting.floats_until_approval:
                shown = tuple((order, key, setting.lag) for order, key, _ in world.public)
                there = there._replace(floating=(), public=shown)
            yield words, there

    # ------------------------------------------------------------------ a worker's next step

    def work(self, world: World, number: int, worker: Worker) -> Iterator[tuple[str, World]]:
        match worker.at:
            case At.IDLE:
                for order, row in enumerate(world.orders):
                    if row.state in LIVE:
                        yield from self.take(world, number, worker, order, row)
            case At.LOOK:
                yield from self.look(world, number, worker)
            case At.TELL:
                yield from self.tell(world, number, worker)
            case At.CLOCK:
                there = worker._replace(at=At.COMMIT, steady=0, wall=0)
                if self.setting.clock_after_intent and worker.attempt >= 0:
                    there = there._replace(at=At.CALL)
                yield "reads its clocks", self.put(world, number, there)
            case At.COMMIT:
                yield from self.commit(world, number, worker)
            case At.CALL:
                yield from self.call(world, number, worker)
            case At.RECORD:
                yield from self.record(world, number, worker)

    def take(self, world: World, number: int, worker: Worker, order: int, row: Order) -> Iterator[tuple[str, World]]:
        row = row._replace(fence=row.fence + 1)
        watch = tuple(
            max(0, worker.watch[index] if index < len(worker.watch) else -1) if one.outcome in OPEN else -1
            for index, one in enumerate(world.tries)
        )
        view = self.view(order, row, world.tries, watch)
        now = moment(worker.off)
        step = self.setting.protocol.next_step(view, now=now, bounds=self.setting.bounds)
        tries = world.tries if self.setting.wall else tuple(one._replace(age=0) for one in world.tries)
        there = worker._replace(order=order, held=row, tries=tries, watch=watch)
        taken = set_order(world, order, row)
        name = f"takes order {order + 1}"
        match step:
            case LookFor():
                yield f"{name}, will look", self.put(taken, number, there._replace(at=At.LOOK))
            case Recheck():
                yield f"{name}, will send", self.put(taken, number, there._replace(at=At.CLOCK))
            case Verdict():
                yield f"{name}: {step.step}", self.put(taken, number, there._replace(at=At.TELL))
            case _:
                if watch != worker.watch:
                    yield f"{name}, waits", self.put(world, number, Worker(off=worker.off, watch=watch))

    def look(self, world: World, number: int, worker: Worker) -> Iterator[tuple[str, World]]:
        assert worker.held is not None
        view = self.view(worker.order, worker.held, worker.tries, worker.watch)
        looked_for = {attempt.delivery for attempt in self.setting.protocol.uncertain(view)}
        there = worker._replace(at=At.TELL)
        shown = [(order, age) for order, _, age in world.public if order in looked_for]
        for order, _ in shown:
            found = Found.OURS if order == worker.order else Found.OTHER
            yield "looks: it is there", self.put(world, number, there._replace(found=found, found_of=order))
        if all(age < self.setting.lag for _, age in shown):
            yield "looks: nothing there", self.put(world, number, there._replace(found=Found.NOTHING))
        yield "looks: cannot tell", self.put(world, number, there._replace(found=Found.CANNOT_TELL))

    def tell(self, world: World, number: int, worker: Worker) -> Iterator[tuple[str, World]]:
        assert worker.held is not None
        protocol, now, bounds = self.setting.protocol, moment(worker.off), self.setting.bounds
        held = self.view(worker.order, worker.held, worker.tries, worker.watch)
        if worker.found is None:
            meaning: object = protocol.next_step(held, now=now, bounds=bounds)
        else:
            meaning = protocol.after_look(held, worker.found, now=now, bounds=bounds)
        rest = self.rest(worker)
        if worker.found in {Found.OURS, Found.OTHER}:  # a receipt is a fact, whatever the fence says
            yield "tells that it is there", self.put(self.learn(world, worker.order, worker.found_of), number, rest)
        elif isinstance(meaning, Recheck):
            yield "will send", self.put(world, number, worker._replace(at=At.CLOCK, found=None))
        elif isinstance(meaning, Verdict):
            if not self.reports(world, worker):
                yield "comes too late to say so", self.put(world, number, rest)
            else:
                then = self.report(world, worker.order, meaning)
                yield f"reports {meaning.step}", self.put(then, number, rest)
        else:
            words = "tells a person" if isinstance(meaning, AskPerson) else "waits"
            yield words, self.put(world, number, rest)

    def commit(self, world: World, number: int, worker: Worker) -> Iterator[tuple[str, World]]:
        assert worker.held is not None
        row = world.orders[worker.order]
        may = self.setting.protocol.may_commit(
            row=self.view(worker.order, row, (), ()), held=self.view(worker.order, worker.held, (), ())
        )
        if not may:
            yield "may not write its intent", self.put(world, number, self.rest(worker))
            return
        if len(world.tries) >= self.setting.sends:
            return
        bad = row.state is DeliveryState.VOID
        there = set_order(world, worker.order, row._replace(state=DeliveryState.SENDING, sends=row.sends + 1))
        attempt = Try(worker.order, AttemptOutcome.PENDING, 0, worker.off)
        there = there._replace(tries=(*world.tries, attempt), unapproved_call=world.unapproved_call or bad)
        watch = worker.watch + (-1,) * (len(world.tries) - len(worker.watch)) + (0,)
        at = At.CLOCK if self.setting.clock_after_intent else At.CALL
        mine = worker._replace(at=at, held=there.orders[worker.order], attempt=len(world.tries), watch=watch)
        yield "writes its intent", self.put(there, number, mine)

    def call(self, world: World, number: int, worker: Worker) -> Iterator[tuple[str, World]]:
        setting = self.setting
        intent = Reading(moment(0), ticks(0))
        now = Reading(moment(worker.wall), ticks(worker.steady))
        there = worker._replace(at=At.RECORD, steady=0, wall=0)

        def ends(world: World, result: Result) -> World:
            return self.put(world, number, there._replace(result=result))

        if not setting.protocol.may_call(intent=intent, now=now, bounds=setting.bounds):
            yield "is too late to call", ends(world, Result.NOT_CALLED)
            return
        key = worker.attempt if setting.key_per_send else worker.order
        accepted, repeat = self.accept(world, worker.order, key)
        if repeat and setting.keys is Keys.DETECTS:
            yield "calls: a duplicate, says the platform", ends(world, Result.DUPLICATE)
        else:
            yield "calls: accepted", ends(accepted, Result.RECEIPT)
            yield "calls: accepted, but the answer is lost", ends(accepted, Result.LOST)
        if setting.repeats_calls:
            again, _ = self.accept(accepted, worker.order, key)
            yield "calls, and something below repeats it", ends(again, Result.RECEIPT)
        left = -1 if setting.lateness is None else int(setting.bounds.call_limit.total_seconds()) + setting.lateness
        late = world._replace(floating=(*world.floating, (worker.order, key, left)))
        if left != 0:
            yield "calls: no answer, on its way", ends(late, Result.LOST)
        yield "calls: it never arrives", ends(world, Result.LOST)
        if setting.refuses:
            yield "calls: refused", ends(world, Result.REFUSED)
        if setting.throttles:
            yield "calls: throttled", ends(world, Result.THROTTLED)

    def record(self, world: World, number: int, worker: Worker) -> Iterator[tuple[str, World]]:
        assert worker.held is not None
        assert worker.result is not None
        rest = self.rest(worker)
        row = world.orders[worker.order]
        if worker.result is Result.RECEIPT:
            there = self.learn(world, worker.order, worker.order)
            yield "records its receipt", self.put(there, number, rest)
            return
        view = self.view(worker.order, row, world.tries, ())
        others = tuple(each for each in view.own if each.number != worker.attempt)
        verdict = self.setting.protocol.read_outcome(worker.result, others=others)
        tries = world.tries
        if tries[worker.attempt].outcome is AttemptOutcome.PENDING:  # an outcome is written once
            assert verdict.outcome is not None
            tries = set_at(tries, worker.attempt, tries[worker.attempt]._replace(outcome=verdict.outcome))
        there = world._replace(tries=tries)
        if self.reports(world, worker):
            there = self.report(there, worker.order, replace(verdict, outcome=None))
        yield f"records {worker.result.value}, {verdict.step}", self.put(there, number, rest)

    def reports(self, world: World, worker: Worker) -> bool:
        assert worker.held is not None
        row = self.view(worker.order, world.orders[worker.order], (), ())
        return self.setting.protocol.may_report(row=row, held=self.view(worker.order, worker.held, (), ()))

    # ------------------------------------------------------------------ what a report does to the rows

    def report(self, world: World, order: int, verdict: Verdict) -> World:
        to = {
            Step.LOST: DeliveryState.UNSURE,
            Step.THROTTLED: DeliveryState.WAITING,
            Step.ABSENT: DeliveryState.WAITING,
            Step.REFUSED: DeliveryState.VOID,
            Step.UNFIT: DeliveryState.VOID,
        }[verdict.step]
        tries = world.tries
        if verdict.outcome is AttemptOutcome.LOST:
            tries = tuple(
                one._replace(outcome=verdict.outcome)
                if one.delivery == order and one.outcome is AttemptOutcome.PENDING
                else one
                for one in tries
            )
        elif verdict.outcome is AttemptOutcome.ABSENT:
            tries = tuple(one._replace(outcome=verdict.outcome) if one.outcome in OPEN else one for one in tries)
        row = world.orders[order]
        approved = world.approved and to is not DeliveryState.VOID
        return set_order(world, order, row._replace(state=to))._replace(tries=tries, approved=approved)

    def learn(self, world: World, order: int, of: int) -> World:
        """We know that a reply is there: nothing of this conversation goes out any more without a new decision."""
        orders = tuple(
            row._replace(state=DeliveryState.SENT if number == of else DeliveryState.VOID) if row.state in LIVE else row
            for number, row in enumerate(world.orders)
        )
        return world._replace(orders=orders, known=True)

    # ------------------------------------------------------------------ helpers

    def rest(self, worker: Worker) -> Worker:
        return Worker(off=worker.off, watch=worker.watch)

    def put(self, world: World, number: int, worker: Worker) -> World:
        return replace_worker(world, number, worker)


def set_at(items: tuple[Try, ...], index: int, item: Try) -> tuple[Try, ...]:
    return (*items[:index], item, *items[index + 1 :])


def set_order(world: World, index: int, row: Order) -> World:
    return world._replace(orders=(*world.orders[:index], row, *world.orders[index + 1 :]))


def replace_worker(world: World, number: int, worker: Worker) -> World:
    return world._replace(workers=(*world.workers[:number], worker, *world.workers[number + 1 :]))


# ---------------------------------------------------------------------------------------------- what must hold


def wrong(world: World, counts: Sequence[str]) -> str | None:
    """What is broken in this state, if anything that counts is."""
    if "two" in counts and len(world.public) > 1:
        return "two replies are public"
    if "unapproved" in counts and world.unapproved_call:
        return "a reply went on the wire without approval"
    unknown = world.public and not world.known and not any(row.state in LIVE for row in world.orders)
    if "buried" in counts and unknown:
        return "a reply is public, nobody knows, and nobody will look"
    return None


@dataclass(frozen=True)
class Walk:
    """What was found: how many states, and the shortest way into a wrong one (words), if there is any."""

    states: int
    trace: tuple[str, ...] = ()


def settled_down(world: World, wall: bool) -> World:
    """The same situation in one spelling: fences are only equal or not, what no longer matters is dropped, and
    workers are interchangeable. With `wall`, how wrong wall clocks are is kept, for rules that believe them."""
    orders, tries, workers, floating, public, *others = world
    running = tuple([one.outcome in RUNNING for one in tries])
    settled = [
        _settled_worker(
            worker, worker.held is not None and worker.held.fence == orders[worker.order].fence, running, wall
        )
        for worker in workers
    ]
    if _order_of(settled[0]) > _order_of(settled[1]):
        settled.reverse()
    return World(
        tuple([_settled_order(row) for row in orders]),
        tuple([_spelt(one, wall) for one in tries]),
        tuple(settled),
        tuple(sorted(floating)) if len(floating) > 1 else floating,
        public,
        *others,
    )


@cache
def _older(worker: Worker, start: int, cap: int) -> Worker:
    """A second later: what it measures since its reading of the clocks, and since it watches each attempt."""
    calls = worker.at in {At.COMMIT, At.CALL}
    return worker._replace(
        steady=min(start, worker.steady + 1) if calls else 0,
        wall=max(-start, min(start, worker.wall + 1)) if calls else 0,
        watch=tuple([one if one < 0 else min(cap, one + 1) for one in worker.watch]),
    )


RUNNING = {AttemptOutcome.PENDING, AttemptOutcome.LOST}


@cache
def _settled_order(row: Order) -> Order:
    return row._replace(fence=1)


@cache
def _settled_worker(worker: Worker, current: bool, running: tuple[bool, ...], wall: bool) -> Worker:
    """`current`: whether the fence it holds is the row's. `running`: which attempts are not over."""
    watch = tuple([-1 if at >= len(running) or not running[at] else one for at, one in enumerate(worker.watch)])
    if all(one < 0 for one in watch):
        watch = ()
    held = None if worker.held is None else worker.held._replace(fence=1 if current else 0)
    over = worker.at in {At.CLOCK, At.COMMIT, At.CALL, At.RECORD}
    return worker._replace(held=held, watch=watch, off=worker.off if wall else 0, tries=() if over else worker.tries)


@cache
def _spelt(one: Try, wall: bool) -> Try:
    return one if one.outcome in RUNNING else one._replace(age=0, off=0)


@cache
def _order_of(worker: Worker) -> str:
    return repr(worker)


def walk(setting: Setting, *, most: int = 3_000_000) -> Walk:
    """Breadth first through everything that can happen; stops at the first state that is wrong."""
    explorer = Explorer(setting)
    first = settled_down(start(setting), setting.wall)
    came: dict[World, tuple[World, str] | None] = {first: None}
    queue = deque([first])
    while queue:
        world = queue.popleft()
        if world.known and not world.floating and not any(worker.at in ABOUT_TO_CALL for worker in world.workers):
            continue  # over: nothing is on its way, and no intent can be written any more
        for words, there in explorer.after(world):
            there = settled_down(there, setting.wall)
            if there in came:
                continue
            came[there] = (world, words)
            why = wrong(there, setting.broken)
            if why is not None:
                return Walk(len(came), (*retold(explorer, path(came, there)), why))
            if len(came) > most:
                raise AssertionError(f"more than {most} states")
            queue.append(there)
    return Walk(len(came))


def path(came: dict[World, tuple[World, str] | None], world: World) -> list[World]:
    """The states that led here, in one spelling each."""
    states = [world]
    step = came[world]
    while step is not None:
        states.append(step[0])
        step = came[step[0]]
    return states[::-1]


def retold(explorer: Explorer, states: Sequence[World]) -> Iterator[str]:
    """The same way in words, each worker keeping its name."""
    world = start(explorer.setting)
    for wanted in states[1:]:
        for words, there in explorer.after(world):
            if settled_down(there, explorer.setting.wall) == wanted:
                yield words
                world = there
                break
        else:
            raise AssertionError("the way cannot be told again")

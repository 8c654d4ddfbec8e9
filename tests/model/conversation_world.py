"""One conversation as a world to walk through: people who sign, late signs, customers' news, publishing's reports.

What decides is production's own `course` and `tally`. What the desk and publishing add around them (which message a
sign counts on, the check before sending) is said here once, so that a test can take it out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from models.course import VERDICTS, Effect, Outcome, Situation, course
from models.lifecycle import ON_THE_WIRE, SOURCES, NotNow, Source, State, Step
from models.permits import OwnWords, Policy, Sign, Standing, Tally, tally

FACTS = tuple(step for step in Step if SOURCES[step] is Source.FACT)
SAYS_MORE = frozenset({Step.CUSTOMER_REPLIED, Step.CUSTOMER_EDITED})
ENDS_WAITING = frozenset({Step.ANSWERED_ELSEWHERE, Step.POST_GONE})
WITH_DRAFT = frozenset({State.DRAFTED, State.APPROVED, State.SENDING, State.UNSURE})
WITH_ORDER = frozenset({State.APPROVED, State.SENDING, State.UNSURE})
#: What says for certain what became of a call. `throttled` and `refused` do so only when no call before is unsure.
SURE = VERDICTS - {Step.THROTTLED, Step.REFUSED}
T = datetime(2026, 11, 23, tzinfo=UTC)


class Shown(NamedTuple):
    """A draft message: the revision, how much of the customers' side it showed, and in which channel."""

    revision: int
    seen: int
    channel: int = 0


class Given(NamedTuple):
    """A sign that stands on the open message. `saw` is what its giver had before them: nothing decides by it, the
    invariants do."""

    person: int
    approve: bool
    saw: Shown


class World(NamedTuple):
    """All there is. `news` is whether customers wait for an answer, `since` whether they said so since the send."""

    state: State = State.OPEN
    revision: int = 0  # the current one, 0: none
    last: int = 0
    authors: tuple[int, ...] = ()
    made: int = 0
    message: Shown | None = None
    older: Shown | None = None
    signs: frozenset[Given] = frozenset()
    order: Shown | None = None
    said: int = 0
    pending: tuple[Step, ...] = ()
    news: bool = True
    since: bool = False
    demoted: bool = False
    channel: int = 0
    wire: bool = False  # a call was made, and nobody said what came of it


@dataclass(frozen=True)
class Rules:
    """What decides. Every field can be replaced by one that forgets something."""

    course: Callable[[Situation, Step], Outcome] = course
    tally: Callable[..., Tally] = tally
    binds: Callable[[Shown, Shown], bool] = lambda signed, stands: signed == stands
    may_send: Callable[[Tally], bool] = lambda count: count.goes


class Wrong(Exception):
    """The promise is broken here."""


@dataclass(frozen=True)
class Setting:
    """How large the world is."""

    people: int = 2
    approvals: int = 1
    revisions: int = 2
    facts: int = 2
    moves: int = 0
    objects: bool = True
    rules: Rules = field(default_factory=Rules)


class Conversation:
    """Every way on from a world. The last person may lose the right to approve, once."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.policy = Policy(approvals=setting.approvals)
        self.course = cache(setting.rules.course)
        self._counted = cache(self._count)

    def _count(self, signs: frozenset[Given], last: int, authors: tuple[int, ...], demoted: bool, real: bool) -> Tally:
        gone = self.setting.people - 1 if demoted else None
        given = [
            Sign(
                rep=sign.person,
                approve=sign.approve,
                standing=Standing.MEMBER if sign.person == gone else Standing.APPROVER,
                at=T,
            )
            for sign in sorted(signs)
        ]
        count = tally if real else self.setting.rules.tally
        return count(policy=self.policy, last=last, authors=authors, shown_at=T, signs=given)

    def count(self, at: World, *, now: bool = False, real: bool = False) -> Tally:
        """How the open message stands: by what people were when they signed, or are `now`."""
        return self._counted(at.signs, at.last, at.authors, now and at.demoted, real)

    # ------------------------------------------------------------------------------------------ moves

    def ways(self, at: World) -> Iterator[tuple[str, World]]:
        """Everything that can happen next, with its name. Raises Wrong where something must not have happened."""
        people = range(self.setting.people)
        if at.made < self.setting.revisions:
            for who in people if at.made else (0,):
                if (to := self._draft(at, who)) is not None:
                    yield f"{who} writes draft {at.made + 1}", to
        if at.message is not None:
            yield from self._signs(at, people)
        followup = Step.DISCARD if at.news else Step.DISCARD_FOLLOWUP
        for step in (followup, Step.CLOSE, Step.REOPEN, Step.ANSWERED_BY_HAND, Step.SETTLE_SENT, Step.SETTLE_ABSENT):
            if (to := self._take(at, step)) is not None:
                yield step.value, to
        if at.channel < self.setting.moves and (to := self._take(at._replace(channel=at.channel + 1), Step.MOVE)):
            yield "move", to
        if at.state is State.APPROVED:
            goes = self.setting.rules.may_send(self.count(at, now=True))
            if goes:
                self._check_send(at)
                yield "send", self._must(at, Step.SEND)._replace(since=False, wire=True)
            yield "unfit", self._must(at, Step.UNFIT)
        for step in (Step.SENT, Step.THROTTLED, Step.REFUSED, Step.LOST, Step.ABSENT):
            if (to := self._take(at, step)) is not None:
                yield f"publishing: {step.value}", to
        if at.said < self.setting.facts:
            for fact in FACTS:
                yield f"fact: {fact.value}", self._fact(at, fact)
        if not at.demoted:
            yield f"{people[-1]} may approve no more", at._replace(demoted=True)

    def _draft(self, at: World, who: int) -> World | None:
        number = at.made + 1
        kept = at.authors if at.revision else ()
        authors = (*(one for one in kept if one != who), who)
        return self._take(
            at._replace(revision=number, last=who, authors=authors, made=number), Step.DRAFT, drafted=bool(at.revision)
        )

    def _signs(self, at: World, people: range) -> Iterator[tuple[str, World]]:
        assert at.message is not None
        for message in (at.message, at.older):
            if message is None or not self.setting.rules.binds(message, at.message):
                continue
            late = "" if message == at.message else f", late, on the message that showed {tuple(message)}"
            for who in people:
                if at.demoted and who == people[-1]:
                    continue
                yield from self._sign(at, Given(who, True, message), Step.APPROVE, f"{who} approves{late}")
                if self.setting.objects and who == people[-1]:
                    yield from self._sign(at, Given(who, False, message), Step.OBJECT, f"{who} objects{late}")
        for sign in sorted(at.signs):
            step = Step.UNAPPROVE if sign.approve else Step.OBJECT_WITHDRAWN
            if (to := self._take(at._replace(signs=at.signs - {sign}), step)) is not None:
                yield f"{sign.person} takes back {'yes' if sign.approve else 'no'}", to

    def _sign(self, at: World, sign: Given, step: Step, name: str) -> Iterator[tuple[str, World]]:
        if any((one.person, one.approve) == (sign.person, sign.approve) for one in at.signs):
            return
        if (to := self._take(at._replace(signs=at.signs | {sign}), step)) is not None:
            yield name, to

    def _fact(self, at: World, fact: Step) -> World:
        news, since = at.news, at.since
        if fact in SAYS_MORE:
            news = since = True
        elif fact in ENDS_WAITING:
            news = since = False
        to = self._must(at._replace(said=at.said + 1, news=news, since=since), fact)
        if at.state is State.APPROVED and (to.state is State.APPROVED or to.order is not None):
            raise Wrong("an approval outlives news that its giver had not seen", to)
        return to

    # ------------------------------------------------------------------------------------------ carrying out

    def _must(self, at: World, step: Step) -> World:
        to = self._take(at, step)
        if to is None:
            raise Wrong(f"{step.value} was refused", at)
        return to

    def _take(self, at: World, step: Step, *, drafted: bool | None = None) -> World | None:
        """As `steps.take` carries it out."""
        count = self.count(at)
        there = bool(at.revision) if drafted is None else drafted
        try:
            out = self.course(Situation(at.state, count.quorum, bool(count.objections), there, at.pending), step)
        except NotNow:
            return None
        to = at._replace(state=out.state, pending=out.pending)
        for effect in out.effects:
            match effect:
                case Effect.CLOSE_MESSAGE if to.message is not None:
                    to = to._replace(older=to.message, message=None, signs=frozenset())
                case Effect.SHOW_DRAFT:
                    to = to._replace(message=Shown(to.revision, to.said, to.channel), signs=frozenset())
                case Effect.DROP_REVISION:
                    to = to._replace(revision=0, authors=(), last=0, message=None, signs=frozenset())
                case Effect.ORDER:
                    if to.order is not None or to.message is None:
                        raise Wrong("a second order in one round of approval", to)
                    to = to._replace(order=Shown(to.revision, to.message.seen, to.channel))
                case Effect.VOID | Effect.FINISH:
                    if to.order is None:
                        raise Wrong(f"{effect.value} without an order", to)
                    to = to._replace(order=None)
                case _:
                    pass
        if step in SURE or (step in VERDICTS and at.state is State.SENDING):
            to = to._replace(wire=False)
        if step in {Step.SENT, Step.SETTLE_SENT}:
            to = to._replace(news=at.since)
        elif step in {Step.CLOSE, Step.ANSWERED_BY_HAND}:
            to = to._replace(news=False)
        elif step is Step.REOPEN:
            to = to._replace(news=True)
        if to.older is not None and to.message is None:
            to = to._replace(older=None)
        return to

    # ------------------------------------------------------------------------------------------ invariants

    def _check_send(self, at: World) -> None:
        """On the wire only with quorum, of people who may, on these words and beside all that customers said."""
        now = Shown(at.revision, at.said, at.channel)
        if at.order != now:
            raise Wrong("a reply goes on the wire that was ordered for something else", at)
        fair = frozenset(sign for sign in at.signs if sign.saw == now or not sign.approve)
        count = self.count(at._replace(signs=fair), now=True, real=True)
        if not count.goes:
            raise Wrong("a reply goes on the wire without quorum on what its approvers saw", at)

    def check(self, at: World) -> None:
        """What holds in every world."""
        there = at.state in WITH_DRAFT
        if there != bool(at.revision) or there != (at.message is not None):
            raise Wrong("a draft is current, or is not, against the state", at)
        if (at.order is not None) != (at.state in WITH_ORDER):
            raise Wrong("an order lives, or does not, against the state", at)
        if at.wire != (at.state in ON_THE_WIRE):
            raise Wrong("a reply may be public, and the conversation does not know", at)
        if at.pending and at.state not in ON_THE_WIRE:
            raise Wrong("kept news is forgotten", at)
        if at.message is not None and at.message.channel != at.channel:
            raise Wrong("the draft waits in a channel that the conversation has left", at)
        if at.state in {State.DRAFTED, State.APPROVED} and at.message != Shown(at.revision, at.said, at.channel):
            raise Wrong("the draft stands beside something older than what customers say", at)
        if at.state in {State.ANSWERED, State.CLOSED} and at.news:
            raise Wrong("a customer waits, and nobody is told", at)
        goes = self.count(at).goes
        if at.state is State.DRAFTED and goes:
            raise Wrong("enough approvals stand, and no order was made", at)
        if at.state is State.APPROVED and not goes:
            raise Wrong("approved without quorum", at)


@dataclass(frozen=True)
class Walk:
    """What was found: how many worlds, and the way to the first broken promise (its last entry says which)."""

    states: int
    trace: tuple[str, ...]
    dead_ends: int = 0


def walk(setting: Setting) -> Walk:
    """Breadth first through every world, so that a counter-example is as short as can be."""
    here = Conversation(setting)
    start = World()
    came: dict[World, tuple[World, str] | None] = {start: None}
    back: dict[World, list[World]] = {}
    waiting = deque([start])
    while waiting:
        at = waiting.popleft()
        try:
            here.check(at)
            for name, to in here.ways(at):
                if not name.startswith("fact"):
                    back.setdefault(to, []).append(at)
                if to not in came:
                    came[to] = (at, name)
                    waiting.append(to)
        except Wrong as wrong:
            return Walk(len(came), (*_way(came, at), str(wrong.args[0])))
    return Walk(len(came), (), len(came) - len(_reaching_an_end(came, back)))


def _way(came: dict[World, tuple[World, str] | None], at: World) -> tuple[str, ...]:
    names = []
    step = came[at]
    while step is not None:
        at, name = step
        names.append(name)
        step = came[at]
    return tuple(reversed(names))


def _reaching_an_end(came: dict[World, tuple[World, str] | None], back: dict[World, list[World]]) -> set[World]:
    """Worlds from which people and publishing can bring it to an end, without luck from the customer."""
    reached = {at for at in came if at.state in {State.ANSWERED, State.CLOSED}}
    waiting = deque(reached)
    while waiting:
        for before in back.get(waiting.popleft(), ()):
            if before not in reached:
                reached.add(before)
                waiting.append(before)
    return reached


def alone() -> Callable[..., Tally]:
    """A count to which own words are as good as anybody's."""

    def counting(*, policy: Policy, **given: object) -> Tally:
        return tally(policy=replace(policy, own_words=OwnWords.ALLOW), **given)  # type: ignore[arg-type]

    return counting

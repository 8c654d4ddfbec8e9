"""The life of a conversation as a table: what may happen where, and where it leads. Pure; knows no database.

The grid below is the program: code reads it, the documentation prints it, tests reason over it. A row is what
happens, a column where we are. `.` stays, `-` is refused with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a conversation is."""

    OPEN = "open"
    DRAFTED = "drafted"
    APPROVED = "approved"
    SENDING = "sending"
    UNSURE = "unsure"
    ANSWERED = "answered"
    CLOSED = "closed"


class Step(StrEnum):
    """What can happen to a conversation."""

    # somebody asks
    CLAIM = "claim"
    RELEASE = "release"
    HAND_OVER = "hand_over"
    MOVE = "move"
    DRAFT = "draft"
    DISCARD = "discard"
    DISCARD_FOLLOWUP = "discard_followup"
    APPROVE = "approve"
    UNAPPROVE = "unapprove"
    OBJECT = "object"
    OBJECT_WITHDRAWN = "object_withdrawn"
    ANSWERED_BY_HAND = "answered_by_hand"
    CLOSE = "close"
    REOPEN = "reopen"
    SETTLE_SENT = "settle_sent"
    SETTLE_ABSENT = "settle_absent"
    # publishing says
    UNFIT = "unfit"
    SEND = "send"
    THROTTLED = "throttled"
    SENT = "sent"
    REFUSED = "refused"
    LOST = "lost"
    ABSENT = "absent"
    # the world changed
    SURFACED = "surfaced"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    CUSTOMER_REPLIED = "customer_replied"
    CUSTOMER_EDITED = "customer_edited"
    POST_REMOVED = "post_removed"
    POST_GONE = "post_gone"


class Source(StrEnum):
    """Who brings a step about. Only what somebody asks, or publishing says, can be refused."""

    MOVE = "moves"
    REPORT = "reports"
    FACT = "facts"


GRID = """
                    OPEN     DRAFTED  APPROVED SENDING  UNSURE   ANSWERED CLOSED
moves
claim               .        .        .        .        .        .        -
release             .        .        .        .        .        .        -
hand_over           .        .        .        .        .        .        -
move                .        .        DRAFTED  -        -        .        .
draft               DRAFTED  .        DRAFTED  -        -        DRAFTED  -
discard             -        OPEN     -        -        -        -        -
discard_followup    -        ANSWERED -        -        -        -        -
approve             -        APPROVED .        -        -        -        -
unapprove           -        .        DRAFTED  -        -        -        -
object              -        .        DRAFTED  -        -        -        -
object_withdrawn    -        APPROVED -        -        -        -        -
answered_by_hand    ANSWERED ANSWERED -        -        -        -        -
close               CLOSED   CLOSED   -        -        -        CLOSED   -
reopen              -        -        -        -        -        OPEN     OPEN
settle_sent         -        -        -        -        ANSWERED -        -
settle_absent       -        -        -        -        DRAFTED  -        -
reports
unfit               -        -        DRAFTED  -        -        -        -
send                -        -        SENDING  -        -        -        -
throttled           -        -        -        APPROVED .        -        -
sent                -        -        -        ANSWERED ANSWERED -        -
refused             -        -        -        DRAFTED  .        -        -
lost                -        -        -        UNSURE   .        -        -
absent              -        -        -        -        APPROVED -        -
facts
surfaced            .        .        DRAFTED  .        .        .        .
answered_elsewhere  ANSWERED .        DRAFTED  .        .        .        .
customer_replied    .        .        DRAFTED  .        .        OPEN     OPEN
customer_edited     .        .        DRAFTED  .        .        OPEN     OPEN
post_removed        .        .        DRAFTED  .        .        .        .
post_gone           CLOSED   CLOSED   CLOSED   .        .        .        .
"""


class NotNow(Exception):
    """The step is refused in this state. Nothing changed."""

    def __init__(self, state: State, step: Step) -> None:
        super().__init__(f"{step} is refused while {state}")
        self.state = state
        self.step = step


def _read(grid: str) -> tuple[Mapping[tuple[State, Step], State | None], Mapping[Step, Source]]:
    lines = [line.split() for line in grid.strip().splitlines()]
    columns = [State[name] for name in lines[0]]
    table: dict[tuple[State, Step], State | None] = {}
    sources: dict[Step, Source] = {}
    source = Source.MOVE
    for cells in lines[1:]:
        if len(cells) == 1:
            source = Source(cells[0])
            continue
        step = Step(cells[0])
        sources[step] = source
        for state, cell in zip(columns, cells[1:], strict=True):
            table[state, step] = None if cell == "-" else state if cell == "." else State[cell]
    return table, sources


TABLE, SOURCES = _read(GRID)

#: While a reply may be on the wire, facts are shown at once but played only after the verdict.
ON_THE_WIRE = frozenset({State.SENDING, State.UNSURE})


def after(state: State, step: Step) -> State:
    """Where `step` leads from `state`. Raises NotNow when it is refused there; facts never are."""
    to = TABLE[state, step]
    if to is None:
        raise NotNow(state, step)
    return to


def allows(state: State, step: Step) -> bool:
    """Whether `step` is possible in `state`."""
    return TABLE[state, step] is not None


def must_wait(state: State, step: Step) -> bool:
    """Whether this fact is kept until publishing's verdict (DESIGN: facts during SENDING or UNSURE)."""
    return SOURCES[step] is Source.FACT and state in ON_THE_WIRE

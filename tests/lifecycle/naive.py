"""What should be true of one conversation, written from the design's sentences alone: no grid, no effects, no rows.

It knows what was said, the draft that stands with its yes and no, and what may be on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOLD = timedelta(seconds=3)

Key = tuple[int, bool]  # a person, and whether it is a yes


@dataclass
class Draft:
    """The words that wait, and the signs on the message that stands. A new message begins without signs."""

    words: str
    last: int
    authors: list[int]
    blocked: bool
    to: str  # the post it answers
    signs: dict[Key, tuple[datetime, bool]] = field(default_factory=dict)
    ordered: datetime | None = None

    def anew(self) -> None:
        self.signs, self.ordered = {}, None


@dataclass
class Naive:
    needed: int
    own_words: str
    approvers: frozenset[int]
    draft: Draft | None = None
    number: int = 0
    answered: bool = False
    closed: bool = False
    wire: str = ""
    kept: list[str] = field(default_factory=list)
    held: bool = False
    channel: int = 0
    posts: dict[str, str] = field(default_factory=dict)  # what customers said and did not delete
    approved: list[str] = field(default_factory=list)  # the words of every round of approval that was sent
    said: set[tuple[str, str]] = field(default_factory=set)  # what stands in public by us, and under which post

    @property
    def state(self) -> str:
        if self.wire:
            return self.wire
        if self.draft is not None:
            return "approved" if self.draft.ordered is not None else "drafted"
        return "closed" if self.closed else "answered" if self.answered else "open"

    @property
    def yes(self) -> set[int]:
        """Whose yes counts."""
        assert self.draft is not None
        given = {who for (who, yes), (_, stands) in self.draft.signs.items() if yes and stands}
        match self.own_words:
            case "refuse":
                given -= {self.draft.last}
            case "refuse-all":
                given -= set(self.draft.authors)
        return given & self.approvers

    @property
    def no(self) -> set[int]:
        assert self.draft is not None
        return {who for (who, yes), (_, stands) in self.draft.signs.items() if not yes and stands}

    @property
    def goes(self) -> bool:
        return len(self.yes) >= self.needed and not self.no

    # ------------------------------------------------------------------------------------------ people

    def saves(self, who: int, words: str, blocked: bool, to: str) -> None:
        authors = [] if self.draft is None else [one for one in self.draft.authors if one != who]
        self.number += 1
        self.draft = Draft(words, who, [*authors, who], blocked, to)

    def signs(self, who: int, *, yes: bool, given: bool, at: datetime, now: datetime) -> None:
        """The latest event time wins."""
        assert self.draft is not None
        before = self.draft.signs.get((who, yes))
        if before is not None and before[0] > at:
            return
        self.draft.signs[who, yes] = (at, given)
        self.count(now)

    def count(self, now: datetime) -> None:
        assert self.draft is not None
        if not self.goes:
            self.draft.ordered = None
        elif self.draft.ordered is None:
            self.draft.ordered = now

    def overrules(self, now: datetime) -> None:
        assert self.draft is not None
        for key in [key for key in self.draft.signs if not key[1]]:
            self.draft.signs[key] = (now, False)
        self.count(now)

    def throws_away(self) -> None:
        self.draft = None

    def closes(self) -> None:
        self.draft, self.closed = None, True

    def reopens(self) -> None:
        self.closed = self.answered = False

    def by_hand(self) -> None:
        self.draft, self.answered = None, True

    def moves(self, to: int) -> None:
        """Approval begins anew where it lives then; what was approved and has not left is no order any more."""
        self.channel = to
        if self.draft is not None:
            self.draft.anew()

    # ------------------------------------------------------------------------------------------ publishing

    def sends(self) -> str:
        assert self.draft is not None
        assert self.draft.ordered is not None
        assert self.goes
        self.wire = "sending"
        return self.draft.words

    def arrived(self) -> None:
        assert self.draft is not None
        self.said.add((self.draft.words, self.draft.to))
        self.wire, self.draft, self.answered, self.closed = "", None, True, False
        self.play()

    def back_in_line(self, now: datetime) -> None:
        """Not there, for certain: it may go out again, through the hold."""
        assert self.draft is not None
        self.wire, self.draft.ordered = "", now
        self.play()

    def failed(self) -> None:
        """Not there, and not to be tried as it is."""
        assert self.draft is not None
        self.wire = ""
        self.draft.anew()
        self.play()

    def play(self) -> None:
        kept, self.kept = self.kept, []
        for fact in kept:
            self.happens(fact)

    # ------------------------------------------------------------------------------------------ the world

    def happens(self, fact: str) -> None:
        if self.wire:
            self.kept.append(fact)
            return
        if fact == "gone":
            if self.draft is not None or not self.answered:
                self.closed = True
            self.draft = None
            return
        if fact in {"wrote", "edited"}:
            self.answered = self.closed = False
        elif fact == "elsewhere" and not self.closed:
            self.answered = True
        if self.draft is not None:
            self.draft.anew()

"""Who may do what, and whose approval counts, each refusal with its reason. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Standing(StrEnum):
    """What somebody is in a channel at this moment, as its surface and its settings say."""

    LEAD = "lead"
    APPROVER = "approver"
    MEMBER = "member"
    GUEST = "guest"
    OUTSIDER = "outsider"
    BOT = "bot"
    GONE = "gone"
    UNKNOWN = "unknown"


class Right(StrEnum):
    """What a verb needs."""

    READ = "read"
    WORK = "work"  # claim, draft, note, close …
    APPROVE = "approve"
    MOVE = "move"  # to another channel: whoever chooses the channel chooses who approves
    LEAD = "lead"  # settle, withdraw somebody else's objection


RIGHTS: Mapping[Standing, frozenset[Right]] = {
    Standing.LEAD: frozenset(Right),
    Standing.APPROVER: frozenset({Right.READ, Right.WORK, Right.APPROVE, Right.MOVE}),
    Standing.MEMBER: frozenset({Right.READ, Right.WORK}),
    Standing.GUEST: frozenset({Right.READ}),
    Standing.OUTSIDER: frozenset({Right.READ}),
    Standing.BOT: frozenset(),
    Standing.GONE: frozenset(),
    Standing.UNKNOWN: frozenset(),
}

#: What a refused person reads, by what they are. Empty: the reason is the right that they lack.
WHY_NOT: Mapping[Standing, str] = {
    Standing.GUEST: "You are a guest here. You can read everything; working on conversations needs a full member.",
    Standing.OUTSIDER: "You belong to another organisation. You can read along; only members of this team can act.",
    Standing.BOT: "Apps and bots cannot act here.",
    Standing.GONE: "Your account is deactivated.",
    Standing.UNKNOWN: "I could not find out whether you belong to the team, so I did nothing. Please try again.",
}

NEEDS: Mapping[Right, str] = {
    Right.READ: "",
    Right.WORK: "Only members of the team can do this.",
    Right.APPROVE: "Only this channel's approvers can do this.",
    Right.MOVE: "Only this channel's approvers and leads can move it: where it lives decides who approves.",
    Right.LEAD: "Only this channel's leads can do this.",
}


def denied(standing: Standing, right: Right) -> str | None:
    """None when `standing` has `right`, else the sentence that the person reads."""
    if right in RIGHTS[standing]:
        return None
    return WHY_NOT.get(standing) or NEEDS[right]


class OwnWords(StrEnum):
    """Whether somebody may approve words of their own."""

    REFUSE = "refuse"  # not who wrote the last words
    REFUSE_ALL = "refuse-all"  # nobody who wrote any of it
    AFTER = "after"  # alone after a wait, journaled
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a channel asks for before a reply goes out."""

    approvals: int = 1
    own_words: OwnWords = OwnWords.REFUSE
    own_words_after: timedelta = timedelta()
    hold: timedelta = timedelta(seconds=30)
    approval_lasts: timedelta | None = timedelta(hours=12)  # after the hold; None: for ever
    claim_for: timedelta = timedelta(minutes=30)
    keep_deleted: timedelta = timedelta()
    answer_within: timedelta = timedelta(hours=1)
    describe_pictures: bool = False  # no picture goes out without words for who cannot see it


class Uncounted(StrEnum):
    """Why a yes does not count."""

    LAST_WORDS = "last_words"
    WROTE_SOME = "wrote_some"
    TOO_SOON = "too_soon"
    NO_RIGHT = "no_right"


@dataclass(frozen=True, slots=True)
class Sign:
    """One person's yes or no on the open draft message, with what they are now."""

    rep: int
    approve: bool  # False: an objection
    standing: Standing
    at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How a draft stands. `counted` and `uncounted` are reps in the order of their signs. `more` of the needed ones
    are asked for because writers whom the channel cannot recognise might be among those who approve."""

    needed: int
    counted: tuple[int, ...]
    uncounted: tuple[tuple[int, Uncounted], ...]
    objections: tuple[int, ...]
    more: int = 0

    @property
    def quorum(self) -> bool:
        return len(self.counted) >= self.needed

    @property
    def goes(self) -> bool:
        """Enough approvals and no open objection."""
        return self.quorum and not self.objections


def tally(
    *,
    policy: Policy,
    last: int,
    authors: Sequence[int],
    shown_at: datetime,
    signs: Sequence[Sign],
    strangers: Collection[int] = (),
) -> Tally:
    """Count the signs on a draft message whose last words are `last`'s and that `authors` wrote together.

    A person counts once. `shown_at` is when the message with these words was made: with "after 15m" the writer's
    own yes counts when it is given 15 minutes later than that or more.

    `strangers` are authors of another chat, from where the draft was moved: whether they are among those who approve
    here nobody can tell. For each whose own yes would not count, one more is asked for.
    """
    counted: list[int] = []
    uncounted: list[tuple[int, Uncounted]] = []
    objections: list[int] = []
    for sign in sorted(signs, key=lambda sign: sign.at):
        if Right.APPROVE not in RIGHTS[sign.standing]:
            if sign.approve:
                uncounted.append((sign.rep, Uncounted.NO_RIGHT))
            continue
        if not sign.approve:
            objections.append(sign.rep)
            continue
        why = _own(policy, sign, last, authors, shown_at)
        if why is not None:
            uncounted.append((sign.rep, why))
        elif sign.rep not in counted:
            counted.append(sign.rep)
    more = len(_barred(policy, last, authors) & frozenset(strangers))
    return Tally(policy.approvals + more, tuple(counted), tuple(uncounted), tuple(objections), more)


def _barred(policy: Policy, last: int, authors: Sequence[int]) -> frozenset[int]:
    """Whose own yes would not count, whatever time passes."""
    match policy.own_words:
        case OwnWords.ALLOW:
            return frozenset()
        case OwnWords.REFUSE_ALL:
            return frozenset({last, *authors})
        case OwnWords.REFUSE | OwnWords.AFTER:
            return frozenset({last})


def _own(policy: Policy, sign: Sign, last: int, authors: Sequence[int], shown_at: datetime) -> Uncounted | None:
    rep = sign.rep
    if policy.own_words is OwnWords.ALLOW:
        return None
    if policy.own_words is OwnWords.REFUSE_ALL and rep in authors:
        return Uncounted.LAST_WORDS if rep == last else Uncounted.WROTE_SOME
    if rep != last:
        return None
    if policy.own_words is OwnWords.AFTER:
        return None if sign.at >= shown_at + policy.own_words_after else Uncounted.TOO_SOON
    return Uncounted.LAST_WORDS

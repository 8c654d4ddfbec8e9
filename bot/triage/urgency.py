"""How urgent a post is, out of what rules and the head say of it: a score that orders the queue, and its reasons.

Never a gate: nothing is held back or left out because of it. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.triage.rulebook import KINDS, Hit, weighed

#: What a unit of a rule's weight adds to the head's logit: a rule that says "now" (2) makes even odds four to one.
PUSH = 0.7
#: Without a model, rules speak alone, against these odds.
ALONE = -1.0
#: Scores from which a post is urgent today, now, at once: the order of the queue. In between, who waits longest.
BANDS = (0.5, 0.75, 0.9)
#: From which chance on the head alone names a kind, and calls for people where somebody may come to harm: sooner, since
#: who is missed may be lost. On folds of what it learns from it finds 52 % there (43 % from 0.5), and of ten thousand
#: posts of all kinds 17 call (10).
NAMED, CALLED = 0.5, 0.4
#: What goes to people by name, at once.
GRAVE = ("self_harm", "violence")

#: What the head's kinds are called on the card, where no rule has better words.
READS_LIKE: Mapping[str, str] = {
    "danger": "somebody may come to harm",
    "outage": "something is down",
    "legal": "the law or an authority",
    "fraud": "fraud or a locked account",
    "leaving": "a threat to leave",
    "stranded": "somebody is stuck now",
    "self_harm": "self-harm",
    "violence": "violence",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a kind, and the words for people. `rule`: a rule says so; else the head thinks so."""

    kind: str
    words: str
    rule: bool


@dataclass(frozen=True, slots=True)
class Urgency:
    """`score` from 0 to 1, `band` from 0 to 3. `grave` names what goes to people by name at once."""

    score: float
    band: int
    reasons: tuple[Reason, ...]
    grave: str | None


def urgency_of(hits: Sequence[Hit], chances: Mapping[str, float] | None) -> Urgency:
    """Of one post. `chances` are the head's, by name; None where there is no model."""
    weights = weighed(list(hits))
    heaviest = max(weights.values(), default=0.0)
    head = ALONE if chances is None else _logit(chances["urgent"])
    score = 1 / (1 + math.exp(-(head + PUSH * heaviest)))
    reasons = _reasons(hits, weights, chances or {})
    grave = _grave(hits, weights, chances or {})
    if grave is not None:
        score = max(score, BANDS[-1])
        if all(hit.rule.about != grave for hit in hits):  # nobody is called without being told why
            reasons = (Reason(grave, READS_LIKE[grave], rule=False), *reasons)
    return Urgency(score, sum(score >= edge for edge in BANDS), reasons, grave)


def _reasons(hits: Sequence[Hit], weights: Mapping[str, float], chances: Mapping[str, float]) -> tuple[Reason, ...]:
    """Rules first, the heaviest first; then what only the head sees. Each kind once."""
    found: dict[str, Reason] = {}
    for hit in sorted(hits, key=lambda one: -one.rule.weight):
        if weights.get(hit.rule.kind, 0.0) > 0 and hit.rule.weight > 0:
            found.setdefault(hit.rule.kind, Reason(hit.rule.kind, hit.rule.reason, rule=True))
    for kind in sorted(KINDS, key=lambda one: -chances.get(one, 0.0)):
        if chances.get(kind, 0.0) >= NAMED:
            found.setdefault(kind, Reason(kind, READS_LIKE[kind], rule=False))
    return tuple(found.values())


def _grave(hits: Sequence[Hit], weights: Mapping[str, float], chances: Mapping[str, float]) -> str | None:
    """Self-harm or violence, by a rule that nothing speaks against, or by a head that is sure."""
    for hit in hits:
        if hit.rule.about in GRAVE and hit.rule.weight > 0 and weights.get(hit.rule.kind, 0.0) >= hit.rule.weight:
            return hit.rule.about
    likely = max(GRAVE, key=lambda one: chances.get(one, 0.0))
    return likely if chances.get(likely, 0.0) >= CALLED else None


def _logit(chance: float) -> float:
    near = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(near / (1 - near))

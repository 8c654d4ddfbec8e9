"""What is said when an answer is due soon, or did not come in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.chat.cards.parts import Said, about, clock, line, link, moment, who
from bot.chat.contract import Part, Plain, Words
from models.reading.notice import NoticeFacts
from models.telling import EventKind


def _due(facts: NoticeFacts) -> datetime:
    """When the target is missed, as the event says."""
    due = facts.data.get("due")
    return datetime.fromisoformat(due) if isinstance(due, str) else facts.at


def _reminded(facts: NoticeFacts, zone: str) -> Said:
    left = _due(facts) - facts.at
    return [
        line(
            Plain("⏳ "),
            Words(who(facts.customer)),
            Plain(" still waits for an answer: it is due "),
            clock(_due(facts), zone),
            Plain(". "),
            Plain("@twoway release", code=True),
            Plain(" if somebody else should take it."),
        )
    ], f"due in {about(left)}" if left > timedelta() else "due now"


def _warned(facts: NoticeFacts, zone: str) -> Said:
    held: list[Part] = [Plain("nobody has it")]
    if facts.claim is not None:
        held = [Words(facts.claim.rep.name), Plain(" has it")]
    return [
        line(
            Plain("⏳ "),
            link(facts.card_link, f"#{facts.number}"),
            Plain(" "),
            Words(who(facts.customer)),
            Plain(" still waits for an answer, due "),
            clock(_due(facts), zone),
            Plain("; "),
            *held,
            Plain("."),
        )
    ], "due soon, nobody has it" if facts.claim is None else "due soon"


def _overdue(facts: NoticeFacts, zone: str) -> Said:
    return [
        line(
            Plain("🚨 "),
            link(facts.card_link, f"#{facts.number}"),
            Plain(" "),
            Words(who(facts.customer)),
            Plain(" got no answer in time: it was due "),
            moment(_due(facts), zone),
            Plain("."),
        )
    ], "no answer in time"


LATE: Mapping[EventKind, Callable[[NoticeFacts, str], Said]] = {
    EventKind.REMINDED: _reminded,
    EventKind.WARNED: _warned,
    EventKind.OVERDUE: _overdue,
}

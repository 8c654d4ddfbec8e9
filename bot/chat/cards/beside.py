"""What stands on cards beside a conversation: until when it is put aside, who knows its customer, what was before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.chat.cards.parts import about, button, clock, moment, value
from bot.chat.commands import Verb
from bot.chat.contract import Button, Line, Part, Plain, Words
from models.lifecycle import State
from models.reading.beside import Before, Offered
from models.reading.card import CardFacts
from models.reading.mood import Mood


def beside_lines(facts: CardFacts, state: State, now: datetime, zone: str) -> list[Line]:
    """Until when it is put aside, who knows the customer, what was before."""
    rows: list[Line] = []
    if facts.snoozed_until is not None and state is not State.CLOSED:
        by: list[Part] = [Plain(", by "), Words(facts.snoozed_by.name)] if facts.snoozed_by is not None else []
        until = moment(facts.snoozed_until, zone)
        rows.append(Line((Plain("😴 Snoozed", bold=True), Plain(" until "), until, *by, Plain("."))))
    offered = _offered(facts, state, now)
    if offered is not None:
        ends: list[Part] = [] if offered.until is None else [Plain(" until "), clock(offered.until, zone)]
        knows = Plain(" knows this customer and is on shift")
        rows.append(Line((Plain("👋 "), Words(offered.rep.name), knows, *ends, Plain("."))))
    rows += [Line(tuple(_before(one)), small=True) for one in facts.beside.before]
    return rows


def _offered(facts: CardFacts, state: State, now: datetime) -> Offered | None:
    """Only while nobody has it and they are on shift."""
    offered = facts.beside.offered
    if offered is None or state is not State.OPEN or facts.claim is not None:
        return None
    return offered if offered.until is None or now < offered.until else None


def _before(one: Before) -> list[Part]:
    by: list[Part] = [Plain(" · "), Words(one.by.name)] if one.by is not None else []
    was = one.was
    how = ended(State(was.state), was.opened_at, was.answered_at)
    return [Plain(f"Before: #{was.number} · {how}{felt(one.mood)}"), *by]


def give_button(facts: CardFacts, state: State, now: datetime) -> Button | None:
    """To who knows the customer; the button names them by their row."""
    offered = _offered(facts, state, now)
    if offered is None:
        return None
    return button(f"Give to {offered.rep.name}"[:75], Verb.HAND_OVER, f"{facts.number}:={offered.rep.id}")


def snooze_button(facts: CardFacts) -> Button:
    if facts.snoozed_until is not None:
        return button("End the snooze", Verb.UNSNOOZE, value(facts.number))
    return button("Snooze until tomorrow", Verb.SNOOZE, f"{facts.number}:tomorrow")


def ended(state: State, opened: datetime, answered: datetime | None) -> str:
    """How a conversation ended, or how it stands."""
    if answered is not None and state in {State.ANSWERED, State.CLOSED}:
        return f"answered after {about(answered - opened)}"
    return "closed without an answer" if state is State.CLOSED else _STANDS[state]


_STANDS: Mapping[State, str] = {
    State.OPEN: "open",
    State.DRAFTED: "a draft waits for approval",
    State.APPROVED: "a reply is approved",
    State.SENDING: "a reply is going out",
    State.UNSURE: "nobody knows yet whether the reply arrived",
    State.ANSWERED: "answered",
    State.CLOSED: "closed",
}


def felt(mood: Mood | None) -> str:
    """How the customer felt at the beginning and at the end, where somebody can tell."""
    words = [] if mood is None else [word for word in (mood.began, mood.ended) if word is not None]
    return f" · {' → '.join(words)}" if words else ""

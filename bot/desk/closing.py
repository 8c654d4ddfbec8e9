"""Ends and beginnings: close, reopen, answered by hand, settle what nobody knows, notes."""

from __future__ import annotations

import re
from datetime import datetime

from bot.desk.asking import objection
from bot.desk.claiming import renew
from bot.desk.outcomes import Actor, Closed, Noted, Refused, Reopened, Settled, Why
from models.conversation import Note
from models.lifecycle import Step
from models.permits import Right
from models.snoozes import bring_back
from models.steps import Dossier, take
from models.telling import EventKind

#: What can be opened in a browser.
_ADDRESS = re.compile(r"https?://[^\s<>|/][^\s<>|]*")


def is_address(words: str) -> bool:
    """Whether it can be opened in a browser."""
    return _ADDRESS.fullmatch(words) is not None


async def close(dossier: Dossier, who: Actor) -> Closed | Refused:
    """Nothing more is to be said here. A draft that waits goes with it."""
    refused = objection(dossier, who, Right.WORK, Step.CLOSE)
    if refused is not None:
        return refused
    await take(dossier, Step.CLOSE, EventKind.CLOSED, rep=who.rep)
    await bring_back(dossier, "closed", rep=who.rep)
    return Closed(dossier.conversation.id)


async def reopen(dossier: Dossier, who: Actor) -> Reopened | Refused:
    """Back into the queue."""
    refused = objection(dossier, who, Right.WORK, Step.REOPEN)
    if refused is not None:
        return refused
    await take(dossier, Step.REOPEN, EventKind.REOPENED, rep=who.rep)
    return Reopened(dossier.conversation.id)


async def note(dossier: Dossier, who: Actor, words: str) -> Noted | Refused:
    """For colleagues only; it can reach no platform."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    number = dossier.conversation.id
    if not words.strip():
        return Refused(Why.EMPTY, number)
    kept = Note(conversation_id=number, rep_id=who.rep, words=words.strip(), at=dossier.work.now)
    dossier.work.add(kept)
    await dossier.work.flush()
    await dossier.work.write_down(dossier.conversation, EventKind.NOTED, rep=who.rep, data={"note": kept.id})
    renew(dossier, who)
    return Noted(number)


async def answered_by_hand(dossier: Dossier, who: Actor, address: str) -> Settled | Refused:
    """A lead says that somebody answered outside of the bot. Needs the reply's address; card and journal say on
    whose word."""
    refused = objection(dossier, who, Right.LEAD, Step.ANSWERED_BY_HAND)
    if refused is not None:
        return refused
    number = dossier.conversation.id
    if not is_address(address):
        return Refused(Why.NO_ADDRESS, number)
    data: dict[str, object] = {"address": address, "on_word_of": who.rep}
    await take(dossier, Step.ANSWERED_BY_HAND, EventKind.ANSWERED_BY_HAND, rep=who.rep, data=data)
    return Settled(number, sent=True)


async def settle(
    dossier: Dossier, who: Actor, *, sent: bool, address: str = "", not_before: datetime | None = None
) -> Settled | Refused:
    """A lead says what became of a reply that nobody knows about: it is there (with its address), or it is not.

    "It is not there" is refused before `not_before`: until then it may still appear. None: the platform declares no
    bound, and a lead's look is all there is.
    """
    step = Step.SETTLE_SENT if sent else Step.SETTLE_ABSENT
    refused = objection(dossier, who, Right.LEAD, step)
    if refused is not None:
        return refused
    number = dossier.conversation.id
    if sent and not is_address(address):
        return Refused(Why.NO_ADDRESS, number)
    if not sent and not_before is not None and dossier.work.now < not_before:
        return Refused(Why.TOO_EARLY, number, until=not_before)
    delivery = dossier.delivery
    data: dict[str, object] = {"on_word_of": who.rep, "delivery": delivery.id if delivery is not None else None}
    if sent:
        data["address"] = address
        if delivery is not None:
            delivery.receipt = {"url": address, "on_word_of": who.rep}
    event = EventKind.SETTLED_SENT if sent else EventKind.SETTLED_ABSENT
    await take(dossier, step, event, rep=who.rep, data=data)
    return Settled(number, sent=sent)

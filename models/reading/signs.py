"""Whose yes was taken from a draft message because nobody could tell whether it still held: they are asked again."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.journal import Event
from models.reading.values import whole, wholes
from models.reply import Approval, DraftMessage
from models.telling import EventKind

_KINDS = (EventKind.APPROVED.value, EventKind.ASKED_AGAIN.value)


async def asked_again(session: AsyncSession, message: DraftMessage, signs: Collection[Approval]) -> frozenset[int]:
    """Who of them has not answered yet. `signs` are all that were ever given to the message."""
    open_ones = {sign.rep_id for sign in signs if sign.sign == "approve" and not sign.given}
    if not open_ones:
        return frozenset()
    query = (
        select(Event.kind, Event.rep_id, Event.data)
        .where(Event.chain == message.conversation_id, Event.kind.in_(_KINDS), Event.at >= message.at)
        .order_by(Event.seq)
    )
    asked: set[int] = set()
    for kind, rep, data in await session.execute(query):
        if whole(data.get("message")) != message.id:
            continue
        if kind == EventKind.ASKED_AGAIN:
            asked.update(wholes(data.get("of")))
        else:
            asked.discard(rep)
    return frozenset(asked & open_ones)

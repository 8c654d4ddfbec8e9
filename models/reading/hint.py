"""What the reader says of a customer's last words, as cards show it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from models.triage import latest_reading


@dataclass(frozen=True, slots=True)
class HintFacts:
    """`read`: a model read it, and what is empty it is unsure of; else rules alone did. `band` is from 0 to 3."""

    read: bool
    kinds: tuple[str, ...]
    mood: str
    band: int
    score: int
    reasons: tuple[str, ...]
    language: str | None
    topic: str = ""


async def hint_facts(session: AsyncSession, conversation_id: int) -> HintFacts | None:
    """None: nothing of it was read yet."""
    row = await latest_reading(session, conversation_id)
    if row is None:
        return None
    kinds, reasons = (tuple(str(one) for one in some) for some in (row.kinds, row.reasons))
    return HintFacts(bool(row.model), kinds, row.mood, row.band, row.score, reasons, row.language, row.topic)

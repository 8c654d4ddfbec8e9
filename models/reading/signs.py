"""Signs that were given as reactions, as they were written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from models.reply import Approval
from models.store import Session


@dataclass(frozen=True, slots=True)
class Reaction:
    """Whose, yes or no, and when it was given."""

    rep: int
    approve: bool
    at: datetime


async def reactions_on(session: Session, message: int) -> Sequence[Reaction]:
    """Those that stand on a draft message by what we know."""
    query = select(Approval).where(Approval.message_id == message, Approval.given, Approval.by_reaction)
    found = (await session.scalars(query)).all()
    return [Reaction(sign.rep_id, sign.sign == "approve", sign.at) for sign in found]

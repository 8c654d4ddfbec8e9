"""Finding revisions of a conversation by their numbers."""

from __future__ import annotations

from sqlalchemy import select

from models.reply import Revision
from models.store import Work


async def revision_numbered(work: Work, conversation: int, number: int) -> Revision | None:
    """Draft `number` of a conversation, whether current or not."""
    query = select(Revision).where(Revision.conversation_id == conversation, Revision.number == number)
    return await work.session.scalar(query)

"""Finding revisions of a conversation, and the messages that showed them, by their numbers."""

from __future__ import annotations

from sqlalchemy import select

from models.reply import DraftMessage, Revision
from models.store import Work


async def revision_numbered(work: Work, conversation: int, number: int) -> Revision | None:
    """Draft `number` of a conversation, whether current or not."""
    query = select(Revision).where(Revision.conversation_id == conversation, Revision.number == number)
    return await work.session.scalar(query)


async def message_of_draft(work: Work, conversation: int, number: int) -> int | None:
    """The latest message that showed draft `number`."""
    query = (
        select(DraftMessage.id)
        .join(Revision, Revision.id == DraftMessage.revision_id)
        .where(Revision.conversation_id == conversation, Revision.number == number)
        .order_by(DraftMessage.id.desc())
        .limit(1)
    )
    return await work.session.scalar(query)

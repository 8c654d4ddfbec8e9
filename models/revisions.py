"""Finding revisions of a conversation, and the messages that showed them, by their numbers."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from models.reply import Delivery, DraftMessage, Revision
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


async def digests_sent(work: Work, deliveries: Collection[int]) -> set[str]:
    """What went out by these deliveries: the digests of their revisions."""
    query = select(Revision.digest).join(Delivery, Delivery.revision_id == Revision.id)
    return set((await work.session.scalars(query.where(Delivery.id.in_(deliveries)))).all())

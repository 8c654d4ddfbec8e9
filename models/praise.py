"""Conversations in which somebody praises us, as rows: who said so, and whether the words may be quoted.

What the journal's events add up to, kept for the queue, cards and warnings; summaries read the events. The words stay
in their post: a permission names the post and the version of it that was allowed. Who may do what is left to the desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, String, exists, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.conversation import Conversation
from models.journal import words_digest
from models.reply import Delivery, DeliveryState, Revision
from models.store import Session, Work


class Quote(StrEnum):
    """Whether the words may be shown with the customer's name."""

    UNASKED = ""
    ASKED = "asked"
    YES = "yes"
    NO = "no"


class Praise(Base):
    """One conversation that somebody called praise (or, with `given` false, no longer does): a rep, or without
    `rep_id` the reader's hint. `post_id` and `post_digest` are the words that a permission is about, `quote_url` is
    where the customer gave or refused it, on the word of `quote_rep_id`; the journal has its hash only, so that it can
    be forgotten. `asked` is the draft that asked for it."""

    __tablename__ = "praise"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), unique=True)
    given: Mapped[bool]
    rep_id: Mapped[int | None] = mapped_column(ForeignKey("rep.id"))
    at: Mapped[datetime]
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    post_digest: Mapped[str] = mapped_column(String(64), default="")
    asked: Mapped[int | None]
    quote: Mapped[str] = mapped_column(String(8), default=Quote.UNASKED)
    quote_url: Mapped[str | None]
    quote_at: Mapped[datetime | None]
    quote_rep_id: Mapped[int | None] = mapped_column(ForeignKey("rep.id"))


async def praise_in(session: Session, conversation: int) -> Praise | None:
    """What is known of a conversation, whether or not it is still called praise."""
    return await session.scalar(select(Praise).where(Praise.conversation_id == conversation))


def with_address(data: Mapping[str, object], praise: Praise | None) -> dict[str, object]:
    """What an event about a permission says, with the address itself, of which the journal holds the hash alone.
    Without one where a newer word replaced it, or it was erased."""
    address = None if praise is None else praise.quote_url
    told = {key: value for key, value in data.items() if key != "address"}
    return told if address is None or data.get("address") != words_digest(address) else {**told, "address": address}


async def is_praise(session: Session, conversation: int) -> bool:
    """Whether a conversation is in the lane of praise."""
    found = await praise_in(session, conversation)
    return found is not None and found.given


async def forget_permission(work: Work, conversation: int, *, post: int, url: str | None) -> None:
    """Where its author gave the permission leaves with the post: an address often has a handle in it."""
    row = await praise_in(work.session, conversation)
    if row is not None and (row.post_id == post or (url is not None and row.quote_url == url)):
        row.quote_url = None


def in_the_lane() -> ColumnElement[bool]:
    """Whether the conversation of an outer query is praise: to order by."""
    return exists().where(Praise.conversation_id == Conversation.id, Praise.given.is_(True))


async def has_gone_out(work: Work, conversation: int, revision: int) -> bool:
    """Whether this draft stands in public, or may."""
    query = (
        select(Delivery.id)
        .join(Revision, Revision.id == Delivery.revision_id)
        .where(
            Revision.conversation_id == conversation,
            Revision.number == revision,
            Delivery.state != DeliveryState.VOID.value,
        )
    )
    return await work.session.scalar(query.limit(1)) is not None

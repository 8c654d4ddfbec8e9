"""How an answer comes about: drafts and their revisions, the messages that showed them, approvals, deliveries."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due


class DraftKind(StrEnum):
    """What goes out: all need approval."""

    REPLY = "reply"
    PRIVATE = "private"  # a reply that the author of the post alone can see
    CORRECTION = "correction"
    RETRACTION = "retraction"


#: What answers a customer's post. The others are about what we said.
ANSWERS = frozenset({DraftKind.REPLY, DraftKind.PRIVATE})


class Revision(Base):
    """One version of a draft: `final` is the exact text that goes out, mention and sign-off included, `digest`
    its hash. `typed` is what was written in the dialog. `authors` are the ids of all reps who wrote any of it."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("conversation_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    number: Mapped[int]
    base: Mapped[int | None]  # the number it was made from
    kind: Mapped[str] = mapped_column(String(16), default=DraftKind.REPLY)
    parent_id: Mapped[int] = mapped_column(ForeignKey("post.id"))  # what it answers, corrects or takes back
    typed: Mapped[str]
    final: Mapped[str]
    spans: Mapped[list[object]] = mapped_column(default=list)
    digest: Mapped[str] = mapped_column(String(64))
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))  # whose words are the last
    authors: Mapped[list[object]] = mapped_column(default=list)
    fit: Mapped[dict[str, object]] = mapped_column(default=dict)  # length, limit, unit, lost; saved: see `SavedAnswer`
    blocked: Mapped[str] = mapped_column(default="")  # why it cannot be approved as it is, "" when it can
    at: Mapped[datetime]


class DraftMessage(Due, Base):
    """One message in a thread that showed a revision, and the versions of every customer post as it did so.

    Approvals are given to it and to nothing else. `due_at` is its pre-flight, `ready` the answer.
    """

    __tablename__ = "draft_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    seen: Mapped[dict[str, object]] = mapped_column(default=dict)  # post id -> version
    at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_why: Mapped[str] = mapped_column(String(32), default="")
    ready: Mapped[dict[str, object]] = mapped_column(default=dict)


class Approval(Base):
    """One person's yes ("approve") or no ("object") to one draft message. The latest event time wins."""

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("message_id", "rep_id", "sign"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("draft_message.id"))
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    sign: Mapped[str] = mapped_column(String(16))
    given: Mapped[bool]
    by_reaction: Mapped[bool] = mapped_column(default=False)
    standing: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]


class DeliveryState(StrEnum):
    """How far an order is. WAITING, SENDING and UNSURE are live; at most one live delivery a conversation."""

    WAITING = "waiting"
    SENDING = "sending"
    UNSURE = "unsure"
    SENT = "sent"
    VOID = "void"


class WaitsFor(StrEnum):
    """Why an approved reply does not leave although its time has come, as `Delivery.why` says it while it waits."""

    HOLD = "hold"
    PLATFORM = "platform"
    CHAT = "chat"


class Delivery(Due, Base):
    """An order to say something in public, made only by approval at quorum. Fence and attempt share this row.

    `sends` counts the intents, `sent_at` is the clock read before the last one was written. `hold_until` is when
    it may go out. `receipt` is written once. `look_at` is a later look at what was posted.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "uq_delivery_live",
            "conversation_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'sending', 'unsure')"),
            postgresql_where=text("state IN ('waiting', 'sending', 'unsure')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("draft_message.id"))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.WAITING)
    approved_at: Mapped[datetime]
    hold_until: Mapped[datetime]
    sends: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    receipt: Mapped[dict[str, object] | None]
    visible: Mapped[str] = mapped_column(String(16), default="")
    why: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]


class AttemptOutcome(StrEnum):
    """What became of one call. Only NO is a certain no; PENDING, LOST and ABSENT are looked for again."""

    PENDING = "pending"
    NO = "no"
    LOST = "lost"
    ABSENT = "absent"
    SENT = "sent"


class Attempt(Base):
    """One call, written down before it is made. Its outcome is written once; a receipt may still come later."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    number: Mapped[int]
    intent_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16), default=AttemptOutcome.PENDING)
    outcome_at: Mapped[datetime | None]
    detail: Mapped[str] = mapped_column(default="")

"""What was said: conversations, posts with their versions, claims, and the team's notes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due


class Conversation(Base):
    """One public thread at one of our accounts, whoever writes in it. Its id is the number that people say.

    `revision_id` and `message_id` name the current draft (no foreign keys: they would be circles). `pending`
    holds the facts that came while a reply was on the wire. `head` and `length` are the end of its journal.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        Index("ix_conversation_queue", "channel_id", "state", "waiting_since"),
        Index("ix_conversation_identity", "identity_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    key: Mapped[str] = mapped_column(String(512))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(default=0)
    urgency: Mapped[int] = mapped_column(default=0)
    language: Mapped[str | None] = mapped_column(String(16))
    opened_at: Mapped[datetime]
    waiting_since: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    revisions: Mapped[int] = mapped_column(default=0)
    revision_id: Mapped[int | None]
    message_id: Mapped[int | None]
    pending: Mapped[list[object]] = mapped_column(default=list)
    writing: Mapped[dict[str, object]] = mapped_column(default=dict)
    head: Mapped[str] = mapped_column(String(64), default="")
    length: Mapped[int] = mapped_column(default=0)


#: In a post's `extra`, which is the adapter's and empty once the words are gone: who took them away.
ERASED = "erased on request"
#: There too: the platform lets no program answer this post, and the sentence says to people what to do instead.
BY_HAND = "by_hand"
#: And there: how many ask for what it suggests, on a feedback board.
VOTES = "votes"

#: In the `extra` of a post of ours: it stands in the one place for an answer there.
THE_ANSWER = "the_answer"


class Post(Due, Base):
    """Something said in public. `words` is what a person reads, `spans` the adapter's text, opaque to us.

    `version` counts the author's edits from 1. `gone_at` is set when its author deleted it; the words leave then,
    or at `erase_at` where the channel keeps them a while. `erased`: it was us who took them away. `due_at` is the
    next look at it (edits, deletions).
    """

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("account_id", "ref"), Index("ix_post_identity", "identity_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identity.id"))
    delivery_id: Mapped[int | None]  # our own reply: the delivery that made it, where we know
    ours: Mapped[bool] = mapped_column(default=False)
    ref: Mapped[str] = mapped_column(String(512))
    parent: Mapped[str | None] = mapped_column(String(512))
    words: Mapped[str]
    spans: Mapped[list[object]] = mapped_column(default=list)
    warning: Mapped[str] = mapped_column(default="")
    media: Mapped[list[object]] = mapped_column(default=list)
    extra: Mapped[dict[str, object]] = mapped_column(default=dict)
    visibility: Mapped[str] = mapped_column(String(16), default="public")
    language: Mapped[str | None] = mapped_column(String(16))
    url: Mapped[str | None]
    at: Mapped[datetime]
    heard_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    digest: Mapped[str] = mapped_column(String(64))
    edited_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]  # not to be seen just now; nobody said that it was deleted
    erase_at: Mapped[datetime | None]

    @property
    def erased(self) -> bool:
        """The team took the words away because they were asked to; else their author did."""
        return bool(self.extra.get(ERASED))

    @property
    def the_answer(self) -> bool:
        """Our own, and there is one place for an answer there: whoever answers again changes this one."""
        return self.ours and self.extra.get(THE_ANSWER) is True

    @property
    def by_hand(self) -> str:
        """Why only a person can answer it, where the platform lets no program; else empty."""
        said = self.extra.get(BY_HAND)
        return said if isinstance(said, str) else ""

    @property
    def votes(self) -> int | None:
        """How many ask for it where it stands; None: nobody counts there."""
        found = self.extra.get(VOTES)
        return found if isinstance(found, int) and not isinstance(found, bool) else None


class PostVersion(Base):
    """What a post said before an edit. Goes with the post when its author deletes it. `media` are its attachments, so
    that its hash can be computed again; None where an older version of Twoway wrote it."""

    __tablename__ = "post_version"
    __table_args__ = (UniqueConstraint("post_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    version: Mapped[int]
    words: Mapped[str]
    warning: Mapped[str] = mapped_column(default="")
    media: Mapped[list[object] | None]
    digest: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]


class Removal(Base):
    """A post that its author took away before we had it: whatever repeats it later is not stored."""

    __tablename__ = "removal"
    __table_args__ = (UniqueConstraint("account_id", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    ref: Mapped[str] = mapped_column(String(512))
    at: Mapped[datetime] = mapped_column(index=True)


class Claim(Due, Base):
    """Who answers: a lease that work renews. At most one stands for a conversation (unique index)."""

    __tablename__ = "claim"
    __table_args__ = (
        Index("ix_claim_rep", "rep_id", "ended_at"),
        Index(
            "uq_claim_standing",
            "conversation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Note(Base):
    """What a rep wrote down for the others. Never leaves the team."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    words: Mapped[str]
    at: Mapped[datetime]

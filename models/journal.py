"""The journal: append-only, hash-chained within a conversation, sealed once a day.

Events hold references and hashes, never anybody's words, so that erasing words keeps the chain whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.telling import EventKind


class Event(Base):
    """What happened: references and hashes, never anybody's words. `chain` is the conversation's id, 0 for what
    concerns no conversation."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("chain", "seq"),
        # In the order in which days are read; rare kinds are picked out of it without looking at the others' rows.
        Index("ix_event_at_id_kind_chain", "at", "id", "kind", "chain"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[int]
    seq: Mapped[int]
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    rep_id: Mapped[int | None] = mapped_column(ForeignKey("rep.id"))
    data: Mapped[dict[str, object]] = mapped_column(default=dict)
    before: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class Seal(Base):
    """One day's heads under one hash, chained to the day before."""

    __tablename__ = "seal"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    at: Mapped[datetime]
    last_event: Mapped[int]
    before: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Written:
    """An event that is committed, for who follows along. `chain` is 0 for what concerns no conversation."""

    chain: int
    seq: int
    at: datetime
    kind: str
    rep: int | None
    data: Mapping[str, object]


def digest_of(*, before: str, chain: int, seq: int, at: datetime, kind: str, rep: int | None, data: object) -> str:
    """The hash that chains an event to the one before: SHA-256 over canonical JSON (sorted keys, no spaces)."""
    content = [before, chain, seq, at.astimezone(UTC).isoformat(timespec="microseconds"), kind, rep, data]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def chained(
    *, before: str, chain: int, seq: int, at: datetime, kind: EventKind, rep: int | None, data: dict[str, object]
) -> Event:
    """The next event of a chain. `data` holds references and hashes only."""
    return Event(
        chain=chain,
        seq=seq,
        at=at,
        kind=kind.value,
        rep_id=rep,
        data=data,
        before=before,
        digest=digest_of(before=before, chain=chain, seq=seq, at=at, kind=kind.value, rep=rep, data=data),
    )


def words_digest(*words: object) -> str:
    """The hash by which the journal names words without holding them."""
    return hashlib.sha256("\x00".join(str(word) for word in words).encode()).hexdigest()


def post_digest(words: str, warning: str, media: object) -> str:
    """What the journal says of a post: its words, its content warning, and how each attachment looks, as the post's
    row holds them. What only stands above it (`context`) is not said by its author."""
    items = media if isinstance(media, list) else []
    said = [item for item in items if isinstance(item, Mapping) and item.get("context") is not True]
    return words_digest(words, warning, *map(_look, said))


def _look(item: Mapping[str, object]) -> str:
    """What of an attachment counts as said. Addresses are signed anew for every reader after the `?`."""
    return f"{item.get('kind')} {str(item.get('url')).partition('?')[0]} {item.get('description') or ''}"


def revision_digest(
    *, kind: str, account: int, parent: str, visibility: str, warning: str, final: str, pictures: Sequence[str] = ()
) -> str:
    """What approvals are bound to: the kind, our account, the post that is answered and who sees it, the exact text,
    and each picture's bytes and words (`attachments.fingerprint`)."""
    return words_digest(kind, account, parent, visibility, warning, final, *pictures)

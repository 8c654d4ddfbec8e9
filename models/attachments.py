"""Pictures that reps give to a draft: asked for as a row that is due, then their bytes, kept until words are forgotten.

A revision names its pictures among its spans, by hash, with the words that describe each: so they are part of what is
approved, and a version that knows none of them reads such a revision as broken, and never sends it without. Getting
and cleaning the bytes is left to `bot/chat/attaching.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due
from models.store import Work
from models.wakes import Topic


class Attachment(Due, Base):
    """One picture that somebody gave. `file` is how the surface calls it, `batch` what was given with it; `why` says
    why it was not taken. `name` is what its address is made of, where a surface needs one."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    batch: Mapped[str] = mapped_column(String(64), index=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    surface: Mapped[str] = mapped_column(String(16))
    file: Mapped[dict[str, object]] = mapped_column(default=dict)
    alt: Mapped[str]
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    kind: Mapped[str] = mapped_column(String(32), default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    data: Mapped[bytes | None] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Pictured:
    """A picture as a revision names it: `of` is the row with its bytes, `digest` their SHA-256."""

    of: int
    digest: str
    alt: str
    kind: str
    width: int
    height: int
    size: int

    def span(self) -> dict[str, object]:
        """As it stands among a revision's spans."""
        return {
            "picture": self.digest,
            "of": self.of,
            "alt": self.alt,
            "kind": self.kind,
            "size": [self.width, self.height, self.size],
        }


def pictures_of(spans: Sequence[object]) -> tuple[Pictured, ...]:
    """The pictures among a revision's spans, in order."""
    return tuple(_pictured(span) for span in spans if isinstance(span, Mapping) and "picture" in span)


def without_pictures(spans: Sequence[object]) -> list[object]:
    """The spans of its text alone."""
    return [span for span in spans if not (isinstance(span, Mapping) and "picture" in span)]


def fingerprint(pictures: Sequence[Pictured]) -> tuple[str, ...]:
    """What of them is approved: the exact bytes and the words of each, in order."""
    return tuple(part for one in pictures for part in (one.digest, one.alt))


def _pictured(span: Mapping[str, object]) -> Pictured:
    numbers = span.get("size")
    width, height, size = [*numbers, 0, 0, 0][:3] if isinstance(numbers, list) else (0, 0, 0)
    of = span.get("of")
    return Pictured(
        of if isinstance(of, int) else 0,
        str(span.get("picture")),
        str(span.get("alt") or ""),
        str(span.get("kind")),
        int(width),
        int(height),
        int(size),
    )


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody gives: how the surface calls it, and their words for it."""

    file: Mapping[str, object]
    alt: str


def wanted(work: Work, *, conversation: int, rep: int, surface: str, given: Sequence[Given]) -> None:
    """They are to be fetched; together they become part of the draft."""
    batch = secrets.token_hex(16)
    for one in given:
        work.add(
            Attachment(
                name=secrets.token_urlsafe(32),
                batch=batch,
                conversation_id=conversation,
                rep_id=rep,
                surface=surface,
                file=dict(one.file),
                alt=one.alt,
                at=work.now,
                due_at=work.now,
            )
        )
    work.wake(Topic.ATTACH)


async def batch_of(work: Work, batch: str) -> list[Attachment]:
    """All that were given together, in order."""
    query = select(Attachment).where(Attachment.batch == batch).order_by(Attachment.id)
    return list((await work.session.scalars(query.execution_options(populate_existing=True))).all())


@dataclass(frozen=True, slots=True)
class Bytes:
    """A picture's bytes, and the name that its address is made of."""

    name: str
    kind: str
    data: bytes


async def bytes_of(session: AsyncSession, pictures: Collection[int]) -> Mapping[int, Bytes]:
    """Those of them whose bytes are still there."""
    if not pictures:
        return {}
    query = select(Attachment.id, Attachment.name, Attachment.kind, Attachment.data).where(
        Attachment.id.in_(pictures), Attachment.data.is_not(None)
    )
    return {id: Bytes(name, kind, data) for id, name, kind, data in await session.execute(query) if data is not None}


async def named(session: AsyncSession, name: str) -> Bytes | None:
    """The bytes under a name, for whoever knows it."""
    query = select(Attachment.name, Attachment.kind, Attachment.data).where(Attachment.name == name)
    found = (await session.execute(query)).one_or_none()
    if found is None or found[2] is None:
        return None
    return Bytes(found[0], found[1], found[2])


async def forget_pictures(work: Work, conversation: int) -> None:
    """Their bytes and words are gone when the Work ends; the hashes stay."""
    await work.session.execute(
        update(Attachment)
        .where(Attachment.conversation_id == conversation)
        .values(data=None, alt="", file={}, due_at=None)
        .execution_options(synchronize_session=False)
    )

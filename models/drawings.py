"""Pictures that we drew: what is to be drawn as a row that is due, then its bytes under a name that nobody can guess.

What is on one is decided in `bot/chat/cards/chart.py`, when it is drawn in `bot/reports/easel.py`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Index, LargeBinary, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due
from models.store import Work

#: So long a picture can be looked at; messages that are older say its words.
KEPT = timedelta(days=400)
#: One that was only whispered: Teams itself forgets such messages after a day.
WHISPERED = timedelta(days=2)
#: One that a newer has replaced, until the message shows that.
REPLACED = timedelta(minutes=15)


class Drawing(Due, Base):
    """One picture. `digest` is of what is on it and where: the same is drawn once. `kind` and `ref` are the card that
    shows it ("" for a whisper), to be shown anew when it is drawn; `until` is when it may go."""

    __tablename__ = "drawing"
    # Without it every look for a card's last picture reads the bytes of all the others.
    __table_args__ = (Index("ix_drawing_shown", "kind", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    drawn: Mapped[str]
    png: Mapped[bytes | None] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(String(16), default="")
    ref: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Ready:
    """One that is drawn. `drawn` is what is on it, `at` when it was asked for."""

    name: str
    png: bytes
    drawn: str
    at: datetime


def digest_of(drawn: str, *, kind: str = "", ref: int = 0) -> str:
    """Two cards never share a picture, since each takes its own away."""
    return hashlib.sha256(f"{kind}\x00{ref}\x00{drawn}".encode()).hexdigest()


async def wanted(work: Work, drawn: str, *, kind: str = "", ref: int = 0, due: bool = True) -> None:
    """It is to be drawn, for this card; one that is known stays as it is. `due=False`: whoever asks draws it."""
    row = {
        "digest": digest_of(drawn, kind=kind, ref=ref),
        "name": secrets.token_urlsafe(32),
        "drawn": drawn,
        "kind": kind,
        "ref": ref,
        "at": work.now,
        "until": work.now + (KEPT if kind else WHISPERED),
        "due_at": work.now if due else None,
    }
    statement = work.insert(Drawing).values(**row)
    await work.session.execute(statement.on_conflict_do_nothing(index_elements=["digest"]))


async def drawn_now(work: Work, row: Drawing, png: bytes) -> None:
    """It is there. What the same card showed before goes soon, and so does what is old."""
    row.png = png
    if row.kind:
        older = select(Drawing).where(Drawing.kind == row.kind, Drawing.ref == row.ref, Drawing.id != row.id)
        for one in await work.session.scalars(older):
            one.until = min(one.until, work.now + REPLACED)
    await work.session.execute(delete(Drawing).where(Drawing.until < work.now))


async def keep(work: Work, drawn: str, png: bytes) -> None:
    """A whisper's picture, which whoever asked has drawn."""
    await wanted(work, drawn, due=False)
    row = await work.session.scalar(select(Drawing).where(Drawing.digest == digest_of(drawn)).with_for_update())
    if row is not None and row.png is None:
        await drawn_now(work, row, png)


async def ready(session: AsyncSession, digests: Collection[str]) -> Mapping[str, Ready]:
    """Those of them that are drawn, by digest."""
    if not digests:
        return {}
    query = select(Drawing).where(Drawing.digest.in_(digests), Drawing.png.is_not(None))
    return {row.digest: _ready(row) for row in await session.scalars(query)}


async def latest(session: AsyncSession, *, kind: str, ref: int) -> Ready | None:
    """What a card showed last, or shows now."""
    query = select(Drawing).where(Drawing.kind == kind, Drawing.ref == ref, Drawing.png.is_not(None))
    row = await session.scalar(query.order_by(Drawing.id.desc()).limit(1))
    return None if row is None else _ready(row)


def _ready(row: Drawing) -> Ready:
    return Ready(row.name, row.png or b"", row.drawn, row.at)


async def png_of(session: AsyncSession, name: str) -> bytes | None:
    """The bytes under a name, for whoever knows it."""
    return await session.scalar(select(Drawing.png).where(Drawing.name == name))

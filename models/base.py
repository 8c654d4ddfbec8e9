"""What every table shares: metadata with named constraints, the UTC column, JSON, and how an id looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, BigInteger, DateTime, Integer, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, on databases that know zones and on those that do not. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[object], datetime | None]:
        # In one step: a busy day's summary reads a hundred thousand moments.
        return _written if dialect.name == "sqlite" else _aware


def _written(value: object) -> datetime | None:
    """As SQLAlchemy writes a moment into SQLite, which knows none: text, without a zone."""
    # Read with its zone: to give it one afterwards takes five times as long as to read it.
    return datetime.fromisoformat(value + "Z") if isinstance(value, str) else None


def _aware(value: object) -> datetime | None:
    return value.astimezone(UTC) if isinstance(value, datetime) else None


#: JSON as the database knows it best.
Json = JSON().with_variant(JSONB(), "postgresql")


#: Whole numbers are 64 bits; SQLite's are anyway, and only INTEGER counts up by itself there.
Whole = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """All our tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012  (read once by SQLAlchemy)
        int: Whole,
        datetime: UTCDateTime(),
        dict[str, object]: Json,
        list[object]: Json,
    }


class Due:
    """Mixed into a row that is work: taken when due, with a lease and a fence (worklist.py alone takes it)."""

    if TYPE_CHECKING:  # every such table has one of its own
        id: Mapped[int]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)

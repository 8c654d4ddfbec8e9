"""Which migrations a database has seen, as a program knows it that does not know them: may it work on?

Written by the migrations themselves (`alembic/env.py`), each in its own transaction. CONTRIBUTING.md has the rule.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, String, inspect, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

#: Machines may be at work on a PostgreSQL while it is migrated. So long a migration waits for what they hold; and so
#: long one that only adds may hold what they wait for. Then it is given up, and undone.
PATIENCE = timedelta(seconds=10)


class Upgrade(Base):
    """One migration that was made, the one before it, and whether it only added: then a program that knows the one
    before works on, and does not see what is new."""

    __tablename__ = "upgrade"

    revision: Mapped[str] = mapped_column(String(64), primary_key=True)
    before: Mapped[str] = mapped_column(String(64))
    adds_only: Mapped[bool]
    at: Mapped[datetime]


def only_added_since(connection: Connection, known: Collection[str], heads: Collection[str]) -> bool:
    """Whether every migration that leads from what a program knows to where the database stands only added."""
    if not inspect(connection).has_table(Upgrade.__tablename__):
        return False
    made = {
        row.revision: row for row in connection.execute(select(Upgrade.revision, Upgrade.before, Upgrade.adds_only))
    }
    for head in heads:
        at, seen = head, set[str]()
        while at not in known:
            row = made.get(at)
            if row is None or not row.adds_only or at in seen:
                return False
            seen.add(at)
            at = row.before
    return True

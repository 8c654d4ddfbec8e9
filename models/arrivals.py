"""The inbox's rows: written once under their key, whatever is delivered twice."""

from __future__ import annotations

from collections.abc import Sequence

from models.chat import Happening
from models.store import Work
from models.wakes import Topic


async def write_arrivals(work: Work, arrivals: Sequence[dict[str, object]]) -> None:
    """Store what came in: `surface`, `key`, `kind`, `payload` each. A key that is known already changes nothing."""
    rows = [
        {**arrival, "at": work.now, "due_at": work.now, "fence": 0, "tries": 0, "outcome": ""} for arrival in arrivals
    ]
    statement = work.insert(Happening).on_conflict_do_nothing(index_elements=["surface", "key"])
    await work.session.execute(statement, rows)
    work.wake(Topic.INBOX)


async def once(work: Work, *, surface: str, key: str, kind: str) -> bool:
    """Mark something as handled under its key, in this transaction; False if it was before."""
    statement = (
        work.insert(Happening)
        .values(
            surface=surface,
            key=key,
            kind=kind,
            payload={},
            at=work.now,
            handled_at=work.now,
            outcome="handled",
        )
        .on_conflict_do_nothing(index_elements=["surface", "key"])
        .returning(Happening.id)
    )
    return await work.session.scalar(statement) is not None

"""Conversations put aside until a moment: one row each, gone when it ends. Who may snooze, and who is told when it is
over, is decided elsewhere; that a customer's new words end it at once is brought about here, for hearing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Due
from models.steps import Dossier
from models.telling import EventKind
from models.wakes import Topic


class Snooze(Due, Base):
    """Out of sight until `until`. Due then, or when what kept it from coming back is over."""

    __tablename__ = "snooze"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), unique=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("rep.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]


async def snooze_of(dossier: Dossier) -> Snooze | None:
    """What keeps this conversation out of sight."""
    query = select(Snooze).where(Snooze.conversation_id == dossier.conversation.id)
    return await dossier.work.session.scalar(query)


async def put_aside(dossier: Dossier, *, rep: int, until: datetime) -> None:
    """From now until then; whoever has it keeps it so long."""
    work = dossier.work
    row = await snooze_of(dossier)
    if row is None:
        row = Snooze(conversation_id=dossier.conversation.id, rep_id=rep, since=work.now, until=until)
        work.add(row)
    row.rep_id, row.since, row.until, row.due_at = rep, work.now, until, until
    row.lease_owner = row.lease_until = None
    _keep_claim(dossier, until + dossier.policy.claim_for)
    await work.write_down(dossier.conversation, EventKind.SNOOZED, rep=rep, data={"until": until.isoformat()})
    _changed(dossier)
    work.wake(Topic.TIME)


async def bring_back(dossier: Dossier, why: str, *, rep: int | None = None) -> bool:
    """Before its time: `why` is "customer", "closed" or "asked". Whether it was snoozed. The news itself is told, so
    this is not."""
    row = await snooze_of(dossier)
    if row is None:
        return False
    await end_snooze(dossier, row)
    await dossier.work.write_down(dossier.conversation, EventKind.UNSNOOZED, rep=rep, data={"why": why})
    return True


async def end_snooze(dossier: Dossier, row: Snooze) -> None:
    """The row goes; a claim ends again when it usually would."""
    await dossier.work.session.delete(row)
    await dossier.work.flush()
    _keep_claim(dossier, dossier.work.now + dossier.policy.claim_for)
    _changed(dossier)


def _keep_claim(dossier: Dossier, until: datetime) -> None:
    if dossier.claim is not None:
        dossier.claim.until = dossier.claim.due_at = until


def _changed(dossier: Dossier) -> None:
    dossier.conversation.version += 1
    dossier.want_cards()

"""What the end of a shift does to a claim, and what is put aside until a moment. Who is on shift, others say.

A claim is handed over beside the conversation's state: no draft is touched by it, and none goes out or is stopped.
"""

from __future__ import annotations

from datetime import date, datetime

from bot.desk.asking import objection
from bot.desk.claiming import end, make, renew, stands
from bot.desk.outcomes import Actor, Kept, Refused, Snoozed, Unsnoozed, Why
from models.lifecycle import State, Step
from models.permits import Right
from models.reading.shifts import kept_beyond, last_note, lost_by_shift
from models.snoozes import bring_back, end_snooze, put_aside, snooze_of
from models.steps import Dossier
from models.telling import EventKind

#: Where nobody waits for us a claim ends by itself, and nobody needs to hear of it.
_NOBODY_WAITS = frozenset({State.ANSWERED, State.CLOSED})


async def concerns(dossier: Dossier, *, of: int, ended: datetime, day: date) -> bool:
    """Whether this conversation changes hands because `of` went home: they had it before that, have it still, did not
    say that they keep it beyond this `day`, and it is neither put aside nor done."""
    claim = dossier.claim
    if claim is None or claim.rep_id != of or claim.since >= ended or dossier.state in _NOBODY_WAITS:
        return False
    if await snooze_of(dossier) is not None:
        return False
    return not await kept_beyond(dossier.work.session, dossier.conversation.id, rep=of, since=claim.since, day=day)


async def shift_ended(dossier: Dossier, *, of: int, to: int | None, day: date) -> None:
    """Who went home gives it to a colleague, or without one to the queue, with the last note that they wrote on it.
    Told in the thread once: the claim is theirs no longer."""
    note = await last_note(dossier.work.session, dossier.conversation.id, rep=of)
    if to is None:
        await end(dossier)
    else:
        await make(dossier, to)
    data: dict[str, object] = {"of": of, "day": day.isoformat()}
    if to is not None:
        data["to"] = to
    if note is not None:
        data["note"] = note
    await dossier.work.write_down(dossier.conversation, EventKind.SHIFT_ENDED, data=data)
    dossier.conversation.version += 1
    dossier.want_cards()


async def keep(dossier: Dossier, who: Actor, *, day: date | None) -> Kept | Refused:
    """Keep it beyond the end of one's working `day` (None: by their hours no shift ends). Who lost it by the end of a
    shift may take it back, as long as nobody else has worked on it."""
    refused = objection(dossier, who, Right.WORK, Step.CLAIM)
    if refused is not None:
        return refused
    number, standing = dossier.conversation.id, stands(dossier)
    if standing is not None and standing.rep_id == who.rep:
        if day is None:
            return Refused(Why.NO_HOURS, number)
        renew(dossier, who)
        data: dict[str, object] = {"day": day.isoformat()}
        await dossier.work.write_down(dossier.conversation, EventKind.KEPT, rep=who.rep, data=data, tell=False)
        dossier.want_cards()
        return Kept(number)
    if not await lost_by_shift(dossier.work.session, number, rep=who.rep):
        if standing is None:
            return Refused(Why.NOT_CLAIMED, number)
        return Refused(Why.NOT_YOURS, number, holder=standing.rep_id, until=standing.until)
    of = standing.rep_id if standing is not None else None
    await make(dossier, who.rep)
    await dossier.work.write_down(
        dossier.conversation, EventKind.KEPT, rep=who.rep, data={"of": of, "day": day.isoformat() if day else None}
    )
    dossier.conversation.version += 1
    dossier.want_cards()
    return Kept(number, back=True)


async def snooze(dossier: Dossier, who: Actor, until: datetime) -> Snoozed | Refused:
    """Put it aside until then. Who waits, waits: nothing is stopped, and what the customer writes ends it at once."""
    refused = objection(dossier, who, Right.WORK, Step.CLOSE)  # where it could be closed, it can be put aside
    if refused is not None:
        return refused
    await put_aside(dossier, rep=who.rep, until=until)
    return Snoozed(dossier.conversation.id, until)


async def unsnooze(dossier: Dossier, who: Actor) -> Unsnoozed | Refused:
    """Back at once."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    number = dossier.conversation.id
    if not await bring_back(dossier, "asked", rep=who.rep):
        return Refused(Why.NOT_SNOOZED, number)
    return Unsnoozed(number)


async def come_back(dossier: Dossier, *, there: bool) -> None:
    """Its time has come: to who has it, if they are `there`, else to the channel, and then nobody has it."""
    row = await snooze_of(dossier)
    if row is None or row.until > dossier.work.now:
        return
    await end_snooze(dossier, row)
    if dossier.state is State.CLOSED:
        await dossier.work.write_down(dossier.conversation, EventKind.UNSNOOZED, data={"why": "closed"})
        return
    claim = dossier.claim
    data: dict[str, object] = {"by": row.rep_id, "since": row.since.isoformat()}
    if claim is not None and there:
        await dossier.work.write_down(dossier.conversation, EventKind.RETURNED, data=data)
        return
    if claim is not None:
        data["of"] = claim.rep_id
        await end(dossier)
    await dossier.work.write_down(dossier.conversation, EventKind.RETURNED_TO_ALL, data=data)


async def offer(dossier: Dossier, *, to: int, earlier: int, until: datetime | None) -> None:
    """A colleague who is on shift until then knows this customer from an `earlier` conversation."""
    data: dict[str, object] = {"to": to, "earlier": earlier, "until": until.isoformat() if until else None}
    await dossier.work.write_down(dossier.conversation, EventKind.OFFERED, data=data)
    dossier.conversation.version += 1
    dossier.want_cards()

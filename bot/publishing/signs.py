"""Signs that changed, or may have, while nobody told us: a yes taken back, a no given, before a reply goes out."""

from __future__ import annotations

from datetime import datetime

from bot.publishing.checks import Changed, Uncertain
from models.lifecycle import Step
from models.reply import Approval
from models.steps import Dossier, take
from models.telling import EventKind


async def signs_changed(dossier: Dossier, changed: Changed | Uncertain) -> None:
    """Write the signs down as they stand now, or as far as anybody knows, and take the step that follows."""
    work, message = dossier.work, dossier.message
    if message is None:
        return
    if isinstance(changed, Uncertain):
        await _ask_again(dossier, message.id, changed.since)
        return
    for rep in changed.gone:
        for sign in dossier.approvals:
            if sign.rep_id == rep and sign.sign == "approve" and sign.given:
                sign.given, sign.at = False, work.now
        data: dict[str, object] = {"message": message.id, "how": "read_again"}
        await take(dossier, Step.UNAPPROVE, EventKind.UNAPPROVED, rep=rep, data=data)
        if dossier.delivery is None:
            return
    for rep, standing in changed.objecting:
        row = next((sign for sign in dossier.approvals if sign.rep_id == rep and sign.sign == "object"), None)
        if row is None:
            row = Approval(message_id=message.id, rep_id=rep, sign="object", standing=standing.value, by_reaction=True)
            row.given, row.at = True, work.now
            work.add(row)
            dossier.approvals.append(row)
        row.given, row.at, row.standing = True, work.now, standing.value
        data = {"message": message.id, "how": "read_again"}
        await take(dossier, Step.OBJECT, EventKind.OBJECTED, rep=rep, data=data)
        if dossier.delivery is None:
            return


async def _ask_again(dossier: Dossier, message: int, since: datetime) -> None:
    """Take every yes that nobody can be sure of from the draft, all at once, and call those who gave it. One that was
    given since stays."""
    asked = [sign for sign in dossier.approvals if sign.sign == "approve" and sign.given and sign.at < since]
    if not asked:
        return
    for sign in asked:
        # As of then: what its giver does afterwards is later, whichever clock says when.
        sign.given, sign.at = False, since
    data: dict[str, object] = {"message": message, "of": sorted(sign.rep_id for sign in asked)}
    await take(dossier, Step.UNAPPROVE, EventKind.ASKED_AGAIN, data=data)

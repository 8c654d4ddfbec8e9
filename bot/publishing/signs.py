"""Signs that changed while nobody told us: a yes that was taken back, a no that was given, before a reply goes out."""

from __future__ import annotations

from bot.publishing.checks import Changed
from models.lifecycle import Step
from models.reply import Approval
from models.steps import Dossier, take
from models.telling import EventKind


async def signs_changed(dossier: Dossier, changed: Changed) -> None:
    """Write the signs down as they stand now, and take the step that follows."""
    work, message = dossier.work, dossier.message
    if message is None:
        return
    for rep in changed.gone:
        for sign in dossier.approvals:
            if sign.rep_id == rep and sign.sign == "approve" and sign.given:
                sign.given, sign.at = False, work.now
        data: dict[str, object] = {"message": message.id, "how": changed.how}
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
        data = {"message": message.id, "how": changed.how}
        await take(dossier, Step.OBJECT, EventKind.OBJECTED, rep=rep, data=data)
        if dossier.delivery is None:
            return

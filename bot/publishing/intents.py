"""The last check before a reply goes out, and the word that it does: in one transaction, the conversation locked.

What has to be asked outside was asked before (`checks`); whether somebody pressed stop is asked again when the line is
open (`last_word`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.publishing import settle
from bot.publishing.checks import Good
from bot.publishing.protocol import Bounds, DeliveryView, Verdict
from models import holds, sending
from models.lifecycle import State, Step
from models.permits import Uncounted
from models.sending import Order, Taken
from models.steps import Dossier, take
from models.store import LEASE
from models.telling import EventKind

#: While somebody holds everything back, how often to look whether they still do. Resuming wakes us anyway.
HELD_AGAIN = timedelta(seconds=15)


async def write_intent(
    dossier: Dossier, taken: Taken, order: Order, view: DeliveryView, checked: Good, at: datetime, bounds: Bounds
) -> int | None:
    """The attempt's id, or None when something else came first: then nothing may be sent."""
    work = dossier.work
    row = dossier.delivery
    if row is None or row.id != taken.id or row.fence != taken.fence:
        return None
    if dossier.conversation.version != order.conversation.version or dossier.state is not State.APPROVED:
        await sending.give_back(work, taken, due_at=work.now)  # something happened: from the beginning
        return None
    if work.now < row.hold_until:
        await sending.give_back(work, taken, due_at=row.hold_until)
        return None
    if await holds.held(work, dossier.conversation) is not None:
        await sending.give_back(work, taken, due_at=work.now + HELD_AGAIN)
        return None
    lasts = dossier.rules.approval_lasts
    if lasts is not None and work.now > row.hold_until + lasts:
        await settle.report(dossier, row, Verdict(Step.UNFIT, why="too_late"), bounds=bounds)
        return None
    same = dossier.message is not None and dossier.message.id == row.message_id
    tally = dossier.tally(checked.standings)
    if not same or not tally.goes:
        gone = [rep for rep, why in tally.uncounted if why is Uncounted.NO_RIGHT]
        await settle.report(dossier, row, Verdict(Step.UNFIT, why="approvals"), bounds=bounds, of=gone)
        return None
    lease = bounds.start_window + bounds.call_limit + LEASE if work.store.embedded else LEASE
    attempt = await sending.write_intent(
        work,
        delivery=taken.id,
        conversation=taken.conversation,
        fence=taken.fence,
        sends=view.sends,
        at=at,
        lease=lease,
    )
    if attempt is None:
        return None
    data: dict[str, object] = {"delivery": taken.id, "attempt": view.sends + 1}
    await take(dossier, Step.SEND, EventKind.INTENT, data=data)
    return attempt

"""After a backup was put back: what the database thinks is about to happen may have happened since.

Nothing that was approved before goes out on that word: it is shown to people again. Attempts that the database knows
are looked for before anything else is sent, as always.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update

from models.conversation import Conversation, Post
from models.lifecycle import State, Step
from models.permits import Policy
from models.places import Account
from models.reply import Approval
from models.steps import close_message, open_dossier, show_draft, take
from models.store import Store
from models.telling import EventKind

#: Why an order was taken back, in the journal.
WHY = "restored"


@dataclass(frozen=True, slots=True)
class Restored:
    """Orders that were taken back, drafts whose approvals begin anew, and posts that are looked at at once."""

    orders: int
    drafts: int
    posts: int


async def restored(store: Store, policies: Mapping[int, Policy]) -> Restored:
    """Before the bot runs again, and before anything else. A second time changes nothing more.

    Every account is swept and every post of a conversation that has not ended is asked for again as soon as the bot
    runs: so our own replies that went out since are found.
    """
    ended = (State.ANSWERED.value, State.CLOSED.value)
    async with store.reading() as session:
        live = select(Conversation.id).where(Conversation.state.in_((State.APPROVED.value, State.DRAFTED.value)))
        numbers = (await session.scalars(live.order_by(Conversation.id))).all()
    orders = drafts = 0
    for number in numbers:
        async with store.work() as work:
            dossier = await open_dossier(work, number, policies)
            if dossier.state is State.APPROVED and dossier.delivery is not None:
                delivery = dossier.delivery
                data: dict[str, object] = {"delivery": delivery.id, "why": WHY}
                await take(dossier, Step.UNFIT, EventKind.UNFIT, data=data)
                delivery.why = WHY
                orders += 1
            elif dossier.message is not None and await work.session.scalar(
                select(Approval.id).where(Approval.message_id == dossier.message.id, Approval.given).limit(1)
            ):
                close_message(dossier, WHY)
                await show_draft(dossier)
                dossier.conversation.version += 1
                dossier.want_cards()
                drafts += 1
    async with store.work() as work:
        await work.session.execute(update(Account).values(swept_at=None))
        here = select(Conversation.id).where(Conversation.state.not_in(ended))
        again = update(Post).where(Post.conversation_id.in_(here), Post.ours.is_(False), Post.gone_at.is_(None))
        await work.session.execute(again.values(due_at=work.now).execution_options(synchronize_session=False))
        posts = select(Post.id).where(Post.due_at == work.now)
        found = len((await work.session.scalars(posts)).all())
    return Restored(orders, drafts, found)

"""Carrying out what a step does, in one transaction: the state, the journal, the order, the cards that are wanted.

`open_dossier` locks a conversation and gathers what decides; `take` asks `course` and carries it out. The desk,
hearing and publishing all come through here; nobody else writes a conversation's state.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, bindparam, select

from models.chat import Card, CardKind
from models.conversation import Claim, Conversation, Post
from models.course import Effect, Outcome, Situation, course
from models.lifecycle import State, Step
from models.people import Rep
from models.permits import OwnWords, Policy, Sign, Standing, Tally, tally
from models.places import Channel
from models.reply import Approval, Delivery, DeliveryState, DraftKind, DraftMessage, Revision
from models.store import Work
from models.telling import EventKind
from models.wakes import Topic

LIVE = (DeliveryState.WAITING.value, DeliveryState.SENDING.value, DeliveryState.UNSURE.value)


class NoSuchConversation(Exception):
    """Nobody has this number."""


@dataclass(slots=True)
class Dossier:
    """A conversation with all that decides about it, locked until the Work ends."""

    work: Work
    conversation: Conversation
    policy: Policy
    claim: Claim | None = None
    revision: Revision | None = None
    message: DraftMessage | None = None
    approvals: list[Approval] = field(default_factory=list)
    delivery: Delivery | None = None
    posts: list[Post] = field(default_factory=list)
    strangers: frozenset[int] = frozenset()  # authors of the draft who belong to another chat than its channel

    @property
    def state(self) -> State:
        return State(self.conversation.state)

    @property
    def customer_posts(self) -> list[Post]:
        """What customers said and did not delete, oldest first."""
        return [post for post in self.posts if not post.ours and post.gone_at is None]

    @property
    def seen(self) -> dict[str, object]:
        """What a draft message shows of the customer's side: each post's version."""
        return {str(post.id): post.version for post in self.customer_posts}

    @property
    def last_words_answered(self) -> bool:
        """Whether no customer waits: we answered, and nothing was said, edited or asked again since.

        That our reply stands last does not tell: an edit, a reopening, or words that came while it was on the wire
        are answered by nobody. An answer by hand beside a waiting draft is the one case that no clock was stopped for.
        """
        since = self.conversation.waiting_since
        if since is None:
            return True
        spoken = [post for post in self.posts if post.gone_at is None]
        if not spoken or not spoken[-1].ours or spoken[-1].delivery_id is not None or spoken[-1].at < since:
            return False
        return all(post.edited_at is None or post.edited_at <= spoken[-1].at for post in self.customer_posts)

    @property
    def rules(self) -> Policy:
        """The channel's policy for what is being approved."""
        return self.policy if self.revision is None else effective(self.policy, self.revision.kind)

    def tally(self, standings: Mapping[int, Standing] | None = None) -> Tally:
        """How the open draft message stands; `standings` (by rep) replaces what was known when signs were given."""
        if self.revision is None or self.message is None:
            return Tally(self.rules.approvals, (), (), ())
        signs = [
            Sign(
                rep=row.rep_id,
                approve=row.sign == "approve",
                standing=(standings or {}).get(row.rep_id, Standing(row.standing)),
                at=row.at,
            )
            for row in self.approvals
            if row.given
        ]
        return tally(
            policy=self.rules,
            last=self.revision.rep_id,
            authors=[author for author in self.revision.authors if isinstance(author, int)],
            shown_at=self.message.at,
            signs=signs,
            strangers=self.strangers,
        )

    def want_cards(self) -> None:
        """The conversation's card and its open draft are to be shown anew."""
        self.work.want(CardKind.CONVERSATION, self.conversation.id)
        if self.message is not None:
            self.work.want(CardKind.DRAFT, self.message.id)

    def situation(self) -> Situation:
        count = self.tally()
        return Situation(
            state=self.state,
            quorum=count.quorum,
            objected=bool(count.objections),
            drafted=self.revision is not None,
            pending=tuple(Step(str(step)) for step in self.conversation.pending),
        )


def effective(policy: Policy, kind: str) -> Policy:
    """The policy for a kind of draft. Taking back what we said needs one approver, who may be the one who asks, and
    no hold: there are no words to judge, it is urgent, and however late it comes it is still wanted."""
    if kind == DraftKind.RETRACTION:
        return replace(policy, approvals=1, own_words=OwnWords.ALLOW, hold=timedelta(), approval_lasts=None)
    return policy


@cache
def _whole() -> Select[Conversation, Claim, Revision, DraftMessage, Delivery, str, str]:
    """One question for all that there is at most one of. Built once: every verb waits for this."""
    return (
        select(Conversation, Claim, Revision, DraftMessage, Delivery, Rep.surface, Channel.surface)
        .join(Channel, Channel.id == Conversation.channel_id)
        .outerjoin(Claim, (Claim.conversation_id == Conversation.id) & Claim.ended_at.is_(None))
        .outerjoin(Revision, Revision.id == Conversation.revision_id)
        .outerjoin(Rep, Rep.id == Revision.rep_id)
        .outerjoin(DraftMessage, DraftMessage.id == Conversation.message_id)
        .outerjoin(Delivery, (Delivery.conversation_id == Conversation.id) & Delivery.state.in_(LIVE))
        .where(Conversation.id == bindparam("number"))
        .execution_options(populate_existing=True)
    )


@cache
def _posts() -> Select[Post]:
    return select(Post).where(Post.conversation_id == bindparam("number")).order_by(Post.at, Post.id)


@cache
def _approvals() -> Select[Approval]:
    return select(Approval).where(Approval.message_id == bindparam("message"))


async def open_dossier(work: Work, number: int, policies: Mapping[int, Policy]) -> Dossier:
    """Lock conversation `number` and gather its dossier. `policies` by channel id. Raises NoSuchConversation."""
    session = work.session
    if not work.store.embedded:
        # Lock first, then look: what a lock waited for must be seen.
        await session.execute(select(Conversation.id).where(Conversation.id == number).with_for_update())
    await session.flush()
    found = (await session.execute(_whole(), {"number": number})).one_or_none()
    if found is None:
        raise NoSuchConversation(number)
    conversation, claim, revision, message, delivery, writes_in, surface = found
    dossier = Dossier(
        work,
        conversation,
        policies.get(conversation.channel_id, Policy()),
        claim=claim,
        revision=revision,
        message=message,
        delivery=delivery,
    )
    dossier.posts = list((await session.scalars(_posts(), {"number": number})).all())
    if message is not None:
        dossier.approvals = list((await session.scalars(_approvals(), {"message": message.id})).all())
    if revision is not None:
        dossier.strangers = await _strangers(dossier, revision, last=writes_in, surface=surface)
    return dossier


async def _strangers(dossier: Dossier, revision: Revision, *, last: str, surface: str) -> frozenset[int]:
    """The authors of a draft who are known by another chat than the one in which it waits: it was moved. The others
    than the last are asked for only where their own yes would not count either."""
    found = {revision.rep_id} if last != surface else set()
    others = {author for author in revision.authors if isinstance(author, int)} - {revision.rep_id}
    if others and dossier.policy.own_words is OwnWords.REFUSE_ALL:
        query = select(Rep.id).where(Rep.id.in_(others), Rep.surface != surface)
        found |= set((await dossier.work.session.scalars(query)).all())
    return frozenset(found)


async def take(
    dossier: Dossier,
    step: Step,
    kind: EventKind,
    *,
    rep: int | None = None,
    data: dict[str, object] | None = None,
    until: datetime | None = None,
    standings: Mapping[int, Standing] | None = None,
) -> Outcome:
    """Take `step`: what `course` says happens, with `kind` in the journal. Raises NotNow; then nothing changed.

    `until` is when a throttled delivery may try again. `standings` re-judges the signs as of now.
    """
    situation = dossier.situation()
    if standings is not None:
        count = dossier.tally(standings)
        situation = Situation(
            situation.state, count.quorum, bool(count.objections), situation.drafted, situation.pending
        )
    outcome = course(situation, step)
    work, conversation = dossier.work, dossier.conversation
    before = dossier.state
    facts = dict(data or {})
    if outcome.state is not before:
        facts["to"] = outcome.state.value
    await work.write_down(conversation, kind, rep=rep, data=facts)
    conversation.state = outcome.state.value
    conversation.pending = [pending.value for pending in outcome.pending]
    conversation.version += 1
    for effect in outcome.effects:
        await _carry_out(dossier, effect, outcome.undone_by or step, until)
    _mark_times(dossier, before)
    dossier.want_cards()
    return outcome


async def _carry_out(dossier: Dossier, effect: Effect, step: Step, until: datetime | None) -> None:
    work, conversation, delivery = dossier.work, dossier.conversation, dossier.delivery
    match effect:
        case Effect.CLOSE_MESSAGE:
            close_message(dossier, step.value)
        case Effect.DROP_REVISION:
            conversation.revision_id = conversation.message_id = None
            dossier.revision = dossier.message = None
            dossier.approvals = []
        case Effect.SHOW_DRAFT:
            await show_draft(dossier)
        case Effect.ORDER:
            await _order(dossier)
        case Effect.VOID if delivery is not None:
            delivery.state = DeliveryState.VOID
            delivery.why = step.value
            delivery.ended_at = work.now
            delivery.due_at = None
            data: dict[str, object] = {"delivery": delivery.id, "why": step.value}
            await work.write_down(conversation, EventKind.VOIDED, data=data, tell=step not in _TOLD_ALREADY)
            dossier.delivery = None
        case Effect.RETRY if delivery is not None:
            delivery.state = DeliveryState.WAITING
            delivery.hold_until = max(until or work.now, work.now + dossier.rules.hold)
            delivery.due_at = delivery.hold_until
            delivery.lease_owner = delivery.lease_until = None
            work.wake(Topic.DELIVER)
        case Effect.FINISH if delivery is not None:
            delivery.state = DeliveryState.SENT
            delivery.ended_at = conversation.answered_at = work.now
            delivery.due_at = None
            delivery.lease_owner = delivery.lease_until = None
            dossier.delivery = None
        case _:
            pass


#: The step's own event mentions or tells somebody already: the voided order is then journaled in silence.
_TOLD_ALREADY = frozenset(
    {Step.UNAPPROVE, Step.OBJECT, Step.DRAFT, Step.MOVE, Step.UNFIT, Step.REFUSED, Step.SETTLE_ABSENT, Step.SURFACED}
)


def close_message(dossier: Dossier, why: str) -> None:
    """Signs on the open draft message count no more; its card collapses."""
    if dossier.message is None:
        return
    dossier.message.closed_at = dossier.work.now
    dossier.message.closed_why = why
    dossier.message.due_at = None
    dossier.work.want(CardKind.DRAFT, dossier.message.id)
    dossier.message = None
    dossier.conversation.message_id = None
    dossier.approvals = []


async def show_draft(dossier: Dossier) -> DraftMessage:
    """A new message for the current revision, beside what customers say now. Its pre-flight is due at once."""
    work, conversation, revision = dossier.work, dossier.conversation, dossier.revision
    assert revision is not None
    message = DraftMessage(
        conversation_id=conversation.id, revision_id=revision.id, seen=dossier.seen, at=work.now, due_at=work.now
    )
    work.add(message)
    await work.flush()
    work.add(
        Card(
            kind=CardKind.DRAFT,
            ref=message.id,
            channel_id=conversation.channel_id,
            conversation_id=conversation.id,
            urgency=conversation.urgency,
            due_at=work.now,
        )
    )
    conversation.message_id = message.id
    dossier.message, dossier.approvals = message, []
    work.wake(Topic.SHOW)
    work.wake(Topic.CHECK)
    return message


async def _order(dossier: Dossier) -> None:
    """The one place where a delivery is made: approval at quorum."""
    work, conversation, revision, message = dossier.work, dossier.conversation, dossier.revision, dossier.message
    assert revision is not None
    assert message is not None
    hold_until = work.now + dossier.rules.hold
    delivery = Delivery(
        conversation_id=conversation.id,
        account_id=conversation.account_id,
        revision_id=revision.id,
        message_id=message.id,
        key=secrets.token_hex(16),
        state=DeliveryState.WAITING,
        approved_at=work.now,
        hold_until=hold_until,
        due_at=hold_until,
    )
    work.add(delivery)
    await work.flush()
    dossier.delivery = delivery
    count = dossier.tally()
    data: dict[str, object] = {
        "delivery": delivery.id,
        "message": message.id,
        "revision": revision.number,
        "digest": revision.digest,
        "approved_by": list(count.counted),
        "seen": dict(message.seen),
    }
    await work.write_down(conversation, EventKind.ORDERED, data=data)
    work.wake(Topic.DELIVER)


def _mark_times(dossier: Dossier, before: State) -> None:
    conversation, now = dossier.conversation, dossier.work.now
    state = dossier.state
    if state is before:
        return
    if state is State.ANSWERED:
        conversation.answered_at = now
        conversation.waiting_since = None
    elif state is State.CLOSED:
        conversation.closed_at = now
        conversation.waiting_since = None
    elif state is State.OPEN and before in {State.ANSWERED, State.CLOSED, State.SENDING, State.UNSURE}:
        conversation.closed_at = None
        conversation.waiting_since = now

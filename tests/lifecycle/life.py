"""One conversation lived twice: by the real store, desk, hearing and publishing, and by the naive model.

Publishing's part is short here (its protocol is explored elsewhere): the checks before the intent, and its reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from adapters.contract import (
    Audience,
    Author,
    Batch,
    Cursor,
    Edited,
    Heard,
    Posted,
    PostRef,
    PublicPost,
    Receipt,
    Removed,
    Text,
)
from bot.desk import approving, claiming, closing, drafting, holding, moving
from bot.desk.approving import SignKind
from bot.desk.drafting import Composed, Writing
from bot.desk.moving import Target
from bot.desk.outcomes import Actor, Drafted, MergeOffered, Moved, Outcome, Refused, SignTaken, Why
from bot.hearing.receive import receive
from bot.publishing import settle
from bot.publishing.protocol import PROTOCOL, Bounds, Verdict
from models import holds, sending
from models.conversation import Claim, Conversation, Post
from models.journal import Event, digest_of, words_digest
from models.lifecycle import Step
from models.permits import OwnWords, Policy, Standing
from models.places import Account, Channel, Route
from models.reply import AttemptOutcome, Delivery, DeliveryState, Revision
from models.sending import Saying
from models.steps import Dossier, open_dossier, take
from models.store import Store, Work
from models.telling import EventKind
from tests.conftest import Clock
from tests.lifecycle.naive import HOLD, Naive

BOUNDS = Bounds(call_limit=timedelta(seconds=1), late_bound=timedelta(seconds=1), listing_lag=timedelta(), finds=True)
LIMIT = 60
STANDINGS = (Standing.APPROVER, Standing.APPROVER, Standing.LEAD, Standing.MEMBER)
WORDS = ("Sorry, we look into it.", "It is on its way.", "Sorry! " * 12, "We were wrong.\nIt is on us.")


def compose(*, parent: Post, typed: str, signoff: str) -> Composed:
    final = f"@lou {typed}"
    return Composed(final, [{"words": final}], len(final) <= LIMIT, {"length": len(final), "limit": LIMIT})


@dataclass
class Team:
    """Rows that every life shares."""

    store: Store
    clock: Clock
    account: int = 0
    channel: int = 0
    other: int = 0
    reps: tuple[int, ...] = ()
    lives: int = 0

    async def begin(self) -> Team:
        from models.people import Rep

        async with self.store.work() as work:
            account, channel = Account(name="acme", platform="hand"), Channel(name="care", surface="slack", chat_id="C")
            other = Channel(name="vip", surface="slack", chat_id="V")
            reps = [Rep(surface="slack", team="T", user=f"U{n}", name=f"rep {n}") for n in range(len(STANDINGS))]
            work.add_all([account, channel, other, *reps])
            await work.flush()
            work.add(Route(account_id=account.id, channel_id=channel.id))
            self.account, self.channel, self.reps = account.id, channel.id, tuple(rep.id for rep in reps)
            self.other = other.id
        return self


@dataclass
class Life:
    """One conversation. Every verb does the real thing and the naive thing, and holds one against the other."""

    team: Team
    policy: Policy
    naive: Naive
    number: int = 0
    refs: list[str] = field(default_factory=list)
    said: int = 0
    messages: list[int] = field(default_factory=list)
    public: list[tuple[int, str]] = field(default_factory=list)  # what stands on the platform: delivery and words
    wire: tuple[int, int, bool] | None = None  # delivery, attempt, and whether it is there
    approved: dict[int, str] = field(default_factory=dict)  # delivery -> the words that its approvers saw

    # ------------------------------------------------------------------------------------------ plumbing

    async def open(self, work: Work) -> Dossier:
        return await open_dossier(work, self.number, self.policies)

    @property
    def policies(self) -> dict[int, Policy]:
        """The same in both channels."""
        return {self.team.channel: self.policy, self.team.other: self.policy}

    def actor(self, who: int) -> Actor:
        return Actor(self.team.reps[who], STANDINGS[who])

    @property
    def now(self) -> datetime:
        return self.team.clock()

    async def asks(self, verb: Any, who: int, *args: Any, **kwargs: Any) -> Outcome:
        async with self.team.store.work() as work:
            outcome: Outcome = await verb(await self.open(work), self.actor(who), *args, **kwargs)
            return outcome

    async def check(self) -> None:
        """Both lives agree, and what must always hold does."""
        async with self.team.store.work() as work:
            dossier = await self.open(work)
            naive = self.naive
            assert dossier.state.value == naive.state
            assert dossier.conversation.channel_id == (self.team.channel, self.team.other)[naive.channel]
            assert (dossier.revision is None) == (naive.draft is None)
            assert (dossier.message is None) == (naive.draft is None)
            if naive.draft is not None:
                assert dossier.revision is not None
                assert dossier.message is not None
                assert dossier.revision.typed == naive.draft.words
                assert dossier.revision.number == naive.number
                count = dossier.tally()
                reps = self.team.reps
                assert set(count.counted) == {reps[who] for who in naive.yes}
                assert set(count.objections) == {reps[who] for who in naive.no}
                if not naive.wire:
                    assert dossier.message.seen == dossier.seen
                if dossier.message.id not in self.messages:
                    self.messages.append(dossier.message.id)
            assert (dossier.delivery is not None) == (naive.state in {"approved", "sending", "unsure"})
            if dossier.delivery is not None and dossier.delivery.id not in self.approved:
                assert dossier.revision is not None
                self.approved[dossier.delivery.id] = dossier.revision.final
            live = {post.ref: post.words for post in dossier.customer_posts}
            assert live == naive.posts

    # ------------------------------------------------------------------------------------------ the customer

    def _post(
        self, ref: str, words: str, *, parent: str | None, ours: bool = False, edited: bool = False
    ) -> PublicPost:
        name = "acme" if ours else "lou"
        return PublicPost(
            ref=PostRef(ref),
            root=PostRef(self.refs[0]),
            parent=None if parent is None else PostRef(parent),
            author=Author(ref=f"id-{name}", handle=name, name=name),
            text=Text.of(words),
            at=self.now,
            edited_at=self.now if edited else None,
            ours=ours,
            visibility=Audience.PUBLIC,
        )

    async def _hear(self, *heard: Heard) -> None:
        surfaced = settle.Surfaced(PROTOCOL)
        await receive(
            self.team.store, self.team.account, Batch(heard, Cursor("c")), policies=self.policies, surfaced=surfaced
        )

    async def begins(self) -> None:
        self.team.lives += 1
        ref = f"{self.team.lives}-0"
        self.refs, self.naive.posts[ref] = [ref], "Where is my bike?"
        await self._hear(Posted(self._post(ref, "Where is my bike?", parent=None)))
        async with self.team.store.reading() as session:
            found = await session.scalar(select(Conversation.id).where(Conversation.key == ref))
        assert found is not None
        self.number = found

    async def wrote(self) -> None:
        self.said += 1
        ref, words = f"{self.team.lives}-{self.said}", f"Hello? {self.said}"
        post = self._post(ref, words, parent=self.refs[0])
        self.refs.append(ref)
        self.naive.posts[ref] = words
        self.naive.happens("wrote")
        await self._hear(Posted(post), Posted(post))

    async def edited(self, which: int) -> None:
        if not self.naive.posts:
            return
        ref = sorted(self.naive.posts)[which % len(self.naive.posts)]
        self.said += 1
        words = f"No, wait: {self.said}"
        self.naive.posts[ref] = words
        self.naive.happens("edited")
        parent = None if ref == self.refs[0] else self.refs[0]
        await self._hear(Edited(self._post(ref, words, parent=parent, edited=True)))

    async def removed(self, which: int) -> None:
        if not self.naive.posts:
            return
        ref = sorted(self.naive.posts)[which % len(self.naive.posts)]
        del self.naive.posts[ref]
        self.naive.happens("removed" if self.naive.posts else "gone")
        await self._hear(Removed(PostRef(ref)))

    async def elsewhere(self) -> None:
        if not self.naive.posts:
            return
        self.said += 1
        self.naive.happens("elsewhere")
        last = self.refs[-1] if self.refs[-1] in self.naive.posts else sorted(self.naive.posts)[-1]
        await self._hear(
            Posted(self._post(f"{self.team.lives}-by-hand-{self.said}", f"By hand {self.said}", parent=last, ours=True))
        )

    # ------------------------------------------------------------------------------------------ the team

    async def draft(self, who: int, which: int, stale: bool) -> None:
        words, naive = WORDS[which], self.naive
        to = next((ref for ref in reversed(self.refs) if ref in naive.posts), "")
        base = naive.number if naive.draft is not None else None
        outcome = await self.asks(drafting.draft, who, Writing(words, base=None if stale else base), compose)
        if naive.wire or not naive.posts or (naive.closed and naive.draft is None):
            assert isinstance(outcome, Refused)
        elif naive.draft is not None and naive.draft.words == words:
            assert isinstance(outcome, Refused)
            assert outcome.why is Why.UNCHANGED
        elif naive.draft is not None and stale:
            assert isinstance(outcome, MergeOffered)
            assert outcome.conflicts or naive.draft.words in outcome.text or words in outcome.text
        elif (words, to) in naive.said:
            assert isinstance(outcome, Refused)
            assert outcome.why is Why.SAID_ALREADY
        else:
            assert isinstance(outcome, Drafted)
            naive.saves(who, words, len(f"@lou {words}") > LIMIT, to)

    async def discard(self, who: int) -> None:
        outcome = await self.asks(drafting.discard, who)
        if self.naive.state == "drafted":
            self.naive.throws_away()
            assert not isinstance(outcome, Refused)
        else:
            assert isinstance(outcome, Refused)

    async def sign(self, who: int, yes: bool, given: bool, late: int, old: bool) -> None:
        if not self.messages:
            return
        naive = self.naive
        message = self.messages[0] if old else self.messages[-1]
        at = self.now - timedelta(seconds=late)
        kind = SignKind.APPROVE if yes else SignKind.OBJECT
        outcome = await self.asks(approving.sign, who, kind, given=given, message=message, at=at)
        stands = naive.state in {"drafted", "approved"} and message == self.messages[-1]
        if (
            stands
            and naive.draft is not None
            and not (given and who == 3)
            and not (yes and given and naive.draft.blocked)
        ):
            assert isinstance(outcome, SignTaken)
            naive.signs(who, yes=yes, given=given, at=at, now=self.now)
        else:
            assert isinstance(outcome, Refused)

    async def take_back(self, who: int) -> None:
        outcome = await self.asks(approving.take_back, who)
        if self.naive.state == "approved" and who != 3:
            assert isinstance(outcome, SignTaken)
            assert self.naive.draft is not None
            self.naive.draft.anew()
        else:
            assert isinstance(outcome, Refused)

    async def overrule(self, who: int) -> None:
        async def of_what_stands(dossier: Dossier, actor: Actor) -> SignTaken | Refused:
            message = dossier.message.id if dossier.message is not None else 0
            return await approving.overrule(dossier, actor, message=message)

        outcome = await self.asks(of_what_stands, who)
        if self.naive.state == "drafted" and who == 2:
            assert isinstance(outcome, SignTaken)
            if self.naive.no:
                self.naive.overrules(self.now)
        else:
            assert isinstance(outcome, Refused)

    async def close(self, who: int) -> None:
        outcome = await self.asks(closing.close, who)
        if self.naive.state in {"open", "drafted", "answered"}:
            self.naive.closes()
            assert not isinstance(outcome, Refused)
        else:
            assert isinstance(outcome, Refused)

    async def reopen(self, who: int) -> None:
        outcome = await self.asks(closing.reopen, who)
        if self.naive.state in {"answered", "closed"}:
            self.naive.reopens()
            assert not isinstance(outcome, Refused)
        else:
            assert isinstance(outcome, Refused)

    async def by_hand(self, who: int) -> None:
        outcome = await self.asks(closing.answered_by_hand, who, "https://square.example/by-hand")
        if self.naive.state in {"open", "drafted"} and STANDINGS[who] is Standing.LEAD:
            self.naive.by_hand()
            assert not isinstance(outcome, Refused)
        else:
            assert isinstance(outcome, Refused)

    async def claim(self, who: int) -> None:
        await self.asks(claiming.claim, who)

    async def move(self, who: int) -> None:
        to = 1 - self.naive.channel
        target = Target((self.team.channel, self.team.other)[to], "there", self.policy, known=self.team.reps[:2])
        outcome = await self.asks(moving.move, who, target)
        if who == 3 or self.naive.wire:
            assert isinstance(outcome, Refused)
        else:
            assert isinstance(outcome, Moved)
            assert outcome.stopped == (self.naive.state == "approved")
            self.naive.moves(to)

    async def hold(self, who: int, on: bool) -> None:
        verb = holding.hold_conversation if on else holding.resume_conversation
        await self.asks(verb, who)
        if on or who != 3:
            self.naive.held = on

    async def settle(self, who: int) -> None:
        """A lead who looked, and is right."""
        if self.naive.wire != "unsure" or self.wire is None:
            return
        there = self.wire[2]
        outcome = await self.asks(
            closing.settle, who, sent=there, address="https://square.example/r", not_before=self.now
        )
        if who != 2:
            assert isinstance(outcome, Refused)
            return
        assert not isinstance(outcome, Refused)
        self.wire = None
        if there:
            self.naive.arrived()
        else:
            self.naive.failed()

    # ------------------------------------------------------------------------------------------ publishing

    async def send(self, demoted: int | None, arrives: bool) -> None:
        """The checks before the intent, as `deliver` makes them; then the call."""
        team, naive = self.team, self.naive
        async with team.store.work() as work:
            dossier = await self.open(work)
            row = dossier.delivery
            if row is None or row.state != DeliveryState.WAITING:
                assert naive.state not in {"approved"}
                return
            assert naive.draft is not None
            assert naive.draft.ordered is not None
            assert row.hold_until >= naive.draft.ordered + HOLD
            held = await holds.held(work, dossier.conversation)
            assert (held is not None) == naive.held
            if held is not None or work.now < row.hold_until:
                return
            standings = dict(zip(team.reps, STANDINGS, strict=True))
            if demoted is not None:
                standings[team.reps[demoted]] = Standing.MEMBER
            if not dossier.tally(standings).goes:
                assert demoted in naive.yes
                await settle.report(dossier, row, Verdict(Step.UNFIT, why="approvals"), bounds=BOUNDS)
                naive.failed()
                return
            if demoted is not None:
                naive_yes = naive.yes - {demoted}
                assert len(naive_yes) >= naive.needed
            attempt = await sending.write_intent(
                work,
                delivery=row.id,
                conversation=self.number,
                fence=row.fence,
                sends=row.sends,
                at=work.now,
                lease=timedelta(seconds=8),
            )
            assert attempt is not None
            await take(dossier, Step.SEND, EventKind.INTENT, data={"delivery": row.id})
            words = naive.sends()
            revision = await work.session.get_one(Revision, row.revision_id)
            assert revision.typed == words
            self.wire = (row.id, attempt, arrives)
            if arrives:
                self.public.append((row.id, revision.final))

    async def reported(self, how: str) -> None:
        """The call ends. A platform that took it never says for certain that it did not."""
        if self.wire is None or self.naive.wire != "sending":
            return
        delivery, attempt, there = self.wire
        if there:
            how = "sent" if how in {"sent", "throttled"} else "lost"
        elif how == "sent":
            how = "lost"
        async with self.team.store.work() as work:
            dossier = await self.open(work)
            row = dossier.delivery
            assert row is not None
            assert row.id == delivery
            if how == "sent":
                await self._learn(work, dossier, delivery, "called")
                return
            step = Step(how)
            outcome = AttemptOutcome.LOST if how == "lost" else AttemptOutcome.NO
            await sending.write_outcome(work, attempt, outcome)
            await settle.report(dossier, row, Verdict(step), bounds=BOUNDS)
        if how == "lost":
            self.naive.wire = "unsure"
            return
        self.wire = None
        if how == "throttled":
            self.naive.back_in_line(self.now)
        else:
            self.naive.failed()

    async def looked(self) -> None:
        """A look after the bounds: it says what is true."""
        if self.wire is None or self.naive.wire != "unsure":
            return
        delivery, _, there = self.wire
        async with self.team.store.work() as work:
            dossier = await self.open(work)
            assert dossier.delivery is not None
            if there:
                await self._learn(work, dossier, delivery, "looked")
                return
            verdict = Verdict(Step.ABSENT, AttemptOutcome.ABSENT)
            await settle.report(dossier, dossier.delivery, verdict, bounds=BOUNDS)
        self.wire = None
        self.naive.back_in_line(self.now)

    async def _learn(self, work: Work, dossier: Dossier, delivery: int, how: str) -> None:
        row = await work.session.get_one(Delivery, delivery)
        revision = await work.session.get_one(Revision, row.revision_id)
        saying = Saying(row, revision, await work.session.get_one(Post, revision.parent_id))
        receipt = Receipt(ref=PostRef(f"reply-{delivery}"), url="https://square.example/r", at=self.now)
        assert await settle.learn(dossier, saying, receipt, protocol=PROTOCOL, how=how)
        assert not await settle.learn(dossier, saying, receipt, protocol=PROTOCOL, how=how)
        self.wire = None
        self.naive.arrived()

    # ------------------------------------------------------------------------------------------ the end

    async def judge(self) -> None:
        """The promise, over everything that happened."""
        orders = [delivery for delivery, _ in self.public]
        assert len(orders) == len(set(orders)), "two public replies for one approval"
        for delivery, words in self.public:
            assert words == self.approved[delivery], "other words than the approved ones are public"
        async with self.team.store.reading() as session:
            events = (await session.scalars(select(Event).where(Event.chain == self.number).order_by(Event.seq))).all()
            conversation = await session.get_one(Conversation, self.number)
            claims = (await session.scalars(select(Claim).where(Claim.conversation_id == self.number))).all()
            deliveries = (await session.scalars(select(Delivery).where(Delivery.conversation_id == self.number))).all()
            digests = set(await session.scalars(select(Revision.digest).where(Revision.conversation_id == self.number)))
        assert sum(claim.ended_at is None for claim in claims) <= 1
        live = [row for row in deliveries if row.state in {"waiting", "sending", "unsure"}]
        assert len(live) <= 1
        ordered = [event for event in events if event.kind == EventKind.ORDERED]
        assert len(ordered) == len(deliveries)
        assert {event.data["digest"] for event in ordered} <= digests
        verify(events)
        assert (conversation.head, conversation.length) == (events[-1].digest, len(events))
        written = repr([event.data for event in events])
        for words in (*self.naive.posts.values(), *WORDS):
            assert words not in written, "the journal holds somebody's words"
        assert words_digest("") not in digests


def verify(events: Sequence[Event]) -> None:
    before = ""
    for seq, event in enumerate(events, start=1):
        digest = digest_of(
            before=before, chain=event.chain, seq=seq, at=event.at, kind=event.kind, rep=event.rep_id, data=event.data
        )
        assert (event.before, event.digest, event.seq) == (before, digest, seq)
        before = event.digest


def life(team: Team, needed: int, own_words: str) -> Life:
    policy = Policy(approvals=needed, own_words=OwnWords(own_words), hold=HOLD, claim_for=timedelta(seconds=20))
    return Life(team, policy, Naive(needed, own_words, approvers=frozenset({0, 1, 2})))

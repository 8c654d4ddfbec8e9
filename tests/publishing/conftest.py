"""A house for publishing: a store, the square, our account there, reps who draft and sign, and a publisher."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from adapters.contract import Platform
from adapters.mastodon import Mastodon
from adapters.mastodon_settings import Settings
from bot.desk.approving import SignKind, sign
from bot.desk.drafting import Composed, Writing, draft
from bot.desk.outcomes import Actor, Drafted, SignTaken
from bot.publishing.crash import NO_CRASH, Crasher
from bot.publishing.deliver import Publisher
from bot.publishing.protocol import PROTOCOL, Protocol
from bot.publishing.roster import HeardSince, RosterAway, SignNow
from bot.publishing.views import Clocks, boot_time
from models.conversation import Conversation, Post
from models.journal import Event, words_digest
from models.lifecycle import State, Step
from models.people import Customer, Identity, Rep
from models.permits import Policy, Standing
from models.places import Account, Channel
from models.reply import Attempt, Delivery, DraftKind, DraftMessage
from models.steps import Dossier, open_dossier, take
from models.store import Store
from models.telling import EventKind
from models.wakes import Topic
from sandbox.square.standin import SquareStandIn
from sandbox.square.world import Status

CALL_LIMIT = timedelta(seconds=2)
LATE = timedelta(seconds=1)


@dataclass
class MovingClock:
    """Real time, and a little more each time it is pushed: both clocks go together, as on a good machine."""

    by: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.by

    def steady(self) -> timedelta:
        return boot_time() + self.by

    def forward(self, by: timedelta) -> None:
        self.by += by


@dataclass
class TableRoster:
    """A roster that is told who is who."""

    standings: dict[int, Standing] = field(default_factory=dict)
    signs: frozenset[SignNow] | HeardSince | None = None
    away: bool = False

    async def standing(self, rep: int, channel: int) -> Standing:
        if self.away:
            raise RosterAway
        return self.standings.get(rep, Standing.APPROVER)

    async def signs_now(self, message: int) -> frozenset[SignNow] | HeardSince | None:
        if self.away:
            raise RosterAway
        return self.signs


@dataclass
class House:
    """Everything a test of publishing needs, in one hand."""

    store: Store
    clock: MovingClock
    square: SquareStandIn
    platform: Platform
    roster: TableRoster
    policies: dict[int, Policy]
    channel: int = 0
    account: int = 0
    ana: int = 0
    bea: int = 0

    async def hear(self, words: str = "@acme my order never came") -> tuple[int, Status]:
        """A customer posts, and the conversation is there."""
        status = await self.square.post("@lea", words)
        async with self.store.work() as work:
            customer = Customer(since=work.now)
            work.add(customer)
            await work.flush()
            identity = Identity(
                customer_id=customer.id,
                account_id=self.account,
                ref=f"lea-{status.id}",
                handle="lea",
                name="Lea",
                seen_at=work.now,
            )
            work.add(identity)
            await work.flush()
            conversation = Conversation(
                account_id=self.account,
                channel_id=self.channel,
                identity_id=identity.id,
                key=status.id,
                state=State.OPEN.value,
                opened_at=work.now,
                waiting_since=work.now,
            )
            work.add(conversation)
            await work.flush()
            post = Post(
                account_id=self.account,
                conversation_id=conversation.id,
                identity_id=identity.id,
                ref=status.id,
                words=status.now.text,
                at=work.now,
                heard_at=work.now,
                digest=words_digest(status.now.text, ""),
                url=None,
            )
            work.add(post)
            await work.flush()
            return conversation.id, status

    @asynccontextmanager
    async def dossier(self, number: int) -> AsyncIterator[Dossier]:
        async with self.store.work() as work:
            yield await open_dossier(work, number, self.policies)

    async def draft(
        self, number: int, words: str, *, kind: DraftKind = DraftKind.REPLY, base: int | None = None
    ) -> int:
        """Ana writes; the id of the message that shows it."""
        async with self.dossier(number) as dossier:
            made = await draft(dossier, self.actor(self.ana), Writing(typed=words, kind=kind, base=base), compose)
            assert isinstance(made, Drafted), made
            return made.message

    async def approve(
        self, number: int, message: int, *, by: int | None = None, by_reaction: bool = False
    ) -> SignTaken:
        """Bea's yes."""
        async with self.dossier(number) as dossier:
            taken = await sign(
                dossier,
                self.actor(by or self.bea),
                SignKind.APPROVE,
                given=True,
                message=message,
                at=dossier.work.now,
                by_reaction=by_reaction,
            )
            assert isinstance(taken, SignTaken), taken
            return taken

    async def colleague(self, name: str) -> int:
        """One more of the team."""
        async with self.store.work() as work:
            made = Rep(surface="slack", team="T", user=name, name=name)
            work.add(made)
            await work.flush()
            return made.id

    async def order(self, number: int, words: str = "@lea we look into it ^AN") -> None:
        """Drafted and approved."""
        await self.approve(number, await self.draft(number, words))

    def actor(self, rep: int) -> Actor:
        return Actor(rep, Standing.LEAD)

    async def fact(self, number: int, step: Step, kind: EventKind) -> None:
        async with self.dossier(number) as dossier:
            await take(dossier, step, kind)

    async def state(self, number: int) -> State:
        async with self.store.reading() as session:
            return State((await session.get_one(Conversation, number)).state)

    async def deliveries(self, number: int) -> list[Delivery]:
        async with self.store.reading() as session:
            query = select(Delivery).where(Delivery.conversation_id == number).order_by(Delivery.id)
            return list((await session.scalars(query)).all())

    async def attempts(self, number: int) -> list[str]:
        async with self.store.reading() as session:
            query = select(Attempt.outcome).where(Attempt.conversation_id == number).order_by(Attempt.id)
            return list((await session.scalars(query)).all())

    async def ready(self, message: int) -> dict[str, object]:
        """What the pre-flight wrote on a draft message."""
        async with self.store.reading() as session:
            return (await session.get_one(DraftMessage, message)).ready

    async def posts(self, number: int) -> list[Post]:
        async with self.store.reading() as session:
            query = select(Post).where(Post.conversation_id == number).order_by(Post.id)
            return list((await session.scalars(query)).all())

    async def events(self, number: int) -> list[str]:
        async with self.store.reading() as session:
            query = select(Event.kind).where(Event.chain == number).order_by(Event.seq)
            return list((await session.scalars(query)).all())

    async def until(self, number: int, *states: State, seconds: float = 60) -> State:
        """Wait until the conversation is in one of these states."""
        async with asyncio.timeout(seconds):
            while (now := await self.state(number)) not in states:
                await asyncio.sleep(0.02)
        return now

    async def event(self, number: int, kind: EventKind, *, times: int = 1, seconds: float = 60) -> None:
        """Wait until this is in the journal."""
        async with asyncio.timeout(seconds):
            while (await self.events(number)).count(kind.value) < times:
                await asyncio.sleep(0.02)

    def forward(self, by: timedelta) -> None:
        """Time passes, and everybody looks again."""
        self.clock.forward(by)
        self.store.wakes.rouse([Topic.DELIVER, Topic.CHECK])

    def publisher(
        self, *, crash: Crasher = NO_CRASH, protocol: Protocol = PROTOCOL, steady: Callable[[], timedelta] | None = None
    ) -> Publisher:
        return Publisher(
            self.store,
            {"acme": self.platform},
            roster=self.roster,
            policies=self.policies,
            crash=crash,
            clocks=Clocks(self.clock, steady or self.clock.steady),
            protocol=protocol,
        )

    @asynccontextmanager
    async def publishing(self, publisher: Publisher | None = None) -> AsyncIterator[Publisher]:
        """While the block runs, a publisher does."""
        running = publisher or self.publisher()
        stop = asyncio.Event()
        task = asyncio.create_task(running.run(stop))
        try:
            yield running
        finally:
            stop.set()
            self.store.wakes.rouse([Topic.DELIVER])
            await task


def compose(*, parent: Post, typed: str, signoff: str) -> Composed:
    return Composed(final=typed, spans=[], fits=True)


@pytest.fixture
async def house(database: str) -> AsyncIterator[House]:
    """No hold, one approval; the platform's bounds are short."""
    clock = MovingClock()
    store = Store(database, clock=clock)
    async with SquareStandIn.serve() as square:
        platform = Mastodon(
            Settings(
                server=square.base_url,
                token=square.token,
                streaming=False,
                call_limit=CALL_LIMIT,
                late_bound=LATE,
                listing_lag=timedelta(),
            )
        )
        await platform.open()
        made = House(store, clock, square, platform, TableRoster(), {})
        async with store.work() as work:
            channel = Channel(name="care", surface="slack", chat_id="C1")
            account = Account(name="acme", platform="mastodon")
            ana, bea = (Rep(surface="slack", team="T", user=name, name=name) for name in ("ana", "bea"))
            work.add_all([channel, account, ana, bea])
            await work.flush()
            made.channel, made.account, made.ana, made.bea = channel.id, account.id, ana.id, bea.id
            made.policies[channel.id] = Policy(hold=timedelta())
        yield made
        square.clear_faults()
        await platform.close()
        await store.close()


def with_hold(policies: Mapping[int, Policy], hold: timedelta) -> dict[int, Policy]:
    """The same channels, with a hold."""
    return {channel: replace(policy, hold=hold) for channel, policy in policies.items()}

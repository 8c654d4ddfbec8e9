"""The journal's proof: `verify` walks every chain and names the first bad event of each. (`seal` is in seals.py.)

What a chain is, is in chains.py; what customers said is compared in comparing.py. Nothing here changes what it finds.
Memory holds a batch of conversations, never the journal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.attachments import fingerprint, pictures_of
from models.chains import COLUMNS, Chain, Fault, Found, Wrong
from models.comparing import compare
from models.conversation import Conversation, Post, PostVersion
from models.journal import Event, revision_digest
from models.reply import Delivery, Revision
from models.seals import BATCH, Told, TooLate, misfits, seal
from models.store import Store

__all__ = ["Fault", "Report", "TooLate", "Wrong", "revision_digest", "seal", "verify"]


@dataclass(frozen=True, slots=True)
class Report:
    """What the walk saw. `unproven` counts revisions whose hash covers something that was erased since: the journal
    still names their hash, but nobody can compute it again. `posts`: customers' posts, `versions`: what they said
    before an edit, each compared with its hash; `unproven_posts` (of both) have none that could be computed. `sealed`:
    the days of which the journal says that they were sealed."""

    chains: int
    events: int
    seals: int
    unproven: int
    faults: tuple[Fault, ...]
    posts: int = 0
    versions: int = 0
    unproven_posts: int = 0
    sealed: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        return not self.faults


Progress = Callable[[int, int], None]


async def verify(store: Store, *, progress: Progress | None = None) -> Report:
    """Walk every chain and every seal, as they stood at one moment. `progress` hears of events done and in all."""
    async with store.reading() as session:
        if not store.embedded:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        walk = _Walk(session, progress)
        await walk.all()
        return Report(
            chains=walk.chains,
            events=walk.events,
            seals=walk.seals,
            unproven=walk.unproven,
            faults=tuple(walk.faults),
            posts=walk.posts,
            versions=walk.versions,
            unproven_posts=walk.unproven_posts,
            sealed=frozenset(walk.told),
        )


# ------------------------------------------------------------------------------------------------ the walk


@dataclass(frozen=True, slots=True)
class _Written:
    """A revision with what its hash covers."""

    id: int
    number: int
    kind: str
    final: str
    digest: str
    parent: int
    parent_ref: str
    visibility: str
    warning: str
    spans: list[object]


class _Walk:
    def __init__(self, session: AsyncSession, progress: Progress | None) -> None:
        self.session = session
        self.progress = progress
        self.chains = self.events = self.seals = self.unproven = self.in_all = 0
        self.posts = self.versions = self.unproven_posts = 0
        self.told: dict[str, Told] = {}
        self.tells_all = True
        self.faults: list[Fault] = []

    async def all(self) -> None:
        self.in_all = await self.session.scalar(select(func.count(Event.id))) or 0
        await self._service()
        last = 0
        while True:
            query = (
                select(Conversation.id, Conversation.head, Conversation.length, Conversation.account_id)
                .where(Conversation.id > last)
                .order_by(Conversation.id)
                .limit(BATCH)
            )
            batch = (await self.session.execute(query)).all()
            upto = batch[-1].id if batch else None
            chains = await self._chains(last, upto, {row.id for row in batch})
            if upto is None:
                break
            written, deliveries = await self._written(last, upto), await self._deliveries(last, upto)
            for row in batch:
                self._end(chains.setdefault(row.id, Chain(row.id)), row.head, row.length)
            await self._posts(chains, last, upto)
            for row in batch:
                chain = chains.pop(row.id)
                await self._words(chain, row.account_id, written.get(row.id, {}))
                self._orders(chain, written.get(row.id, {}), deliveries.get(row.id, []))
                self._done(chain)
            last = upto
        await self._seals()
        self._tell()

    async def _service(self) -> None:
        """Chain 0 has no row that knows its end: only the seals do."""
        chain = Chain(0)
        async for event in self._stream(Event.chain == 0):
            chain.follow(event)
        self.told, self.tells_all = chain.told, chain.fault is None
        self._done(chain)

    async def _chains(self, after: int, upto: int | None, known: set[int]) -> dict[int, Chain]:
        """The chains of a batch, followed to their ends. Those of no conversation are faults at once."""
        chains: dict[int, Chain] = {}
        where = [Event.chain > after] if upto is None else [Event.chain > after, Event.chain <= upto]
        async for event in self._stream(*where):
            chain = chains.setdefault(event.chain, Chain(event.chain))
            if event.chain not in known and chain.fault is None:
                chain.note(Wrong.STRAY, event.seq, event.id, "belongs to no conversation")
            chain.follow(event)
        for id in [id for id in chains if id not in known]:
            self._done(chains.pop(id))
        if upto is None:
            below = await self.session.scalar(select(Event.id).where(Event.chain < 0).limit(1))
            if below is not None:
                self.faults.append(Fault(Wrong.STRAY, None, None, below, "belongs to no conversation"))
        return chains

    async def _stream(self, *where: ColumnElement[bool]) -> AsyncIterator[Found]:
        query = select(*COLUMNS).where(*where).order_by(Event.chain, Event.seq, Event.id)
        found = await self.session.stream(query.execution_options(yield_per=BATCH))
        async for rows in found.partitions(BATCH):
            for row in rows:
                yield Found(*row)
            self.events += len(rows)
            self._tell()

    async def _written(self, after: int, upto: int) -> dict[int, dict[int, _Written]]:
        query = (
            select(
                Revision.conversation_id,
                Revision.id,
                Revision.number,
                Revision.kind,
                Revision.final,
                Revision.digest,
                Post.id,
                Post.ref,
                Post.visibility,
                Post.warning,
                Revision.spans,
            )
            .join(Post, Post.id == Revision.parent_id)
            .where(Revision.conversation_id > after, Revision.conversation_id <= upto)
        )
        found: dict[int, dict[int, _Written]] = {}
        for conversation, *columns in await self.session.execute(query):
            one = _Written(*columns)
            found.setdefault(conversation, {})[one.number] = one
        return found

    async def _deliveries(self, after: int, upto: int) -> dict[int, list[tuple[int, int, int]]]:
        query = select(Delivery.conversation_id, Delivery.id, Delivery.revision_id, Delivery.message_id).where(
            Delivery.conversation_id > after, Delivery.conversation_id <= upto
        )
        found: dict[int, list[tuple[int, int, int]]] = {}
        for conversation, id, revision, message in await self.session.execute(query):
            found.setdefault(conversation, []).append((id, revision, message))
        return found

    def _end(self, chain: Chain, head: str, length: int) -> None:
        if chain.seq != length:
            chain.note(Wrong.CUT, chain.seq, None, f"the conversation knows of {length} events, found {chain.seq}")
        elif chain.digest != head:
            chain.note(Wrong.CUT, chain.seq, None, "the conversation knows another last event")

    async def _posts(self, chains: Mapping[int, Chain], after: int, upto: int) -> None:
        """What customers said is what was heard, in every version that is kept."""
        good = {id: chain for id, chain in chains.items() if chain.fault is None}
        known = {id: chain.posts for id, chain in good.items()}
        gone = {id: chain.erased_posts for id, chain in good.items()}
        found = await compare(self.session, after, upto, known=known, gone=gone)
        self.posts += found.posts
        self.versions += found.versions
        self.unproven_posts += found.unproven
        for id, differing in found.differing.items():
            first, _ = differing[0]
            chains[id].note(Wrong.WORDS, first.seq, first.event, "; ".join(what for _, what in differing))

    async def _words(self, chain: Chain, account: int, written: Mapping[int, _Written]) -> None:
        """Every revision says what its hash names, and the journal knows that hash."""
        if chain.fault is not None:
            return
        for number, (event, digest) in chain.drafted.items():
            one = written.get(number)
            if one is None:
                chain.note(Wrong.REVISION, event.seq, event.id, f"draft {number} is missing")
            elif one.digest != digest:
                chain.note(Wrong.REVISION, event.seq, event.id, f"draft {number} has another hash than was journaled")
            elif not await self._says(one, account):
                if number in chain.erased_revisions or one.parent in chain.erased_posts:
                    self.unproven += 1
                else:
                    chain.note(Wrong.REVISION, event.seq, event.id, f"draft {number} says something else than its hash")

    async def _says(self, one: _Written, account: int) -> bool:
        def fits(visibility: str, warning: str) -> bool:
            return one.digest == revision_digest(
                kind=one.kind,
                account=account,
                parent=one.parent_ref,
                visibility=visibility,
                warning=warning,
                final=one.final,
                pictures=fingerprint(pictures_of(one.spans)),
            )

        if fits(one.visibility, one.warning):
            return True
        # An edit may have changed who sees the post, and the warning over it, after the draft was written.
        query = select(PostVersion.warning).where(PostVersion.post_id == one.parent)
        warnings = {one.warning, "", *(await self.session.scalars(query))}
        return any(fits(*pair) for pair in product(_VISIBILITIES | {one.visibility}, warnings))

    def _orders(
        self, chain: Chain, written: Mapping[int, _Written], deliveries: Sequence[tuple[int, int, int]]
    ) -> None:
        """Every order has its delivery, with the revision and the message that were approved; no other exists."""
        if chain.fault is not None:
            return
        rows = {id: (revision, message) for id, revision, message in deliveries}
        for delivery, (event, message, number) in chain.orders.items():
            row, one = rows.get(delivery), written.get(number)
            if row is None:
                chain.note(Wrong.ORDER, event.seq, event.id, f"delivery {delivery} is missing")
            elif one is None or row != (one.id, message):
                chain.note(Wrong.ORDER, event.seq, event.id, f"delivery {delivery} is of another draft")
        for id in rows:
            if id not in chain.orders:
                chain.note(Wrong.UNORDERED, None, None, f"delivery {id} was never ordered")

    def _done(self, chain: Chain) -> None:
        self.chains += bool(chain.seq) or chain.fault is not None
        if chain.fault is not None:
            self.faults.append(chain.fault)

    async def _seals(self) -> None:
        self.seals, unfit = await misfits(self.session, self.told, tells_all=self.tells_all)
        self.faults += [Fault(Wrong.SEAL, None, one.seq, one.event, one.what) for one in unfit]

    def _tell(self) -> None:
        if self.progress is not None:
            self.progress(self.events, self.in_all)


#: How visible a post can be (the contract's words).
_VISIBILITIES = frozenset({"public", "unlisted", "followers", "direct"})

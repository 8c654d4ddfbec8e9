"""What was heard becomes rows: deduplicated, threaded, routed, in one transaction with the cursor.

Here: the transaction, and conversations that begin. What happens to conversations that exist is in `changes.py`;
what a batch says, in `said.py`; what was missed above a post, in `missed.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from adapters.contract import Batch, Cursor, Heard, Platform, PublicPost
from bot.hearing.changes import Changes, Received, Surfaced
from bot.hearing.missed import ALL_LIMIT, missed_above
from bot.hearing.rows import card_row, first_event_row, post_row
from bot.hearing.said import Fold, Said, folded, waiting_since
from bot.trail import following
from models import intake
from models.chat import Card
from models.conversation import Conversation, Post, Removal
from models.journal import Event
from models.lifecycle import State
from models.people import Customer, Identity
from models.permits import Policy
from models.places import Account
from models.reading import heard as known
from models.store import Store, Work
from models.telling import EventKind
from models.wakes import Topic

SEEN_AGAIN = timedelta(hours=1)  # how exact `Identity.seen_at` is: a chatty customer costs no write a post


#: In a channel in which many said the same lately, a new card waits: whether this one says it too is told meanwhile,
#: mostly within a second, and then it needs no card of its own. Nobody waits for that answer longer than this.
STORM_LOOKED_AT = timedelta(seconds=6)
STORMY_FOR = timedelta(hours=24)

DEEPEST = 1000  # a thread of replies; guards against posts that name each other as parents


class NotOurs(Exception):
    """Somebody else listens to this account by now: nothing was stored."""


class NoChannel(Exception):
    """The account has no route: its posts would go nowhere."""


class Router(Protocol):
    """Which of the settings' routes a post meets. Pure, and quick: it is asked within the transaction."""

    def __call__(
        self, *, account: str, platform: str, words: str, language: str | None, reach: int | None
    ) -> Routed | None:
        """None where no route is met: then it comes to its account's own channel."""
        ...


@dataclass(frozen=True, slots=True)
class Routed:
    """A channel by its row, and the number of the route that leads there."""

    channel: int
    route: int


async def receive(
    store: Store,
    account_id: int,
    batch: Batch,
    *,
    policies: Mapping[int, Policy],
    platform: Platform | None = None,
    surfaced: Surfaced | None = None,
    router: Router | None = None,
    fence: int | None = None,
) -> Received:
    """Store a batch and its cursor in one transaction. May be given the same batch any number of times.

    `platform` is asked, before the transaction, for what was missed above a post. `surfaced` is called for a post of
    ours that may be a reply of which we do not know that it arrived. `router` is asked where a conversation begins.
    With `fence`, `NotOurs` if the lease was lost.
    """
    return await take_in(
        store,
        account_id,
        batch.heard,
        cursor=batch.cursor,
        policies=policies,
        platform=platform,
        surfaced=surfaced,
        router=router,
        fence=fence,
    )


async def take_in(
    store: Store,
    account_id: int,
    heard: Sequence[Heard],
    *,
    cursor: Cursor | None,
    policies: Mapping[int, Policy],
    platform: Platform | None = None,
    surfaced: Surfaced | None = None,
    router: Router | None = None,
    fence: int | None = None,
    patience: timedelta = ALL_LIMIT,
    search: int | None = None,
) -> Received:
    """As `receive`; without a cursor (a call of theirs, a second look) the stored one stays. `search`: the saved
    search that found it, written down with what is new."""
    context: Sequence[PublicPost] = ()
    if platform is not None:
        context = await missed_above(store, account_id, heard, platform, patience=patience)
    with following("hear", account=account_id):
        async with store.work() as work:
            account = await intake.lock_account(work, account_id)
            if fence is not None and account.fence != fence:
                raise NotOurs(account.name)
            fold = folded(heard, now=work.now, context=context)
            received = Received()
            if fold.refs:
                await _Intake(work, account, policies, surfaced, router, fold, received, search).run()
            if search is None:
                account.heard_at = work.now
            if cursor is not None:
                account.cursor = cursor
        return received


@dataclass(slots=True)
class _Opening:
    """A conversation that begins in this batch."""

    key: str
    first: Said
    context: list[Said] = field(default_factory=list)


@dataclass(slots=True)
class _Intake:
    work: Work
    account: Account
    policies: Mapping[int, Policy]
    surfaced: Surfaced | None
    router: Router | None
    fold: Fold
    received: Received
    search: int | None
    posts: dict[str, Post] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    conversations: dict[str, int] = field(default_factory=dict)
    openings: dict[str, _Opening] = field(default_factory=dict)
    placed: dict[str, str] = field(default_factory=dict)  # a new post -> the key of the conversation that begins

    async def run(self) -> None:
        fold, session, account_id = self.fold, self.work.session, self.account.id
        firsts = [versions[0] for versions in fold.versions.values()]
        near = {ref for one in firsts for ref in (one.root, one.parent) if ref}
        self.posts = await known.posts_by_ref(session, account_id, fold.refs | near)
        gone = await known.removed_refs(session, account_id, fold.refs - self.posts.keys())
        gone |= fold.removed.keys() - self.posts.keys()
        new = [one for one in firsts if one.ref not in self.posts and one.ref not in gone]
        new.sort(key=lambda one: (one.at, one.ref))
        keys = near | {one.ref for one in new}
        self.conversations = await known.conversations_by_key(session, account_id, keys)
        await self._remember_people(new)
        later = self._place(new)
        await self._open_conversations()
        await self._remember_removed(gone)
        changes = Changes(
            self.work,
            self.account,
            self.policies,
            self.surfaced,
            self.received,
            self.posts,
            self.people,
            search=self.search,
        )
        await changes.play(fold, [(one, number) for one in later if (number := self._number(one)) is not None])

    def _place(self, new: Sequence[Said]) -> list[Said]:
        """Decide which posts begin a conversation; give back those that join one, oldest first."""
        later: list[Said] = []
        by_ref = {one.ref: one for one in new}
        for one in new:
            if one.ours or one.context or self._number(one) is not None or self._key(one) in self.openings:
                later.append(one)
                continue
            key = one.root or _top(one, by_ref)
            self.openings[key] = _Opening(key, one)
            self.placed[one.ref] = key
        for one in later:
            if (key := self._key(one)) in self.openings:
                self.placed[one.ref] = key
        rest = []
        for one in later:
            opening = self.openings.get(self.placed.get(one.ref, ""))
            if opening is not None and (one.context or one.ours) and _above(one, opening.first, by_ref):
                opening.context.append(one)
            else:
                rest.append(one)
        return rest

    def _key(self, one: Said) -> str:
        """The key of the conversation beginning in this batch that a post belongs to."""
        if one.root in self.openings:
            return one.root or ""
        if one.parent is not None and one.parent in self.placed:
            return self.placed[one.parent]
        if one.ref in self.openings:
            return one.ref
        return one.root or one.parent or one.ref

    def _number(self, one: Said) -> int | None:
        """The conversation that a post belongs to, None while there is none."""
        if one.root is not None and one.root in self.conversations:
            return self.conversations[one.root]
        parent = self.posts.get(one.parent or "") or self.posts.get(one.root or "")
        if parent is not None:
            return parent.conversation_id
        if one.ref in self.placed and self.placed[one.ref] in self.conversations:
            return self.conversations[self.placed[one.ref]]
        return self.conversations.get(one.ref) or self.conversations.get(one.parent or "")

    async def _remember_people(self, new: Sequence[Said]) -> None:
        """Customers and their accounts: one query, new ones in bulk, profiles refreshed."""
        authors = {
            one.author.ref: one.author for versions in self.fold.versions.values() for one in versions if not one.ours
        }
        work = self.work
        rows = await known.identities_by_ref(work.session, self.account.id, authors.keys())
        for ref, row in rows.items():
            self.people[ref] = row.id
            author = authors[ref]
            row.handle, row.name, row.bot = author.handle, author.name, author.bot
            row.avatar, row.url = author.avatar or row.avatar, author.url or row.url
            row.followers = row.followers if author.followers is None else author.followers
            if row.seen_at < work.now - SEEN_AGAIN:
                row.seen_at = work.now
        needed = {one.author.ref for one in new if not one.ours}
        strangers = [author for ref, author in authors.items() if ref not in rows and ref in needed]
        customers = await intake.reserve(work, Customer, len(strangers))
        identities = await intake.reserve(work, Identity, len(strangers))
        await intake.insert_rows(work, Customer, [{"id": number, "since": work.now} for number in customers])
        await intake.insert_rows(
            work,
            Identity,
            [
                {
                    "id": number,
                    "customer_id": customer,
                    "account_id": self.account.id,
                    "ref": author.ref,
                    "handle": author.handle,
                    "name": author.name,
                    "avatar": author.avatar,
                    "url": author.url,
                    "followers": author.followers,
                    "bot": author.bot,
                    "seen_at": work.now,
                }
                for number, customer, author in zip(identities, customers, strangers, strict=True)
            ],
        )
        self.people.update({author.ref: number for number, author in zip(identities, strangers, strict=True)})

    async def _open_conversations(self) -> None:
        openings = list(self.openings.values())
        if not openings:
            return
        work, now = self.work, self.work.now
        home = await known.default_channel(work.session, self.account.id)
        if home is None:
            raise NoChannel(f"account {self.account.name} is in no channel")
        stormy = await known.stormy_channels(work.session, since=now - STORMY_FOR)
        numbers = await intake.reserve(work, Conversation, len(openings))
        post_ids = iter(await intake.reserve(work, Post, sum(1 + len(opening.context) for opening in openings)))
        conversations, posts, events, cards = [], [], [], []
        for number, opening in zip(numbers, openings, strict=True):
            above = [(next(post_ids), one) for one in opening.context]
            first_id, first = next(post_ids), opening.first
            posts += [
                post_row(one, id=id, account_id=self.account.id, conversation_id=number, people=self.people, now=now)
                for id, one in [*above, (first_id, first)]
            ]
            data: dict[str, object] = {"post": first_id, "digest": first.digest}
            if above:
                data["context"] = [id for id, _ in above]
                # Our own words come from deliveries; what customers said there, the journal knows from here on.
                theirs = {str(id): one.digest for id, one in above if not one.ours}
                data |= {"context_digests": theirs} if theirs else {}
            routed = self._route(first)
            channel = home if routed is None else routed.channel
            if routed is not None:
                data["route"] = routed.route
            if self.search is not None:
                data["search"] = self.search
            event = first_event_row(number, now, data)
            events.append(event)
            work.wrote(number, 1, EventKind.HEARD, None, data)
            conversations.append(
                {
                    "id": number,
                    "account_id": self.account.id,
                    "channel_id": channel,
                    "identity_id": self.people[first.author.ref],
                    "key": opening.key,
                    "state": State.OPEN.value,
                    "version": 1,
                    "urgency": 0,
                    "language": first.language,
                    "opened_at": now,
                    "waiting_since": waiting_since(first.at, now),
                    "revisions": 0,
                    "pending": [],
                    "writing": {},
                    "head": event["digest"],
                    "length": 1,
                }
            )
            cards.append(card_row(number, channel, now + STORM_LOOKED_AT if channel in stormy else now))
            self.conversations[opening.key] = number
        for table, rows in ((Conversation, conversations), (Post, posts), (Event, events), (Card, cards)):
            await intake.insert_rows(work, table, rows)
        work.wake(Topic.SHOW)
        self.received.conversations += len(conversations)
        self.received.posts += len(posts)
        again = [ref for ref, versions in self.fold.versions.items() if len(versions) > 1 and ref in self.placed]
        again += [ref for ref, hidden in self.fold.hidden.items() if hidden and ref in self.placed]
        if again:
            self.posts |= await known.posts_by_ref(work.session, self.account.id, again)

    def _route(self, first: Said) -> Routed | None:
        if self.router is None:
            return None
        return self.router(
            account=self.account.name,
            platform=self.account.platform,
            words=first.words,
            language=first.language,
            reach=first.author.followers,
        )

    async def _remember_removed(self, gone: frozenset[str]) -> None:
        """What was taken away before we had it: a late copy of it must not be stored."""
        refs = [ref for ref in self.fold.removed if ref not in self.posts]
        stored = await known.removed_refs(self.work.session, self.account.id, refs)
        self.received.ignored += len(gone & self.fold.versions.keys())
        self.work.add_all(
            Removal(account_id=self.account.id, ref=ref, at=self.work.now) for ref in refs if ref not in stored
        )


def _top(one: Said, by_ref: Mapping[str, Said]) -> str:
    """The highest post that we know of above one whose thread's beginning the platform did not name."""
    steps = 0
    while one.parent is not None and one.parent in by_ref and steps < DEEPEST:
        one, steps = by_ref[one.parent], steps + 1
        if one.root is not None:
            return one.root
    return one.parent or one.ref


def _above(one: Said, first: Said, by_ref: Mapping[str, Said]) -> bool:
    """Whether `one` stands above `first` in their thread."""
    if one.ref == first.root or one.ref == first.parent:
        return True
    parent, steps = first.parent, 0
    while parent is not None and parent in by_ref and steps < DEEPEST:
        if parent == one.ref:
            return True
        parent, steps = by_ref[parent].parent, steps + 1
    return False

"""What is heard about conversations that exist: replies, edits, removals, our own words seen in public.

Each is one step through `models.steps.take` on a locked dossier. Which posts there are is decided in `receive.py`.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from adapters.contract import VOTES, PublicPost
from adapters.text import same_words
from bot.hearing.rows import post_row
from bot.hearing.said import Fold, Said, waiting_since
from models import intake
from models.chat import CardKind
from models.conversation import Post, PostVersion
from models.erasing import erase_post
from models.lifecycle import State, Step
from models.paragraphs import unsay
from models.permits import Policy
from models.places import Account
from models.reading import heard as known
from models.snoozes import bring_back
from models.steps import Dossier, open_dossier, take
from models.store import Work
from models.telling import EventKind

#: Publishing's ear: a post of ours that may be a reply of which we do not know. True: it was one, and is taken.
Surfaced: TypeAlias = Callable[[Work, Dossier, PublicPost], Awaitable[bool]]


@dataclass(slots=True)
class Received:
    """What a batch came to."""

    conversations: int = 0  # begun
    posts: int = 0  # new
    edited: int = 0
    removed: int = 0
    hidden: int = 0
    back: int = 0
    surfaced: int = 0
    ignored: int = 0  # removed before we had them

    def __bool__(self) -> bool:
        """Whether anything was news."""
        return any((self.posts, self.edited, self.removed, self.hidden, self.back, self.surfaced))


@dataclass(slots=True)
class Changes:
    """One batch's changes to conversations that exist. `posts` are the stored ones, `people` the customers' ids."""

    work: Work
    account: Account
    policies: Mapping[int, Policy]
    surfaced: Surfaced | None
    received: Received
    posts: dict[str, Post]
    people: Mapping[str, int]
    search: int | None = None  # the saved search by which it was heard
    dossiers: dict[int, Dossier] = field(default_factory=dict)

    async def play(self, fold: Fold, joining: Sequence[tuple[Said, int]]) -> None:
        """New posts by their time, then edits, then what is hidden or back, then removals."""
        self._date(fold)
        changed = [
            (self.posts[ref], [one for one in versions if newer(self.posts[ref], one)])
            for ref, versions in fold.versions.items()
            if ref in self.posts
        ]
        hidden = [self.posts[ref] for ref, now in fold.hidden.items() if now and self._seen(ref)]
        back = [self.posts[ref] for ref, now in fold.hidden.items() if not now and self._unseen(ref)]
        removed = [post for ref in fold.removed if (post := self.posts.get(ref)) is not None and post.gone_at is None]
        touched = {number for _, number in joining}
        touched |= {post.conversation_id for post, versions in changed if versions}
        touched |= {post.conversation_id for post in (*hidden, *back, *removed)}
        for number in sorted(touched):  # always in this order: two batches never wait for each other
            self.dossiers[number] = await open_dossier(self.work, number, self.policies)
        await self._join(joining)
        for ref, versions in fold.versions.items():
            for one in versions[1:] if ref not in self.posts else ():
                changed += [(post, [one]) for post in self._fresh(ref)]
        for post, versions in changed:
            for one in versions:
                await self._edit(post, one)
        for post in back:
            await self._mark_hidden(post, False)
        for post in hidden:
            await self._mark_hidden(post, True)
        for post in removed:
            await self._remove(post)
        self._count(fold)

    def _date(self, fold: Fold) -> None:
        """What is stored was edited later than we knew: an edit before that, told late, is older than it."""
        for ref, versions in fold.versions.items():
            post = self.posts.get(ref)
            if post is None or post.gone_at is not None:
                continue
            for one in versions:
                if one.digest == post.digest and one.edited_at is not None:
                    post.edited_at = max(one.edited_at, post.edited_at or one.edited_at)

    def _count(self, fold: Fold) -> None:
        """Votes move nothing and are in no journal: a number that stands on the board, shown as it is now."""
        for ref, votes in fold.votes.items():
            post = self.posts.get(ref)
            if post is not None and post.gone_at is None and post.extra.get(VOTES) != votes:
                post.extra = {**post.extra, VOTES: votes}
                self.work.want(CardKind.CONVERSATION, post.conversation_id)

    def _seen(self, ref: str) -> bool:
        post = self.posts.get(ref)
        return post is not None and post.hidden_at is None and post.gone_at is None

    def _unseen(self, ref: str) -> bool:
        post = self.posts.get(ref)
        return post is not None and post.hidden_at is not None and post.gone_at is None

    def _fresh(self, ref: str) -> list[Post]:
        """A post that joined a conversation in this very batch."""
        return [post for dossier in self.dossiers.values() for post in dossier.posts if post.ref == ref]

    async def _join(self, joining: Sequence[tuple[Said, int]]) -> None:
        ids = await intake.reserve(self.work, Post, len(joining))
        for id, (one, number) in zip(ids, joining, strict=True):
            dossier = self.dossiers[number]
            if one.ours:
                await self._ours(dossier, one, id)
                continue
            post = self._add(dossier, one, id)
            data: dict[str, object] = {"post": post.id, "digest": post.digest}
            if self.search is not None:
                data["search"] = self.search
            await self._step(dossier, Step.CUSTOMER_REPLIED, EventKind.CUSTOMER_REPLIED, data, post)

    def _add(self, dossier: Dossier, one: Said, id: int, delivery: int | None = None) -> Post:
        row = post_row(
            one,
            id=id,
            account_id=self.account.id,
            conversation_id=dossier.conversation.id,
            people=self.people,
            now=self.work.now,
        )
        post = Post(**row, delivery_id=delivery)
        self.work.add(post)
        insort(dossier.posts, post, key=lambda other: (other.at, other.id))
        self.received.posts += 1
        return post

    async def _step(self, dossier: Dossier, step: Step, kind: EventKind, data: dict[str, object], post: Post) -> None:
        """A customer's news. They wait from when they wrote, if nobody kept them waiting before."""
        conversation = dossier.conversation
        if step in {Step.CUSTOMER_REPLIED, Step.CUSTOMER_EDITED}:
            await bring_back(dossier, "customer")
        waited = conversation.waiting_since is not None
        await take(dossier, step, kind, data=data)
        if not waited and dossier.state not in {State.ANSWERED, State.CLOSED}:
            said_at = post.at if step is Step.CUSTOMER_REPLIED else self.work.now
            conversation.waiting_since = waiting_since(said_at, self.work.now)

    async def _ours(self, dossier: Dossier, one: Said, id: int) -> None:
        """Our own words in public: a reply we know of, one of which we did not know, or somebody's of us elsewhere."""
        session, number = self.work.session, dossier.conversation.id
        await self.work.flush()
        delivery = (await known.receipts(session, number)).get(one.ref)
        if delivery is not None:
            self._add(dossier, one, id, delivery)
            return
        if self.surfaced is not None:
            texts = await known.unproven_texts(session, number)
            if any(same_words(text, one.words) for text in texts) and await self.surfaced(self.work, dossier, one.post):
                self.received.surfaced += 1
                await self.work.flush()
                if not await known.known_refs(session, self.account.id, [one.ref]):
                    delivery = (await known.receipts(session, number)).get(one.ref)
                    self._add(dossier, one, id, delivery)
                return
        asked = [post for post in dossier.customer_posts if post.at <= one.at]
        post = self._add(dossier, one, id)
        if one.parent is None or not asked:
            return  # what customers answered to, not an answer
        last = dossier.customer_posts[-1]
        answers_all = one.at > last.at or one.parent == last.ref
        data: dict[str, object] = {"post": post.id, "digest": post.digest}
        if answers_all or dossier.state in {State.DRAFTED, State.APPROVED}:
            await take(dossier, Step.ANSWERED_ELSEWHERE, EventKind.ANSWERED_ELSEWHERE, data=data)
        else:  # older than the customer's last words, which stay unanswered
            await self._write_down(dossier, EventKind.ANSWERED_ELSEWHERE, data)

    async def _edit(self, post: Post, one: Said) -> None:
        dossier = self.dossiers[post.conversation_id]
        if not newer(post, one):
            return
        if not one.anew and one.edited_at is None and one.digest in await self._earlier(post):
            return  # heard a second time; if its author really went back, the next look says so
        before = post.digest
        self.work.add(
            PostVersion(
                post_id=post.id,
                version=post.version,
                words=post.words,
                warning=post.warning,
                media=post.media,
                digest=before,
                until=self.work.now,
            )
        )
        post.version += 1
        post.words, post.spans, post.warning, post.media = one.words, one.spans, one.warning, one.media
        counted = {VOTES: post.extra[VOTES]} if VOTES in post.extra else {}
        post.extra = {**counted, **one.extra}  # not every answer that tells of an edit counts votes
        post.url, post.language = one.url or post.url, one.language or post.language
        post.visibility, post.digest, post.edited_at = one.post.visibility.value, one.digest, one.edited_at
        self.received.edited += 1
        if post.ours:
            await self._our_words_changed(dossier, post, one)
            return
        data: dict[str, object] = {"post": post.id, "version": post.version, "before": before, "after": one.digest}
        await self._step(dossier, Step.CUSTOMER_EDITED, EventKind.CUSTOMER_EDITED, data, post)
        await self._show_again(post)

    async def _our_words_changed(self, dossier: Dossier, post: Post, one: Said) -> None:
        """Our reply reads differently. Where it is the one answer there and it was not us, somebody answered anew."""
        self.work.want(CardKind.CONVERSATION, dossier.conversation.id)
        if not post.the_answer:
            return
        await self.work.flush()
        texts = await known.unproven_texts(self.work.session, dossier.conversation.id)
        if any(same_words(text, one.words) for text in texts):
            return  # our own correction, heard before its receipt
        data: dict[str, object] = {"post": post.id, "digest": post.digest}
        last = max((customer.edited_at or customer.at for customer in dossier.customer_posts), default=None)
        answers_all = last is None or (one.edited_at or self.work.now) > last
        if answers_all or dossier.state in {State.DRAFTED, State.APPROVED}:
            await take(dossier, Step.ANSWERED_ELSEWHERE, EventKind.ANSWERED_ELSEWHERE, data=data)
        else:
            await self._write_down(dossier, EventKind.ANSWERED_ELSEWHERE, data)

    async def _earlier(self, post: Post) -> frozenset[str]:
        await self.work.flush()
        return await known.version_digests(self.work.session, post.id)

    async def _mark_hidden(self, post: Post, hidden: bool) -> None:
        post.hidden_at = self.work.now if hidden else None
        if hidden:
            self.received.hidden += 1
        else:
            self.received.back += 1
        kind = EventKind.POST_HIDDEN if hidden else EventKind.POST_BACK
        await self._write_down(self.dossiers[post.conversation_id], kind, {"post": post.id})

    async def _remove(self, post: Post) -> None:
        dossier = self.dossiers[post.conversation_id]
        now, keep = self.work.now, dossier.policy.keep_deleted
        post.gone_at = now
        if keep:
            post.erase_at = post.due_at = now + keep
            await unsay(self.work, post.conversation_id)
        else:
            await erase_post(self.work, post)
        self.received.removed += 1
        last = not post.ours and not dossier.customer_posts
        step, kind = (Step.POST_GONE, EventKind.POST_GONE) if last else (Step.POST_REMOVED, EventKind.POST_REMOVED)
        await take(dossier, step, kind, data={"post": post.id, "ours": post.ours} if post.ours else {"post": post.id})
        await self._show_again(post)

    async def _write_down(self, dossier: Dossier, kind: EventKind, data: dict[str, object]) -> None:
        """News that moves nothing."""
        await self.work.write_down(dossier.conversation, kind, data=data)
        dossier.conversation.version += 1
        self.work.want(CardKind.CONVERSATION, dossier.conversation.id)

    async def _show_again(self, post: Post) -> None:
        """Every message of ours that may show the post's words."""
        await self.work.flush()
        for kind, ref in await known.cards_about(self.work.session, post.conversation_id, post.id):
            self.work.want(kind, ref)


def newer(post: Post, one: Said) -> bool:
    """Whether `one` says something else than the stored post, and is not older than it."""
    if post.gone_at is not None or one.digest == post.digest:
        return False
    if post.ours and one.warning == post.warning and same_words(one.words, post.words):
        return False  # our reply, as the server shows it
    return post.edited_at is None or (one.edited_at is not None and one.edited_at >= post.edited_at)

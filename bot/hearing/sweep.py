"""Looking again: at posts that may have been edited or deleted, and for posts that the listener missed.

Posts are due rows: asked for again ever more rarely while their conversation lives, sooner while a draft waits.
What comes of it goes through `receive`, as everything that is heard. Words that were kept for a while after their
author deleted them are erased here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.contract import (
    AsHeard,
    Edited,
    Gone,
    Heard,
    Notices,
    Platform,
    PlatformError,
    Posted,
    PostRef,
    PublicPost,
    Removed,
    Throttled,
    Unavailable,
)
from bot.hearing import notices
from bot.hearing.changes import Surfaced
from bot.hearing.receive import Router, take_in
from bot.hearing.said import fit_ref, said
from models import intake, worklist
from models.conversation import Post
from models.erasing import erase_post
from models.lifecycle import State
from models.permits import Policy
from models.reading import heard as known
from models.reading.heard import Standing
from models.store import Store, Work
from models.telling import EventKind
from models.wakes import Topic

log = logging.getLogger("twoway.hearing")

#: When a post is asked for again, counted from when it was heard (DESIGN: the decaying re-check).
SCHEDULE = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
DAILY = timedelta(days=1)  # after the schedule, while the conversation is neither answered nor closed
AFTER_END = timedelta(days=1)  # and so long after its end
WHILE_DRAFTED = timedelta(minutes=2)  # somebody is about to approve an answer to what it says now
FETCH = 40  # posts in one question; platforms split further where they must
FETCH_LIMIT = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(hours=1)

GAPS_EVERY = timedelta(minutes=10)
GAPS_LOOK_BACK = timedelta(days=1)
GAPS_THREADS = 20  # in one round: about one call every half minute
GAPS_SETTLED = timedelta(minutes=2)  # younger posts are the listener's
THREAD_LIMIT = timedelta(seconds=15)

FORGET_REMOVALS = timedelta(days=30)
IDLE = timedelta(seconds=20)  # between two rounds when nothing is due

Answered = PublicPost | Gone | Unavailable | AsHeard  # what `Platform.fetch` says of a post


class Sweeper:
    """One a process, for all accounts whose platforms it is given. Any number of machines may sweep."""

    def __init__(
        self,
        store: Store,
        platforms: Mapping[str, Platform],
        *,
        policies: Mapping[int, Policy],
        surfaced: Surfaced | None = None,
        router: Router | None = None,
    ) -> None:
        self._store = store
        self._platforms = platforms
        self._policies = policies
        self._surfaced = surfaced
        self._router = router
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ends `run` after the question that is being asked."""
        self._stopping.set()
        self._store.wakes.rouse([Topic.HEAR])

    async def run(self) -> None:
        """Until stopped: everything that is due, then a pause. A failure is logged and tried again."""
        with self._store.wakes.listening(Topic.HEAR) as roused:
            while not self._stopping.is_set():
                try:
                    worked = await self.once()
                except Exception:
                    log.exception("a sweep failed")
                    worked = 0
                if not worked and not self._stopping.is_set():
                    await roused.wait(IDLE.total_seconds())

    async def once(self) -> int:
        """One round over all accounts; how many posts were looked at."""
        looked = 0
        for name, platform in self._platforms.items():
            async with self._store.reading() as session:
                account = await known.account_named(session, name)
            if account is None:
                continue
            looked += await self._look_again(account.id, platform)
            if account.swept_at is None or account.swept_at <= self._store.clock() - GAPS_EVERY:
                await self._find_gaps(account.id, platform)
        return looked

    async def _look_again(self, account_id: int, platform: Platform) -> int:
        async with self._store.work() as work:
            await intake.lock_account(work, account_id)
            if platform.can.cost is None:
                await intake.look_sooner(work, account_id, work.now + WHILE_DRAFTED)
            due = await worklist.take(work, Post, Post.account_id == account_id, limit=FETCH)
            for post in due:
                if post.gone_at is not None:
                    await self._erase(work, post)
            standing = {PostRef(post.ref): post for post in due if post.gone_at is None}
            fences = {post.id: post.fence for post in standing.values()}
            asked = work.now
        if not standing:
            return len(due)
        async with worklist.kept(self._store, Post, fences):
            return len(due) if await self._ask(account_id, platform, standing, fences, asked) else 0

    async def _ask(
        self,
        account_id: int,
        platform: Platform,
        standing: Mapping[PostRef, Post],
        fences: Mapping[int, int],
        asked: datetime,
    ) -> bool:
        """What they say now, taken in. False: the platform did not answer; each is asked for later."""
        refs = list(standing)
        try:
            async with asyncio.timeout(FETCH_LIMIT.total_seconds()):
                found = await platform.fetch(refs)
        except (PlatformError, TimeoutError) as error:
            log.warning("posts could not be asked for", extra={"account": account_id, "error": type(error).__name__})
            await self._put_off(account_id, fences, error)
            return False
        if not platform.can.dates_edits:
            found = {ref: dated(standing[ref], now, asked) for ref, now in found.items() if ref in standing}
        heard = [as_heard(ref, now) for ref in refs if not isinstance(now := found.get(ref), AsHeard | None)]
        await take_in(
            self._store,
            account_id,
            heard,
            cursor=None,
            policies=self._policies,
            surfaced=self._surfaced,
            router=self._router,
        )
        await self._schedule(account_id, fences, platform)
        return True

    async def _erase(self, work: Work, post: Post) -> None:
        conversation = await intake.lock_conversation(work, post.conversation_id)
        await erase_post(work, post)
        worklist.finish(post)
        await work.write_down(conversation, EventKind.ERASED, data={"post": post.id})
        conversation.version += 1

    async def _schedule(self, account_id: int, fences: Mapping[int, int], platform: Platform) -> None:
        async with self._store.work() as work:
            await intake.lock_account(work, account_id)
            posts = await intake.still_ours(work, fences)
            standings = await known.standings(work.session, {post.conversation_id for post in posts})
            for post in posts:
                if post.gone_at is not None:  # found deleted just now: due when its words are to be erased
                    worklist.finish(post, due_at=post.erase_at)
                    continue
                worklist.finish(
                    post, due_at=next_look(post.heard_at, work.now, standings[post.conversation_id], platform)
                )
                post.tries = 0

    async def _put_off(self, account_id: int, fences: Mapping[int, int], error: Exception) -> None:
        """Not asked: again after a pause that grows with every failure."""
        async with self._store.work() as work:
            await intake.lock_account(work, account_id)
            for post in await intake.still_ours(work, fences):
                pause = min(timedelta(minutes=1) * 2 ** min(post.tries - 1, 6), LONGEST_PAUSE)
                at = work.now + pause
                worklist.finish(post, due_at=max(at, error.until) if isinstance(error, Throttled) else at)

    async def _find_gaps(self, account_id: int, platform: Platform) -> None:
        """Threads in which somebody spoke lately: what stands there and not here was missed. Told when there is any."""
        async with self._store.work() as work:
            account = await intake.lock_account(work, account_id)
            now = work.now
            if account.swept_at is not None and account.swept_at > now - GAPS_EVERY:
                return  # another machine was faster
            account.swept_at = now
            await intake.forget_removals(work, now - FORGET_REMOVALS)
            lively = await known.lively(work.session, account_id, now - GAPS_LOOK_BACK, GAPS_THREADS)
        if not platform.can.threads:
            return
        posts = 0
        for number, ref in lively.items():
            if self._stopping.is_set():
                return
            try:
                async with asyncio.timeout(THREAD_LIMIT.total_seconds()):
                    thread = await platform.thread(PostRef(ref))
            except (PlatformError, TimeoutError) as error:
                log.warning("a thread could not be read", extra={"conversation": number, "error": type(error).__name__})
                continue
            if missed := await self._missed(account_id, number, thread, now - GAPS_SETTLED):
                received = await take_in(
                    self._store,
                    account_id,
                    [Posted(post) for post in missed],
                    cursor=None,
                    policies=self._policies,
                    surfaced=self._surfaced,
                    router=self._router,
                )
                posts += received.posts
        if posts:
            log.warning("posts had been missed", extra={"account": account_id, "posts": posts})
            await notices.recovered(self._store, account_id, posts)

    async def _missed(
        self, account_id: int, number: int, thread: Sequence[PublicPost], before: datetime
    ) -> list[PublicPost]:
        """Of a thread: what people of this conversation said, or anybody said to us. Not all that others talk."""
        async with self._store.reading() as session:
            stored = await known.known_refs(session, account_id, [fit_ref(post.ref.id) for post in thread])
            stored |= await known.removed_refs(session, account_id, [fit_ref(post.ref.id) for post in thread])
            people, own = await known.voices(session, number)
        return [
            post
            for post in thread
            if fit_ref(post.ref.id) not in stored
            and post.at <= before
            and (
                post.ours
                or fit_ref(post.author.ref) in people
                or (post.parent is not None and fit_ref(post.parent.id) in own)
            )
        ]


def dated(stored: Post, now: Answered, asked: datetime) -> Answered:
    """What stands there, of a platform that does not say since when: where it is not what is stored, since now.

    Without a date it would count as older than an edit that was seen, and never be shown.
    """
    if not isinstance(now, PublicPost) or now.edited_at is not None or stored.edited_at is None:
        return now
    if said(now, now=asked).digest == stored.digest:
        return now
    return replace(now, edited_at=max(asked, stored.edited_at))


def as_heard(ref: PostRef, now: PublicPost | Gone | Unavailable) -> Heard:
    """What a second look says, as it would have been heard."""
    match now:
        case Gone():
            return Removed(ref)
        case Unavailable():
            return now
        case _:
            return Edited(now)


def next_look(heard_at: datetime, now: datetime, standing: Standing, platform: Platform) -> datetime | None:
    """When a post is asked for again; None: never, its conversation is over."""
    can = platform.can
    if standing.ended_at is not None and now >= standing.ended_at + AFTER_END:
        return None
    steps = can.recheck or SCHEDULE
    if not can.recheck and can.sees_edits is Notices.PUSH and can.sees_deletions is Notices.PUSH:
        steps = SCHEDULE[-1:]
    later = next((heard_at + step for step in steps if heard_at + step > now), now + DAILY)
    drafted = standing.state in {State.DRAFTED.value, State.APPROVED.value, State.UNSURE.value}
    return min(later, now + WHILE_DRAFTED) if drafted and can.cost is None else later

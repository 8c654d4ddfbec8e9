"""Cards wanted become cards shown: one sender a channel, most urgent first, any number of changes in one update.

A crash leaves a difference between wanted and shown, which the next look closes. What a card says is not decided
here (`pictures`), nor how it looks (`slack/render`).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.channels import ChannelRules, Channels
from bot.chat.contract import (
    Card,
    ChatClosed,
    ChatError,
    ChatRefused,
    ChatThrottled,
    ChatUnreachable,
    MessageGone,
    MessageRef,
    Place,
    Surface,
)
from bot.chat.easel import Easel
from bot.chat.pacing import Bucket
from bot.chat.pictures import Pictures
from bot.trail import following
from models.chat import Card as CardRow
from models.chat import CardKind
from models.places import Channel
from models.showing import belongs, forget, forget_root, show_the_way, take_next, thread_of, when_next
from models.store import LEASE, Store
from models.wakes import Topic
from models.worklist import finish, hold, still_mine

log = logging.getLogger("twoway.board")

#: A surface takes short bursts in a channel before it asks us to wait (docs.slack.dev: rate limits, 2026-11).
POST_BURST = 4
UPDATE_BURST = 20

#: A card that was refused for its own sake after so many failures in a row (about half an hour) is given up, and the
#: log says so loudly. Never for the surface's sake: a channel that we are not in, an outage, a dead token end one day.
TRIES = 40

#: How long nothing is posted in a channel where nothing can be shown; also how soon its healing is noticed.
CLOSED = timedelta(seconds=10)

#: So often writing down that a card was posted is tried.
STORE_TRIES = 4


@dataclass(frozen=True, slots=True)
class _Task:
    """A card that is ours to show: the row as it was taken."""

    row: int
    fence: int
    kind: CardKind
    ref: int
    conversation: int | None
    wanted: int
    tries: int
    chat: str | None
    ts: str | None
    thread: str | None
    picture: str


class Board:
    """Every channel of one surface."""

    def __init__(
        self, store: Store, surface: Surface, channels: Channels, pictures: Pictures, easel: Easel | None = None
    ) -> None:
        self._store = store
        self._easel = easel or Easel(takes_files=surface.can.takes_files)
        self._surface = surface
        self._channels = channels
        self._pictures = pictures
        can = surface.can
        self._updates = Bucket(60 / can.updates_per_minute, UPDATE_BURST, store.clock)
        self._posts: dict[int, Bucket] = {
            rules.id: Bucket(can.post_every, POST_BURST, store.clock)
            for rules in channels.all()
            if rules.surface == surface.name
        }
        self.problems: dict[str, str] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then what was begun is finished."""
        async with asyncio.TaskGroup() as tasks:
            for channel in self._posts:
                rules = self._channels.of(channel)
                if rules is not None:
                    tasks.create_task(self._channel(rules, stop), name=f"board-{rules.name}")

    async def _channel(self, rules: ChannelRules, stop: asyncio.Event) -> None:
        mine_until: datetime | None = None
        with self._store.wakes.listening(Topic.SHOW) as roused:
            while not stop.is_set():
                try:
                    if mine_until is None or self._store.clock() > mine_until - LEASE / 2:
                        mine_until = await self._lease(rules)
                    if mine_until is None:
                        await roused.wait(1.0)
                        continue
                    pause = await self._next(rules)
                except Exception as error:
                    log.exception("board stumbled", extra={"channel": rules.name, "error": type(error).__name__})
                    pause = 1.0
                if pause > 0:
                    await roused.wait(min(pause, LEASE.total_seconds() / 4))
        if mine_until is not None:
            await self._give_back(rules)

    async def _lease(self, rules: ChannelRules) -> datetime | None:
        async with self._store.work() as work:
            channel = await hold(work, Channel, rules.id)
            return channel.lease_until if channel is not None else None

    async def _give_back(self, rules: ChannelRules) -> None:
        """Somebody else need not wait for the end of our lease."""
        try:
            async with self._store.work() as work:
                # Not `hold`: that passes over a row which somebody else is just looking at.
                channel = await work.session.get(Channel, rules.id, with_for_update=True)
                if channel is not None and channel.lease_owner == self._store.owner:
                    finish(channel)
                    work.wake(Topic.SHOW)
        except Exception as error:
            log.warning("channel not given back", extra={"channel": rules.name, "error": type(error).__name__})

    async def _next(self, rules: ChannelRules) -> float:
        """Show one card; seconds to wait before the next look."""
        bucket = self._posts[rules.id]
        post_in, update_in = bucket.wait(), self._updates.wait()
        if post_in and update_in:
            return min(post_in, update_in)
        new = None if not post_in and not update_in else not post_in
        # A look first: it keeps no writer waiting, and most wakes come a moment before the card is due.
        soon = await when_next(self._store, rules.id, new=new)
        if soon > 0:
            return soon if new is None else min(soon, max(post_in, update_in))
        async with self._store.work() as work:
            row = await take_next(work, rules.id, new=new)
            task = None if row is None else _task(row)
        if task is None:
            return 0.05  # somebody else took it, or nobody may judge them dead yet
        with following("show", conversation=task.conversation, channel=rules.name, card=task.row):
            try:
                await self._show(task, rules)
            except Exception as error:
                # A mistake of ours about this card (or the database is away: then this fails as well).
                log.exception("card stumbled")
                await self._later(task, type(error).__name__, its_own_fault=True)
        return 0.0

    async def _show(self, task: _Task, rules: ChannelRules) -> None:
        missing: tuple[str, ...] = ()
        async with self._store.reading() as session:
            card = await self._pictures.of(session, task.kind, task.ref, rules)
            thread = task.thread
            if thread is None and task.conversation is not None and task.kind not in _TOP_LEVEL:
                thread = await thread_of(session, task.conversation, rules.id)
            if task.ts is None and task.conversation is not None:
                here = await belongs(
                    session, kind=task.kind, ref=task.ref, conversation=task.conversation, channel=rules.id
                )
                card = card if here else None
            if card is not None:
                now = self._store.clock()
                card, missing = await self._easel.with_pictures(
                    session, card, kind=task.kind.value, ref=task.ref, now=now
                )
        if card is None:
            await self._store_shown(task, rules, None, task.picture)
            return
        picture = hashlib.sha256(repr(card).encode()).hexdigest()
        await self._easel.ask(self._store, missing, kind=task.kind.value, ref=task.ref)
        if task.ts is not None and picture == task.picture:
            await self._store_shown(task, rules, None, picture)
            return
        bucket = self._updates if task.ts is not None else self._posts[rules.id]
        bucket.spend()
        try:
            message = await self._call(task, rules, card, thread)
        except ChatThrottled as error:
            bucket.pause(error.until)
            await self._again(task, error.until)
        except ChatClosed as error:
            if task.ts is None:
                # One try tells for all that wait.
                self._say(rules, error.remedy or error.code, error.code)
                bucket.pause(self._store.clock() + CLOSED)
                await self._again(task, self._store.clock() + CLOSED)
            else:
                log.warning("card not shown", extra={"channel": rules.name, "card": task.row, "code": error.code})
                await self._later(task, error.code, its_own_fault=False)
        except ChatRefused as error:
            if isinstance(error, MessageGone) and (task.ts is not None or thread is not None):
                await self._forget(task, rules)
                return
            log.error("card refused", extra={"channel": rules.name, "card": task.row, "code": error.code})
            await self._later(task, error.code, its_own_fault=True)
        except ChatError as error:
            log.warning("card not shown", extra={"channel": rules.name, "card": task.row, "code": error.code})
            until = error.until if isinstance(error, ChatUnreachable) else None
            await self._later(task, error.code, its_own_fault=False, until=until)
        else:
            if task.ts is None and self.problems.pop(rules.name, None) is not None:
                log.info("channel shows cards again", extra={"channel": rules.name})
            await self._store_shown(task, rules, message, picture)

    def _say(self, rules: ChannelRules, problem: str, code: str) -> None:
        """A channel's trouble is said once, with its remedy, however many cards wait for its end."""
        if self.problems.get(rules.name) != problem:
            log.error("channel shows no cards", extra={"channel": rules.name, "code": code, "remedy": problem})
        self.problems[rules.name] = problem

    async def _call(self, task: _Task, rules: ChannelRules, card: Card, thread: str | None) -> MessageRef:
        place = await self._surface.place(rules.chat)
        if task.ts is None:
            return await self._surface.post(place, card, thread=thread)
        message = MessageRef(Place(place.surface, place.team, task.chat or rules.chat), task.ts, thread)
        await self._surface.update(message, card)
        return message

    async def _store_shown(self, task: _Task, rules: ChannelRules, message: MessageRef | None, picture: str) -> None:
        """Tried several times: what stands in the channel and in no row is posted again."""
        for nth in range(1, STORE_TRIES + 1):
            try:
                second = await self._write_shown(task, message, picture)
                break
            except Exception as error:
                if message is None or nth == STORE_TRIES:
                    raise
                log.warning("card not stored", extra={"card": task.row, "error": type(error).__name__})
                await asyncio.sleep(0.2 * 2**nth)
        if message is None:
            return
        if second:
            await self._take_away(task, message)
        elif task.ts is None and task.kind in _LINKED:
            await self._store_link(task, message)

    async def _write_shown(self, task: _Task, message: MessageRef | None, picture: str) -> bool:
        """Whether the message is a second one: we froze, and somebody else posted the card too. Theirs counts."""
        second = False
        async with self._store.work() as work:
            row = await work.session.get(CardRow, task.row, with_for_update=True)
            if row is None:
                return False
            mine = row.fence == task.fence
            if message is not None and row.ts is None:
                row.chat_id, row.ts, row.thread = message.place.channel, message.id, message.thread
            elif message is not None and row.ts != message.id:
                second = True
            row.shown = max(row.shown, task.wanted)
            # Who was overtaken cannot tell what is shown now: the next change is sent, whatever it looks like.
            row.picture = picture if mine else ""
            if mine:
                row.tries = 0
                finish(row, due_at=work.now if row.wanted > row.shown else None)
            if task.ts is None:
                # Whatever waited for this message to stand can be shown now.
                work.wake(Topic.SHOW)
        return second

    async def _take_away(self, task: _Task, message: MessageRef) -> None:
        """Signs count on the other one."""
        try:
            await self._surface.delete(message)
        except ChatError as error:
            log.warning("second message stays", extra={"card": task.row, "code": error.code})
        else:
            log.warning("second message deleted", extra={"card": task.row})

    async def _store_link(self, task: _Task, message: MessageRef) -> None:
        """Cards that others point to; a card without its link is shown all the same."""
        try:
            link = await self._surface.link(message)
        except ChatError as error:
            log.warning("no link", extra={"card": task.row, "code": error.code})
            return
        async with self._store.work() as work:
            row = await work.session.get(CardRow, task.row)
            if row is not None:
                row.link = link
            if task.kind is CardKind.CONVERSATION:
                await show_the_way(work, task.ref)

    async def _again(self, task: _Task, until: datetime) -> None:
        """Nothing failed for the card's sake: it comes again, as if it had not been tried."""
        async with self._store.work() as work:
            row = await still_mine(work, CardRow, task.row, task.fence)
            if row is not None:
                finish(row, due_at=until)
                row.tries = task.tries - 1

    async def _later(self, task: _Task, code: str, *, its_own_fault: bool, until: datetime | None = None) -> None:
        """Again at `until`, else after a while that doubles; given up after many, if only the card is at fault."""
        async with self._store.work() as work:
            row = await still_mine(work, CardRow, task.row, task.fence)
            if row is None:
                return
            if its_own_fault and task.tries >= TRIES:
                row.given_up = code
                log.error("card given up", extra={"card": task.row, "code": code})
                finish(row)
                # What waited for it need not any longer.
                work.wake(Topic.SHOW)
                return
            finish(row, due_at=until or work.now + timedelta(seconds=min(2.0 ** min(task.tries, 6), 60)))

    async def _forget(self, task: _Task, rules: ChannelRules) -> None:
        """Somebody deleted our message, or the thread that it was to stand in: that is posted anew. An open draft
        stays in the old thread while it can: its signs stand there, and the new card links to it."""
        async with self._store.work() as work:
            row = await still_mine(work, CardRow, task.row, task.fence)
            if row is None:
                return
            finish(row, due_at=work.now)
            forget(row)
            if task.ts is None and task.conversation is not None:
                await forget_root(work, task.conversation, rules.id)
            work.wake(Topic.SHOW)


_TOP_LEVEL = frozenset(
    {
        CardKind.CONVERSATION,
        CardKind.CHANNEL_NOTICE,
        CardKind.SUMMARY,
        CardKind.STORM,
        CardKind.STORM_ANSWER,
        CardKind.STORM_DIGEST,
    }
)
_LINKED = frozenset({CardKind.CONVERSATION, CardKind.DRAFT})


def _task(row: CardRow) -> _Task:
    return _Task(
        row=row.id,
        fence=row.fence,
        kind=CardKind(row.kind),
        ref=row.ref,
        conversation=row.conversation_id,
        wanted=row.wanted,
        tries=row.tries,
        chat=row.chat_id,
        ts=row.ts,
        thread=row.thread,
        picture=row.picture,
    )

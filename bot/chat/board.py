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
    ChatError,
    ChatRefused,
    ChatThrottled,
    MessageGone,
    MessageRef,
    Place,
    Surface,
)
from bot.chat.pacing import Bucket
from bot.chat.pictures import Pictures
from models.chat import Card as CardRow
from models.chat import CardKind
from models.places import Channel
from models.showing import take_next, thread_of, when_next
from models.store import LEASE, Store
from models.wakes import Topic
from models.worklist import finish, hold

log = logging.getLogger("twoway.board")

#: A surface takes short bursts in a channel before it asks us to wait (docs.slack.dev: rate limits, 2026-11).
POST_BURST = 4
UPDATE_BURST = 20

#: After so many failures in a row a card is given up and the log says so loudly; about half an hour.
TRIES = 40

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

    def __init__(self, store: Store, surface: Surface, channels: Channels, pictures: Pictures) -> None:
        self._store = store
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

    async def _lease(self, rules: ChannelRules) -> datetime | None:
        async with self._store.work() as work:
            channel = await hold(work, Channel, rules.id)
            return channel.lease_until if channel is not None else None

    async def _next(self, rules: ChannelRules) -> float:
        """Show one card; seconds to wait before the next look."""
        bucket = self._posts[rules.id]
        post_in, update_in = bucket.wait(), self._updates.wait()
        if post_in and update_in:
            return min(post_in, update_in)
        new = None if not post_in and not update_in else not post_in
        async with self._store.work() as work:
            row = await take_next(work, rules.id, new=new)
            task = None if row is None else _task(row)
        if task is None:
            soon = await when_next(self._store, rules.id)
            return min(soon, max(post_in, update_in)) if new is not None else soon
        await self._show(task, rules)
        return 0.0

    async def _show(self, task: _Task, rules: ChannelRules) -> None:
        async with self._store.reading() as session:
            card = await self._pictures.of(session, task.kind, task.ref, rules)
            thread = task.thread
            if thread is None and task.conversation is not None and task.kind not in _TOP_LEVEL:
                thread = await thread_of(session, task.conversation)
        if card is None:
            await self._store_shown(task, rules, None, task.picture)
            return
        picture = hashlib.sha256(repr(card).encode()).hexdigest()
        if task.ts is not None and picture == task.picture:
            await self._store_shown(task, rules, None, picture)
            return
        bucket = self._updates if task.ts is not None else self._posts[rules.id]
        bucket.spend()
        try:
            message = await self._call(task, rules, card, thread)
        except ChatThrottled as error:
            bucket.pause(error.until)
            await self._later(task, error.until, "throttled")
        except MessageGone:
            await self._forget(task)
        except ChatRefused as error:
            self.problems[rules.name] = error.remedy or error.code
            log.error("card refused", extra={"channel": rules.name, "card": task.row, "code": error.code})
            await self._later(task, None, error.code)
        except ChatError as error:
            log.warning("card not shown", extra={"channel": rules.name, "card": task.row, "code": error.code})
            await self._later(task, None, error.code)
        else:
            self.problems.pop(rules.name, None)
            await self._store_shown(task, rules, message, picture)

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
                left_over = await self._write_shown(task, message, picture)
                break
            except Exception as error:
                if message is None or nth == STORE_TRIES:
                    raise
                log.warning("card not stored", extra={"card": task.row, "error": type(error).__name__})
                await asyncio.sleep(0.2 * 2**nth)
        if message is None or task.ts is not None:
            return
        if left_over:
            await self._take_away(task, message)
        elif task.kind in _LINKED:
            await self._store_link(task, message)

    async def _write_shown(self, task: _Task, message: MessageRef | None, picture: str) -> bool:
        """Whether the message is left over: we froze, and somebody else posted the card meanwhile. Theirs counts."""
        async with self._store.work() as work:
            row = await work.session.get(CardRow, task.row, with_for_update=True)
            if row is None:
                return False
            if message is not None and task.ts is None and row.ts is not None and row.ts != message.id:
                return True
            if message is not None and row.ts is None:
                row.chat_id, row.ts, row.thread = message.place.channel, message.id, message.thread
            row.shown = max(row.shown, task.wanted)
            row.picture = picture
            if row.fence == task.fence:
                row.tries = 0
                finish(row, due_at=work.now if row.wanted > row.shown else None)
            if task.ts is None:
                # Whatever waited for this message to stand can be shown now.
                work.wake(Topic.SHOW)
            return False

    async def _take_away(self, task: _Task, message: MessageRef) -> None:
        try:
            await self._surface.delete(message)
        except ChatError as error:
            log.warning("left-over message stays", extra={"card": task.row, "code": error.code})
        else:
            log.warning("left-over message deleted", extra={"card": task.row})

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

    async def _later(self, task: _Task, until: datetime | None, code: str) -> None:
        async with self._store.work() as work:
            row = await work.session.get(CardRow, task.row, with_for_update=True)
            if row is None or row.fence != task.fence:
                return
            if task.tries >= TRIES and until is None:
                row.given_up = code
                log.error("card given up", extra={"card": task.row, "code": code})
                finish(row)
                return
            tries = row.tries
            finish(row, due_at=until or work.now + timedelta(seconds=min(2.0 ** min(task.tries, 6), 60)))
            row.tries = tries

    async def _forget(self, task: _Task) -> None:
        """Somebody deleted our message: it is posted anew."""
        async with self._store.work() as work:
            row = await work.session.get(CardRow, task.row, with_for_update=True)
            if row is not None:
                row.ts = row.chat_id = row.link = None
                row.picture = ""
                finish(row, due_at=work.now)


_TOP_LEVEL = frozenset({CardKind.CONVERSATION, CardKind.CHANNEL_NOTICE})
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



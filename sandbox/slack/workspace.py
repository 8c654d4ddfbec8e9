"""The state of a Slack workspace, and a bell that rings on every change.

Leaves to others: who may call what (web_api), how the app hears of it (delivery), what people do (people).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sandbox.slack.things import BOT_ID, BOT_USER, OTHER_TEAM, Channel, Ephemeral, Message, Person, View

T = TypeVar("T")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Change:
    """One ring of the bell: what changed (message, ephemeral, view, home, reaction, call …) and where."""

    changed: str
    channel: str | None = None
    ts: str | None = None
    user: str | None = None


class Workspace:
    """The state, without opinions. Everything that alters it calls `changed`."""

    def __init__(self, clock: Callable[[], datetime] = now) -> None:
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self._threads: dict[tuple[str, str], list[Message]] = {}  # what stood under a message, by channel and ts
        self.ephemerals: list[Ephemeral] = []
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.groups: dict[str, list[str]] = {"S0LEADS": ["U0ANA", "U0DAN"]}
        self.emoji: dict[str, str] = {
            "acme": "https://emoji.example/acme.png",
            "yes": "alias:white_check_mark",
        }
        self.listeners: list[Callable[[Change], None]] = []
        self._waiting: set[asyncio.Future[None]] = set()
        self._last_ts = 0
        self._furnish()

    def _furnish(self) -> None:
        full = [("ANA", "Ana Lindt"), ("BEA", "Bea Roth"), ("CYD", "Cyd Moreau"), ("DAN", "Dan Okoye")]
        people = [Person(f"U0{key}", real.split()[0].lower(), real) for key, real in full]
        people[3].tz, people[3].tz_offset = "America/New_York", -18000
        people += [
            Person("U0GIL", "gil", "Gil Guest", is_restricted=True),
            Person("U0OLLI", "olli", "Olli Outside", team_id=OTHER_TEAM),
            Person("U0NEL", "nel", "Nel Gone", deleted=True),
            Person("U0BOB", "bob", "Bob", is_bot=True, bot_id="B0BOB"),
            Person(BOT_USER, "twoway", "Twoway", is_bot=True, bot_id=BOT_ID),
        ]
        self.people = {person.id: person for person in people}
        everyone = [p.id for p in people if not p.deleted]
        members = ["U0ANA", "U0BEA", "U0CYD", "U0DAN"]
        for channel in (
            Channel("C0CARE", "care", everyone, is_ext_shared=True),
            Channel("C0VIP", "vip", [*members, BOT_USER]),
            Channel("C0NOTIN", "random", list(members)),
        ):
            self.channels[channel.id] = channel

    # --- time and names ---

    def stamp(self) -> float:
        return self.clock().timestamp()

    def new_ts(self) -> str:
        """A message's ts: unix seconds with six digits, never twice."""
        self._last_ts = max(self._last_ts + 1, int(self.stamp() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    @staticmethod
    def new_id(letter: str) -> str:
        return letter + secrets.token_hex(5).upper()

    def new_hash(self) -> str:
        return f"{int(self.stamp())}.{secrets.token_hex(4)}"

    # --- the bell ---

    def changed(self, what: str, *, channel: str | None = None, ts: str | None = None, user: str | None = None) -> None:
        change = Change(what, channel, ts, user)
        for listener in list(self.listeners):
            listener(change)
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 30) -> T:
        """The first true answer of `predicate`, asked now and after every change. TimeoutError otherwise."""
        async with asyncio.timeout(timeout):
            while not (answer := predicate()):
                waiter = asyncio.get_running_loop().create_future()
                self._waiting.add(waiter)
                try:
                    await waiter
                finally:
                    self._waiting.discard(waiter)
        return answer

    # --- lookups ---

    def message(self, channel: str, ts: str) -> Message | None:
        return self.messages.get(channel, {}).get(ts)

    def in_channel(self, channel: str) -> Iterator[Message]:
        return iter(self.messages.get(channel, {}).values())

    def replies(self, root: Message) -> list[Message]:
        return [m for m in self._threads.get((root.channel, root.ts), ()) if not m.deleted]

    def thread_exists(self, channel: str, thread_ts: str) -> bool:
        root = self.message(channel, thread_ts)
        return root is not None and not root.is_reply and (not root.deleted or bool(self.replies(root)))

    def add_message(self, message: Message) -> Message:
        if message.thread_ts and (root := self.message(message.channel, message.thread_ts)):
            root.thread_ts = root.ts
        self.messages.setdefault(message.channel, {})[message.ts] = message
        if message.thread_ts and message.is_reply:
            self._threads.setdefault((message.channel, message.thread_ts), []).append(message)
        self.changed("message", channel=message.channel, ts=message.ts)
        return message

    def remove_message(self, message: Message) -> None:
        """A parent with replies leaves a tombstone; anything else is gone."""
        message.deleted, message.text, message.blocks, message.metadata = True, "", [], None
        message.reactions.clear()
        if not self.replies(message):
            del self.messages[message.channel][message.ts]
        self.changed("message", channel=message.channel, ts=message.ts)

    def im(self, user: str) -> Channel:
        """The direct channel between our bot and a person, made when first needed."""
        for channel in self.channels.values():
            if channel.im_with == user:
                return channel
        channel = Channel("D0" + user[2:], "", [user, BOT_USER], im_with=user)
        self.channels[channel.id] = channel
        return channel

    def view(self, view_id: str) -> View | None:
        for stack in self.stacks.values():
            for view in stack:
                if view.id == view_id:
                    return view
        return next((home for home in self.homes.values() if home.id == view_id), None)

"""A small town for stories: a public square, a team in Slack, and the bot between them, all on loopback.

The stand-ins and the bot's own composition root run in the test's event loop and speak HTTP; nothing is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import psycopg
from sqlalchemy import select

from bot.app import App
from bot.ops.catalogue import catalogue
from bot.settings import load
from models.chat import Card
from models.conversation import Post
from models.wakes import Topic
from sandbox.ports import free_port
from sandbox.slack import SlackStandIn
from sandbox.slack.things import Person
from sandbox.square import SquareStandIn

ANA, BEA, CYD, DAN = "U0ANA", "U0BEA", "U0CYD", "U0DAN"
GUEST, OUTSIDER, GONE, ROBOT = "U0GIL", "U0OLLI", "U0NEL", "U0BOB"
CARE = "C0CARE"
YES, NO = "white_check_mark", "x"

#: Nothing on loopback takes so long unless it is broken, also on a machine that does much else.
LIMIT = 60.0

T = TypeVar("T")


class Picture(NamedTuple):
    """What it says to who cannot see it, and its bytes."""

    alt: str
    body: bytes


def image_in(shown: object) -> dict[str, Any] | None:
    """The first image among these blocks or cards."""
    if isinstance(shown, dict):
        return shown if shown.get("type") in {"image", "Image"} else image_in(list(shown.values()))
    found = map(image_in, shown) if isinstance(shown, list) else iter(())
    return next((one for one in found if one is not None), None)


class Town:
    """What a story needs to say."""

    def __init__(self, folder: Path, square: SquareStandIn, slack: SlackStandIn, database: str, mode: str) -> None:
        self.folder = folder
        self.square = square
        self.slack = slack
        self.database = database
        self.mode = mode
        self.port = free_port()
        self.app: App | None = None
        self._task: asyncio.Task[int] | None = None
        self._stop = asyncio.Event()
        self.post_every = "10ms"  # the stand-in sets no pace unless a story asks for it
        self.more_settings = ""  # tables of their own
        self.channel_settings: dict[str, str] = {"hold": '"0s"'}
        self.account_settings: dict[str, str] = {
            "call_limit": '"2s"',
            "late_bound": '"1s"',
            "listing_lag": '"500ms"',
            "poll": '"1s"',
        }

    # ------------------------------------------------------------------------------------------------ the bot

    def toml(self, port: int) -> str:
        """The settings of a bot that listens at `port`, as an operator would write them."""
        channel = "\n".join(f"{key} = {value}" for key, value in self.channel_settings.items())
        account = "\n".join(f"{key} = {value}" for key, value in self.account_settings.items())
        return f"""
[service]
database = "{self.database}"
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"

[reader]
use = "{self.reader}"

{self.team_toml()}
[[accounts]]
name = "acme"
platform = "mastodon"
server = "{self.square.base_url}"
{account}

[[channels]]
name = "care"
chat = "{self.chat}"
accounts = ["acme"]
timezone = "Europe/Berlin"
{channel}

{self.more_settings}
"""

    chat = f"slack:{CARE}"
    reader = "off"  # stories about what posts are turn it on
    room = CARE  # the channel that is looked at and acted in
    #: What is said where a yes was taken away while nobody heard.
    unheard = "Bea took it back in time. Nothing went out."
    #: What the draft says where Cyd objected while nobody heard.
    unheard_no = "❌ Cyd objects."

    def spelled(self, words: str) -> str:
        """Our words with commands as people give them here."""
        return words

    def team_toml(self) -> str:
        """Where the team works."""
        return f"""[slack]
mode = "{self.mode}"
api_url = "{self.slack.api_url}"
post_every = "{self.post_every}"
"""

    def team_secrets(self) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_APP_TOKEN": self.slack.app_token,
        }

    @property
    def environment(self) -> dict[str, str]:
        return self.team_secrets() | {
            "TWOWAY_ACME_TOKEN": self.square.token,
            "TWOWAY_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        }

    def write_settings(self) -> Path:
        path = self.folder / "twoway.toml"
        path.write_text(self.toml(self.port), encoding="utf-8")
        return path

    async def start(self) -> None:
        """Start the bot and wait until it hears and shows."""
        settings = load(self.write_settings(), self.environment, catalogue=catalogue())
        self._stop = asyncio.Event()
        self.app = App(settings)
        self._task = asyncio.create_task(self.app.run(self._stop), name="bot")
        await self.hears()
        if self.account_settings.get("streaming") != "false":
            await self._unless_dead(self.square.wait_for(lambda square: bool(square.streams()), timeout=LIMIT))

    async def hears(self) -> None:
        """Until the chat reaches the bot."""
        if self.mode == "socket":
            await self._unless_dead(self.slack.socket_connected(timeout=LIMIT))
        else:
            await self._unless_dead(listening(self.port))
            await self.slack.set_request_url(f"http://127.0.0.1:{self.port}/slack/events")

    async def stop(self) -> None:
        """As an operator would: it ends what it began."""
        if self._task is None or self.app is None:
            return
        self._stop.set()
        try:
            await self._task
        finally:
            await self.app.close()
            self._task = self.app = None

    async def _unless_dead(self, wanted: object) -> None:
        assert self._task is not None
        waiting = asyncio.ensure_future(wanted)  # type: ignore[call-overload]
        await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            waiting.cancel()
            self._task.result()
            raise AssertionError("the bot ended")
        await waiting

    # ------------------------------------------------------------------------------------------------ looking

    async def until(self, look: Callable[[], T], *, limit: float = LIMIT) -> T:
        """Until `look` gives something true; what it gave."""
        try:
            return await self.slack.wait_for(look, timeout=limit)
        except TimeoutError:
            raise AssertionError(f"never seen. The channel shows:\n{self.transcript()}") from None

    def transcript(self) -> str:
        """What stands in the channel, for a test that failed."""
        rows: list[str] = []
        for message in self.slack.messages(self.room):
            rows.append(f"- {self.slack.text_of(message)!r}")
            rows += [f"    - {self.slack.text_of(reply)!r}" for reply in self.slack.thread(self.room, message.ts)]
        for user in (ANA, BEA, CYD, DAN, GUEST, OUTSIDER):
            rows += [f"  {user} only: {self.slack.text_of(one)!r}" for one in self.slack.ephemerals(user)]
        return "\n".join(rows)

    def card_now(self, number: int = 1) -> object | None:
        """The card of a conversation, if it stands."""
        for message in self.slack.messages(self.room):
            if re.search(rf"#{number} · ", self.slack.text_of(message)):
                return message
        return None

    async def card(self, *words: str, number: int = 1, limit: float = LIMIT) -> object:
        """The card, once it says all of `words`."""

        def look() -> object | None:
            card = self.card_now(number)
            return card if card is not None and all(word in self.slack.text_of(card) for word in words) else None

        return await self.until(look, limit=limit)

    def thread_now(self, number: int = 1) -> list[object]:
        card = self.card_now(number)
        return [] if card is None else [one for one in self.slack.thread(self.room, card.ts) if one.ts != card.ts]

    async def in_thread(self, *words: str, number: int = 1, limit: float = LIMIT) -> object:
        """The latest message of ours in the thread that says all of `words`."""

        def look() -> object | None:
            for message in reversed(self.thread_now(number)):
                if all(word in self.slack.text_of(message) for word in words):
                    return message
            return None

        return await self.until(look, limit=limit)

    async def draft_message(self, draft: int, *words: str, number: int = 1) -> object:
        """The open message of a draft, once it stands and says `words`."""
        return await self.in_thread(f"Draft {draft}, last words by", *words, number=number)

    async def told(self, user: str, *words: str, limit: float = LIMIT) -> str:
        """What only `user` sees, once it says all of `words`."""

        def look() -> str | None:
            for one in reversed(self.slack.ephemerals(user)):
                text = self.slack.text_of(one)
                if all(word in text for word in words):
                    return text
            return None

        return await self.until(look, limit=limit)

    def public(self) -> list[object]:
        """Every reply of ours that stands on the square."""
        return list(self.square.posted_by_us())

    async def answered(self, count: int = 1) -> object:
        """Our latest public reply, once there are `count`."""
        await self.square.wait_for(lambda square: len(square.posted_by_us()) >= count, timeout=LIMIT)
        return self.square.posted_by_us()[-1]

    # -------------------------------------------------------------------------------------------------- doing

    async def asks(self, who: str = "lea", words: str = "@acme where is my bike?") -> object:
        """A customer writes, and a card stands."""
        before = len(self.slack.messages(self.room))
        status = await self.square.post(who, words)
        await self.until(lambda: len(self.slack.messages(self.room)) > before)
        return status

    async def command(self, user: str, words: str, command: str = "/twoway") -> object:
        return await self.slack.command(user, self.room, command, words)

    async def mention(self, user: str, words: str, number: int = 1) -> str:
        """`@twoway …` in the conversation's thread."""
        card = await self.card(number=number)
        return await self.slack.say(user, self.room, f"@twoway {words}", thread_ts=card.ts)

    async def opens(self, user: str, message: object, label: str) -> object:
        """Press a button that opens a dialog; the dialog, once it is filled."""
        await self.press(user, message, label)

        def filled() -> object | None:
            for view in reversed(self.slack.views(user)):
                if any(block.get("type") == "input" for block in view.blocks):
                    return view
            return None

        return await self.until(filled)

    async def press(self, user: str, message: object, label: str) -> object:
        """Press the button with this label."""
        for button in self.slack.buttons_of(message):
            if button.text == label:
                return await self.slack.press(user, self.room, message.ts, button.action_id, value=button.value)
        raise AssertionError(f"no button {label!r}; there are {[one.text for one in self.slack.buttons_of(message)]}")

    async def confirms(self, user: str, message: object, label: str) -> object:
        """Press the button with this label, and say yes to what it asks: Slack asks by itself and tells us nothing."""
        return await self.press(user, message, label)

    async def saves(self, user: str, view: object, words: str) -> object:
        """Write into the dialog's text and save it."""
        values = {}
        for block in view.blocks:
            if block.get("type") == "input" and block["element"].get("type", "plain_text_input") == "plain_text_input":
                values[block["block_id"], block["element"]["action_id"]] = words
                words = ""
        return await self.slack.submit(user, view.id, values)

    async def drafts(self, user: str, words: str, *, number: int = 1, draft: int = 1) -> object:
        """Write a draft in the dialog; its message."""
        card = await self.card(number=number)
        labels = [one.text for one in self.slack.buttons_of(card)]
        view = await self.opens(user, card, "Draft" if "Draft" in labels else "Edit draft")
        saved = await self.saves(user, view, words)
        assert saved.closed, saved
        return await self.draft_message(draft, number=number)

    async def reacts(self, user: str, message: object, sign: str = YES) -> None:
        await self.slack.react(user, self.room, message.ts, sign)

    async def unreacts(self, user: str, message: object, sign: str = YES) -> None:
        await self.slack.unreact(user, self.room, message.ts, sign)

    async def picture(self, look: Callable[[], object | None]) -> Picture:
        """The picture in the message that `look` finds, once it has one."""
        block = await self.until(lambda: image_in(getattr(look(), "blocks", None)))
        return Picture(str(block.get("alt_text") or block.get("altText")), await self.loaded(block))

    async def loaded(self, block: dict[str, Any]) -> bytes:
        """The bytes, as who looks at the channel gets them."""
        return self.slack.files[block["slack_file"]["id"]].body or b""

    # ---------------------------------------------------------------------------------------- drafts and whispers

    async def waits(self, words: str = "Sorry, Lea!", *, by: str = ANA, number: int = 1, draft: int = 1) -> object:
        """A draft written from the thread by a mention; its message."""
        await self.mention(by, f"draft {words}", number=number)
        return await self.draft_message(draft, number=number)

    async def whisper(self, user: str, *words: str) -> object:
        """What only `user` sees, once it says all of `words`: the message itself, to look at its links or press it."""

        def look() -> object | None:
            for one in reversed(self.slack.ephemerals(user)):
                if all(word in self.slack.text_of(one) for word in words):
                    return one
            return None

        return await self.until(look)

    def leads_to(self, shown: object, message: object) -> bool:
        """Whether a link in `shown` opens `message`."""
        return f"p{message.ts.replace('.', '')}" in repr(shown.blocks)

    def crowd(self, count: int) -> list[str]:
        """So many more colleagues in the channel; their ids."""
        people = [Person(f"U1{n:04}", f"rep{n}", f"Rep{n} Crowd") for n in range(count)]
        return [self.slack.add_person(one, self.room).id for one in people]

    # --------------------------------------------------------------------------------- where words are, and time

    def brisk(self) -> None:
        """Bounds as short as loopback allows, for stories that wait until a lost call is over. Before `start`."""
        self.account_settings |= {"call_limit": '"1s"', "late_bound": '"100ms"', "listing_lag": '"100ms"'}

    def deaf(self) -> None:
        """A server without streams: the bot asks. It then hears no echo of its own words either. Before `start`."""
        self.account_settings |= {"streaming": "false", "poll": '"200ms"'}

    def in_store(self, words: str) -> list[str]:
        """The tables in which `words` (plain ASCII) stand."""
        return tables_with(self.database, words)

    def in_chat(self, words: str) -> list[str]:
        """What of ours shows `words` in Slack: messages, whispers, dialogs, Homes; text and blocks."""
        ours = [one for one in self.slack.messages(self.room) for one in (one, *self.slack.thread(self.room, one.ts))]
        seen = [(one.ts, one.text, one.blocks) for one in ours]
        for user in (ANA, BEA, CYD, DAN, GUEST, OUTSIDER):
            seen += [(user, one.text, one.blocks) for one in self.slack.ephemerals(user)]
            homes = [home] if (home := self.slack.home(user)) is not None else []
            seen += [(user, "", one.blocks) for one in (*self.slack.views(user), *homes)]
        return [where for where, text, blocks in seen if words in text or words in json.dumps(blocks)]

    async def chooses(self, user: str, message: object, label: str) -> None:
        """Press the button of a message of ours, or choose from its menu, whichever has this label."""
        if label in [button.text for button in self.slack.buttons_of(message)]:
            await self.press(user, message, label)
            return
        for block in message.blocks:
            for element in block.get("elements", ()):
                for option in element.get("options", ()):
                    if option["text"]["text"] == label:
                        choice, menu = option["value"], element["action_id"]
                        await self.slack.press(user, self.room, message.ts, menu, selected=choice)
                        return
        raise AssertionError(f"no choice {label!r} in any menu")

    async def dialog(self, user: str) -> object:
        """The dialog on somebody's screen, once it is filled."""

        def filled() -> object | None:
            views = [view for view in self.slack.views(user) if any(b["type"] == "input" for b in view.blocks)]
            return views[-1] if views else None

        return await self.until(filled)

    async def channel_says(self, *words: str) -> object:
        """A message in the channel itself that says all of `words`."""

        def look() -> object | None:
            standing = [one for one in self.slack.messages(self.room) if not one.deleted]
            return next((one for one in standing if all(word in self.slack.text_of(one) for word in words)), None)

        return await self.until(look)

    async def all_shown(self) -> None:
        """Until the bot has stored that every card which it wants stands."""
        assert self.app is not None
        async with asyncio.timeout(LIMIT):
            while True:
                async with self.app.store.reading() as session:
                    if await session.scalar(select(Card.id).where(Card.shown < Card.wanted)) is None:
                        return
                await asyncio.sleep(0.02)

    async def removed(self, message: object) -> None:
        """An admin deletes a message of ours."""
        self.slack.erase_message(self.slack.channel(self.room), message)

    async def copied(self, message: object) -> object:
        """What a crash between posting and storing leaves behind: the same message of ours a second time."""
        said = {"text": message.text, "blocks": message.blocks, "thread_ts": message.thread_ts}
        return self.slack.bot_message(self.slack.channel(self.room), said)

    async def reacted_before(self, user: str, message: object, *, seconds: float, sign: str = YES) -> None:
        """A reaction of a while ago that reaches us now."""
        at = f"{time.time() - seconds:.6f}"
        item = {"type": "message", "channel": self.room, "ts": message.ts}
        event = {"type": "reaction_added", "user": user, "reaction": sign, "item": item, "event_ts": at}
        message.reactions.setdefault(sign, []).append(user)
        self.slack.emit(event, self.slack.channel(self.room))

    async def look_again(self) -> None:
        """The time of the next re-check has come for every post."""
        assert self.app is not None
        async with self.app.store.work() as work:
            for post in await work.session.scalars(select(Post)):
                if post.gone_at is None or post.erase_at is not None:
                    post.due_at = work.now
            work.wake(Topic.HEAR)


Here = TypeVar("Here", bound=Town)


def tables_with(database: str, words: str) -> list[str]:
    """The tables of which a row, with all its columns, says `words`."""
    if database.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as lite:
            # Not the index of words: it follows the posts (tests/reading/test_search.py looks at its bytes).
            index = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'words_said%'"
            names = [row[0] for row in lite.execute(index)]
            rows = {name: lite.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
            return [name for name in names if any(words in repr(row) for row in rows[name])]
    with psycopg.connect(database) as post:
        found = post.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [row[0] for row in found if words in repr(post.execute(f'SELECT * FROM "{row[0]}"').fetchall())]  # type: ignore[arg-type]


async def listening(port: int) -> None:
    """Until somebody listens at `port`."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return


@asynccontextmanager
async def town(folder: Path, database: str, mode: str, kind: type[Here] = Town) -> AsyncIterator[Here]:  # type: ignore[assignment]
    """A town whose bot is not started yet, so that a story can change the settings."""
    async with SquareStandIn.serve(rate_limit=100_000) as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = kind(folder, square, slack, database, mode)
        try:
            yield made
        finally:
            await made.stop()

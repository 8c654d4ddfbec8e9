"""Everything out: each conversation and the paper on each public reply as JSON lines; conversations, events, each day's
numbers, ideas and praise also as tables. Memory holds a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from bot.ops import exported_tables
from bot.ops.exported_tables import Progress
from bot.ops.plain import dumps, line
from bot.reports.timing import Target
from models.reading.dossier import ReplyDossier, reply_dossier, sent_replies
from models.reading.history import History, history
from models.reading.listed import LISTINGS
from models.reading.person import customer_paper
from models.reading.places import conversations, count_conversations
from models.store import Store


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """One line about a conversation. `type` is "conversation"."""

    type: str
    conversation: History


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """One line about a public reply. `type` is "reply"."""

    type: str
    reply: ReplyDossier


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and where."""

    conversations: int
    replies: int
    events: int
    days: int
    files: tuple[str, ...]


#: In the order in which they are written.
FILES = (
    "conversations.jsonl",
    "replies.jsonl",
    "conversations.csv",
    "events.jsonl",
    "events.csv",
    "days.jsonl",
    "days.csv",
    *(f"{name}.{ending}" for name in LISTINGS for ending in ("jsonl", "csv")),
)


async def export(
    store: Store,
    out: Path | None,
    stdout: TextIO,
    *,
    since: datetime | None,
    progress: Progress,
    targets: Mapping[str, Target] | None = None,
) -> Exported:
    """Write `conversations.jsonl`, `replies.jsonl` and the tables into `out`, or the first two's lines to `stdout`.
    `since` is UTC; `targets` are the channels' whose days are counted, by name.

    A file is complete once it has its name: it is written beside it first.
    """
    moment = None if since is None else since.replace(tzinfo=UTC)
    if out is None:
        told = await _conversations(store, stdout, moment, progress)
        return Exported(told, await _replies(store, stdout, moment), 0, 0, ())
    _folder(out)
    names = [out / name for name in FILES]
    parts = [name.with_name(name.name + ".part") for name in names]
    with ExitStack() as opened:
        # Only the operator may read them: they hold what customers said.
        files = [opened.enter_context(_private(part)) for part in parts]
        told = await _conversations(store, files[0], moment, progress)
        replies = await _replies(store, files[1], moment)
        await exported_tables.conversations(store, files[2], moment, progress)
        events = await exported_tables.events(store, files[3], files[4], moment, progress)
        days = await exported_tables.days(store, files[5], files[6], moment, progress, targets or {})
        for nth, listing in enumerate(LISTINGS.values()):
            await exported_tables.listed(store, files[7 + 2 * nth], files[8 + 2 * nth], listing, progress)
    for part, name in zip(parts, names, strict=True):
        part.replace(name)
    return Exported(told, replies, events, days, tuple(str(name) for name in names))


async def export_customer(store: Store, customer: int, out: Path | None, stdout: TextIO) -> Path | None:
    """Everything about one customer as one JSON value: into `customer-N.json` in the folder `out`, whose path is
    given, or to `stdout`."""
    async with store.reading() as session:
        paper = await customer_paper(session, customer)
    if out is None:
        print(dumps(paper), file=stdout)
        return None
    _folder(out)
    name = out / f"customer-{customer}.json"
    part = name.with_name(name.name + ".part")
    with _private(part) as file:
        print(dumps(paper), file=file)
    part.replace(name)
    return name


def _folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)


def _private(path: Path) -> TextIO:
    path.touch(mode=0o600)
    path.chmod(0o600)
    return path.open("w", encoding="utf-8")


async def _conversations(store: Store, file: TextIO, since: datetime | None, progress: Progress) -> int:
    async with store.reading() as session:
        in_all = await count_conversations(session, since=since)
    done = last = 0
    while True:
        async with store.reading() as session:
            numbers = await conversations(session, since=since, after=last)
        for number in numbers:
            async with store.reading() as session:
                told = await history(session, number)
            if told is not None:
                print(line(ConversationLine("conversation", told)), file=file)
            done += 1
            progress(done, in_all)
        if not numbers:
            return done
        last = numbers[-1]


async def _replies(store: Store, file: TextIO, since: datetime | None) -> int:
    done = last = 0
    while True:
        async with store.reading() as session:
            deliveries = await sent_replies(session, since=since, after=last)
        for delivery in deliveries:
            async with store.reading() as session:
                paper = await reply_dossier(session, delivery)
            if paper is not None:
                print(line(ReplyLine("reply", paper)), file=file)
            done += 1
        if not deliveries:
            return done
        last = deliveries[-1]

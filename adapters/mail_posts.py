"""Mails of one mailbox as posts: asked for by id, by thread, by words; and which of them are ours.

The line they come over is `mail_imap`, what they say `mail_read`. What is news is left to `mail_listen`.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import quote

from adapters.errors import Malformed, Unreachable
from adapters.mail_criteria import answers_criteria, by_id, day_of, searchable, thread_criteria
from adapters.mail_headers import Mailer, is_id
from adapters.mail_imap import Client, Line
from adapters.mail_read import HASH, Letter, Wrote, read_letter
from adapters.mail_settings import Filed, Settings
from adapters.mail_words import sized
from adapters.mail_write import Names
from adapters.payload import JSON
from adapters.posts import BY_HAND, Audience, Author, PostRef, PublicPost
from adapters.text import Mark, Span, Text

LARGEST = 4 * 2**20  # bytes of a mail that are read: words stand before files
AT_ONCE = 25  # mails in one question
MOST_OF_A_THREAD = 300
MOST_ANSWERED = 30  # mails of a thread whose answers are asked for one by one
MOST_FOLDERS = 200
DEEPEST = 20
LONGEST_FOLDED = 20_000
REMEMBERED = 2000
#: Where what we sent lies, by RFC 6154, else by the names that mail programs give.
SENT = b"\\Sent"
_SENT_NAMES = (
    "Sent",
    "Sent Items",
    "Sent Messages",
    "Sent Mail",
    "INBOX.Sent",
    "INBOX.Sent Items",
    "[Gmail]/Sent Mail",
)
#: Folders that hold nothing to answer.
_NOT_ASKED = frozenset({b"\\noselect", b"\\nonexistent", b"\\trash", b"\\junk", b"\\drafts"})
_NO_REPLY = re.compile(
    r"^(no|do-?not|non?)[-_.]?(reply|responder|rispondere|antworten)|^mailer-daemon$|^bounces?\b", re.I
)


@dataclass(frozen=True, slots=True)
class Found:
    """A mail in a folder."""

    folder: str
    uid: int
    letter: Letter


class Letters:
    """What can be asked about the mails of one account."""

    def __init__(self, line: Line, settings: Settings, names: Names) -> None:
        self._line = line
        self._settings = settings
        self._names = names
        self._roots: OrderedDict[str, str] = OrderedDict()  # a mail -> the first one of its thread
        self.sent: str | None = None  # the folder of what we sent

    # Where

    async def look_around(self) -> tuple[str, ...]:
        """Which folders there are, the one of sent mail among them. `Unreachable` where one of ours is missing."""
        folders = await self._line.ask(lambda client: list(client.list_folders())[:MOST_FOLDERS])
        names = [name for _, _, name in folders]
        known = {name.lower(): name for name in names}
        for place in self._settings.places:
            if place.lower() not in known:
                raise Unreachable(f"the mailbox has no folder {place}; it has {', '.join(names[:20])}")
        chosen = self._settings.sent_folder
        if chosen:
            self.sent = known.get(chosen.lower())
        else:
            marked = (name for flags, _, name in folders if any(flag.lower() == SENT.lower() for flag in flags))
            usual = (known[name.lower()] for name in _SENT_NAMES if name.lower() in known)
            self.sent = next(marked, None) or next(usual, None)
        return tuple(name for flags, _, name in folders if not {flag.lower() for flag in flags} & _NOT_ASKED)

    @property
    def places(self) -> tuple[str, ...]:
        """Where we look first: what is heard, and what was sent."""
        own = (self.sent,) if self.sent else ()
        return tuple(dict.fromkeys((*self._settings.places, *own)))

    # Asking

    async def by_name(self, names: Iterable[str]) -> dict[str, Found]:
        """These mails, wherever in the mailbox they lie by now (but not in its bin). Those not found are left out."""
        wanted = list(dict.fromkeys(names))
        found = await self._in_folders(self.places, wanted)
        missing = [name for name in wanted if name not in found]
        if missing and any(searchable(name) for name in missing):
            elsewhere = [name for name in await self.look_around() if name not in self.places]
            found |= await self._in_folders(elsewhere, missing)
        return found

    async def _in_folders(self, folders: Sequence[str], wanted: Sequence[str]) -> dict[str, Found]:
        found: dict[str, Found] = {}
        for folder in folders:
            missing = [name for name in wanted if name not in found]
            if missing:
                here = await self.find(folder, [by_id(name) for name in missing])
                # Of two with one id the first keeps it.
                by_ref = {name: one for one in reversed(here) for name in (one.letter.name, with_print(one.letter))}
                found |= {name: by_ref[name] for name in missing if name in by_ref}
        return found

    async def find(self, folder: str, criteria: Sequence[str], *, most: int = MOST_OF_A_THREAD) -> list[Found]:
        """The mails of a folder that fit any of the criteria, in the order in which they came."""
        wanted = [one for one in criteria if one]
        if not wanted:
            return []

        def uids(client: Client) -> list[int]:
            client.select_folder(folder, readonly=True)
            return sorted({uid for one in wanted for uid in client.search(one)})[-most:]

        return await self.read(folder, await self._line.ask(uids))

    async def read(self, folder: str, uids: Sequence[int]) -> list[Found]:
        found: list[Found] = []
        for at in range(0, len(uids), AT_ONCE):
            some = list(uids[at : at + AT_ONCE])

            def fetch(client: Client, some: list[int] = some) -> list[Found]:
                client.select_folder(folder, readonly=True)
                return fetched(client, folder, some, self._names)

            found += await self._line.ask(fetch)
        return found

    async def thread(self, name: str) -> list[PublicPost]:
        """Everything of the thread that a mail is in, oldest first; () where it is not found."""
        start = (await self.by_name([name])).get(name)
        if start is None:
            return []
        top = await self.root(start.letter)
        found: dict[str, Found] = {}
        for folder in self.places:
            for one in await self.find(folder, [thread_criteria(top)] if is_id(top) else []):
                found.setdefault(one.letter.name, one)
        found.setdefault(start.letter.name, start)
        await self._answers(found)
        for name_ in found:
            self._remember(name_, top)
        # Arrival is told in seconds: an answer stands after what it answers.
        order = sorted(found.values(), key=lambda one: (one.letter.arrived, _depth(one, found), one.uid))
        return [self.post(one, root=top) for one in order]

    async def _answers(self, found: dict[str, Found]) -> None:
        """Add what answers one of these and names no more of its thread, as some programs do."""
        asked: set[str] = set()
        while fresh := [name for name in found if name not in asked][: MOST_ANSWERED - len(asked)]:
            asked.update(fresh)
            for folder in self.places:
                for one in await self.find(folder, [answers_criteria(name) for name in fresh]):
                    found.setdefault(one.letter.name, one)

    async def root(self, letter: Letter) -> str:
        """The first mail of its thread: as its headers say, or as those of what it answers."""
        known = self._roots.get(letter.name)
        if known is not None:
            return known
        top = letter.parents[0] if letter.parents else letter.name
        if len(letter.parents) == 1:  # it names what it answers and no more: look there
            for _ in range(DEEPEST):
                if top in self._roots:
                    top = self._roots[top]
                    break
                above = (await self._in_folders(self.places, [top])).get(top)
                if above is None or not above.letter.parents or above.letter.parents[0] == top:
                    break
                top = above.letter.parents[0]
        self._remember(letter.name, top)
        return top

    def _remember(self, name: str, top: str) -> None:
        self._roots[name] = top
        while len(self._roots) > REMEMBERED:
            self._roots.popitem(last=False)

    async def search(self, words: str, since: date | None) -> list[Found]:
        """Mails that hold these words, in the folders that are heard."""
        plain = " ".join(re.sub(r"[^\w@.'+-]+", " ", words).split())[:200]
        if not plain:
            return []
        after = [] if since is None else ["SINCE", day_of(since)]
        found: list[Found] = []
        for folder in self._settings.places:

            def uids(client: Client, folder: str = folder) -> list[int]:
                client.select_folder(folder, readonly=True)
                return sorted(client.search([*after, "TEXT", plain], charset="UTF-8"))[-MOST_OF_A_THREAD:]

            found += await self.read(folder, await self._line.ask(uids))
        return found

    async def file(self, raw: bytes, at: datetime) -> None:
        """Put a mail into the folder of sent mail."""
        folder = self.sent
        if folder is not None:
            await self._line.ask(lambda client: client.append(folder, raw, (b"\\Seen",), at), again=False)

    async def file_copies(self, found: Sequence[Found]) -> None:
        """Put copies of what we sent, which came back to us, among the sent mails, where the server can."""
        sent = self.sent
        if self._settings.sent is not Filed.COPY or sent is None:
            return
        ours = [one for one in found if one.folder != sent and self._names.are_ours(one.letter.name)]
        for folder in {one.folder for one in ours}:
            uids = [one.uid for one in ours if one.folder == folder]

            def move(client: Client, folder: str = folder, uids: list[int] = uids) -> None:
                if client.has_capability("MOVE"):
                    client.select_folder(folder)
                    client.move(uids, sent)

            await self._line.ask(move)

    # As posts

    def is_ours(self, found: Found) -> bool:
        """What lies among the sent mails, or bears an id that only we could make."""
        return found.folder == self.sent or self._names.are_ours(found.letter.name)

    def post(self, found: Found, *, root: str, ref: str | None = None) -> PublicPost:
        letter, given = found.letter, self._settings
        ours = self.is_ours(found)
        author = self._author(letter, ours=ours)
        to = answered_at(letter, our_address=given.address)
        extra: dict[str, JSON] = {"subject": letter.subject, "thread": list(letter.parents)}
        if not letter.name.startswith(HASH):
            extra["message_id"] = letter.name
        if to is not None and not ours:
            extra |= {"answer_to": to.address, "answer_name": to.name}
        elif not ours:
            extra[BY_HAND] = "That mail names nobody whom we could answer."
        if letter.wrote is not Wrote.PERSON:
            extra["wrote"] = letter.wrote.value
        if letter.folded:
            extra["folded"] = letter.folded[:LONGEST_FOLDED]
        return PublicPost(
            ref=PostRef(ref or letter.name),
            root=PostRef(root),
            parent=None if letter.parent is None else PostRef(letter.parent),
            author=author,
            text=letter.text if ours else shown_text(letter),
            at=letter.arrived,
            visibility=Audience.DIRECT,
            url=None if letter.name.startswith(HASH) else self.url(letter.name),
            ours=ours,
            extra=extra,
        )

    def url(self, id: str) -> str | None:
        """Where a mail is seen in the browser, if the settings say."""
        return self._settings.link.replace("{id}", quote(id, safe="")) or None

    def _author(self, letter: Letter, *, ours: bool) -> Author:
        given = self._settings
        if ours:
            return Author(ref=given.address.lower(), handle=given.address, name=given.called or given.address)
        who = writer(letter, our_address=given.address)
        if who is None:
            return Author(ref="unknown", handle="unknown sender", name="Unknown sender")
        bot = letter.wrote is not Wrote.PERSON
        return Author(ref=who.address.lower(), handle=who.address, name=who.name or who.address, bot=bot)


def _depth(one: Found, thread: Mapping[str, Found]) -> int:
    """How many mails of its thread stand above a mail."""
    seen: set[str] = set()
    above = thread.get(one.letter.parent or "")
    while above is not None and above.letter.name not in seen:
        seen.add(above.letter.name)
        above = thread.get(above.letter.parent or "")
    return len(seen)


def with_print(letter: Letter) -> str:
    """What a mail is called whose id another one has already. (No id holds a space.)"""
    return f"{letter.name} {letter.print}"


def fetched(client: Client, folder: str, uids: Sequence[int], names: Names) -> list[Found]:
    """Some mails of the folder that is selected. What cannot be read at all is left out."""
    asked = ["INTERNALDATE", "RFC822.SIZE", f"BODY.PEEK[]<0.{LARGEST}>"]
    answers = client.fetch(uids, asked)
    found = []
    for uid in uids:
        entry = answers.get(uid)
        if entry is None:
            continue
        try:
            found.append(Found(folder, uid, read_fetched(entry, names)))
        except Malformed:
            continue
    return found


def read_fetched(entry: object, names: Names | None = None) -> Letter:
    """A mail from what the library gives for it."""
    if not isinstance(entry, dict):
        raise Malformed("mail", "a table")
    raw = next((value for key, value in entry.items() if isinstance(key, bytes) and key.startswith(b"BODY[]")), None)
    at, size = entry.get(b"INTERNALDATE"), entry.get(b"RFC822.SIZE")
    if not isinstance(raw, bytes) or not isinstance(at, datetime):
        raise Malformed("mail", "its bytes and when it came")
    arrived = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    letter = read_letter(raw, arrived=arrived, size=size if isinstance(size, int) else None)
    if names is not None and names.are_ours(letter.name) and letter.folded:
        # Ours has nothing below it but what we wrote.
        return replace(letter, text=read_letter(raw, arrived=arrived, fold=False).text, folded="")
    return letter


def writer(letter: Letter, *, our_address: str) -> Mailer | None:
    """Who speaks: the sender; but where a form on our own site sent it, whoever it asks us to answer."""
    own = letter.sender is not None and letter.sender.address.lower() == our_address.lower()
    if (own or letter.wrote is Wrote.MACHINE) and letter.answer_to:
        return letter.answer_to[0]
    return letter.sender


def answered_at(letter: Letter, *, our_address: str) -> Mailer | None:
    """The one address that an answer goes to: never a list's, never our own, never those in copy."""
    choices = [*letter.answer_to[:1], *([letter.sender] if letter.sender else [])]
    for one in choices:
        address = one.address.lower()
        if address not in letter.list_addresses and address != our_address.lower():
            return one if one.name or letter.sender is None else Mailer(one.address, letter.sender.name)
    return None


def answers_nobody(address: str) -> bool:
    """Whether an address says of itself that nobody reads what is sent there."""
    return _NO_REPLY.search(address.partition("@")[0]) is not None


def shown_text(letter: Letter) -> Text:
    """The words for people: the subject where a thread begins, what was written, left out, and attached."""
    text = letter.text
    if letter.subject and letter.parent is None:
        text = Text((Span(letter.subject, Mark.STRONG),)) + (Text.of("\n\n") + text if text else Text())
    below: list[str] = []
    if letter.folded:
        lines = sum(1 for line in letter.folded.split("\n") if line.strip())
        below.append(f"[… earlier mail below it, {lines} lines]" if lines > 1 else "[… earlier mail below it]")
    for file in letter.files:
        size = f", {sized(file.size)}" if file.size else ""
        below.append(f"[attached: {file.name}, {file.kind}{size}]")
    if letter.size > LARGEST:
        below.append(f"[this mail has {sized(letter.size)}: look into the mailbox for all of it]")
    if below:
        text = text + Text.of(("\n\n" if text else "") + "\n".join(below))
    return text

"""The door for reading: a strict part of IMAP (RFC 3501, 2177, 6851, 4315), for one account.

What is out of turn is BAD.
"""

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.mail.faults import Fault, Faults
from sandbox.mail.imap_words import (
    Bad,
    Literal,
    Word,
    in_set,
    internal_date,
    question,
    read_internal_date,
    string,
    text,
    words_of,
)
from sandbox.mail.world import Folder, Message, World

LONGEST_LITERAL = 10 * 2**20


class No(Exception):
    """A command that is understood, and refused."""


class Gone(Exception):
    """The line is closed."""


@dataclass(slots=True)
class Imap:
    """One server."""

    world: World
    faults: Faults
    commands: list[str] = field(default_factory=list)
    lines: set[asyncio.StreamWriter] = field(default_factory=set)
    idling: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines.add(writer)
        try:
            if not self.faults.on(Fault.CUT_OFF):
                await _Session(self, reader, writer).run()
        except (Gone, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.lines.discard(writer)
            writer.close()

    def cut(self) -> None:
        for writer in list(self.lines):
            writer.transport.abort()


class _Session:
    def __init__(self, server: Imap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._world = server.world
        self._reader = reader
        self._writer = writer
        self._in = False
        self._folder: Folder | None = None
        self._writes = False

    async def run(self) -> None:
        await self._say("* OK [CAPABILITY " + self._can() + "] ready")
        while True:
            line = await self._line()
            first, rest = line[0].partition(b" ")[0], line[0].partition(b" ")[2]
            tag = first.decode("ascii", "replace")
            if not re.fullmatch(r"[A-Za-z0-9]+", tag):
                await self._say("* BAD no tag")
                continue
            if self._server.faults.on(Fault.CUT_OFF):
                raise Gone
            if self._server.faults.on(Fault.NONSENSE):
                await self._say("* 12 FETCH (UID", f"{tag} OK whatever")
                continue
            try:
                await self._do(tag, words_of([rest, *line[1:]]))
            except Bad as error:
                await self._say(f"{tag} BAD {error}")
            except No as error:
                await self._say(f"{tag} NO {error}")

    async def _do(self, tag: str, words: list[Word]) -> None:
        if not words:
            raise Bad("no command")
        name = text(words[0]).upper()
        if name == "UID":
            if len(words) < 2:
                raise Bad("UID of what?")
            name, words = f"UID {text(words[1]).upper()}", words[1:]
        self._server.commands.append(name)
        if name not in _COMMANDS:
            raise Bad(f"unknown command {name}")
        needs, run = _COMMANDS[name]
        if needs == "in" and not self._in:
            raise Bad("log in first")
        if needs == "folder" and self._folder is None:
            raise Bad("select a folder first")
        done = await run(self, words[1:])
        await self._say(f"{tag} OK {done or name + ' done'}")

    # Lines

    async def _line(self) -> list[bytes | Literal]:
        """A command's line, its literals read."""
        pieces: list[bytes | Literal] = []
        while True:
            raw = await self._reader.readuntil(b"\r\n")
            raw = raw[:-2]
            found = re.search(rb"\{(\d{1,9})(\+?)\}$", raw)
            if found is None:
                return [*pieces, raw]
            if int(found[1]) > LONGEST_LITERAL:
                raise Gone
            pieces.append(raw[: found.start()])
            if not found[2]:
                await self._say("+ go on")
            pieces.append(Literal(await self._reader.readexactly(int(found[1]))))

    async def _say(self, *lines: str | bytes) -> None:
        for line in lines:
            self._writer.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        await self._writer.drain()

    def _can(self) -> str:
        idle = "" if self._server.faults.on(Fault.NO_IDLE) else " IDLE"
        token = " AUTH=XOAUTH2" if self._world.token else ""
        return f"IMAP4rev1 SPECIAL-USE MOVE UIDPLUS{idle}{token}"

    # Commands

    async def capability(self, words: list[Word]) -> str:
        await self._say("* CAPABILITY " + self._can())
        return ""

    async def noop(self, words: list[Word]) -> str:
        return ""

    async def logout(self, words: list[Word]) -> str:
        await self._say("* BYE")
        return ""

    async def login(self, words: list[Word]) -> str:
        if len(words) != 2 or self._in:
            raise Bad("LOGIN name password, once")
        if (text(words[0]), text(words[1])) != (self._world.address, self._world.password):
            raise No("[AUTHENTICATIONFAILED] Authentication failed.")
        self._in = True
        return ""

    async def authenticate(self, words: list[Word]) -> str:
        if not words or text(words[0]).upper() != "XOAUTH2" or not self._world.token:
            raise No("unknown mechanism")
        await self._say("+ ")
        given = base64.b64decode(await self._reader.readuntil(b"\r\n")).decode("utf-8", "replace")
        if given != f"user={self._world.address}\x01auth=Bearer {self._world.token}\x01\x01":
            await self._say("+ eyJzdGF0dXMiOiI0MDAifQ==")
            await self._reader.readuntil(b"\r\n")
            raise No("[AUTHENTICATIONFAILED] Authentication failed.")
        self._in = True
        return ""

    async def folders(self, words: list[Word]) -> str:
        if len(words) != 2:
            raise Bad("LIST reference name")
        for folder in self._world.folders.values():
            flags = " ".join(["\\HasNoChildren", *([folder.use] if folder.use else [])])
            await self._say(f'* LIST ({flags}) "/" {string(folder.name)}')
        return ""

    async def select(self, words: list[Word]) -> str:
        self._choose(words, writes=True)
        await self._chosen()
        return "[READ-WRITE] done"

    async def examine(self, words: list[Word]) -> str:
        self._choose(words, writes=False)
        await self._chosen()
        return "[READ-ONLY] done"

    def _choose(self, words: list[Word], *, writes: bool) -> None:
        self._folder = None
        if len(words) != 1:
            raise Bad("which folder?")
        self._folder = self._named(words[0])
        self._writes = writes

    def _named(self, word: Word) -> Folder:
        name = text(word)
        found = self._world.folders.get("INBOX" if name.upper() == "INBOX" else name)
        if found is None:
            raise No("[NONEXISTENT] no such folder")
        return found

    async def _chosen(self) -> None:
        folder = self._here()
        await self._say(
            "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
            f"* {len(folder.messages)} EXISTS",
            "* 0 RECENT",
            f"* OK [UIDVALIDITY {folder.validity}] valid",
            f"* OK [UIDNEXT {folder.following}] next",
        )

    def _here(self) -> Folder:
        assert self._folder is not None
        now = self._world.folders.get(self._folder.name)
        if now is not self._folder:
            raise No("the folder is another one by now")
        return self._folder

    async def search(self, words: list[Word]) -> str:
        folder = self._here()
        if words and isinstance(words[0], str) and words[0].upper() == "CHARSET":
            if text(words[1]).upper() not in ("UTF-8", "US-ASCII"):
                raise No("[BADCHARSET (US-ASCII UTF-8)] unknown charset")
            words = words[2:]
        asked = question(words, folder)
        found = [str(mail.uid) for mail in folder.messages if asked(mail)]
        await self._say(" ".join(["* SEARCH", *found]))
        return ""

    async def fetch(self, words: list[Word]) -> str:
        folder = self._here()
        if len(words) != 2:
            raise Bad("FETCH set items")
        items = words[1] if isinstance(words[1], list) else [words[1]]
        for number, mail in enumerate(folder.messages, 1):
            if in_set(text(words[0]), mail.uid, folder.messages[-1].uid):
                await self._say(b"* %d FETCH (UID %d %b)" % (number, mail.uid, _items(mail, items)))
        return ""

    async def append(self, words: list[Word]) -> str:
        if len(words) < 2 or not isinstance(words[-1], bytes):
            raise Bad("APPEND folder flags time literal")
        folder, raw = self._named(words[0]), words[-1]
        flags = next((word for word in words[1:-1] if isinstance(word, list)), [])
        times = [word for word in words[1:-1] if isinstance(word, bytes)]
        at = read_internal_date(times[0].decode()) if times else self._world.clock()
        one = folder.add(raw, at, {text(flag) for flag in flags})
        self._world.changes.tell()
        return f"[APPENDUID {folder.validity} {one.uid}] done"

    async def move(self, words: list[Word]) -> str:
        folder = self._here()
        if len(words) != 2 or not self._writes:
            raise Bad("MOVE set folder, in a folder that may be written")
        to = self._named(words[1])
        largest = folder.messages[-1].uid if folder.messages else 0
        going = [mail for mail in folder.messages if in_set(text(words[0]), mail.uid, largest)]
        for mail in going:
            folder.messages.remove(mail)
            to.add(mail.raw, mail.at, mail.flags)
            await self._say("* 1 EXPUNGE")
        self._world.changes.tell()
        return ""

    async def idle(self, words: list[Word]) -> str:
        folder, faults = self._here(), self._server.faults
        if faults.on(Fault.NO_IDLE):
            raise Bad("unknown command IDLE")
        await self._say("+ idling")
        self._server.idling += 1
        self._world.changes.tell()
        done = asyncio.create_task(self._reader.readuntil(b"\r\n"))
        told = len(folder.messages)
        try:
            while not done.done():
                if faults.on(Fault.DROP_IDLE):
                    raise Gone
                if len(folder.messages) != told and not faults.on(Fault.SILENT_IDLE):
                    told = len(folder.messages)
                    await self._say(f"* {told} EXISTS")
                changed = asyncio.create_task(self._world.changes.after(self._world.changes.version))
                await asyncio.wait({done, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
        finally:
            self._server.idling -= 1
            done.cancel()
            (end,) = await asyncio.gather(done, return_exceptions=True)
        if isinstance(end, BaseException):
            raise Gone
        if end.strip().upper() != b"DONE":
            raise Bad("DONE ends it")
        return ""


_Command = Callable[[_Session, list[Word]], Awaitable[str]]
_COMMANDS: Mapping[str, tuple[str, _Command]] = {
    "CAPABILITY": ("", _Session.capability),
    "NOOP": ("", _Session.noop),
    "LOGOUT": ("", _Session.logout),
    "LOGIN": ("", _Session.login),
    "AUTHENTICATE": ("", _Session.authenticate),
    "LIST": ("in", _Session.folders),
    "SELECT": ("in", _Session.select),
    "EXAMINE": ("in", _Session.examine),
    "APPEND": ("in", _Session.append),
    "UID SEARCH": ("folder", _Session.search),
    "UID FETCH": ("folder", _Session.fetch),
    "UID MOVE": ("folder", _Session.move),
    "IDLE": ("folder", _Session.idle),
}


def _items(mail: Message, items: Sequence[Word]) -> bytes:
    out: list[bytes] = []
    for item in items:
        name = text(item).upper()
        part = re.fullmatch(r"BODY(?:\.PEEK)?\[\](?:<(\d+)\.(\d+)>)?", name)
        if name == "INTERNALDATE":
            out.append(b"INTERNALDATE " + internal_date(mail.at).encode())
        elif name == "RFC822.SIZE":
            out.append(b"RFC822.SIZE %d" % len(mail.raw))
        elif name == "FLAGS":
            out.append(b"FLAGS (" + " ".join(sorted(mail.flags)).encode() + b")")
        elif part is not None:
            raw = mail.raw if part[1] is None else mail.raw[int(part[1]) : int(part[1]) + int(part[2])]
            partly = b"" if part[1] is None else b"<%s>" % part[1].encode()
            out.append(b"BODY[]%b {%d}\r\n%b" % (partly, len(raw), raw))
        else:
            raise Bad(f"no such item: {name}")
    return b" ".join(out)

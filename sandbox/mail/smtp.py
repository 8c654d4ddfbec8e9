"""The door for sending: SMTP as RFC 5321 and 4954 want it, for one account; every order out of turn is refused."""

import asyncio
import base64
import binascii
import re
from dataclasses import dataclass, field

from sandbox.mail.faults import Fault, Faults, Where
from sandbox.mail.world import World

LARGEST = 10 * 2**20
LONGEST_LINE = 1000  # with its end: RFC 5321, 4.5.3.1.6


@dataclass(slots=True)
class PublishCall:
    """A mail that was handed over to its last dot, and what became of it."""

    recipients: tuple[str, ...]
    outcome: str


class Gone(Exception):
    """The line is closed."""


@dataclass(slots=True)
class Smtp:
    """One server."""

    world: World
    faults: Faults
    calls: list[PublishCall] = field(default_factory=list)
    later: set[asyncio.Task[None]] = field(default_factory=set)
    lines: set[asyncio.StreamWriter] = field(default_factory=set)

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
    def __init__(self, server: Smtp, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._hello = self._in = False
        self._sender: str | None = None
        self._to: list[str] = []

    async def run(self) -> None:
        await self._say("220 mail.acme.example ESMTP")
        while True:
            raw = await self._reader.readuntil(b"\n")
            if not raw.endswith(b"\r\n"):
                await self._say("500 lines end with CR LF")
                continue
            line = raw[:-2].decode("utf-8", "replace")
            verb, _, rest = line.partition(" ")
            handler = _VERBS.get(verb.upper())
            await (handler(self, rest) if handler else self._say("500 unknown command"))

    async def _say(self, *lines: str) -> None:
        for number, line in enumerate(lines):
            code, _, words = line.partition(" ")
            self._writer.write(f"{code}{'-' if number < len(lines) - 1 else ' '}{words}\r\n".encode())
        await self._writer.drain()

    async def ehlo(self, rest: str) -> None:
        if not rest.strip():
            return await self._say("501 who are you?")
        self._hello = True
        ways = "250 AUTH PLAIN LOGIN" + (" XOAUTH2" if self._server.world.token else "")
        return await self._say("250 mail.acme.example", f"250 SIZE {LARGEST}", "250 8BITMIME", "250 SMTPUTF8", ways)

    async def auth(self, rest: str) -> None:
        world = self._server.world
        way, _, given = rest.partition(" ")
        if not self._hello or self._in:
            return await self._say("503 not now")
        if way.upper() == "LOGIN":
            given = given or await self._asked("VXNlcm5hbWU6")
            user, secret = _plain(given), _plain(await self._asked("UGFzc3dvcmQ6"))
        elif way.upper() == "PLAIN":
            parts = _plain(given or await self._asked("")).split("\0")
            user, secret = (parts[1], parts[2]) if len(parts) == 3 else ("", "")
        elif way.upper() == "XOAUTH2" and world.token:
            found = re.fullmatch("user=([^\x01]+)\x01auth=Bearer ([^\x01]+)\x01\x01", _plain(given))
            if found and (found[1], found[2]) == (world.address, world.token):
                self._in = True
                return await self._say("235 welcome")
            await self._asked("eyJzdGF0dXMiOiI0MDAifQ==")
            return await self._say("535 5.7.8 not accepted")
        else:
            return await self._say("504 unknown mechanism")
        if (user, secret) != (world.address, world.password):
            return await self._say("535 5.7.8 authentication failed")
        self._in = True
        return await self._say("235 welcome")

    async def _asked(self, challenge: str) -> str:
        await self._say(f"334 {challenge}")
        return (await self._reader.readuntil(b"\r\n"))[:-2].decode("ascii", "replace")

    async def mail(self, rest: str) -> None:
        world = self._server.world
        found = re.fullmatch(r"FROM:<([^<>\s]*)>((?: [A-Z0-9=]+)*)", rest, re.IGNORECASE)
        if not self._in:
            return await self._say("530 5.7.0 authentication required")
        if found is None or self._sender is not None:
            return await self._say("501 5.5.4 MAIL FROM:<address>" if found is None else "503 5.5.1 already")
        if found[1].lower() != world.address.lower():
            return await self._say("553 5.7.1 that address is not yours")
        self._sender = found[1]
        return await self._say("250 2.1.0 ok")

    async def rcpt(self, rest: str) -> None:
        server = self._server
        found = re.fullmatch(r"TO:<([^<>\s@]+@[^<>\s@]+)>", rest, re.IGNORECASE)
        if self._sender is None:
            return await self._say("503 5.5.1 MAIL first")
        if found is None:
            return await self._say("501 5.1.3 RCPT TO:<address>")
        for fault in (Fault.THROTTLE, Fault.REFUSE):
            if (active := server.faults.use(fault)) is not None:
                server.calls.append(PublishCall((found[1],), fault.value))
                return await self._say(f"{active.status} no")
        if found[1].lower() in server.world.unknown:
            return await self._say("550 5.1.1 nobody has that address")
        self._to.append(found[1])
        return await self._say("250 2.1.5 ok")

    async def data(self, rest: str) -> None:
        server = self._server
        if not self._to or self._sender is None:
            return await self._say("503 5.5.1 RCPT first")
        await self._say("354 end with a dot on a line")
        lines: list[bytes] = []
        bad = ""
        while (line := await self._reader.readuntil(b"\n")) != b".\r\n":
            if not line.endswith(b"\r\n") or b"\r" in line[:-2] or len(line) > LONGEST_LINE:
                bad = "a line that is too long, or does not end with CR LF"
            lines.append(line.removeprefix(b"."))
        raw = b"".join(lines)
        sender, recipients = self._sender, tuple(self._to)
        self._sender, self._to = None, []
        call = PublishCall(recipients, "taken")
        server.calls.append(call)
        bad = bad or _wrong(raw, sender)
        if bad:
            call.outcome = bad
            return await self._say(f"554 5.6.0 {bad}")
        active = server.faults.strike(Where.SMTP)
        fault = None if active is None else active.fault
        call.outcome = fault.value if fault else call.outcome
        if fault is Fault.REFUSE_WORDS:
            return await self._say("554 5.7.1 this looks like spam")
        if fault is Fault.ACCEPT_LATE and active is not None:
            task = asyncio.create_task(self._late(sender, recipients, raw, active.seconds))
            server.later.add(task)
            task.add_done_callback(server.later.discard)
            raise Gone
        if fault is Fault.FAIL_BEFORE:
            raise Gone
        server.world.send(sender, recipients, raw)
        if fault is Fault.ACCEPT_AND_DROP:
            raise Gone
        if fault is Fault.ACCEPT_AND_HANG:
            await self._reader.read()  # until they give up
            raise Gone
        return await self._say("250 2.0.0 ok, queued")

    async def _late(self, sender: str, recipients: tuple[str, ...], raw: bytes, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._server.world.send(sender, recipients, raw)

    async def rset(self, rest: str) -> None:
        self._sender, self._to = None, []
        await self._say("250 ok")

    async def noop(self, rest: str) -> None:
        await self._say("250 ok")

    async def quit(self, rest: str) -> None:
        await self._say("221 bye")
        raise Gone


_VERBS = {
    "EHLO": _Session.ehlo,
    "AUTH": _Session.auth,
    "MAIL": _Session.mail,
    "RCPT": _Session.rcpt,
    "DATA": _Session.data,
    "RSET": _Session.rset,
    "NOOP": _Session.noop,
    "QUIT": _Session.quit,
}


def _plain(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _wrong(raw: bytes, sender: str) -> str:
    """What a mail lacks; "" if nothing (RFC 5322, 3.6: one of each)."""
    head = raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    unfolded = re.sub(r"\r\n[ \t]", " ", head)
    names = [line.partition(":")[0].lower() for line in unfolded.split("\r\n")]
    for name in ("from", "to", "subject", "date", "message-id"):
        if names.count(name) != 1:
            return f"{names.count(name)} headers {name}"
    written = next(line for line in unfolded.split("\r\n") if line.lower().startswith("from:"))
    if sender.lower() not in written.lower():
        return "the sender is another one"
    if len(raw) > LARGEST:
        return "too large"
    return ""

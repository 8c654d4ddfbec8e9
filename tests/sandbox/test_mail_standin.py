"""The stand-in for mail is strict: every refusal it claims to make, provoked by hand."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence

import pytest

from sandbox.mail import MailStandIn

GOOD = (
    b"From: care@acme.example\r\nTo: a@b.example\r\nSubject: x\r\nDate: Mon, 1 Jun 2026 10:00:00 +0000\r\n"
    b"Message-ID: <1@x>\r\n\r\nhi\r\n.\r\n"
)
PLAIN = base64.b64encode(b"\0care@acme.example\0garden gate").decode()


@pytest.fixture
async def server() -> AsyncIterator[MailStandIn]:
    async with MailStandIn.serve() as one:
        yield one


class Line:
    """A line on which every order is typed by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, address: str) -> Line:
        host, _, port = address.partition(":")
        line = cls(*await asyncio.open_connection(host, int(port)))
        await line.reader.readuntil(b"\r\n")
        return line

    async def smtp(self, order: str | bytes) -> str:
        """The code of the answer."""
        self.writer.write(order if isinstance(order, bytes) else order.encode() + b"\r\n")
        while (answer := await self.reader.readuntil(b"\r\n"))[3:4] == b"-":
            pass
        return answer[:3].decode()

    async def imap(self, order: str) -> str:
        """The word behind the tag, and what stands in brackets after it."""
        self.writer.write(f"a {order}\r\n".encode())
        while not (answer := await self.reader.readuntil(b"\r\n")).startswith(b"a "):
            pass
        words = answer.decode().split()
        return " ".join([words[1], *(words[2:3] if words[2].startswith("[") else [])])

    def close(self) -> None:
        self.writer.close()


async def told(line: Line, orders: Sequence[str | bytes]) -> list[str]:
    return [await line.smtp(order) for order in orders]


async def test_orders_out_of_turn_and_senders_that_are_not_ours_are_refused_by_smtp(server: MailStandIn) -> None:
    line = await Line.to(server.smtp_address)
    assert await line.smtp("AUTH PLAIN " + PLAIN) == "503"
    orders: dict[str | bytes, str] = {
        "EHLO": "501",
        "EHLO me": "250",
        "MAIL FROM:<care@acme.example>": "530",
        "AUTH CRAM-MD5": "504",
        "AUTH PLAIN " + base64.b64encode(b"\0care@acme.example\0no").decode(): "535",
        "AUTH PLAIN  " + PLAIN: "535",
        "AUTH PLAIN " + PLAIN: "235",
        "RCPT TO:<a@b.example>": "503",
        "DATA": "503",
        "MAIL FROM: care@acme.example": "501",
        "MAIL FROM:<lea@customers.example>": "553",
        "MAIL FROM:<care@acme.example> ": "501",
        "mail from:<care@acme.example>": "250",
        "MAIL FROM:<CARE@acme.example>": "503",
        "RCPT TO:<nobody>": "501",
        "RCPT TO:<a@b.example>, <c@d.example>": "501",
        "WHAT is this": "500",
        b"NOOP\n": "500",
    }
    assert dict(zip(orders, await told(line, list(orders)), strict=True)) == orders
    line.close()


async def test_mail_that_is_no_mail_is_refused(server: MailStandIn) -> None:
    line = await Line.to(server.smtp_address)
    await told(line, ["EHLO me", "AUTH PLAIN " + PLAIN])
    bad = {
        GOOD: "250",
        GOOD.replace(b"Message-ID: <1@x>\r\n", b""): "554",
        GOOD.replace(b"To: ", b"To: c@d.example\r\nTo: "): "554",
        GOOD.replace(b"care@acme", b"lea@acme"): "554",
        GOOD.replace(b"hi\r\n", b"hi\n"): "554",
        GOOD.replace(b"hi", b"x" * 1000): "554",
    }
    for raw, code in bad.items():
        assert await told(line, ["MAIL FROM:<care@acme.example>", "RCPT TO:<a@b.example>", "DATA"]) == [
            "250",
            "250",
            "354",
        ]
        assert await line.smtp(raw) == code, raw
    assert len(server.delivered) == 1
    server.world.unknown.add("gone@b.example")
    assert await told(line, ["MAIL FROM:<care@acme.example>", "RCPT TO:<gone@b.example>", "RSET"]) == [
        "250",
        "550",
        "250",
    ]
    line.close()


async def test_what_imap_does_not_allow_is_bad_or_no(server: MailStandIn) -> None:
    await server.post("lea", "hello")
    line = await Line.to(server.imap_address)
    orders = [
        ("SELECT INBOX", "BAD"),
        ('LOGIN care@acme.example "no"', "NO [AUTHENTICATIONFAILED]"),
        ("AUTHENTICATE XOAUTH2", "NO"),
        ('LOGIN care@acme.example "garden gate"', "OK"),
        ("UID SEARCH ALL", "BAD"),
        ("SELECT Nowhere", "NO [NONEXISTENT]"),
        ("EXAMINE INBOX", "OK [READ-ONLY]"),
        ("UID SEARCH", "BAD"),
        ("UID SEARCH NONSENSE", "BAD"),
        ("UID SEARCH HEADER Message-ID", "BAD"),
        ('UID SEARCH HEADER Message-ID "a', "BAD"),
        ("UID SEARCH (ALL", "BAD"),
        ("UID SEARCH SINCE 2026-01-01", "BAD"),
        ("UID SEARCH UID 0:4", "BAD"),
        ("UID SEARCH CHARSET KOI8 ALL", "NO [BADCHARSET"),
        ("UID FETCH 1:* ENVELOPE", "BAD"),
        ("UID MOVE 1 Sent", "BAD"),
        ("SEARCH ALL", "BAD"),
        ("STATUS INBOX", "BAD"),
    ]
    assert [(order, await line.imap(order)) for order, _ in orders] == orders
    line.close()


async def test_a_search_past_the_end_answers_with_the_last_one(server: MailStandIn) -> None:
    first, last = await server.post("lea", "one"), await server.post("lea", "two")
    line = await Line.to(server.imap_address)
    await line.imap('LOGIN care@acme.example "garden gate"')
    await line.imap("SELECT INBOX")
    line.writer.write(b"b UID SEARCH UID 900:*\r\n")
    assert await line.reader.readuntil(b"\r\n") == f"* SEARCH {last.uid}\r\n".encode()
    assert first.uid < last.uid
    line.close()


async def test_a_folder_made_anew_is_another_one(server: MailStandIn) -> None:
    before = await server.post("lea", "one")
    validity = server.world.folders["INBOX"].validity
    server.world.remake("INBOX")
    (after,) = server.world.folders["INBOX"].messages
    assert (after.id, after.raw) == (before.id, before.raw)
    assert after.uid != before.uid
    assert server.world.folders["INBOX"].validity != validity

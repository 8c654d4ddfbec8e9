"""A mail server in memory: its two doors, and customers who write through neither. Tests and people act as they do."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from sandbox.mail.faults import Active, Fault, Faults, Where
from sandbox.mail.imap import Imap
from sandbox.mail.smtp import PublishCall, Smtp
from sandbox.mail.world import Delivered, Message, World, utc_now
from sandbox.square.changes import Changes, Watched


class MailStandIn(Watched):
    """One mailbox of ours, and everybody else. Addresses of customers are made from their names."""

    def __init__(
        self,
        *,
        address: str = "care@acme.example",
        password: str = "garden gate",
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.world = World(address=address, password=password, clock=clock)
        self.faults = Faults()
        self.smtp = Smtp(self.world, self.faults)
        self.imap = Imap(self.world, self.faults)
        self.smtp_address = self.imap_address = ""

    @classmethod
    @asynccontextmanager
    async def serve(cls, **settings: object) -> AsyncIterator["MailStandIn"]:
        """Two servers on ports of their own on 127.0.0.1. `settings` are those of the constructor."""
        one = cls(**settings)  # type: ignore[arg-type]
        async with one.open():
            yield one

    @asynccontextmanager
    async def open(self, *, smtp_port: int = 0, imap_port: int = 0) -> AsyncIterator[None]:
        """Both doors."""
        smtp = await asyncio.start_server(self.smtp.serve, "127.0.0.1", smtp_port)
        imap = await asyncio.start_server(self.imap.serve, "127.0.0.1", imap_port)
        self.smtp_address = f"127.0.0.1:{smtp.sockets[0].getsockname()[1]}"
        self.imap_address = f"127.0.0.1:{imap.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            for task in list(self.smtp.later):
                task.cancel()
            self.imap.cut()
            self.smtp.cut()
            for server in (smtp, imap):
                server.close()
                await server.wait_closed()

    @property
    def changes(self) -> Changes:
        return self.world.changes

    # As customers

    def address_of(self, name: str) -> str:
        return name if "@" in name else f"{name}@customers.example"

    async def post(
        self,
        author: str,
        words: str,
        *,
        subject: str = "A question",
        reply_to: str | None = None,
        files: Sequence[tuple[str, str, bytes]] = (),
        html: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
        cc: str | None = None,
    ) -> Message:
        """Somebody writes to us. `reply_to` is the id of a mail of theirs or ours; `files`: name, kind and bytes."""
        mail = EmailMessage(policy=SMTP)
        address = self.address_of(author)
        mail["From"] = f"{author.partition('@')[0].capitalize()} <{address}>"
        mail["To"] = self.world.address
        if cc:
            mail["Cc"] = cc
        mail["Date"] = format_datetime(self.world.clock())
        mail["Message-ID"] = f"<{uuid.uuid4().hex}@customers.example>"
        if reply_to is not None:
            before = self.mail(reply_to)
            mail["In-Reply-To"] = f"<{reply_to}>"
            chain = f"{before.get('References', '') if before else ''} <{reply_to}>"
            mail["References"] = " ".join(chain.split())
            subject = f"Re: {subject}"
        mail["Subject"] = subject
        for name, value in headers:
            del mail[name]
            mail[name] = value
        mail.set_content(words, charset="utf-8")
        if html is not None:
            mail.add_alternative(html, subtype="html")
        for name, kind, content in files:
            main, _, sub = kind.partition("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
        return self.world.arrive(mail.as_bytes())

    def arrive(self, raw: bytes, *, folder: str = "INBOX", at: datetime | None = None) -> Message:
        """A mail as it is, however broken."""
        return self.world.arrive(raw, folder=folder, at=at)

    def bounce(
        self, mail: Delivered, *, says: str = "550 5.1.1 nobody has that address", action: str = "failed"
    ) -> Message:
        """What a server says about a mail of ours (RFC 3464)."""
        id = str(mail.parsed.get("Message-ID"))
        head = mail.raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        lines = [
            "Return-Path: <>",
            "From: Mail Delivery System <mailer-daemon@mx.customers.example>",
            f"To: {self.world.address}",
            f"Date: {format_datetime(self.world.clock())}",
            f"Message-ID: <{uuid.uuid4().hex}@mx.customers.example>",
            "Subject: Undelivered Mail Returned to Sender",
            "Auto-Submitted: auto-replied",
            "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            "",
            "--b",
            "Content-Type: text/plain; charset=utf-8",
            "",
            "Your mail could not be delivered.",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.customers.example",
            "",
            f"Final-Recipient: rfc822; {mail.recipients[0]}",
            f"Action: {action}",
            "Status: 5.1.1" if action == "failed" else "Status: 4.4.1",
            f"Diagnostic-Code: smtp; {says}",
            "",
            "--b",
            "Content-Type: text/rfc822-headers",
            "",
            head,
            "",
            "--b--",
            "",
        ]
        assert id
        return self.world.arrive("\r\n".join(lines).encode())

    async def answer_by_hand(self, id: str, words: str) -> Message:
        """A colleague answers with a mail program: it lies among the sent mails."""
        found = self.world.find(id)
        assert found is not None
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self.world.address
        mail["To"] = str(found[1].parsed.get("From"))
        mail["Date"] = format_datetime(self.world.clock())
        mail["Message-ID"] = f"<{uuid.uuid4().hex}@acme.example>"
        mail["In-Reply-To"] = f"<{id}>"
        mail["References"] = f"<{id}>"
        mail["Subject"] = f"Re: {found[1].parsed.get('Subject')}"
        mail.set_content(words, charset="utf-8")
        return self.world.arrive(mail.as_bytes(), folder="Sent")

    async def delete(self, id: str) -> None:
        """A colleague throws it into the bin."""
        found = self.world.find(id)
        if found is not None:
            folder, mail = found
            folder.messages.remove(mail)
            self.world.folders["Trash"].add(mail.raw, mail.at)
            self.changes.tell()

    async def archive(self, id: str) -> None:
        found = self.world.find(id)
        if found is not None:
            folder, mail = found
            folder.messages.remove(mail)
            self.world.folders["Archive"].add(mail.raw, mail.at)
            self.changes.tell()

    # Reading

    def mail(self, id: str):  # type: ignore[no-untyped-def]
        """A mail by its id, ours or theirs, as it was parsed; None where there is none."""
        found = self.world.find(id)
        if found is not None:
            return found[1].parsed
        return next((one.parsed for one in self.world.delivered if id in str(one.parsed.get("Message-ID"))), None)

    def replies_to(self, id: str) -> list[Delivered]:
        """What customers got in answer to a mail, oldest first."""
        return [one for one in self.world.delivered if one.parsed.get("In-Reply-To") == f"<{id}>"]

    # The names under which other squares have the same.
    base_url = ""
    token = ""

    def posted_by_us(self) -> list[Delivered]:
        """Everything that customers got from us, oldest first."""
        return self.world.delivered

    @property
    def delivered(self) -> list[Delivered]:
        return self.world.delivered

    @property
    def publish_calls(self) -> list[PublishCall]:
        """Every mail that was handed over, and what became of it."""
        return self.smtp.calls

    def streams(self) -> int:
        """How many lines wait for news."""
        return self.imap.idling

    # Misbehaving

    def fault(
        self,
        fault: Fault | str,
        *,
        times: int | None = None,
        seconds: float | None = None,
        where: Where | str = Where.SMTP,
    ) -> Active:
        """Misbehave, as the table of faults says."""
        active = self.faults.set(Fault(fault), times=times, seconds=seconds, where=Where(where))
        if active.fault is Fault.CUT_OFF:
            self.imap.cut()
        self.changes.tell()
        return active

    def clear_faults(self, fault: Fault | str | None = None) -> None:
        """Behave again."""
        self.faults.clear(Fault(fault) if fault is not None else None)
        self.changes.tell()

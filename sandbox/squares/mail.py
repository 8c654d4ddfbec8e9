"""Mail, as the page uses squares: `sandbox.mail`, whose two doors are ports of their own beside the page's."""

from collections.abc import AsyncIterator, Mapping
from email.message import Message as Parsed
from email.utils import parseaddr, parsedate_to_datetime

from aiohttp import web

from sandbox.guard import Handler
from sandbox.mail import Fault, MailStandIn
from sandbox.ports import free_port
from sandbox.serving import drop
from sandbox.square.changes import Changes
from sandbox.squares.contract import Length, Rules, Said, Shown, Square, in_one_sentence, username

_MOST = 20_000  # the adapter's usual bound


class Mail(Square):
    """What lies in our mailbox, and what customers got."""

    name = "mail"
    title = "Mail"
    rules = Rules(
        us="Acme",
        brief="mail to care@acme.example",
        counted="20,000 characters, a choice of ours: mail itself has no bound.",
        edits="Never: what was sent is sent.",
        seen="Only who is written to.",
        heard="Every mail to care@acme.example; not notes of absence, nor mailing lists.",
        may_edit=False,
        may_delete=False,
        people=tuple((f"{name.lower()}@customers.example", name) for name in ("Lea", "Kim", "Jonas")),
        pictures=False,
    )

    def __init__(self, stand_in: MailStandIn) -> None:
        self._mail = stand_in
        self._stand_in = _Mounted(stand_in)

    @property
    def stand_in(self) -> "_Mounted":
        return self._stand_in

    @property
    def is_cut(self) -> bool:
        return self._mail.faults.on(Fault.CUT_OFF)

    def mounted(self, address: str) -> None:
        """Its doors are opened with the page; the bot is told where they will be."""
        self._stand_in.choose()

    def settings(self) -> Mapping[str, str | bool | int]:
        return {
            "address": self._mail.world.address,
            "called": "Acme Care",
            "imap": self._mail.imap_address,
            "smtp": self._mail.smtp_address,
            "security": "none",
            "sent": "copy",
            "poll": "5s",
            "longest": _MOST,
        }

    def secrets(self) -> Mapping[str, str]:
        return {"PASSWORD": self._mail.world.password}

    async def post(self, said: Said) -> str:
        author = said.author if said.author.count("@") == 1 and said.author[0] != "@" else username(said.author).lower()
        with in_one_sentence():
            if said.answers is not None and self._mail.mail(said.answers) is None:
                raise KeyError(said.answers)
            return (await self._mail.post(author, said.words, reply_to=said.answers)).id

    async def edit(self, id: str, words: str, *, warning: str | None = None) -> None:
        raise NotImplementedError("the rules say that nobody may")

    async def delete(self, id: str) -> None:
        raise NotImplementedError("the rules say that nobody may")

    async def answer_by_hand(self, id: str, words: str) -> None:
        with in_one_sentence():
            if self._mail.world.find(id) is None:
                raise KeyError(id)
            await self._mail.answer_by_hand(id, words)

    def length(self, words: str, warning: str = "") -> Length:
        return Length(len(words), _MOST)

    def posts(self) -> list[Shown]:
        folders = self._mail.world.folders
        mails = [one.parsed for one in (*folders["INBOX"].messages, *folders["Sent"].messages)]
        shown = [self._shown(one) for one in (*mails, *(one.parsed for one in self._mail.delivered))]
        return sorted({one.id: one for one in shown}.values(), key=lambda one: one.at)

    def _shown(self, mail: Parsed) -> Shown:
        name, address = parseaddr(str(mail["From"]))
        ours = address == self._mail.world.address
        body = mail.get_payload(decode=True)
        words = body.decode("utf-8", "replace") if isinstance(body, bytes) else "(several parts)"
        return Shown(
            id=_id(mail["Message-ID"]),
            ours=ours,
            handle=address,
            name=name or ("Acme Care" if ours else address.partition("@")[0].capitalize()),
            words=words.replace("\r\n", "\n").strip("\n"),
            at=parsedate_to_datetime(str(mail["Date"])),
            answers=_id(mail["In-Reply-To"]) or None,
            audience=f"to {parseaddr(str(mail['To']))[1]}" if ours else "",
        )


class _Mounted:
    """The mail server as something that is mounted: nothing to be seen by HTTP, but doors that open with the page."""

    def __init__(self, mail: MailStandIn) -> None:
        self._mail = mail
        self._ports = (0, 0)

    @property
    def changes(self) -> Changes:
        return self._mail.changes

    def choose(self) -> None:
        """Two ports that are free now."""
        self._ports = (free_port(), free_port())
        self._mail.smtp_address, self._mail.imap_address = (f"127.0.0.1:{port}" for port in self._ports)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._door])
        app.cleanup_ctx.append(self._opened)
        return app

    def fault(self, fault: str) -> object:
        return self._mail.fault(fault)

    def clear_faults(self, fault: str | None = None) -> None:
        self._mail.clear_faults(fault)

    async def _opened(self, app: web.Application) -> AsyncIterator[None]:
        smtp, imap = self._ports
        async with self._mail.open(smtp_port=smtp, imap_port=imap):
            yield

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        return drop(request) if self._mail.faults.on(Fault.CUT_OFF) else web.Response(status=404)


def _id(header: object) -> str:
    return str(header or "").strip().strip("<>")

"""A reply as a mail: its id, chosen before it is sent, its headers and its words, exactly as approved.

No header can be smuggled in: names and subjects of strangers are put on one line, and the policy refuses the rest.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from adapters.errors import Reason, Refused
from adapters.mail_headers import Mailer, is_id
from adapters.mail_read import plain_subject
from adapters.posts import Reply

OURS = "twoway."
MOST_REFERENCES = 20  # the first and the last ones stay: some servers cut long headers
_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail that is ready to go: to whom, and its bytes. `utf8`: the server has to take letters beyond ASCII."""

    id: str
    sender: str
    recipient: str
    copy_to: str | None
    raw: bytes
    utf8: bool


class Names:
    """Ids of our own mails: the same for the same key, and nobody else can make one up."""

    def __init__(self, *, secret: str, domain: str) -> None:
        self._secret = hashlib.sha256(f"twoway mail ids {secret}".encode()).digest()
        self._domain = domain

    def of(self, key: str) -> str:
        part = hashlib.sha256(key.encode()).hexdigest()[:24]
        return f"{OURS}{part}.{self._proof(part)}@{self._domain}"

    def are_ours(self, id: str) -> bool:
        found = re.fullmatch(r"twoway\.([0-9a-f]{24})\.([0-9a-f]{16})@(.+)", id)
        return found is not None and found[3] == self._domain and hmac.compare_digest(found[2], self._proof(found[1]))

    def _proof(self, part: str) -> str:
        return hmac.new(self._secret, part.encode(), hashlib.sha256).hexdigest()[:16]


def subject_of(reply: Reply) -> str:
    """The customer's subject, answered once."""
    given = reply.extra.get("subject")
    subject = plain_subject(" ".join(_LINE.sub(" ", given if isinstance(given, str) else "").split()))
    return f"Re: {subject}" if subject else "Re: your mail"


def references_of(reply: Reply) -> tuple[str, ...]:
    """The thread so far, the customer's mail last."""
    given = reply.extra.get("thread")
    before = [one for one in given if isinstance(one, str)] if isinstance(given, list | tuple) else []
    found = [one for one in dict.fromkeys((*before, message_id_of(reply))) if one and is_id(one)]
    return tuple(found if len(found) <= MOST_REFERENCES else [found[0], *found[-(MOST_REFERENCES - 1) :]])


def message_id_of(reply: Reply) -> str | None:
    """The id of the mail that is answered; None where it brought none."""
    given = reply.extra.get("message_id")
    return given if isinstance(given, str) and is_id(given) else None


def recipient_of(reply: Reply) -> Mailer | None:
    """To whom the answer goes: one address."""
    address, name = reply.extra.get("answer_to"), reply.extra.get("answer_name")
    if not isinstance(address, str) or not re.fullmatch(
        r"[^\s<>()\[\],;:\"\\@]{1,64}@[^\s<>()\[\],;:\"\\@]{1,190}", address
    ):
        return None
    return Mailer(address, name if isinstance(name, str) else "")


def written(reply: Reply, *, id: str, address: str, name: str, now: datetime, copy: bool) -> Outgoing:
    """The mail for a reply. `Refused` where there is nobody to send it to, or no mail can be made of it."""
    to = recipient_of(reply)
    if to is None:
        raise Refused(Reason.NOT_ALLOWED, "That mail names nobody whom we could answer.")
    local, _, domain = to.address.rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError as error:
        raise Refused(Reason.INVALID, f"{to.address} is no address that mail can be sent to.") from error
    utf8 = not local.isascii()
    message = EmailMessage(policy=(SMTPUTF8 if utf8 else SMTP).clone(raise_on_defect=False))
    parent, thread = message_id_of(reply), references_of(reply)
    try:
        message["From"] = Address(_line(name), addr_spec=address)
        message["To"] = Address(_line(to.name), username=local, domain=domain)
        message["Subject"] = subject_of(reply)
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{id}>"
        if parent is not None:
            message["In-Reply-To"] = f"<{parent}>"
        if thread:
            message["References"] = " ".join(f"<{one}>" for one in thread)
        if reply.language and re.fullmatch(r"[A-Za-z0-9-]{2,35}", reply.language):
            message["Content-Language"] = reply.language
        message.set_content(reply.text.plain, charset="utf-8")
        raw = message.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError, IndexError) as error:
        raise Refused(Reason.INVALID, "No mail can be made of that address, subject or text.") from error
    return Outgoing(id, address, f"{local}@{domain}", address if copy else None, raw, utf8)


def _line(words: str) -> str:
    return " ".join(_LINE.sub(" ", words).split())[:120]

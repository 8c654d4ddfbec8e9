"""A mail as it lies in a mailbox, read: who wrote, in which thread, what, and whether a program did.

Finding words and files in it is in `mail_words`, single headers in `mail_headers`. What of it is news is left to
others.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from email.utils import parsedate_to_datetime
from enum import Enum

from adapters.errors import Malformed
from adapters.mail_headers import Mailer, header, ids, mailers, raw_headers
from adapters.mail_words import File, Words, words_of
from adapters.text import Text

HASH = "hash-"  # before the name of a mail that brings no id of its own
LONGEST_SUBJECT = 500
MOST_PARENTS = 100


class Wrote(Enum):
    """Who or what wrote a mail."""

    PERSON = "person"
    AUTO_REPLY = "auto-reply"  # a note of absence, a receipt for reading
    LIST = "list"  # a newsletter, a mailing list
    MACHINE = "machine"  # a contact form, an alert
    BOUNCE = "bounce"  # a mail of ours could not be delivered, or is late


@dataclass(frozen=True, slots=True)
class Failure:
    """What a mail server says about a mail that it has (RFC 3464)."""

    about: tuple[str, ...]  # ids of the mails it may be about
    failed: bool  # False: delayed, or delivered
    delayed: bool
    says: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One mail. `name` is its id, or a hash of it where it brings none; `print` tells two with one id apart."""

    name: str
    print: str
    parents: tuple[str, ...]  # of its thread, the first one first
    parent: str | None  # what it answers
    sender: Mailer | None
    answer_to: tuple[Mailer, ...]  # whom it asks us to answer; empty: the sender
    list_addresses: frozenset[str]
    subject: str
    text: Text
    folded: str
    files: tuple[File, ...]
    wrote: Wrote
    failure: Failure | None
    arrived: datetime
    received: datetime  # by the stamp of the last server; `arrived` where it has none
    size: int


def read_letter(raw: bytes, *, arrived: datetime, size: int | None = None, fold: bool = True) -> Letter:
    """A mail from its bytes (which may be cut). `Malformed` only for bytes that hold no headers at all."""
    try:
        message = message_from_bytes(raw, policy=compat32)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        message = message_from_bytes(raw.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n", policy=compat32)
    if not message.keys():
        raise Malformed("mail", "headers")
    try:
        words = words_of(message, fold=fold)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        words = Words(Text.of("(This mail is broken: look at it in a mail program.)"), "", ())
    subject = header(message, "subject")[:LONGEST_SUBJECT]
    sender = next(iter(mailers(message, "from")), None)
    digest = hashlib.sha256(
        "\0".join([sender.address.lower() if sender else "", subject, words.text.plain, words.folded]).encode()
    ).hexdigest()
    own = ids(message, "message-id")
    references, answers = ids(message, "references"), ids(message, "in-reply-to")
    parents = [one for one in dict.fromkeys((*references[:1], *references[-MOST_PARENTS:], *answers)) if one not in own]
    parent = next((one for one in (*answers[:1], *reversed(references)) if one not in own), None)
    failure = read_failure(message)
    return Letter(
        name=own[0] if own else HASH + hashlib.sha256((header(message, "date") + digest).encode()).hexdigest()[:40],
        print=digest[:12],
        parents=tuple(parents),
        parent=parent,
        sender=sender,
        answer_to=tuple(mailers(message, "reply-to")),
        list_addresses=frozenset(_list_addresses(message)),
        subject=subject,
        text=words.text,
        folded=words.folded,
        files=words.files,
        wrote=who_wrote(message, failure),
        failure=failure,
        arrived=arrived,
        received=_received(message, arrived),
        size=len(raw) if size is None else size,
    )


def who_wrote(message: Message, failure: Failure | None) -> Wrote:
    """By the signs of RFC 3834 and those that are older than it. The first that fits counts."""

    def says(name: str) -> str:
        return header(message, name).lower()

    auto, precedence = says("auto-submitted"), says("precedence")
    back = raw_headers(message, "return-path")
    from_nobody = bool(back) and back[0].replace(" ", "") == "<>"
    if failure is not None or "x-failed-recipients" in message:
        return Wrote.BOUNCE
    kind = message.get_content_type()
    absent = any(name in message for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Autoresponder"))
    if auto.startswith("auto-replied") or absent or precedence == "auto_reply" or _is_read_receipt(message, kind):
        return Wrote.AUTO_REPLY
    listed = any(name in message for name in ("List-Id", "List-Post", "List-Unsubscribe", "Mailing-List"))
    if listed or precedence in ("bulk", "list", "junk"):
        return Wrote.LIST
    if (auto and not auto.startswith("no")) or from_nobody or "all" in says("x-auto-response-suppress"):
        return Wrote.MACHINE
    return Wrote.PERSON


def _is_read_receipt(message: Message, kind: str) -> bool:
    return kind == "multipart/report" and "disposition-notification" in header(message, "content-type").lower()


def read_failure(message: Message) -> Failure | None:
    """What a delivery status notification says; None for any other mail."""
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return None
    parts = message.get_payload()
    children = [part for part in parts if isinstance(part, Message)] if isinstance(parts, list) else []
    status = next((part for part in children if part.get_content_type() == "message/delivery-status"), None)
    if status is None:
        return None
    blocks = status.get_payload() if status.is_multipart() else []
    fields = [block for block in blocks if isinstance(block, Message)] if isinstance(blocks, list) else []
    actions = {header(block, "action").lower() for block in fields}
    about: list[str] = [*ids(message, "in-reply-to"), *ids(message, "references")]
    for part in children:
        about += _inner_ids(part)
    said = next((words for block in fields if (words := header(block, "diagnostic-code"))), "")
    said = said or next((words for block in fields if (words := header(block, "status"))), "")
    return Failure(
        about=tuple(dict.fromkeys(about)),
        failed="failed" in actions or not actions & {"delayed", "delivered", "relayed", "expanded"},
        delayed="delayed" in actions,
        says=re.sub(r"^\w+;\s*", "", said)[:300],
    )


def _inner_ids(part: Message) -> tuple[str, ...]:
    """The id of the mail that a report brings along, whole or its headers."""
    if part.get_content_type() == "text/rfc822-headers":
        payload = part.get_payload(decode=True)
        return ids(message_from_bytes(payload, policy=compat32), "message-id") if isinstance(payload, bytes) else ()
    inner = part.get_payload() if part.get_content_type() == "message/rfc822" and part.is_multipart() else None
    if isinstance(inner, list) and inner and isinstance(inner[0], Message):
        return ids(inner[0], "message-id")
    return ()


def _list_addresses(message: Message) -> list[str]:
    found = [
        one for value in raw_headers(message, "list-post") for one in re.findall(r"mailto:([^>?\s]{3,250})", value)
    ]
    found += [
        one.address for name in ("mailing-list", "x-mailing-list", "x-been-there") for one in mailers(message, name)
    ]
    return [one.lower() for one in found]


def _received(message: Message, arrived: datetime) -> datetime:
    """When the last server had it, by its own stamp: that stays when a folder is made anew."""
    for value in raw_headers(message, "received")[:1]:
        try:
            at = parsedate_to_datetime(value.rpartition(";")[2].strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            return arrived
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return min(at, arrived)
    return arrived


def plain_subject(subject: str) -> str:
    """Without the signs of an answer before it: "Re: AW: late" is "late"."""
    return re.sub(
        r"^(?:\s*(?:re|aw|sv|antw|vs|ref|odp|rv|回复|答复)(?:\[\d{1,3}\])?\s*[::])+\s*", "", subject, flags=re.I
    )

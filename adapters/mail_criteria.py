"""What finds mails in a mailbox: criteria of IMAP's SEARCH (RFC 3501), by a mail's id, its thread, its day. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from adapters.mail_headers import is_id
from adapters.mail_read import HASH

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def since(at: datetime) -> str:
    """The criterion for a day and all after it; a day earlier, since servers judge by their own clocks."""
    day = at.astimezone(UTC).date() - timedelta(days=1)
    return f"SINCE {day_of(day)}"


def day_of(day: date) -> str:
    """A day as IMAP spells it."""
    return f"{day:%d}-{_MONTHS[day.month - 1]}-{day.year}"


def quoted(words: str) -> str:
    return f'"{words}"'


def searchable(name: str) -> bool:
    """Whether a mailbox can be asked for it."""
    return bool(by_id(name))


def bare(name: str) -> str:
    """The id of a mail without what tells it from another with the same id."""
    return name.partition(" ")[0]


def by_id(name: str) -> str:
    """What finds a mail by what it is called; "" where nothing could."""
    if name.startswith(HASH):
        # RFC 3501: an empty string fits every mail that has such a header.
        return 'NOT HEADER Message-ID ""'
    return f"HEADER Message-ID {quoted('<' + bare(name) + '>')}" if is_id(bare(name)) else ""


def thread_criteria(top: str) -> str:
    """What finds every mail of the thread that began with this id."""
    own, references, answers = (
        f"HEADER {name} {quoted('<' + top + '>')}" for name in ("Message-ID", "References", "In-Reply-To")
    )
    return f"OR {own} OR {references} {answers}"


def answers_criteria(name: str) -> str:
    """What finds the answers to a mail; "" where nothing could."""
    return f"HEADER In-Reply-To {quoted('<' + name + '>')}" if is_id(name) else ""

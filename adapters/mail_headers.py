"""Headers of mail as they come: encoded words, broken letters, addresses, ids. Nothing here ever raises."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass
from email.message import Message
from email.utils import getaddresses
from functools import partial

from adapters.payload import storable

MOST = 100_000  # characters of one header that are read
_WORD = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?\s]*|[^?]*?)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,100}\?[bBqQ]\?)")
# What is written into a search of the mailbox has to be plain: visible ASCII without quotes and backslashes.
_ID = re.compile(r"<\s*([!#-;=?-\[\]-~]{1,500})\s*>")
_BARE_ID = re.compile(r"[!#-;=?A-\[\]-~]{1,250}@[!#-;=?A-\[\]-~]{1,250}")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"\\@]{1,64}@[^\s<>()\[\],;:\"\\@]{1,190}")
_ASIDE = "\ue000"  # of the private letters: nobody writes it
# Control characters, and those that turn the direction of what follows: a name must not pose as another.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class Mailer:
    """Somebody's address (as written) and the name beside it."""

    address: str
    name: str


def decoded(raw: bytes, charset: str | None) -> str:
    """Letters from bytes by a charset that may be wrong, unknown or none: what cannot be read is shown as such."""
    for name in (charset, "utf-8", "cp1252"):
        if not name:
            continue
        try:
            return storable(raw.decode(name.strip("'\" ").lower().replace("cp-", "cp")))
        except (LookupError, UnicodeError, ValueError, TypeError):
            continue
    return storable(raw.decode("latin-1"))


def raw_headers(message: Message, name: str) -> list[str]:
    """Each header of that name, unfolded, 8-bit letters read, encoded words as they are."""
    found = []
    for key, value in message.raw_items():
        if key.lower() == name:
            raw = str(value)[:MOST].encode("utf-8", "surrogateescape")
            found.append(re.sub(r"\r?\n[ \t]?", " ", decoded(raw, "utf-8")).strip())
    return found


def header(message: Message, name: str) -> str:
    """The first header of that name on one line, for people; "" if there is none."""
    return next((shown(value) for value in raw_headers(message, name)), "")


def shown(value: str) -> str:
    """Words of a header with encoded words read (RFC 2047), on one line."""
    together = _BETWEEN_WORDS.sub(r"\1", value)
    return " ".join(_UNSEEN.sub(" ", _WORD.sub(_word, together)).split())


def _word(found: re.Match[str]) -> str:
    charset, how, words = found[1], found[2].lower(), found[3]
    raw = words.encode("ascii", "replace")
    try:
        decode = _base64 if how == "b" else partial(quopri.decodestring, header=True)
        return decoded(decode(raw), charset)
    except (binascii.Error, ValueError):
        return found[0]


def _base64(raw: bytes) -> bytes:
    return base64.b64decode(raw + b"=" * (-len(raw) % 4))


def mailers(message: Message, name: str) -> list[Mailer]:
    """Everybody in the headers of that name who has an address.

    Encoded words are put aside first: what is written in them (a colon, another address) is a name and no more.
    """
    values = raw_headers(message, name)
    words: list[str] = []

    def aside(found: re.Match[str]) -> str:
        words.append(shown(found[0]))
        return f"{_ASIDE}{len(words) - 1}{_ASIDE}"

    def back(given: str) -> str:
        return re.sub(f"{_ASIDE}(\\d{{1,6}}){_ASIDE}", lambda found: words[int(found[1])], given)

    plain = [_WORD.sub(aside, _BETWEEN_WORDS.sub(r"\1", value.replace(_ASIDE, ""))) for value in values]
    try:
        pairs = getaddresses(plain)
    except (ValueError, IndexError, TypeError, AttributeError):
        pairs = []
    found = [Mailer(back(address), shown(back(name_))) for name_, address in pairs]
    found = [one for one in found if _ADDRESS.fullmatch(one.address)]
    return found or [Mailer(one, "") for value in plain for one in _ADDRESS.findall(value)[:20] if _ASIDE not in one]


def ids(message: Message, name: str) -> tuple[str, ...]:
    """The message ids in the headers of that name, without angle brackets, in order, each once."""
    found: list[str] = []
    for value in raw_headers(message, name):
        here = _ID.findall(value)
        found += here if here or "<" in value else _BARE_ID.findall(value[:2000])
    return tuple(dict.fromkeys(found))


def is_id(words: str) -> bool:
    """Whether words may be looked for as the id of a mail."""
    return _ID.fullmatch(f"<{words}>") is not None

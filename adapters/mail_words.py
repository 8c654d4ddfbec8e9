"""The words of a mail: which part holds them, plain or HTML, with what is quoted below folded away; and its files.

Nothing is ever fetched from elsewhere: pictures of an HTML mail are their `alt` words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from adapters.mail_headers import decoded, raw_headers, shown
from adapters.markup import from_html
from adapters.text import Mark, Span, Text

DEEPEST = 20  # parts within parts
MOST_FILES = 50
LONGEST_TEXT = 100_000  # characters of one part

_ATTRIBUTION = re.compile(
    # "On Monday, Lea wrote:" as mail programs write it; the line ends with a colon, and says who wrote.
    r"(wrote|writes|schrieb|schreibt|a écrit|escribió|escreveu|ha scritto|schreef|skrev|написал\(а\)|написал|pisze"
    r"|napisał|kirjoitti|yazdı|写道|のメール|写信)\b.{0,40}[::]\s*$"
)
_OPENING = re.compile(r"(on|am|le|el|il|op|em|den|w dniu|dnia)\b.{0,80}\d", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"^\s*-{2,}\s*(original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale"
    r"|mensagem original|oorspronkelijk bericht|originalnachricht)\s*-{2,}\s*$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\W{0,4}(from|von|de|da|van|från|od|от)\s?:\W{0,4}\s\S", re.IGNORECASE)
_SENT = re.compile(
    r"^\W{0,4}(sent|gesendet|envoyé|enviado|inviato|verzonden|skickat|date|datum|fecha)\s?:", re.IGNORECASE
)
# Never folded: what somebody forwards is what they want us to read.
_FORWARDED = re.compile(
    r"(forwarded message|weitergeleitete nachricht|message transféré|begin forwarded)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class File:
    """Something attached: shown, never opened."""

    name: str
    kind: str
    size: int  # bytes; 0: not known


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote, what they quoted below it, and what they attached."""

    text: Text
    folded: str
    files: tuple[File, ...]


def words_of(message: Message, *, fold: bool = True) -> Words:
    """The words of a mail. Without `fold` everything stays."""
    texts: list[Text] = []
    files: list[File] = []
    for part in _parts(message, 0):
        if isinstance(part, Text):
            texts.append(part)
        elif len(files) < MOST_FILES:
            files.append(part)
    whole = Text()
    for text in texts:
        if text.plain.strip():
            whole = whole + Text.of("\n\n") + text if whole else text
    whole = trimmed(whole)
    at = folds_at(whole.plain) if fold else None
    if at is None:
        return Words(whole, "", tuple(files))
    return Words(trimmed(cut(whole, at)), whole.plain[at:].strip(), tuple(files))


def _parts(part: Message, depth: int) -> Iterator[Text | File]:
    kind = part.get_content_type()
    inside = part.get_payload() if part.is_multipart() else None
    if depth > DEEPEST:
        return
    if kind == "message/rfc822" or (isinstance(inside, list) and not kind.startswith("multipart/")):
        if kind not in ("message/delivery-status", "message/disposition-notification"):
            yield File(_name(part) or "mail.eml", kind, 0)
        return
    if isinstance(inside, list):
        children = [child for child in inside if isinstance(child, Message)]
        if kind == "multipart/alternative":
            yield from _best(children, depth)
            return
        if kind == "multipart/encrypted":
            yield Text.of("(This mail is encrypted: it can be read in a mail program only.)")
        for child in children:
            yield from _parts(child, depth + 1)
        return
    name = _name(part)
    attached = any(one.lower().startswith("attachment") for one in raw_headers(part, "content-disposition")[:1])
    if kind in ("text/plain", "text/html") and not attached and not name:
        yield _text(part, kind)
    elif kind not in ("text/rfc822-headers", "message/delivery-status"):
        yield File(name or "(no name)", kind, len(_bytes(part)))


def _best(children: list[Message], depth: int) -> Iterator[Text | File]:
    """The plain words of an alternative if it has some, else its HTML; files of all."""
    found = [list(_parts(child, depth + 1)) for child in children]
    spoken = [one for one in found if any(isinstance(item, Text) and item.plain.strip() for item in one)]
    plain = [one for one, child in zip(found, children, strict=True) if child.get_content_type() == "text/plain"]
    chosen = next((one for one in plain if one in spoken), spoken[-1] if spoken else [])
    yield from (item for item in chosen if isinstance(item, Text))
    for one in found:
        yield from (item for item in one if isinstance(item, File))


def _bytes(part: Message) -> bytes:
    try:
        raw = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError):
        raw = None
    return raw if isinstance(raw, bytes) else b""


def _text(part: Message, kind: str) -> Text:
    try:
        charset = part.get_content_charset()
    except (LookupError, UnicodeError, ValueError, TypeError):
        charset = None
    words = decoded(_bytes(part), charset)
    if kind == "text/html":
        return from_html(words)
    cut_off = " […]" if len(words) > LONGEST_TEXT else ""
    words = words[:LONGEST_TEXT].replace("\r\n", "\n").replace("\r", "\n")
    if _param(part, "format").lower() == "flowed":
        words = unflowed(words, delete_space=_param(part, "delsp").lower() == "yes")
    return Text.of(words + cut_off)


def _param(part: Message, name: str) -> str:
    try:
        value = part.get_param(name, "")
    except (LookupError, UnicodeError, ValueError, TypeError, IndexError):
        return ""
    return value if isinstance(value, str) else ""


def _name(part: Message) -> str:
    """What a file is called, on one line, without a way to it."""
    # Letters beyond ASCII stand there as they are: the library makes no words of those.
    own = Message()
    for header in ("Content-Disposition", "Content-Type"):
        for value in raw_headers(part, header.lower())[:1]:
            own[header] = value
    try:
        name = own.get_filename("") or ""
    except (LookupError, UnicodeError, ValueError, TypeError, IndexError, AttributeError):
        return "(a name that cannot be read)"
    name = shown(decoded(str(name).encode("utf-8", "surrogateescape"), "utf-8"))
    return name.replace("\\", "/").rpartition("/")[2][:120]


def unflowed(words: str, *, delete_space: bool) -> str:
    """Lines that a mail program has broken, whole again (RFC 3676). Quoted lines stay as they are."""
    out: list[str] = []
    flowing = False
    for line in words.split("\n"):
        if line.startswith(">") or line == "-- ":
            out.append(line)
            flowing = False
            continue
        line = line.removeprefix(" ")  # stuffed
        if flowing:
            out[-1] += line
        else:
            out.append(line)
        flowing = out[-1].endswith(" ")
        if flowing and delete_space:
            out[-1] = out[-1][:-1]
    return "\n".join(out)


def folds_at(words: str) -> int | None:
    """From which character on it is earlier mail that is quoted, to the very end; None: nowhere.

    Only what stands below everything that was written is taken for that: whoever answers between the lines is read
    whole. Nor where nothing would be left.
    """
    lines = words.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for number, line in enumerate(lines):
        header = _FROM.search(line) and any(_SENT.search(one) for one in lines[number + 1 : number + 4])
        if _SEPARATOR.search(line) or header:
            above = [one for one in lines[:number] if one.strip().strip("_")]
            if not above or _FORWARDED.search(above[-1]):
                break
            while number and not lines[number - 1].strip().strip("_"):
                number -= 1
            return starts[number]
    return _trailing(lines, starts)


def _trailing(lines: list[str], starts: list[int]) -> int | None:
    first = len(lines)
    while first and (lines[first - 1].startswith(">") or not lines[first - 1].strip()):
        first -= 1
    if not any(line.startswith(">") for line in lines[first:]):
        return None
    for back in (1, 2, 3):  # long lines of attribution are broken
        said = " ".join(line.strip() for line in lines[max(0, first - back) : first])
        if first - back >= 0 and _ATTRIBUTION.search(said) and not _FORWARDED.search(said):
            first -= back
            above = [number for number in range(max(0, first - 2), first) if _OPENING.match(lines[number])]
            first = above[0] if above else first
            break
    written = [line for line in lines[:first] if line.strip()]
    if not written or _FORWARDED.search(written[-1]):
        return None
    return starts[first]


def cut(text: Text, at: int) -> Text:
    """What stands before a character of `text.plain`. Marked spans stay whole or go."""
    kept: list[Span] = []
    length = 0
    for span in text.spans:
        here = span.plain
        if length + len(here) > at:
            if span.mark is Mark.PLAIN:
                kept.append(Span(span.words[: at - length]))
            break
        kept.append(span)
        length += len(here)
    return Text(tuple(span for span in kept if span.words or span.target))


def trimmed(text: Text) -> Text:
    """Without empty lines before and after."""
    spans = list(text.spans)
    while spans and spans[-1].mark is Mark.PLAIN:
        last = spans.pop().words.rstrip()
        if last:
            spans.append(Span(last))
            break
    while spans and spans[0].mark is Mark.PLAIN:
        first = re.sub(r"\A(?:[ \t]*\n)+", "", spans.pop(0).words)
        if first.strip():
            spans.insert(0, Span(first))
            break
    return Text(tuple(spans))


def sized(size: int) -> str:
    """So many bytes, for people."""
    if size < 1000:
        return f"{size} bytes"
    shown = float(size)
    for unit in ("kB", "MB", "GB"):
        shown = round(shown / 1000, 1 if shown < 10_000 else 0)
        if shown < 1000:
            return f"{shown:g} {unit}"
    return "very large"

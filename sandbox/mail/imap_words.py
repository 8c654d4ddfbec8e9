"""The language of IMAP (RFC 3501): commands into words, search keys into a question about one mail, strings back."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from email.message import Message as Parsed
from typing import TypeAlias, Union

from sandbox.mail.world import Folder, Message

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ATOM_ENDS = frozenset(b'(){ "\r\n')


class Bad(Exception):
    """A command that no server understands."""


class Literal(bytes):
    """A string that came as so many bytes."""


#: A word of a command: an atom (str), a string (bytes), or words in parentheses.
Word: TypeAlias = Union[str, bytes, list["Word"]]  # noqa: UP007
Question = Callable[[Message], bool]


def words_of(line: Sequence[bytes | Literal]) -> list[Word]:
    """The words of a command: pieces of its line, with its literals between them. `Bad`."""
    stack: list[list[Word]] = [[]]
    for piece in line:
        if isinstance(piece, Literal):
            stack[-1].append(bytes(piece))
            continue
        at = 0
        while at < len(piece):
            sign = piece[at : at + 1]
            if sign == b" ":
                at += 1
            elif sign == b"(":
                stack.append([])
                at += 1
            elif sign == b")":
                if len(stack) == 1:
                    raise Bad("a parenthesis too much")
                inner = stack.pop()
                stack[-1].append(inner)
                at += 1
            elif sign == b'"':
                string, at = _quoted(piece, at + 1)
                stack[-1].append(string)
            else:
                start, brackets = at, 0
                while at < len(piece) and (brackets or piece[at] not in _ATOM_ENDS):
                    brackets += {b"[": 1, b"]": -1}.get(piece[at : at + 1], 0)
                    at += 1
                if at == start:
                    raise Bad("an unexpected sign")
                stack[-1].append(piece[start:at].decode("ascii", "strict") if piece[start:at].isascii() else _no())
    if len(stack) != 1:
        raise Bad("a parenthesis is missing")
    return stack[0]


def _no() -> str:
    raise Bad("letters beyond ASCII outside a literal")


def _quoted(piece: bytes, at: int) -> tuple[bytes, int]:
    out = bytearray()
    while at < len(piece):
        sign = piece[at]
        if sign == ord('"'):
            return bytes(out), at + 1
        if sign == ord("\\"):
            at += 1
            if at >= len(piece) or piece[at] not in b'"\\':
                raise Bad("a backslash before another sign")
            sign = piece[at]
        if sign > 127:
            raise Bad("letters beyond ASCII in quotes")
        out.append(sign)
        at += 1
    raise Bad("a quote that does not end")


def text(word: Word) -> str:
    """A word that may be an atom or a string."""
    if isinstance(word, list):
        raise Bad("parentheses where a string is due")
    if isinstance(word, bytes):
        return word.decode("utf-8", "replace")
    return word


def string(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def in_set(given: str, number: int, largest: int) -> bool:
    """Whether a number is in a set such as "1:4,7,9:*". "9:*" holds the largest one even where that is smaller."""
    for part in given.split(","):
        ends = [largest if end == "*" else int(end) if end.isdigit() else -1 for end in part.split(":")]
        if len(ends) > 2 or min(ends) < 0 or (0 in ends and largest != 0):
            raise Bad(f"no set of numbers: {given}")
        if min(ends) <= number <= max(ends):
            return True
    return False


def question(words: list[Word], folder: Folder) -> Question:
    """What a search asks of each mail. `Bad` for keys that RFC 3501 does not have (or that we do not play)."""
    rest = list(words)
    asked: list[Question] = []
    while rest:
        asked.append(_key(rest, folder))
    if not asked:
        raise Bad("a search for nothing")
    return lambda mail: all(one(mail) for one in asked)


def _key(rest: list[Word], folder: Folder) -> Question:
    if not rest:
        raise Bad("a search key is missing")
    word = rest.pop(0)
    if isinstance(word, list):
        return question(word, folder)
    if isinstance(word, bytes):
        raise Bad("a string where a search key is due")
    key = word.upper()
    if key == "ALL":
        return lambda mail: True
    if key == "NOT":
        inner = _key(rest, folder)
        return lambda mail: not inner(mail)
    if key == "OR":
        one, other = _key(rest, folder), _key(rest, folder)
        return lambda mail: one(mail) or other(mail)
    if key == "UID":
        given = text(_next(rest))
        largest = max((mail.uid for mail in folder.messages), default=0)
        in_set(given, 0, largest)
        return lambda mail: in_set(given, mail.uid, largest)
    if key in ("SINCE", "BEFORE"):
        day = _day(text(_next(rest)))
        return lambda mail: (mail.at.astimezone(UTC).date() >= day) is (key == "SINCE")
    if key == "HEADER":
        name, value = text(_next(rest)), text(_next(rest)).lower()
        return lambda mail: any(value in one.lower() for one in _unfolded(mail.parsed, name))
    if key in ("FROM", "TO", "SUBJECT"):
        value = text(_next(rest)).lower()
        return lambda mail: any(value in one.lower() for one in _unfolded(mail.parsed, key))
    if key in ("TEXT", "BODY"):
        value = text(_next(rest)).lower()
        return lambda mail: value in readable(mail.parsed, whole=key == "TEXT").lower()
    if key in ("SEEN", "UNSEEN"):
        return lambda mail: ("\\Seen" in mail.flags) is (key == "SEEN")
    raise Bad(f"no search key: {key}")


def _next(rest: list[Word]) -> Word:
    if not rest:
        raise Bad("a search key lacks its value")
    return rest.pop(0)


def _unfolded(message: Parsed, name: str) -> list[str]:
    return ["".join(str(value).splitlines()) for value in message.get_all(name, [])]


def readable(message: Parsed, *, whole: bool) -> str:
    """What a search for words looks through: texts, decoded; the headers too if `whole`."""
    found = [f"{name}: {value}" for name, value in message.items()] if whole else []
    for part in message.walk():
        if part.get_content_maintype() == "text":
            raw = part.get_payload(decode=True)
            found.append(raw.decode("utf-8", "replace") if isinstance(raw, bytes) else "")
        elif part is not message:
            found += [f"{name}: {value}" for name, value in part.items()]
    return "\n".join(found)


def _day(given: str) -> date:
    parts = given.split("-")
    if len(parts) != 3 or parts[1] not in MONTHS or not (parts[0].isdigit() and parts[2].isdigit()):
        raise Bad(f"no date: {given}")
    return date(int(parts[2]), MONTHS.index(parts[1]) + 1, int(parts[0]))


def internal_date(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f'"{at.day:2d}-{MONTHS[at.month - 1]}-{at:%Y %H:%M:%S} +0000"'


def read_internal_date(given: str) -> datetime:
    try:
        day, month, rest = given.strip().split("-", 2)
        year, clock, zone = rest.split(" ")
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])) * (-1 if zone[0] == "-" else 1)
        hour, minute, second = (int(one) for one in clock.split(":"))
        local = datetime(int(year), MONTHS.index(month) + 1, int(day), hour, minute, second, tzinfo=UTC)
        return local - offset
    except (ValueError, IndexError):
        raise Bad(f"no time: {given}") from None

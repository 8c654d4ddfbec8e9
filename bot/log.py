"""The log: one line an event, with ids and verbs. Keeps out tokens, and whatever a library might quote.

Our own code logs a verb and gives ids as `extra`:  log.info("claimed", extra={"conversation": 142, "rep": 3})
What `bot.trail` says is being worked on stands in every line.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TextIO

from bot import trail
from bot.settings.secret import Secret

# Loggers of ours: what they say is kept whole. One that ends in ".library" was lent to a library.
OURS = ("twoway", "adapters", "bot", "models")

# From which level on a library is heard, by the beginning of its name.
LIBRARIES: Mapping[str, int] = {
    "": logging.WARNING,
    # One line a request, with whatever secrets stand in its address.
    "aiohttp.access": logging.CRITICAL,
    # Says "using selector" and such at DEBUG; its warnings are about us.
    "asyncio": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    # Warns at every try that a collector of traces is away.
    "opentelemetry": logging.ERROR,
    # At DEBUG both log whole requests with tokens, and at WARNING bolt quotes whole unhandled bodies.
    "slack_bolt": logging.WARNING,
    "slack_sdk": logging.WARNING,
}

# A library's sentence ends where it begins to quote: at a bracket, a quotation mark or a new line.
_QUOTES = re.compile(r"[\n{\[<\"'`]")
# Longer than any sentence that libraries write by themselves.
_LONGEST = 160
# Tokens as platforms write them, should one ever stand in a line without being a setting of ours.
_TOKENS = re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+|\bBearer\s+\S+", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def setup(
    *,
    secrets: Iterable[Secret] = (),
    level: int = logging.INFO,
    stream: TextIO | None = None,
    human: bool | None = None,
) -> None:
    """Sends all logging to one place (stderr): JSON lines, or lines for people where that is a terminal.

    May be called again; the last call counts. No line it writes holds one of `secrets`.
    """
    stream = stream or sys.stderr
    people = stream.isatty() if human is None else human
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Lines(tuple(secrets), people=people))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(LIBRARIES[""])
    for name, least in LIBRARIES.items():
        if name:
            logging.getLogger(name).setLevel(least)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)


class _Lines(logging.Formatter):
    """A record as one line, made safe."""

    def __init__(self, secrets: tuple[Secret, ...], *, people: bool) -> None:
        super().__init__()
        # The longest first, so that no secret hides a part of another.
        self._secrets = sorted((secret.reveal() for secret in secrets if secret), key=len, reverse=True)
        self._people = people

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage() if _is_ours(record.name) else _without_quotes(record.getMessage())
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "what": said,
        }
        line |= trail.ids()  # what was being worked on; a line may know better
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = list(_story(record.exc_info[1]))
        return self._clean(_for_people(line) if self._people else json.dumps(line, default=str, ensure_ascii=False))

    def _clean(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return _TOKENS.sub("***", line)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in OURS and not name.endswith(".library")


def _without_quotes(said: str) -> str:
    return _QUOTES.split(said, maxsplit=1)[0][:_LONGEST].rstrip(" :(")


def _story(error: BaseException) -> Iterator[str]:
    """Where an error came from, innermost last. Its own sentence only where that is ours or the system's: a
    library's may quote what a customer wrote."""
    seen: set[int] = set()
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        chain.append(at)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    for one in reversed(chain):
        for frame in traceback.extract_tb(one.__traceback__):
            yield f"{frame.filename}:{frame.lineno} {frame.name}"
        speaks = _is_ours(type(one).__module__) or isinstance(one, OSError)
        yield f"{type(one).__qualname__}: {one}" if speaks else type(one).__qualname__


def _one_line(value: object) -> str:
    """Nothing in a line begins another one, or commands the terminal that shows it."""
    return _CONTROLS.sub("\ufffd", str(value))


def _for_people(line: Mapping[str, object]) -> str:
    at, level, source, what = (_one_line(line[key]) for key in ("at", "level", "from", "what"))
    extras = [
        f"{key}={_one_line(value)}"
        for key, value in line.items()
        if key not in ("at", "level", "from", "what", "error")
    ]
    error = line.get("error")
    tail = "".join(f"\n    {_one_line(part)}" for part in error) if isinstance(error, list) else ""
    return " ".join([at[11:19], f"{level:7}", source, what, *extras]) + tail

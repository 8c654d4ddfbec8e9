"""What is being worked on: every line of the log that is written meanwhile names it, and so do traces, where somebody
collects them (`bot/traces.py`). What has been committed to a journal is told here, once, for both.

Decides nothing, and holds ids only: no words and no names.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol

from models.journal import Written

log = logging.getLogger("twoway.journal")

Ids = Mapping[str, int | str]


#: OpenTelemetry's own variables: where traces are sent.
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
NOT_INSTALLED = "{} is set, and what sends traces is not installed: pip install 'twoway[otel]', or unset it."


class Tracer(Protocol):
    """Where traces go."""

    async def close(self) -> None:
        """Sends what is left, as far as that goes quickly."""
        ...

    def span(self, what: str, ids: Ids) -> AbstractContextManager[object]:
        """Open as long as the work lasts."""
        ...

    def mark(self, entry: Written, ids: Ids) -> None:
        """Something that has happened to a conversation."""
        ...


#: What this task works on.
_ids: ContextVar[Ids | None] = ContextVar("twoway_ids", default=None)
#: Nobody collects traces, unless the task that began this one said who does.
_tracer: ContextVar[Tracer | None] = ContextVar("twoway_tracer", default=None)

#: Of what an event says, these are ids.
NAMED = ("delivery", "attempt", "revision", "post", "account", "idea")


def ids() -> Ids:
    """What is being worked on."""
    return _ids.get() or {}


def wanted(env: Mapping[str, str]) -> str | None:
    """The variable that says where traces are sent; None: nowhere."""
    return next((name for name in ENDPOINTS if env.get(name)), None)


def tracer_of(env: Mapping[str, str], place: str, owner: str) -> Tracer | None:
    """None where nobody collects traces, or where that is not installed: then the log says so, once."""
    name = wanted(env)
    if name is None:
        return None
    try:
        from bot.traces import Traces
    except ImportError:
        log.error(NOT_INSTALLED.format(name))
        return None
    return Traces(place, owner)


def collect(tracer: Tracer | None) -> None:
    """From here on, and in every task that begins from here, traces go there."""
    _tracer.set(tracer)


@contextmanager
def following(what: str, **known: int | str | None) -> Iterator[None]:
    """Work that `what` names is about these ids, and so is what it begins. Those that are None are not known."""
    mine = {key: value for key, value in known.items() if value is not None}
    token = _ids.set({**ids(), **mine})
    tracer = _tracer.get()
    try:
        if tracer is None:
            yield
        else:
            with tracer.span(what, ids()):
                yield
    finally:
        _ids.reset(token)


def told(entry: Written) -> None:
    """An event was committed."""
    named: dict[str, int | str] = {"conversation": entry.chain} if entry.chain else {}
    named |= {key: value for key in NAMED if isinstance(value := entry.data.get(key), int)}
    if entry.rep is not None:
        named["rep"] = entry.rep
    log.info(entry.kind, extra=named)
    tracer = _tracer.get()
    if tracer is not None and entry.chain:
        tracer.mark(entry, {**ids(), **named})

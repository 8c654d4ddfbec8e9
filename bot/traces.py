"""Traces for OpenTelemetry, sent by OTLP over HTTP: all that happens to one conversation is one trace, on whichever
machine it happens and however many days it takes. Only for those who installed the extra `otel`.

The settings are OpenTelemetry's own variables; a trace without an endpoint is none. Spans carry ids and verbs, and of
an error its kind: never anybody's words.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from bot import __version__
from bot.trail import Ids
from models.journal import Written

#: At the end, what was not sent by then is not sent: a stop does not wait for a collector.
PATIENCE = 2.0

_wanted: ContextVar[int | None] = ContextVar("twoway_trace", default=None)


class _Ids(RandomIdGenerator):
    """A trace that begins for a conversation has the conversation's id."""

    def generate_trace_id(self) -> int:
        return _wanted.get() or super().generate_trace_id()


class Traces:
    """See `bot.trail.Tracer`. `place` tells this installation from others that the same collector knows."""

    def __init__(self, place: str, owner: str) -> None:
        about = {"service.version": __version__, "service.instance.id": owner}
        if "OTEL_SERVICE_NAME" not in os.environ:
            about["service.name"] = "twoway"
        self._place = place
        self._provider = TracerProvider(resource=Resource.create(about), id_generator=_Ids(), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=PATIENCE)))
        self._tracer = self._provider.get_tracer("twoway", __version__)

    def trace_of(self, conversation: int) -> int:
        """The id of a conversation's trace: the same on every machine, and after every restart."""
        return int.from_bytes(hashlib.sha256(f"{self._place}\n{conversation}".encode()).digest()[:16])

    @contextmanager
    def span(self, what: str, ids: Ids) -> Iterator[None]:
        span = self._begin(what, ids)
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield
            except BaseException as error:
                span.set_status(trace.StatusCode.ERROR, type(error).__name__)
                raise

    def mark(self, entry: Written, ids: Ids) -> None:
        at = int(entry.at.timestamp() * 1e9)
        self._begin(entry.kind, {**ids, "event": entry.seq}, at=at).end(max(at, time.time_ns()))

    def _begin(self, what: str, ids: Ids, *, at: int | None = None) -> trace.Span:
        """Under what is open, if that is of the same conversation; else the beginning of something."""
        conversation = ids.get("conversation")
        wanted = self.trace_of(conversation) if isinstance(conversation, int) else None
        above = trace.get_current_span().get_span_context()
        under = above.is_valid and wanted in {None, above.trace_id}
        token = _wanted.set(wanted)
        try:
            return self._tracer.start_span(
                what, context=None if under else Context(), attributes=_named(ids), start_time=at
            )
        finally:
            _wanted.reset(token)

    async def close(self) -> None:
        """Sends what is left, as far as that goes quickly."""
        # A thread of its own that ends with the process: the collector may be away, and its client waits.
        done = asyncio.Event()
        loop = asyncio.get_running_loop()

        def shut() -> None:
            self._provider.shutdown()
            loop.call_soon_threadsafe(done.set)

        threading.Thread(target=shut, name="traces", daemon=True).start()
        try:
            async with asyncio.timeout(PATIENCE):
                await done.wait()
        except TimeoutError:
            pass


def _named(ids: Ids) -> Mapping[str, int | str]:
    return {f"twoway.{key}": value for key, value in ids.items()}

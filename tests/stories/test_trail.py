"""One conversation's whole way in the log, and as a trace where somebody collects them."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bot import trail
from sandbox.serving import serving
from tests.stories import stages
from tests.stories.test_log import everything
from tests.stories.town import Town

__all__ = ["everything"]

#: What the log and a trace name of a conversation that was answered, in this order.
WAY = ["heard", "claimed", "drafted", "approved", "ordered", "intent", "sent"]


@pytest.fixture
def nobody_collects() -> Iterator[None]:
    """As it was before, also for whoever runs the tests with a collector of their own."""
    before = {name: os.environ.pop(name, None) for name in (*trail.ENDPOINTS, "OTEL_BSP_SCHEDULE_DELAY")}
    yield
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


async def test_a_conversations_whole_way_stands_in_the_log_under_its_number(
    quiet_town: Town, everything: io.StringIO
) -> None:
    here = quiet_town
    await here.start()
    await stages.answered(here)
    await here.asks("kim", "@acme something else")
    await here.stop()
    lines = [json.loads(line) for line in everything.getvalue().splitlines()]
    of_one = [line for line in lines if line.get("conversation") == 1]
    told = [line["what"] for line in of_one if line["from"] == "twoway.journal"]
    assert list(dict.fromkeys(kind for kind in told if kind in WAY)) == WAY
    called = [line for line in of_one if line["what"] == "called"]
    assert {line["delivery"] for line in called} == {1}
    assert all("rep" in line for line in of_one if line["what"] in {"drafted", "approved"})
    assert all("row" in line for line in of_one if line["what"] == "approved"), "and what came in from chat"
    assert next(line["what"] for line in lines if line.get("conversation") == 2) == "heard"


async def test_where_traces_are_collected_a_conversation_is_one_trace(quiet_town: Town, nobody_collects: None) -> None:
    here = quiet_town
    spans: list[object] = []

    async def collect(request: web.Request) -> web.Response:
        body = await request.read()
        said = ExportTraceServiceRequest.FromString(body)
        spans.extend(span for one in said.resource_spans for two in one.scope_spans for span in two.spans)
        return web.Response(body=b"", content_type="application/x-protobuf")

    app = web.Application()
    app.router.add_post("/v1/traces", collect)
    async with serving(app) as address:
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = address
        await here.start()
        await stages.answered(here, "@acme my xylophone is late")
        await here.asks("kim", "@acme something else")
        await here.stop()
    traces: dict[bytes, list[object]] = {}
    for span in spans:
        traces.setdefault(span.trace_id, []).append(span)
    of_one = [found for found in traces.values() if number_of(found) == {1}]
    assert len(of_one) == 1
    names = [span.name for span in sorted(of_one[0], key=lambda span: span.start_time_unix_nano)]
    assert set(WAY) | {"deliver", "call", "preflight", "show"} <= set(names)
    assert len([found for found in traces.values() if number_of(found) == {2}]) == 1
    assert not any(words in repr(spans) for words in ("xylophone", "Sorry", "Lea", "lea"))


def number_of(spans: list[object]) -> set[int]:
    return {said.value.int_value for span in spans for said in span.attributes if said.key == "twoway.conversation"}


def test_without_the_package_one_sentence_says_what_to_install(caplog: pytest.LogCaptureFixture) -> None:
    import sys

    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    assert trail.tracer_of({}, "here", "one") is None
    kept = {name: sys.modules.pop(name) for name in [*sys.modules] if name == "bot.traces"}
    found = sys.modules.get("opentelemetry")
    sys.modules["opentelemetry"] = None  # type: ignore[assignment]  # so Python says that it is not there
    try:
        assert trail.tracer_of(env, "here", "one") is None
    finally:
        sys.modules.pop("opentelemetry")
        sys.modules |= kept | ({} if found is None else {"opentelemetry": found})
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("OTEL_EXPORTER_OTLP_ENDPOINT is set")
    assert "pip install 'twoway[otel]'" in line

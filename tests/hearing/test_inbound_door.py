"""The door for systems of one's own, as schemathesis knocks at it: whatever its description says of it is so."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import requests
from aiohttp import web
from sqlalchemy import func, select

from adapters.contract import Hook, HookAnswer
from adapters.inbound import Inbound
from adapters.inbound_describe import description
from adapters.inbound_settings import Settings
from adapters.inbound_signing import headers_for, keys_of
from bot.hearing.hooks import hook
from bot.web import application
from models.conversation import Post
from models.store import Store
from sandbox.serving import serving
from tests.hearing.conftest import Team

SECRET = "a-secret-of-at-least-24-characters"
EXAMPLES = 100
METHODS = ["get", "put", "delete", "patch", "options", "trace"]


class Signed(requests.auth.AuthBase):
    """Signs what goes over the line, each call under an id of its own."""

    def __init__(self) -> None:
        self._ids = count(1)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        signed = headers_for(keys_of(SECRET)[0], raw, id=f"call-{next(self._ids)}", at=datetime.now(UTC))
        request.headers.update(signed)
        return request


@pytest.fixture
async def door(team: Team) -> AsyncIterator[str]:
    """Where the account listens: the bot's own web application over a store."""
    platform = Inbound(Settings(secret=SECRET, called="Acme"))

    async def taken(account: str, asked: Hook) -> HookAnswer:
        return await hook(team.store, {"acme": platform}, account, asked, policies=team.policies)

    async def nothing(*_: object) -> Mapping[str, object]:
        return {}

    async def nobody(_request: web.Request) -> web.Response:
        return web.Response(status=404)

    app = application(
        chat={},
        callback=("/connect/callback", nobody),
        hook=taken,
        healthy=nothing,
        ready=nothing,  # type: ignore[arg-type]  # nobody asks here
        metrics=nothing,  # type: ignore[arg-type]
        picture=nothing,  # type: ignore[arg-type]
    )
    async with serving(app) as address:
        yield f"{address}/hooks/acme"
    await platform.close()


@pytest.mark.ways
async def test_schemathesis_finds_no_answer_that_the_description_does_not_have(door: str, store: Store) -> None:
    answered, wrong = await asyncio.to_thread(knock, door)
    assert wrong == {}
    assert answered["POST", "/events", 204] > EXAMPLES / 2
    assert {status for _, path, status in answered if path == "/events"} <= {204, 400, 403, 405}
    assert answered["POST", "/events", 403], "what is not signed as described is refused"
    assert all(answered[method.upper(), "/events", 405] for method in METHODS)
    async with store.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Post)), "and what was taken is stored"


def knock(address: str) -> tuple[Counter[tuple[str, str, int]], dict[str, set[str]]]:
    """How often each method and path got which status, and what schemathesis found wrong. In a thread: it blocks."""
    import schemathesis  # only here: half a second that no other test should wait
    from schemathesis.config import SchemathesisConfig
    from schemathesis.core.parameters import ParameterLocation
    from schemathesis.engine import events, from_schema
    from schemathesis.generation import GenerationMode
    from schemathesis.hooks import unregister

    given = {
        "base-url": address,
        "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
        # We read more than we ask builders to send (an id as a number, null for what is left out): a message that could
        # be understood shall not be lost. What is refused, and how, is in tests/adapters/test_inbound_read.py.
        "checks": {"negative_data_rejection": {"enabled": False}},
        "phases": {"coverage": {"unexpected-methods": METHODS}, "stateful": {"enabled": False}},
        "request-timeout": 60,
        "continue-on-failure": True,
    }
    schema = schemathesis.openapi.from_dict(description(), config=SchemathesisConfig.from_dict(given))
    signer = Signed()

    def before_call(context: object, case: Any, kwargs: dict[str, object]) -> None:
        """Signed, unless it is the headers that are to be wrong."""
        headers = case.meta.components.get(ParameterLocation.HEADER) if case.meta is not None else None
        if case.path == "/events" and (headers is None or headers.mode is GenerationMode.POSITIVE):
            kwargs["auth"] = signer

    answered: Counter[tuple[str, str, int]] = Counter()
    wrong: dict[str, set[str]] = defaultdict(set)
    schemathesis.hook(before_call)
    try:
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                _note(event.recorder, answered, wrong)
            elif isinstance(event, events.NonFatalError | events.FatalError):
                wrong["it failed"].add(repr(event))
    finally:
        unregister(before_call)
    return answered, dict(wrong)


def _note(recorder: Any, answered: Counter[tuple[str, str, int]], wrong: dict[str, set[str]]) -> None:
    for id, made in recorder.interactions.items():
        case = recorder.cases[id].value
        assert made.response is not None, "every call is answered"
        answered[case.method, case.path, made.response.status_code] += 1
    for id, checks in recorder.checks.items():
        case = recorder.cases[id].value
        for check in checks:
            if check.failure_info is not None:
                said = f"{check.failure_info.failure} {case.method} {case.headers} {case.body!r:.500}"
                wrong[check.name].add(said)

"""A stand-in alone on loopback, a bot that notes what it hears and answers as told, and raw calls of the connector."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web

from sandbox.teams import TeamsStandIn

Json = dict[str, Any]


class Bot:
    """An endpoint without opinions."""

    def __init__(self) -> None:
        self.heard: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.answers: dict[str, object] = {}  # an invoke's name -> what to answer

    async def endpoint(self, request: web.Request) -> web.Response:
        activity = json.loads(await request.text())
        self.heard.append(activity)
        self.headers.append(dict(request.headers))
        if self.status != 200:
            return web.Response(status=self.status)
        answer = self.answers.get(activity.get("name", ""))
        return web.Response() if answer is None else web.json_response(answer)

    def of(self, kind: str) -> list[Json]:
        return [one for one in self.heard if one["type"] == kind]


class Raw:
    """The connector as any HTTP client sees it."""

    def __init__(self, teams: TeamsStandIn, http: aiohttp.ClientSession) -> None:
        self.teams = teams
        self.http = http

    async def full(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Json, dict[str, str]]:
        url = self.teams.service_url + path
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(), dict(answer.headers)

    async def __call__(self, method: str, path: str, body: object = None) -> tuple[int, Json]:
        status, answer, _ = await self.full(method, path, body)
        return status, answer

    async def send(self, conversation: str, **activity: object) -> tuple[int, Json]:
        return await self("POST", f"v3/conversations/{quote(conversation, safe='')}/activities", message(**activity))

    async def posted(self, conversation: str, **activity: object) -> str:
        status, answer = await self.send(conversation, **activity)
        assert status == 201, answer
        return str(answer["id"])


def message(**fields: object) -> Json:
    return {"type": "message", **fields}


def card(*body: Json, actions: list[Json] | None = None, **more: object) -> Json:
    """An attachment."""
    content = {"type": "AdaptiveCard", "version": "1.5", "body": list(body), "actions": actions or [], **more}
    return {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}


def text(words: str) -> Json:
    return {"type": "TextBlock", "text": words, "wrap": True}


CLAIM = {"type": "Action.Execute", "title": "Claim", "verb": "claim", "data": {"conversation": 7}}
OPEN = {"type": "Action.Submit", "title": "Draft", "data": {"msteams": {"type": "task/fetch"}, "conversation": 7}}
CARD = card(text("#7 · Lea"), actions=[CLAIM, OPEN])
FORM = card(
    {"type": "Input.Text", "id": "words", "label": "Your answer", "isMultiline": True, "isRequired": True},
    actions=[{"type": "Action.Submit", "title": "Save", "data": {"draft": 3}}],
)


def dialog(form: Json = FORM) -> Json:
    return {"task": {"type": "continue", "value": {"title": "Draft", "height": "medium", "card": form}}}


@pytest.fixture
async def teams() -> AsyncIterator[TeamsStandIn]:
    async with TeamsStandIn.serve() as standin:
        standin.set_retries(0.0, 0.0)
        yield standin


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def raw(teams: TeamsStandIn, http: aiohttp.ClientSession) -> Raw:
    return Raw(teams, http)


@pytest.fixture
async def bot(teams: TeamsStandIn) -> AsyncIterator[Bot]:
    heard = Bot()
    site = web.Application()
    site.router.add_post("/api/messages", heard.endpoint)
    runner = web.AppRunner(site, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    teams.set_endpoint(f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages")
    yield heard
    await runner.cleanup()

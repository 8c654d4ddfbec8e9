"""How the bot hears of things: activities POSTed to its endpoint; messages and events come again until answered.

Leaves to others what the activities say. Invokes are sent once: somebody waits for the answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

import aiohttp

from sandbox.teams.faults import Faults
from sandbox.teams.signing import Doors
from sandbox.teams.tenant import Tenant
from sandbox.teams.things import Json

# Weak: Microsoft promises no number of attempts; bots have reported seeing one message up to four times.
REAL_RETRIES = (2.0, 10.0, 30.0)
ANSWER_LIMIT = 15.0  # learn.microsoft.com/azure/bot-service: a bot's endpoint answers within 15 s
INVOKE_LIMIT = 10.0  # weak: after which the client says that it cannot reach the app


@dataclass(frozen=True)
class Answer:
    """What the bot said. `error` is timeout, connection_failed, http_error or None."""

    status: int = 0
    body: object = None
    error: str | None = None
    text: str = ""

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(frozen=True)
class Delivered:
    """One attempt to tell the bot something."""

    activity: Json
    attempt: int
    answer: Answer


class Delivery:
    def __init__(self, tenant: Tenant, faults: Faults, doors: Doors, service_url: Callable[[], str]) -> None:
        self.tenant = tenant
        self.faults = faults
        self.doors = doors
        self.service_url = service_url
        self.endpoint: str | None = None
        self.signed = False
        self.retries: tuple[float, ...] = REAL_RETRIES
        self.answer_limit = ANSWER_LIMIT
        self.invoke_limit = INVOKE_LIMIT
        self.log: list[Delivered] = []
        self.sent: dict[str, Json] = {}
        self._held: list[Json] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    # --- messages and events ---

    def event(self, activity: Json) -> str:
        """Sends it; returns its id at once. Delivery goes on in the background."""
        self.sent[activity["id"]] = activity
        if self.faults.hold > 0:
            self._held.append(activity)
            self.faults.hold -= 1
            if self.faults.hold == 0:
                self.release_held()
        else:
            for _ in range(2 if self.faults.duplicate else 1):
                self._spawn(self._until_answered(activity))
        return str(activity["id"])

    def release_held(self) -> None:
        """Sends what was held back, last first."""
        self.faults.hold = 0
        held, self._held = self._held, []
        self._spawn(self._one_after_another(held[::-1]))

    async def _one_after_another(self, activities: list[Json]) -> None:
        for activity in activities:
            await self._until_answered(activity)

    async def _until_answered(self, activity: Json) -> None:
        answer = await self.send(activity)
        for n, pause in enumerate(self.retries, start=1):
            # A refusal is an answer; only what may heal comes again.
            if answer.ok or 400 <= answer.status < 500:
                return
            await asyncio.sleep(pause)
            answer = await self.send(activity, attempt=n)

    async def redeliver(self, activity_id: str | None = None, times: int = 1) -> list[Answer]:
        """The same activity again, as after an answer that got lost."""
        activity = self.sent[activity_id or next(reversed(self.sent))]
        return [await self.send(activity, attempt=n) for n in range(1, times + 1)]

    # --- one attempt ---

    async def invoke(self, activity: Json) -> Answer:
        """Once; the answer's body is what matters."""
        self.sent[activity["id"]] = activity
        return await self.send(activity, limit=self.invoke_limit)

    async def send(
        self, activity: Json, *, attempt: int = 0, limit: float | None = None, authorization: str | None = None
    ) -> Answer:
        """One POST of an activity, judged as Teams judges it. `authorization` None: as the service would sign it."""
        if authorization is None and self.signed:
            authorization = f"Bearer {self.doors.for_bot(self.service_url(), self.tenant.stamp())}"
        answer = await self._post(activity, authorization, limit or self.answer_limit)
        self.log.append(Delivered(activity, attempt, answer))
        self.tenant.changed("delivered")
        return answer

    async def _post(self, activity: Json, authorization: str | None, limit: float) -> Answer:
        if self.endpoint is None:
            return Answer(error="connection_failed")
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Microsoft-SkypeBotApi (sandbox)"}
        if authorization:
            headers["Authorization"] = authorization
        try:
            async with (
                asyncio.timeout(limit),
                self._session.post(
                    self.endpoint, data=json.dumps(activity).encode(), headers=headers, allow_redirects=False
                ) as response,
            ):
                text = await response.text()
        except TimeoutError:
            return Answer(error="timeout")
        except aiohttp.ClientError:
            return Answer(error="connection_failed")
        if self.faults.drop_answers > 0:
            self.faults.drop_answers -= 1
            return Answer(error="timeout")
        if not 200 <= response.status < 300:
            return Answer(response.status, error="http_error", text=text)
        try:
            body: object = json.loads(text) if text else None
        except ValueError:
            return Answer(response.status, error="http_error", text=text)
        return Answer(response.status, body, None, text)

    # --- the end ---

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.tenant.changed("settled")
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._session is not None:
            await self._session.close()
            self._session = None

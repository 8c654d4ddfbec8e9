"""One account's way to its server: a session for reading, single calls for writing, pacing, and certainty.

Reading may repeat a call that failed; writing never does. What an HTTP outcome means for a reply (refused,
throttled, lost) is decided here, once, for all platforms. What a body means is left to the platform.
"""

from __future__ import annotations

import asyncio
import io
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.leaving import Leaving
from adapters.noting import budget_is, clock_is
from adapters.quoting import quoted
from adapters.waits import read_wait

READ_LIMIT = timedelta(seconds=20)  # one attempt to read
READ_ATTEMPTS = 3
CONNECT_LIMIT = timedelta(seconds=8)
LARGEST_ANSWER = 16 * 2**20  # a thread of 4,096 posts is some 10 MB
WAIT_WITHOUT_HEADER = timedelta(seconds=30)

# What a refusal means, by status. Others of 4xx, but 408, 409, 425 and 429, are `INVALID`.
REFUSALS: Mapping[int, tuple[Reason, str]] = {
    401: (Reason.AUTH, "The platform does not accept our token any more: make a new one there, and set it."),
    403: (Reason.NOT_ALLOWED, "The platform does not allow this account to do that here."),
    404: (Reason.GONE, "The post we answer is not there any more."),
    410: (Reason.GONE, "The post we answer was deleted."),
    413: (Reason.TOO_LONG, "The platform says that this is too long."),
    422: (Reason.INVALID, "The platform finds this reply invalid."),
}
# Statuses after which nobody knows: a timeout at a proxy, a conflict with what may be our own earlier try.
UNSURE_STATUSES = frozenset({408, 409, 425})

Clock = Callable[[], datetime]
Params = Sequence[tuple[str, str]]
Form = Mapping[str, str] | bytes | io.BytesIO | aiohttp.FormData


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `body` is decoded JSON, or the text where it is none; headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: object
    is_json: bool

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


Judge = Callable[[Answer, datetime], Refused | Throttled | Lost]


class Pacer:
    """Remembers what the last answer said about our budget. Reading leaves a reserve for replies."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._remaining: int | None = None
        self._limit = 0
        self._until: datetime | None = None

    def hear(self, status: int, headers: Mapping[str, str]) -> None:
        now = self._clock()
        remaining, limit = (_number(_budget(headers, name)) for name in ("remaining", "limit"))
        if limit is None and remaining is not None and (used := _number(headers.get("x-ratelimit-used"))) is not None:
            limit = used + remaining  # Reddit says how much is used instead
        if status == 429:
            self._remaining, self._until = 0, read_wait(headers, now) or now + WAIT_WITHOUT_HEADER
        elif remaining is not None:
            self._remaining, self._until = remaining, read_wait(headers, now)
        if limit is not None:
            self._limit = limit

    def tell(self, server: str) -> None:
        """For whoever wants to know what is left."""
        if self._remaining is not None:
            budget_is(server, self._remaining, self._limit or None, self._until)

    def wait_until(self, *, writing: bool) -> datetime | None:
        """None: go. Otherwise nothing may be sent before that time."""
        if self._remaining is None or self._until is None or self._until <= self._clock():
            return None
        reserve = 0 if writing else min(10, self._limit // 10)
        return self._until if self._remaining <= reserve else None


def _budget(headers: Mapping[str, str], name: str) -> str | None:
    """X spells it with one more hyphen."""
    spelled = (f"x-ratelimit-{name}", f"ratelimit-{name}", f"x-rate-limit-{name}")
    return next((headers[one] for one in spelled if one in headers), None)


def _number(value: str | None) -> int | None:
    try:
        return None if value is None else int(float(value))
    except (ValueError, OverflowError):
        return None


class Http:
    """Calls to one server with one account's headers. Redirects are never followed (they could carry the token)."""

    def __init__(
        self,
        base: str,
        *,
        headers: Mapping[str, str],
        clock: Clock = utc_now,
        retry_pause: timedelta = timedelta(milliseconds=300),
    ) -> None:
        self.base = base.rstrip("/")
        self._headers = dict(headers)
        self._clock = clock
        self._pause = retry_pause
        self._reading: aiohttp.ClientSession | None = None
        self.pacer = Pacer(clock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._reading is not None:
            await self._reading.close()
        self._reading = None

    # Reading

    async def get(
        self,
        path: str,
        params: Params = (),
        *,
        headers: Mapping[str, str] | None = None,
        sign: Callable[[], Mapping[str, str]] | None = None,
    ) -> Answer:
        """An answer with any status that is not a failure of the server or of our token.

        `sign` gives the headers of each attempt anew, where a signature is good for one.
        A failed connection and 5xx are tried again, `READ_ATTEMPTS` times in all. Raises `Unreachable`,
        `Throttled` (429, or our budget is used up), `AuthFailed` (401).
        """
        detail = ""
        for attempt in range(READ_ATTEMPTS):
            if attempt:
                await asyncio.sleep(self._pause.total_seconds() * 3**attempt * random.uniform(0.5, 1.5))
            if (until := self.pacer.wait_until(writing=False)) is not None:
                raise Throttled(until)
            try:
                own = headers if sign is None else sign()
                answer = await self._call(
                    self._read_session(), "GET", path, params=params, headers=own, limit=READ_LIMIT
                )
            except (aiohttp.ClientError, OSError, TimeoutError, _TooBig) as error:
                detail = _name(error)
                continue
            if answer.status == 429:
                raise Throttled(read_wait(answer.headers, self._clock()) or self._clock() + WAIT_WITHOUT_HEADER)
            if answer.status == 401:
                raise AuthFailed(REFUSALS[401][1])
            if answer.status >= 500:
                detail = f"the server answered {answer.status}"
                continue
            if 300 <= answer.status < 400:
                raise Unreachable(f"{self.base} redirects elsewhere; its own address has to be in the settings")
            return answer
        raise Unreachable(detail)

    @asynccontextmanager
    async def stream(
        self, url: str, *, idle: timedelta, accept: str = "text/event-stream"
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A long answer that is read as it comes; it ends with an error when nothing came for `idle`.

        Raises like `get`, and `Unreachable` for any status but 200.
        """
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_LIMIT.total_seconds(), sock_read=idle.total_seconds()
        )
        try:
            async with self._read_session().get(
                url,
                headers={"Accept": accept, "Cache-Control": "no-store"},
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                if response.status == 401:
                    raise AuthFailed(REFUSALS[401][1])
                if response.status == 429:
                    headers = {key.lower(): value for key, value in response.headers.items()}
                    raise Throttled(read_wait(headers, self._clock()) or self._clock() + WAIT_WITHOUT_HEADER)
                if response.status != 200:
                    raise Unreachable(f"the stream answered {response.status}")
                yield response
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unreachable(f"the stream ended: {_name(error)}") from error

    # Writing

    async def write_once(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: Mapping[str, object] | None = None,
        form: Form | None = None,
        headers: Mapping[str, str] | None = None,
        limit: timedelta,
        judge: Judge | None = None,
    ) -> Answer:
        """One call on a connection of its own, repeated by nobody, ended after `limit`. The answer is 2xx.

        `body` goes as JSON, `form` as a form, or as the very bytes that are meant; one of the two.

        `judge` says what any other answer means, where a platform's errors say more than their status; without
        one it is `certainty`. `Refused`: the server said no. `Throttled`: it said later, our budget is used up,
        the connection could not even be opened, or whoever has the last word (`leaving`) said no: nothing was sent.
        Everything else is `Lost`.
        """
        if (until := self.pacer.wait_until(writing=True)) is not None:
            raise Throttled(until)
        leaving = Leaving()
        try:
            async with aiohttp.ClientSession(
                headers=self._headers,
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=_OneConnection(lambda: leaving.ask(self._clock)),
            ) as session:
                answer = await self._call(
                    session, method, path, params=params, body=body, form=form, headers=headers, limit=limit
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            # Raised only while the connection is being opened: the request had not begun.
            raise Throttled(
                self._clock() + WAIT_WITHOUT_HEADER, f"The platform cannot be reached ({_name(error)})."
            ) from error
        except (aiohttp.ClientError, OSError, TimeoutError, _TooBig, _Repeated, ValueError) as error:
            raise Lost(_name(error)) from error
        finally:
            await leaving.close()
        if answer.good:
            return answer
        raise (judge or certainty)(answer, self._clock())

    # Inside

    async def _call(
        self,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: Mapping[str, object] | None = None,
        form: Form | None = None,
        headers: Mapping[str, str] | None = None,
        limit: timedelta,
    ) -> Answer:
        seconds = limit.total_seconds()
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, CONNECT_LIMIT.total_seconds()))
        async with session.request(
            method,
            self.base + path,
            params=list(params),
            json=body,
            data=form,
            headers=headers,
            timeout=timeout,
            allow_redirects=False,
        ) as response:
            chunks: list[bytes] = []
            size = 0
            async for chunk in response.content.iter_chunked(2**16):
                size += len(chunk)
                if size > LARGEST_ANSWER:
                    raise _TooBig
                chunks.append(chunk)
            answered = {key.lower(): value for key, value in response.headers.items()}
            self.pacer.hear(response.status, answered)
            self.pacer.tell(self.base)
            clock_is(self.base, answered, self._clock())
            decoded, is_json = _decode(b"".join(chunks))
            return Answer(response.status, answered, decoded, is_json)

    def _read_session(self) -> aiohttp.ClientSession:
        if self._reading is None:
            self._reading = aiohttp.ClientSession(headers=self._headers, cookie_jar=aiohttp.DummyCookieJar())
        return self._reading


class _Repeated(Exception):
    """The library below wanted to send a write a second time."""


class _OneConnection(aiohttp.TCPConnector):
    """Opens one connection in its life, so that what is written over it is sent at most once; and asks before it is.

    aiohttp (seen in 3.14) sends PUT and DELETE once more when the line drops, also on a fresh connection:
    `force_close` alone does not prevent it.
    """

    def __init__(self, ask: Callable[[], Awaitable[None]]) -> None:
        super().__init__(force_close=True)
        self._opened_once = False
        self._ask = ask

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        if self._opened_once:
            raise _Repeated
        self._opened_once = True
        opened = await super().connect(req, traces, timeout)
        try:
            await self._ask()
        except BaseException:
            opened.close()
            raise
        return opened


class _TooBig(Exception):
    """More than `LARGEST_ANSWER` bytes came."""


def _decode(raw: bytes) -> tuple[object, bool]:
    try:
        decoded: object = json.loads(raw)
        return decoded, True
    except (ValueError, RecursionError):
        return raw[:2000].decode("utf-8", "replace"), False


def _name(error: BaseException) -> str:
    """What happened, without addresses or words that could be somebody's."""
    return "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__.strip("_")


def certainty(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
    """What an answer that is not 2xx says about a write."""
    status = answer.status
    if status == 429:
        return Throttled(read_wait(answer.headers, now) or now + WAIT_WITHOUT_HEADER)
    if status in UNSURE_STATUSES or not 400 <= status < 500:
        return Lost(f"the server answered {status}")
    reason, sentence = REFUSALS.get(status, (Reason.INVALID, "The platform refused this reply."))
    return Refused(reason, sentence + quoted(platform_words(answer.body)))


def platform_words(body: object) -> object:
    """What a server says about an error, where most servers say it. To be quoted, never believed."""
    if isinstance(body, dict):
        return body.get("error_description") or body.get("error") or body.get("message")
    return body


def good_body(answer: Answer, where: str) -> object:
    """The JSON of a 2xx answer to a read; `Unreachable` or `Malformed` otherwise."""
    if not answer.good:
        raise Unreachable(f"{where} answered {answer.status}")
    if not answer.is_json:
        raise Malformed(where, "JSON")
    return answer.body

"""Signed calls to the webhook of a system of your own: replies, and the questions that it says it answers.

Every call is a POST to one address, and says in its `type` what it is; signatures are `inbound_signing`'s.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from adapters.errors import AuthFailed, Lost, Malformed, PlatformError, Reason, Refused, Throttled, Unreachable
from adapters.http import READ_LIMIT, Answer, Clock, Http
from adapters.inbound_read import Standing, read_found, read_receipt, read_standing
from adapters.inbound_settings import Settings
from adapters.inbound_signing import headers_for, keys_of
from adapters.posts import Absent, CannotTell, PostRef, Receipt, Reply
from adapters.text import Text, same_words

REPEATS = 3  # of a reply, where their system takes a repeat as one
PAUSE = timedelta(milliseconds=300)
SKEW = timedelta(minutes=10)  # how far their clock and ours may be apart


class Calls:
    """One account's calls."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        parts = urlsplit(settings.webhook)
        self._path = urlunsplit(("", "", parts.path, parts.query, ""))
        self._http = Http(f"{parts.scheme}://{parts.netloc}", headers={"User-Agent": "Twoway"}, clock=clock)

    # Questions

    async def ping(self) -> list[str]:
        """Whether the webhook takes our calls; what an operator should know. Raises as reading does."""
        try:
            await self._send("ping", {}, id=_new_id(), limit=READ_LIMIT)
        except Refused as error:
            if error.reason in (Reason.AUTH, Reason.NOT_ALLOWED):
                raise AuthFailed("The webhook does not take our signature: both sides need the same secret.") from error
            return [f"The webhook does not take our calls (ping): {error.sentence}"]
        except Throttled as error:
            raise Unreachable(error.sentence) from error
        except Lost as error:
            raise Unreachable(error.detail) from error
        return []

    async def message(self, ref: PostRef) -> object | None:
        """The message as it stands there; None: it is not there any more."""
        return read_found(await self._ask("message.asked", {"id": ref.id}), "message")

    async def standing(self, under: PostRef) -> tuple[Standing, ...]:
        """Our replies to a message, as they stand there."""
        return read_standing(await self._ask("replies.asked", {"message": under.id}), now=self._clock())

    async def _ask(self, kind: str, data: Mapping[str, object]) -> object:
        """The answer to a question. Only 2xx with JSON is one: a 404 may be a proxy's."""
        try:
            answer = await self._send(kind, data, id=_new_id(), limit=READ_LIMIT)
        except Refused as error:
            if error.reason in (Reason.AUTH, Reason.NOT_ALLOWED):
                raise AuthFailed("The webhook does not take our signature: both sides need the same secret.") from error
            raise Unreachable(f"{kind} was not answered: {error.sentence}") from error
        except Lost as error:
            raise Unreachable(error.detail) from error
        if not answer.is_json:
            raise Malformed(kind, "JSON")
        return answer.body

    # Replies

    async def reply(self, reply: Reply, key: str) -> Receipt:
        data: dict[str, object] = {
            "key": key,
            "parent": reply.parent.id,
            "text": reply.text.plain,
            "audience": reply.visibility.value,
        }
        if reply.root is not None:
            data["thread"] = reply.root.id
        if reply.language:
            data["language"] = reply.language
        return await self._once("reply.posted", data, key)

    async def correct(self, receipt: Receipt, text: Text, key: str) -> Receipt:
        corrected = await self._once("reply.corrected", {"id": receipt.ref.id, "key": key, "text": text.plain}, key)
        return Receipt(ref=receipt.ref, url=corrected.url or receipt.url, at=receipt.at, text=text.plain)

    async def retract(self, receipt: Receipt) -> None:
        """Taking away twice is taking away: a repeat needs no key."""
        try:
            await self._send("reply.retracted", {"id": receipt.ref.id}, id=_new_id(), limit=self._settings.call_limit)
        except Refused as error:
            if error.reason is not Reason.GONE:
                raise

    async def _once(self, kind: str, data: Mapping[str, object], key: str) -> Receipt:
        """One call. Where a repeat is one reply, it is repeated while its fate is unknown, all within the limit."""
        loop = asyncio.get_running_loop()
        given = self._settings
        end = loop.time() + given.call_limit.total_seconds()
        tries = REPEATS if given.idempotent else 1
        lost: PlatformError | None = None
        for nth in range(tries):
            left = timedelta(seconds=end - loop.time())
            if left <= timedelta(0):
                break
            limit = left / (tries - nth)
            try:
                answer = await self._send(kind, data, id=key, limit=limit)
                return _receipt(answer, key, self._clock())
            except Lost as error:
                lost = error
                if nth + 1 < tries:
                    await asyncio.sleep(min(PAUSE * 2**nth, limit).total_seconds())
            except (Refused, Throttled) as error:
                if lost is None:
                    raise
                # A no to the repeat says nothing of the first call.
                raise Lost(f"not answered, and then: {error}") from error
        raise Lost("no answer in time") if lost is None else lost

    async def _send(self, kind: str, data: Mapping[str, object], *, id: str, limit: timedelta) -> Answer:
        now = self._clock()
        body = json.dumps({"type": kind, "timestamp": now.isoformat(), "data": data}, separators=(",", ":")).encode()
        try:
            key = keys_of(self._settings.secret)[0]
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        headers = {**headers_for(key, body, id=id, at=now), "Content-Type": "application/json"}
        return await self._http.write_once("POST", self._path, form=body, headers=headers, limit=limit)


def _receipt(answer: Answer, key: str, now: datetime) -> Receipt:
    try:
        return read_receipt(answer.body if answer.is_json else None, key=key, now=now)
    except Malformed as error:
        raise Lost(f"accepted, but the answer cannot be read: {error}") from error


def find(standing: Sequence[Standing], reply: Reply, key: str) -> Receipt | Absent | CannotTell:
    """Whether a reply is among those that stand: by our key, or by its words. Other words from after the first
    attempt may be a colleague's: a person decides."""
    others = [one for one in standing if one.ref not in reply.known]
    for one in others:
        if one.key == key or same_words(one.text, reply.text.plain):
            return Receipt(ref=one.ref, url=one.url, at=one.at, text=one.text)
    first = min(reply.attempts, default=None)
    if first is not None and any(one.at >= first - SKEW for one in others):
        return CannotTell("a reply with other words was given there at that time")
    return Absent()


def _new_id() -> str:
    return f"ask_{uuid4().hex}"

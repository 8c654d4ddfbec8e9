"""Publishing on Threads, in two steps: a container is made and kept, then published; and looking for what came of it.

Nothing is public before the second step. Whatever goes wrong before it is a certain no.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.errors import (
    AuthFailed,
    Lost,
    Malformed,
    PlatformError,
    Reason,
    Refused,
    Throttled,
    Unreachable,
)
from adapters.graph import Graph, NotThere, judge, read_error
from adapters.http import WAIT_WITHOUT_HEADER, Answer, Clock, Judge
from adapters.posts import Absent, CannotTell, PostRef, Receipt, Reply
from adapters.text import same_words
from adapters.threads_ask import REPLIES, Ask
from adapters.threads_containers import Container, Containers, name_of
from adapters.threads_read import Ready, Thread, read_container, read_made
from adapters.threads_settings import Settings

log = logging.getLogger(__name__)

# "The media with id … cannot be found": a container that is not there yet, or not any more (seen by many, 2026).
NOT_FOUND = 24
# So much of the time for a call may go by until the container is ready; the rest is for publishing it.
FOR_READY = 0.6
SOON = timedelta(seconds=5)  # how long until a container that was not ready in time is looked at again
LATER = timedelta(seconds=30)  # what the documentation recommends to wait for a container
SKEW = timedelta(minutes=10)  # how far their clock and ours may be apart, or ours may have jumped
FAR_BACK = timedelta(hours=1)  # so far before the first attempt our replies are read


class NotFoundYet(Throttled):
    """The container that was just made is not there (yet): nothing was published from it."""


class Publisher:
    """Makes and publishes containers of one account, and knows what became of them."""

    def __init__(self, graph: Graph, ask: Ask, containers: Containers, settings: Settings, *, clock: Clock) -> None:
        self._graph = graph
        self._ask = ask
        self._containers = containers
        self._settings = settings
        self._clock = clock

    async def publish(self, reply: Reply, key: str, *, end: float) -> str:
        """The id of the reply that stands there. `Refused`, `Throttled` and `Lost` by certainty. Over by `end`.

        With a key (and words) that a container is kept for, that one is published; so it is one reply, whatever comes.
        """
        loop = asyncio.get_running_loop()
        name = name_of(reply, key)
        try:
            async with asyncio.timeout_at(loop.time() + (end - loop.time()) * FOR_READY):
                container, kept = await self._prepared(reply, name)
                if container.media:
                    return container.media
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except TimeoutError as error:
            raise Throttled(self._clock() + SOON, "The reply is not ready yet; nothing was published.") from error
        except (Unreachable, Malformed) as error:
            why = "Threads cannot be reached; nothing was published."
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, why) from error
        left = timedelta(seconds=max(0.001, end - loop.time()))
        media = await self._published(container, name, kept=kept, limit=left)
        try:
            await self._containers.put(name, replace(container, media=media))
        except PlatformError as error:  # it stands there: what is not kept is looked for
            log.warning("published, but not kept: %s", type(error).__name__)
        return media

    async def find(self, reply: Reply, key: str) -> Receipt | Absent | CannotTell:
        """Whether an earlier attempt of `reply` arrived: by its container, and by the list of our own replies.

        Raises as reading does.
        """
        kept = await self._containers.get(name_of(reply, key))
        if kept is not None and kept.media and (thread := await self._ask.one(kept.media)) is not None:
            return receipt_of(thread)
        own, complete = await self._own(reply)
        here = [one for one in own if one.post.parent == reply.parent and one.post.ref not in reply.known]
        for thread in here:
            if same_words(thread.post.text.plain, reply.text.plain):
                return receipt_of(thread)
        if kept is not None and (kept.media or await self._standing(kept) is Ready.PUBLISHED):
            return CannotTell("it was published, and does not stand in the list of our replies (any more)")
        first = min(reply.attempts, default=None)
        strange = [one for one in here if first is not None and one.post.at >= first - SKEW]
        if strange:
            return CannotTell(f"our account answered there at that time with other words: {strange[0].post.url}")
        return Absent() if complete else CannotTell("our account has answered too much since to read it all")

    # Inside

    async def _prepared(self, reply: Reply, name: str) -> tuple[Container, bool]:
        """A container that is ready, and whether it is one of an earlier attempt."""
        kept = await self._containers.get(name)
        if kept is not None:
            if kept.media:
                return kept, True
            standing = await self._standing(kept)
            if standing is Ready.PUBLISHED:
                return await self._seen(kept, reply), True
            if standing in (Ready.FINISHED, Ready.IN_PROGRESS):
                await self._wait(kept, name, standing)
                return kept, True
            await self._containers.drop(name)  # expired, failed or gone: certainly not published from now on
        made = await self._made(reply)
        await self._containers.put(name, made)  # before it is published: whoever comes next publishes this one
        await self._wait(made, name, None)
        return made, False

    async def _made(self, reply: Reply) -> Container:
        body = {"media_type": "TEXT", "text": reply.text.plain, "reply_to_id": reply.parent.id}
        try:
            answer = await self._graph.write("POST", "/me/threads", body, limit=self._settings.call_limit)
        except Lost as error:  # a container that nobody knows of expires, and is never seen
            raise Throttled(self._clock() + LATER, "Threads did not answer; nothing was published.") from error
        return Container(read_made(answer), self._clock())

    async def _standing(self, container: Container) -> Ready | None:
        """What became of a container; None: there is none of that id any more."""
        try:
            asked = [("fields", "id,status,error_message")]
            return read_container(await self._graph.get(f"/{container.id}", asked))[0]
        except NotThere:
            return None

    async def _wait(self, container: Container, name: str, standing: Ready | None) -> None:
        """Until it is ready. Ended by the time limit around it."""
        while standing is not Ready.FINISHED:
            try:
                value = await self._graph.get(f"/{container.id}", [("fields", "id,status,error_message")])
                standing, why = read_container(value)
            except NotThere:
                standing, why = None, ""  # not there yet
            if standing is Ready.ERROR:
                await self._containers.drop(name)
                raise Refused(Reason.INVALID, f"Threads could not make this reply ({why or 'UNKNOWN'}).")
            if standing in (Ready.EXPIRED, Ready.PUBLISHED):
                raise Throttled(self._clock() + LATER, "Threads has other news of this reply; nothing was sent now.")
            if standing is not Ready.FINISHED:
                await asyncio.sleep(self._settings.ready_every.total_seconds())

    async def _seen(self, container: Container, reply: Reply) -> Container:
        """What an earlier attempt published from this container."""
        own, _ = await self._own(reply)
        for thread in own:
            if thread.post.parent == reply.parent and same_words(thread.post.text.plain, reply.text.plain):
                return replace(container, media=thread.id)
        raise Lost("it was published by an earlier attempt, and is not in the list of our replies yet")

    async def _published(self, container: Container, name: str, *, kept: bool, limit: timedelta) -> str:
        body = {"creation_id": container.id}
        try:
            answer = await self._graph.write(
                "POST", "/me/threads_publish", body, limit=limit, meaning=_meaning(kept=kept)
            )
        except NotFoundYet:
            await self._containers.drop(name)  # the next attempt makes another: trying this one again does not help
            raise
        except AuthFailed as error:
            raise Refused(Reason.AUTH, error.sentence) from error
        except (Unreachable, Malformed) as error:  # no token: nothing was sent
            raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, f"We have no token: {error}") from error
        try:
            return read_made(answer)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error

    async def _own(self, reply: Reply) -> tuple[list[Thread], bool]:
        """Our replies since well before the first attempt, and whether that is all of them."""
        first = min(reply.attempts, default=None)
        since = None if first is None else first - FAR_BACK
        found: dict[str, Thread] = {}
        complete = False
        async for threads, _ in self._ask.pages(REPLIES, since=since):
            found |= {thread.id: thread for thread in threads}
            complete = len(found) < 4000
        return list(found.values()), complete or not found


def _meaning(*, kept: bool) -> Judge:
    def meaning(answer: Answer, now: datetime) -> Refused | Throttled | Lost:
        error = read_error(answer.body)
        if error is None or error.code != NOT_FOUND:
            return judge(answer, now)
        if kept:  # an earlier attempt may have published it
            return Lost("the container is not there: was it published before?")
        return NotFoundYet(now + LATER, "Threads does not find what it just made; nothing was published.")

    return meaning


def receipt_of(thread: Thread) -> Receipt:
    post = thread.post
    return Receipt(ref=PostRef(thread.id), url=post.url, at=post.at, text=post.text.plain)

"""Calls of platforms that come in another order, and again: nothing is lost, nothing doubled, the last word stands.

Over HTTP, at the running bot's own `/hooks/{account}/…`, for every platform that pushes.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from adapters.contract import Hears
from adapters.registry import load, names
from sandbox.boards.standin import Called
from tests.attacks.hooked import PUSHING, call, meta_calls, rows, town_on
from tests.stories.town import Town

ORDERS = 3  # of each tale


class Ticking:
    """A clock that is some seconds on whenever somebody looks: Meta's times are whole seconds."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) - timedelta(hours=12)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=5)
        return self.now


@dataclass
class Tale:
    """Calls in the order in which things happened, and what customers said that is there in the end, by threads."""

    calls: Sequence[bytes | Called]
    stands: Sequence[Sequence[str]]


class Teller:
    """Acts on a square whose calls go nowhere, and keeps them."""

    def __init__(self, here: Town, name: str) -> None:
        self.here = here
        self.square: Any = here.square  # each another one
        self.name = name
        self.edits = name in ("discourse", "facebook", "x")  # elsewhere nobody tells of them

    async def deliver(self, body: bytes | Called) -> None:
        """Until it is taken, as every platform does: on a busy machine it may be too late the first time."""
        async with asyncio.timeout(60):
            while (answer := await self._call(body)) != 200:
                assert answer == 503

    async def _call(self, body: bytes | Called) -> int:
        if isinstance(body, Called):
            return (await call(self.here, "acme/", body.body, body.headers))[0]
        if self.name == "x":
            signed = {"x-twitter-webhooks-signature": self.square.hooks.sign(body)}
            return (await call(self.here, "acme/x", body, signed))[0]
        return await meta_calls(self.here, body)

    async def said(self, author: str, words: str, *, under: object = None) -> tuple[object, bytes | Called]:
        square = self.square
        if self.name == "x":
            post = await square.post(author, f"@acme {words}", reply_to=under, tell=False)
            return post, square.hooks.spoken("post.mention.create", post)
        if self.name == "threads":
            return await self._told(square.post(author, f"@acme {words}", reply_to=under))
        if self.name == "discourse":
            return await self._told(square.post(author, words, reply_to=under, title=""))
        return await self._told(square.post(author, words, under=under))

    async def edited(self, post: object, words: str) -> bytes | Called:
        square = self.square
        if self.name == "x":
            await asyncio.sleep(0.002)  # nobody changes a post twice in a millisecond, as exact as X's times are
            now = await square.edit(post, f"@acme {words}", tell=False)
            return bytes(square.hooks.spoken("post.mention.create", now))
        return (await self._told(square.edit(post, words)))[1]

    async def deleted(self, post: object) -> bytes | Called:
        if self.name == "x":
            await self.square.delete(post, tell=False)
            return bytes(self.square.hooks.deleted(post))
        return (await self._told(self.square.delete(post)))[1]

    async def answered(self, post: object, words: str) -> tuple[object, bytes | Called]:
        """By a colleague of ours, past the bot."""
        return await self._told(self.square.answer_by_hand(post, words))

    async def _told(self, act: Awaitable[object]) -> tuple[object, bytes | Called]:
        made = await act
        return made, self.square.outbox[-1] if self.name == "discourse" else self.square.webhooks[-1]


async def a_thread(tell: Teller, name: str) -> Tale:
    """Somebody writes, somebody else joins, the first changes their words twice, where that is told."""
    lea, first = await tell.said("lea", f"{name} lamp")
    _, second = await tell.said("kim", f"{name} me too", under=lea)
    if not tell.edits:
        return Tale((first, second), ((f"{name} lamp", f"{name} me too"),))
    calls = (first, second, await tell.edited(lea, f"{name} bulb"), await tell.edited(lea, f"{name} moon"))
    return Tale(calls, ((f"{name} me too", f"{name} moon"),))


async def a_deletion(tell: Teller, name: str) -> Tale:
    """Somebody writes, changes it, takes it back; another one's post has nothing to do with it."""
    _, other = await tell.said("kim", f"{name} stays")
    lea, first = await tell.said("lea", f"{name} xylophone")
    if tell.name == "threads":  # it tells of our own deletions only
        ours, said = await tell.answered(lea, f"{name} marimba")
        return Tale((other, first, said, await tell.deleted(ours)), ((f"{name} stays",), (f"{name} xylophone",)))
    calls = [other, first, await tell.edited(lea, f"{name} marimba"), await tell.deleted(lea)]
    return Tale(calls, ((f"{name} stays",),))


def orders(calls: Sequence[bytes | Called], random: Random) -> Sequence[Sequence[bytes | Called]]:
    found = list(itertools.permutations(calls))[1:]  # the first is as it was
    return found if len(found) <= ORDERS else [tuple(reversed(calls)), *random.sample(found, ORDERS - 1)]


def standing(here: Town, name: str) -> list[list[str]]:
    """What customers said and did not take back, by conversation."""
    query = "SELECT conversation_id, words FROM post WHERE NOT ours AND gone_at IS NULL"
    found: dict[object, list[str]] = {}
    for number, words in rows(here, query):
        if (plain := str(words).removeprefix("@acme ")).startswith(f"{name} "):
            found.setdefault(number, []).append(plain)
    return sorted(sorted(one) for one in found.values())


#: Their calls are signed or fetched one by one, or only name what is then asked for: tried in tests/adapters.
ELSEWHERE = ("canny", "feeds", "github", "inbound", "trustpilot")


def test_every_platform_that_pushes_is_tried_here() -> None:
    pushing = {name for name in names() if Hears.PUSH in load(name).declares.hears}
    assert pushing == {*PUSHING, *ELSEWHERE}


@pytest.mark.parametrize("name", PUSHING)
async def test_calls_in_any_order_and_again_come_to_the_same(name: str, tmp_path: Path, sqlite_template: Path) -> None:
    # X is exact to the millisecond, and compares our signature's time with its own.
    clock: dict[str, object] = {} if name == "x" else {"clock": Ticking()}
    async with town_on(name, tmp_path, sqlite_template, **clock) as here:
        tell, random = Teller(here, name), Random(4)
        tales = [a_thread, *([a_deletion] if name != "instagram" else [])]  # Instagram tells of none
        wrong: list[object] = []
        for which, tale in enumerate(tales):
            kinds = range(len(orders((await tale(tell, "count")).calls, random)))
            for number in kinds:
                mark = f"t{which}n{number}"
                made = await tale(tell, mark)
                order = orders(made.calls, Random(number))[min(number, len(kinds) - 1)]
                expected = sorted(sorted(one) for one in made.stands)
                for again, calls in enumerate((order, order[::-1])):
                    for body in calls:
                        await tell.deliver(body)
                    if (found := standing(here, mark)) != expected:
                        wrong.append((mark, again, [made.calls.index(one) for one in order], found, expected))
        assert not wrong, "\n".join(map(str, wrong))
        gone = "marimba"  # what was taken back is nowhere
        assert here.in_store(gone) == []
        await here.until(lambda: not here.in_chat(gone))

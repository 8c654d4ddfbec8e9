"""A link that leads nowhere is remarked, once that is known; nobody waits for it, and nothing inside is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from adapters.fetching import Fetcher, networks
from bot.settings.triage import Listening
from bot.triage.dead_links import BELIEVED, OF_ONE, DeadLinks, is_dead
from bot.triage.voice import Ear
from models.store import Store
from models.wakes import Topic
from sandbox.serving import serving
from tests.conftest import Clock


class Site:
    """Pages whose path is their status, and how often each was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.address = ""

    async def page(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.Response(status=int(request.match_info["status"]))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    here = Site()
    app = web.Application()
    app.router.add_get("/{status}", here.page)
    async with serving(app) as address:
        here.address = address
        yield here


def fetcher() -> Fetcher:
    return Fetcher(allow=networks("127.0.0.1"), limit=timedelta(seconds=5))


async def test_only_what_is_surely_gone_is_dead(site: Site) -> None:
    for status, dead in {200: False, 401: False, 404: True, 410: True, 429: False, 500: False, 503: False}.items():
        assert await is_dead(fetcher(), f"{site.address}/{status}") is dead, status
    assert not await is_dead(fetcher(), "http://127.0.0.1:9/nobody-listens")
    asked = len(site.asked)
    assert not await is_dead(Fetcher(), f"{site.address}/404"), "an address inside is not spoken to"
    assert len(site.asked) == asked


async def test_a_link_is_asked_once_and_then_known_for_a_while(store: Store, clock: Clock, site: Site) -> None:
    links, stop = DeadLinks(store, fetcher()), asyncio.Event()
    # A name with a dot, as links have it: the number is one.
    gone, there = f"{site.address}/404", f"{site.address}/200"
    text = f"Look at {gone}, or here: {there}."
    running = asyncio.create_task(links.run(stop))
    try:
        assert links.among(text, 1) == []
        assert links.among(text, 2) == []
        async with asyncio.timeout(60):
            while links.among(text, 1) != [gone] or len(site.asked) < 2:
                store.wakes.rouse([Topic.TIME])
                await asyncio.sleep(0.01)
        assert sorted(site.asked) == ["/200", "/404"]
        clock.forward(BELIEVED)
        assert links.among(text, 1) == []
    finally:
        stop.set()
        store.wakes.rouse([Topic.TIME])
        await running


async def test_examples_are_not_asked_about_nor_more_than_a_few_of_one_draft(store: Store) -> None:
    links = DeadLinks(store, fetcher())
    links.among("https://shop.acme.example/x http://router/ ftp://a.b/c https://[::1 nothing", 1)
    assert links.waiting == 0
    links.among(" ".join(f"https://a{nth}.acme.com/" for nth in range(9)), 1)
    assert links.waiting == OF_ONE


async def test_a_draft_is_listened_to_once_however_often_its_card_is_shown() -> None:
    ear = Ear(remembered=2)
    said = "Sorry for the inconvenience. Write to mia.stone@letters.example."
    first = await ear.listen(said, post="", language=None, recent=(), listening=Listening())
    assert {one.remark.value for one in first} == {"email", "bare_sorry"}
    assert await ear.listen(said, post="", language=None, recent=(), listening=Listening()) is first
    only = Listening(frozenset({first[0].remark}))
    assert len(await ear.listen(said, post="", language=None, recent=(), listening=only)) == 1
    await ear.listen("Thanks!", post="", language=None, recent=(), listening=only)
    again = await ear.listen(said, post="", language=None, recent=(), listening=Listening())
    assert again == first
    assert again is not first

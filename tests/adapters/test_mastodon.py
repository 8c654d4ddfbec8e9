"""What is particular to Mastodon: mentions, streams, policies, and servers with ideas of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest
from aiohttp import StreamReader, web

from adapters.conformance.world import Ears, refs
from adapters.contract import (
    Absent,
    Author,
    Malformed,
    Posted,
    PostRef,
    PublicPost,
    Receipt,
    Reply,
    Text,
    Unavailable,
    Unreachable,
)
from adapters.mastodon import Mastodon
from adapters.mastodon_listen import events
from adapters.mastodon_settings import Settings
from adapters.settings import build
from sandbox.square.standin import SquareStandIn


def mastodon(server: str, token: str = "t", **table: object) -> Mastodon:
    fast = {"poll": "50ms", "poll_beside_stream": "50ms", "streaming": False}
    return Mastodon(build(Settings, {"server": server, **fast, **table}, {"token": token}))


def post_of(handle: str, *, ours: bool = False) -> PublicPost:
    return PublicPost(
        ref=PostRef("1"),
        root=None,
        parent=None,
        author=Author(ref="9", handle=handle, name=handle),
        text=Text.of("hi"),
        at=datetime.now(UTC),
        ours=ours,
    )


@pytest.mark.parametrize(
    ("handle", "words", "composed"),
    [
        ("ann", "hello", "@ann hello"),
        ("ann", "hello @ann!", "hello @ann!"),
        ("ann", "Hello @Ann.", "Hello @Ann."),
        ("ann", "@ann@m.example hello", "@ann@m.example hello"),
        ("ann", "@ann@b.example hello", "@ann @ann@b.example hello"),
        ("ann", "@anna hello", "@ann @anna hello"),
        ("ann", "@ann.b hello", "@ann @ann.b hello"),
        ("ann", "see https://m.example/@ann", "@ann see https://m.example/@ann"),
        ("ann@b.example", "@ann hello", "@ann@b.example @ann hello"),
        ("ann@b.example", "dear @ann@b.example, hello", "dear @ann@b.example, hello"),
        ("ann@b.example", "@ann@b.example.org hello", "@ann@b.example @ann@b.example.org hello"),
    ],
)
def test_the_author_is_mentioned_once_and_exactly(handle: str, words: str, composed: str) -> None:
    platform = mastodon("https://m.example")
    assert platform.compose(Text.of(words), post_of(handle)).plain == composed


def test_under_our_own_post_nobody_is_mentioned() -> None:
    platform = mastodon("https://m.example")
    assert platform.compose(Text.of("and more"), post_of("acme", ours=True)).plain == "and more"


async def test_a_policy_that_drops_notifications_is_told_to_the_operator() -> None:
    async with SquareStandIn.serve() as square:
        square.policy(for_private_mentions="drop")
        platform = mastodon(square.base_url, square.token)
        try:
            await platform.open()
            assert any("private mentions" in note for note in platform.notes())
        finally:
            await platform.close()


async def test_an_account_that_answers_hundreds_in_an_hour_still_learns_that_a_reply_is_not_there() -> None:
    """Found by four machines in ten minutes: from the 400th on nobody could tell, and a person was asked."""
    async with SquareStandIn.serve() as square:
        asked = await square.post("lea", "@acme where is it?")
        for nth in range(450):
            square.server.world.post(square.account, f"Answer {nth}")
        platform = mastodon(square.base_url, square.token)
        try:
            await platform.open()
            reply = Reply(parent=PostRef(asked.id), text=Text.of("@lea In Hamburg."), attempts=(datetime.now(UTC),))
            assert isinstance(await platform.find_own_reply(reply, "k"), Absent)
            receipt = await platform.publish(reply, key="k")
            found = await platform.find_own_reply(reply, "k")
            assert isinstance(found, Receipt)
            assert found.ref == receipt.ref
        finally:
            await platform.close()


class Feed:
    """A server that knows notifications only, and pages as it likes."""

    def __init__(self) -> None:
        self.items: list[dict[str, object]] = []  # oldest first
        self.cap = 40
        self.knows_min_id = True
        self.refuses_kinds = False

    def add(self, number: int, **status: object) -> PostRef:
        account = {"id": "5", "acct": "ann"}
        now = datetime.now(UTC).isoformat()
        whole = {"id": f"s{number}", "created_at": now, "content": f"<p>{number}</p>", "account": account, **status}
        self.items.append({"id": f"{number:06}", "type": "mention", "created_at": now, "status": whole})
        self.items.sort(key=lambda item: str(item["id"]))
        return PostRef(f"s{number}")

    async def answer(self, request: web.Request) -> web.Response:
        if request.path.endswith("verify_credentials"):
            return web.json_response({"id": "1", "acct": "acme"})
        if request.path.endswith("instance"):
            return web.json_response({"domain": "m.example"})
        if not request.path.endswith("/notifications"):
            return web.json_response({"error": "Not Found"}, status=404)
        if self.refuses_kinds and request.query.getall("types[]") != ["mention"]:
            return web.json_response({"error": "types: invalid"}, status=422)
        return web.json_response(self._page(request.query))

    def _page(self, query: Mapping[str, str]) -> list[dict[str, object]]:
        items = self.items
        if "max_id" in query:
            items = [item for item in items if str(item["id"]) < query["max_id"]]
        if "min_id" in query and self.knows_min_id:
            items = [item for item in items if str(item["id"]) > query["min_id"]][: self.cap]
        return items[-self.cap :][::-1]


@asynccontextmanager
async def listening(feed: Feed) -> AsyncIterator[Mastodon]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", feed.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    platform = mastodon(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield platform
    finally:
        await platform.close()
        await runner.cleanup()


@pytest.mark.parametrize("cap", [1, 5, 20, 40])
async def test_pages_of_any_size_lose_nothing(cap: int) -> None:
    feed = Feed()
    feed.cap = cap
    first = [feed.add(number) for number in range(10, 40)]
    async with listening(feed) as platform:
        async with Ears(platform) as ears:
            await ears.until(lambda heard: set(first) <= set(refs(heard)))
            cursor = ears.cursors[-1]
        missed = [feed.add(number) for number in range(100, 190)]
        async with Ears(platform, cursor) as ears:
            heard = await ears.until(lambda heard: set(missed) <= set(refs(heard)))
    assert refs(heard) == missed


async def test_a_notification_that_arrives_below_the_newest_is_heard() -> None:
    feed = Feed()
    for number in range(100, 120, 2):
        feed.add(number)
    async with listening(feed) as platform, Ears(platform) as ears:
        await ears.until(lambda heard: len(heard) == 10)
        await ears.post(feed.add(105))


async def test_a_server_that_does_not_know_min_id_is_no_endless_loop() -> None:
    feed = Feed()
    feed.knows_min_id = False
    first = feed.add(1)
    async with listening(feed) as platform, Ears(platform) as ears:
        await ears.post(first)
        await ears.post(feed.add(2))


async def test_a_server_that_refuses_kinds_it_does_not_know_is_asked_for_mentions() -> None:
    feed = Feed()
    feed.refuses_kinds = True
    async with listening(feed) as platform, Ears(platform) as ears:
        await ears.post(feed.add(1))


async def test_one_unreadable_post_does_not_dam_up_the_others() -> None:
    feed = Feed()
    feed.add(1, created_at="never")
    async with listening(feed) as platform, Ears(platform) as ears:
        await ears.post(feed.add(2))
        heard = await ears.until(lambda heard: len(heard) == 2)
    (broken,) = [one for one in heard if isinstance(one, Unavailable)]
    assert broken.ref == PostRef("s1")
    assert len([one for one in heard if isinstance(one, Posted)]) == 1


class Pieces:
    """A stream that comes in pieces of any size."""

    def __init__(self, raw: bytes, size: int) -> None:
        self._pieces = [raw[at : at + size] for at in range(0, len(raw), size)]

    async def iter_any(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            await asyncio.sleep(0)
            yield piece


async def collect(raw: bytes, size: int) -> list[tuple[str, str]]:
    return [event async for event in events(cast(StreamReader, Pieces(raw, size)))]


async def test_listening_waits_for_a_server_that_is_not_there_yet(unused_tcp_port: int) -> None:
    feed = Feed()
    first = feed.add(1)
    platform = mastodon(f"http://127.0.0.1:{unused_tcp_port}")
    runner = web.AppRunner(web.Application(), access_log=None, shutdown_timeout=0.1)
    runner.app.router.add_route("*", "/{rest:.*}", feed.answer)
    await runner.setup()
    try:
        async with Ears(platform) as ears:
            with pytest.raises(Unreachable):
                await platform.open()
            await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
            await ears.post(first)
    finally:
        await platform.close()
        await runner.cleanup()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_events_are_read_however_they_are_cut(size: int) -> None:
    raw = ":thump\n\nevent: delete\r\ndata: 12\r\n\r\n:\nevent: update\ndata: a\ndata:é\n\ndata: rest".encode()
    assert await collect(raw, size) == [("delete", "12"), ("update", "a\né")]


async def test_an_event_without_end_is_not_taken_in() -> None:
    with pytest.raises(Malformed):
        await collect(b"data: " + b"x" * 3_000_000, 65536)


def test_a_token_never_goes_out_in_the_clear() -> None:
    platform = mastodon("https://m.example")
    for named, asked in {
        "wss://stream.m.example": "https://stream.m.example/api/v1/streaming/user",
        "wss://m.example/api/v1/streaming": "https://m.example/api/v1/streaming/user",
        "ws://m.example": "https://m.example/api/v1/streaming/user",
    }.items():
        platform._instance = replace(platform._instance, streaming=named)
        assert platform._stream_url() == asked


async def test_what_the_stream_brings_while_a_long_poll_reads_on_is_told_before_its_end() -> None:
    async with SquareStandIn.serve(rate_limit=1_000_000) as square:
        polling = mastodon(square.base_url, square.token)
        streaming = mastodon(square.base_url, square.token, streaming=True, poll_beside_stream="1h")
        try:
            await polling.open()
            await streaming.open()
            await square.post("lea", "@acme the first")
            ears = polling.listen(None)
            cursor = (await anext(ears)).cursor
            await ears.aclose()
            backlog = [PostRef((await square.post("kim", f"@acme missed {n}")).id) for n in range(400)]
            ears = streaming.listen(cursor)
            told = refs([*(await anext(ears)).heard])
            await square.wait_for(lambda one: bool(one.streams()))
            live = PostRef((await square.post("lea", "@acme just now")).id)
            while live not in told:
                told += refs([*(await anext(ears)).heard])
            assert backlog[-1] not in told
            while backlog[-1] not in told:
                told += refs([*(await anext(ears)).heard])
            assert sorted(told, key=str) == sorted([*backlog, live], key=str), "each once"
            await ears.aclose()
        finally:
            await polling.close()
            await streaming.close()

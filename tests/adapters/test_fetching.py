"""Fetching what a stranger names: nothing inside our network, and no more than we want."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web

from adapters.errors import Throttled, Unreachable
from adapters.fetching import Fetcher, Forbidden, is_public, networks
from adapters.settings import SettingError
from sandbox.serving import serving

HERE = networks("127.0.0.1")

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "168.63.129.16",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:192.0.0.192",
    "::ffff:168.63.129.16",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::c000:c0",
    "64:ff9b::a83f:8110",
    "64:ff9b:1::a83f:8110",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2002:c000:c0::1",
    "2002:a83f:8110::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "100::1",
    "fec0::1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f.1",
    "nonsense",
]
OUTSIDE = [
    "1.1.1.1",
    "93.184.216.34",
    "8.8.8.8",
    "192.0.1.1",
    "168.63.129.17",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
]


def test_addresses_are_told_apart_whatever_they_are_wrapped_in() -> None:
    assert [one for one in INSIDE if is_public(one)] == []
    assert [one for one in OUTSIDE if not is_public(one)] == []


def test_networks_are_read_from_the_settings() -> None:
    assert [str(one) for one in networks(" 10.0.0.0/8, ::1 ,")] == ["10.0.0.0/8", "::1/128"]
    for words in ("localhost", "10.0.0.1/8", "x"):
        with pytest.raises(SettingError):
            networks(words)


@asynccontextmanager
async def site() -> AsyncIterator[tuple[str, list[str]]]:
    """A website on loopback, and which of its pages were asked for."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        match request.match_info["page"]:
            case "old":
                raise web.HTTPMovedPermanently("/newer")
            case "newer":
                raise web.HTTPPermanentRedirect("/found")
            case "found":
                raise web.HTTPFound("/page")
            case "round":
                raise web.HTTPFound("/round")
            case "inside":
                raise web.HTTPFound("http://169.254.169.254/latest/meta-data")
            case "file":
                raise web.HTTPFound("file:///etc/passwd")
            case "mail":
                raise web.HTTPFound("http://acme.example:25/")
            case "nowhere":
                return web.Response(status=302, headers={"Location": "http://[bad"})
            case "secret":
                raise web.HTTPFound(f"http://me:secret@{request.host}/page")
            case "bomb":
                packed = gzip.compress(b"x" * 2**22, 9)
                return web.Response(body=packed, headers={"Content-Encoding": "gzip"})
            case "raw":
                made = zlib.compressobj(wbits=-15)
                packed = made.compress(b"words") + made.flush()
                return web.Response(body=packed, headers={"Content-Encoding": "deflate"})
            case "broken":
                return web.Response(body=b"nothing packed", headers={"Content-Encoding": "gzip"})
            case "strange":
                return web.Response(body=b"x", headers={"Content-Encoding": "br"})
            case "after_the_end" | "nothing":
                made = zlib.compressobj(wbits=31)
                begun = made.compress(b"words") + made.flush(zlib.Z_SYNC_FLUSH)
                empty = b"\x00\x00\x00\xff\xff" * 100_000  # stored blocks of no length
                body = gzip.compress(b"words") + bytes(500_000) if asked[-1] == "/after_the_end" else begun + empty
                return web.Response(body=body, headers={"Content-Encoding": "gzip"})
            case "large":
                return web.Response(body=b"x" * 100_001)
            case "busy":
                return web.Response(status=503, headers={"Retry-After": "60"})
            case "slow":
                await asyncio.sleep(0.6)
                return web.Response()
            case "known":
                known = request.headers.get("If-None-Match") == '"1"'
                return web.Response(status=304 if known else 200, headers={"ETag": '"1"'})
            case _:
                body = gzip.compress(b"words")
                return web.Response(body=body, headers={"Content-Encoding": "gzip"}, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{page}", answer)
    async with serving(app) as address:
        yield address, asked


async def test_pages_are_fetched_unpacked_and_followed() -> None:
    fetcher = Fetcher(allow=HERE)
    async with site() as (address, _):
        page = await fetcher.get(f"{address}/page")
        assert (page.status, page.body, page.kind, page.moved) == (200, b"words", "text/html", None)
        assert (await fetcher.get(f"{address}/raw")).body == b"words"
        moved = await fetcher.get(f"{address}/old")
        assert (moved.address, moved.moved) == (f"{address}/page", f"{address}/found")
        assert (await fetcher.get(f"{address}/found")).moved is None
        assert (await fetcher.get(f"{address}/known", headers={"If-None-Match": '"1"'})).status == 304
        with pytest.raises(Throttled):
            await fetcher.get(f"{address}/busy")


async def test_nothing_is_asked_inside_our_network() -> None:
    fetcher = Fetcher()
    async with site() as (address, asked):
        port = address.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "127.1", "0"):
            with pytest.raises(Unreachable):
                await fetcher.get(f"http://{host}:{port}/page")
        for bad in ("http://169.254.169.254/", "file:///etc/passwd", "gopher://x/", "", "http://", "x", "http://[bad"):
            with pytest.raises(Forbidden):
                await fetcher.get(bad)
        with pytest.raises(Forbidden):
            await fetcher.get(f"http://localhost:{port}/page")  # by its name, so after it was resolved
        assert asked == []


async def test_no_redirect_leads_inside_or_round_and_round() -> None:
    fetcher = Fetcher(allow=HERE)
    async with site() as (address, asked):
        for page in ("inside", "file", "mail", "secret"):
            with pytest.raises(Forbidden):
                await fetcher.get(f"{address}/{page}")
        for page in ("round", "nowhere"):
            with pytest.raises(Unreachable):
                await fetcher.get(f"{address}/{page}")
        assert asked.count("/round") == 6
        assert "/page" not in asked


async def test_what_is_too_large_unpacks_to_too_much_or_takes_too_long_is_left() -> None:
    fetcher = Fetcher(allow=HERE, largest=100_000, limit=timedelta(seconds=0.4))
    async with site() as (address, _):
        for page in ("large", "bomb", "after_the_end", "nothing", "broken", "strange", "slow"):
            with pytest.raises(Unreachable):
                await fetcher.get(f"{address}/{page}")

"""The last word before bytes leave: asked when the line is open, and done with when they are in the system's hands."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from adapters.errors import Throttled
from adapters.http import Http
from adapters.leaving import asking

LIMIT = timedelta(seconds=60)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@dataclass
class Server:
    """A server on a thread of its own: what it has got it has got whatever our loop does."""

    address: str
    heard: bytearray = field(default_factory=bytearray)
    connected: threading.Event = field(default_factory=threading.Event)
    whole: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(*, until: bytes) -> Iterator[Server]:
    """For one request, which is whole when it ends with `until`."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(60)
        server = Server(f"http://127.0.0.1:{door.getsockname()[1]}")

        def serve() -> None:
            line, _ = door.accept()
            with line:
                line.settimeout(60)
                server.connected.set()
                while not server.heard.endswith(until) and (some := line.recv(2**16)):
                    server.heard += some
                if server.heard.endswith(until):
                    server.whole.set()
                    line.sendall(ANSWER)
            server.ended.set()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server
        finally:
            thread.join()


async def test_what_is_stopped_when_the_line_is_open_writes_no_byte_on_it() -> None:
    with serving(until=b"}") as server:

        @asynccontextmanager
        async def word() -> AsyncIterator[bool]:
            assert await asyncio.to_thread(server.connected.wait, 60)
            yield False

        async with Http(server.address, headers={}) as http:
            with asking(word), pytest.raises(Throttled):
                await http.write_once("POST", "/reply", body={"words": "hello"}, limit=LIMIT)
        assert await asyncio.to_thread(server.ended.wait, 60)
    assert server.heard == b""


@pytest.mark.parametrize(
    ("method", "body", "until"), [("POST", {"words": "hello"}, b"}"), ("DELETE", None, b"\r\n\r\n")]
)
async def test_whoever_had_the_last_word_is_kept_until_the_request_is_out(
    method: str, body: dict[str, object] | None, until: bytes
) -> None:
    with serving(until=until) as server:
        order = []

        @asynccontextmanager
        async def word() -> AsyncIterator[bool]:
            order.append("asked" if not server.heard else "too late")
            yield True
            # Our loop stands still here. What the server gets now had left before.
            order.append("left" if server.whole.wait(60) else "never")

        async with Http(server.address, headers={}) as http:
            with asking(word):
                assert (await http.write_once(method, "/reply", body=body, limit=LIMIT)).good
    assert order == ["asked", "left"]


async def test_who_cannot_be_asked_is_no_reason_to_write() -> None:
    with serving(until=b"}") as server:

        @asynccontextmanager
        async def word() -> AsyncIterator[bool]:
            raise OSError("away")
            yield True

        async with Http(server.address, headers={}) as http:
            with asking(word), pytest.raises(Exception):  # noqa: B017, PT011  (the caller counts whatever it is as lost)
                await http.write_once("POST", "/reply", body={"words": "hello"}, limit=LIMIT)
        assert await asyncio.to_thread(server.ended.wait, 60)
    assert server.heard == b""

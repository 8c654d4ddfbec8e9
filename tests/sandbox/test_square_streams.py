"""Streams of the square: what they carry, what they leave out, how they break."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from sandbox.square import Fault
from tests.sandbox.square_client import Raw, raw_square


class Stream:
    """An open stream of server-sent events, read line by line."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def line(self) -> str:
        async with asyncio.timeout(60):
            return (await self._answer.content.readline()).decode().rstrip("\n")

    async def lines_within(self, seconds: float) -> list[str]:
        """What comes in this time."""
        lines: list[str] = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    lines.append((await self._answer.content.readline()).decode().rstrip("\n"))
        except TimeoutError:
            return lines

    async def event(self) -> tuple[str, Any]:
        while (line := await self.line()).startswith(":") or not line:
            assert line or not self._answer.content.at_eof(), "the stream ended"
        data = (await self.line()).removeprefix("data: ")
        name = line.removeprefix("event: ")
        return name, data if name == "delete" else json.loads(data)


@asynccontextmanager
async def listening(raw: Raw, path: str = "user") -> AsyncIterator[Stream]:
    headers = {"Authorization": f"Bearer {raw.square.token}"}
    async with raw.http.get(f"{raw.square.base_url}/api/v1/streaming/{path}", headers=headers) as answer:
        assert answer.content_type == "text/event-stream"
        yield Stream(answer)


async def test_the_user_stream_carries_home_and_notifications() -> None:
    async with raw_square() as raw, listening(raw) as stream:
        assert await stream.line() == ":)"
        post = await raw.square.post("@lea", "@acme hello")
        assert (await stream.event())[0] == "update"
        name, told = await stream.event()
        assert (name, told["type"], told["status"]["id"]) == ("notification", "mention", post.id)
        await raw.square.edit(post, "@acme hello!")
        name, edited = await stream.event()
        assert (name, edited["edited_at"] is None) == ("status.update", False)
        await raw.square.delete(post)
        assert await stream.event() == ("delete", post.id)


async def test_the_notification_stream_carries_notifications_only() -> None:
    async with raw_square() as raw, listening(raw, "user/notification") as stream:
        first = await raw.square.post("@lea", "@acme hello")
        await raw.square.edit(first, "@acme hello!")
        await raw.square.delete(first)
        second = await raw.square.post("@lea", "@acme again")
        assert [(await stream.event())[1]["status"]["id"] for _ in range(2)] == [first.id, second.id]


async def test_who_does_not_follow_the_author_hears_of_no_edit_but_of_the_deletion() -> None:
    async with raw_square() as raw, listening(raw) as stream:
        raw.square.person("@stranger", followed=False)
        post = await raw.square.post("@stranger", "@acme hello")
        await raw.square.edit(post, "@acme hello!")
        await raw.square.delete(post)
        assert [(await stream.event())[0] for _ in range(2)] == ["notification", "delete"]


async def test_edits_and_deletions_can_be_kept_quiet() -> None:
    async with raw_square() as raw, listening(raw) as stream:
        raw.square.fault(Fault.NO_EDIT_EVENTS)
        raw.square.fault(Fault.NO_DELETE_EVENTS)
        post = await raw.square.post("@lea", "@acme hello")
        await raw.square.edit(post, "@acme hello!")
        await raw.square.delete(post)
        await raw.square.post("@lea", "@acme last")
        assert [(await stream.event())[0] for _ in range(4)] == ["update", "notification"] * 2


async def test_a_quiet_stream_beats_and_a_silent_one_does_not() -> None:
    async with raw_square(heartbeat=0.05) as raw, listening(raw) as stream:
        assert [await stream.line() for _ in range(2)] == [":)", ":thump"]
        raw.square.fault(Fault.STREAM_SILENT)
        await raw.square.post("@lea", "@acme lost")
        assert set(await stream.lines_within(0.3)) <= {":thump"}
        assert await stream.lines_within(0.3) == []
        raw.square.clear_faults()
        assert await stream.line() == ":thump"


async def test_open_streams_drop() -> None:
    async with raw_square() as raw, listening(raw) as stream:
        await stream.line()
        raw.square.fault(Fault.STREAM_DROP)
        with pytest.raises(aiohttp.ClientPayloadError):
            await stream.line()


async def test_new_streams_drop_for_as_long_as_told() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.STREAM_DROP, times=1)
        async with listening(raw) as stream:
            with pytest.raises(aiohttp.ClientPayloadError):
                await stream.lines_within(5)
        async with listening(raw) as stream:
            assert await stream.line() == ":)"
            await raw.square.wait_for(lambda square: square.streams() == 1)


async def test_a_socket_subscribes_and_decodes_twice() -> None:
    async with raw_square() as raw:
        address = f"{raw.square.base_url}/api/v1/streaming?access_token={raw.square.token}"
        async with raw.http.ws_connect(address) as socket:
            await socket.send_json({"type": "subscribe", "stream": "nonsense"})
            assert (await socket.receive_json(timeout=30))["error"] == "Unknown stream type"
            await socket.send_json({"type": "subscribe", "stream": "user:notification"})
            await socket.send_json({"type": "subscribe", "stream": "nonsense"})
            await socket.receive_json(timeout=30)
            post = await raw.square.post("@lea", "@acme hello")
            message = await socket.receive_json(timeout=30)
            assert message["stream"] == ["user", "notification"]
            assert json.loads(message["payload"])["status"]["id"] == post.id


async def test_a_socket_takes_the_token_as_its_protocol_and_the_stream_from_its_address() -> None:
    async with raw_square() as raw:
        address = f"{raw.square.base_url}/api/v1/streaming?stream=user"
        async with raw.http.ws_connect(address, protocols=[raw.square.token]) as socket:
            post = await raw.square.post("@lea", "@acme hello")
            await raw.square.delete(post)
            events = [await socket.receive_json(timeout=30) for _ in range(3)]
        assert [one["event"] for one in events] == ["update", "notification", "delete"]
        assert events[2]["payload"] == post.id


async def test_a_socket_with_a_wrong_token_is_refused() -> None:
    async with raw_square() as raw:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await raw.http.ws_connect(f"{raw.square.base_url}/api/v1/streaming?stream=user&access_token=wrong")
        assert refused.value.status == 401


async def test_a_plain_get_of_the_sockets_address_is_404() -> None:
    async with raw_square() as raw:
        assert (await raw.call("GET", "/api/v1/streaming?stream=user"))[0] == 404


async def test_streaming_says_that_it_is_well() -> None:
    async with raw_square() as raw:
        assert await raw.get("/api/v1/streaming/health", token=None) == "OK"

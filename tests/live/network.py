"""Bluesky's world on a network that others wrote: PLC, PDS and AppView as processes of their own on loopback.

Where it comes from: `make test-bluesky` installs the package @atproto/dev-env. It needs Node 22 and a Redis.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from sandbox.ports import free_port
from tests.plugins.not_run import ROOT, bluesky_network

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
POSTS = "app.bsky.feed.post"
_MENTION = re.compile(r"@([a-z]+\.test)")


class Network:
    """The processes. `settle` returns when the AppView has everything."""

    def __init__(self, process: subprocess.Popen[str], pds: str) -> None:
        self._process = process
        self.pds = pds
        self.sessions: dict[str, dict[str, str]] = {}

    def settle(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("settle\n")
        self._process.stdin.flush()
        while line := self._process.stdout.readline():
            if line.startswith('{"settled"'):
                return
        raise AssertionError("the network ended")


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Network]:
    """The network, until the end of the block."""
    home = bluesky_network()
    assert home is not None
    with _redis(folder) as redis, _postgres(folder) as postgres, (folder / "network.log").open("w") as log:
        environment = {
            **os.environ,
            "DB_POSTGRES_URL": postgres,
            "DB_POSTGRES_SCHEMA": "bsky",
            "REDIS_HOST": redis,
            "LOG_ENABLED": "false",
        }
        node = next(home.glob("node/node_modules/node-linux-*/bin/node"), "node")
        command = [str(node), str(ROOT / "scripts" / "bluesky-network.mjs")]
        process = subprocess.Popen(
            command, cwd=home, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
        try:
            yield Network(process, _address(process, folder / "network.log"))
        finally:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
            process.stdout.close()


@contextlib.contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL that has pg_trgm: Debian's, started for us. The one of our other tests has not."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if programs is None:
        raise AssertionError("there is no PostgreSQL of Debian's: sudo apt-get install postgresql")
    as_whom = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # it refuses to run as root
    with tempfile.TemporaryDirectory(prefix="twoway-bluesky-") as home:
        data, port = f"{home}/data", free_port()
        if as_whom:
            shutil.chown(home, "postgres")
        subprocess.run(
            [*as_whom, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust"], check=True, **QUIET
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
        control = [*as_whom, programs / "pg_ctl", "-D", data, "-l", f"{home}/log", "-w"]
        subprocess.run([*control, "-o", options, "start"], check=True, **QUIET)
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **QUIET)


def _address(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    while line := process.stdout.readline():
        if line.startswith('{"pds"'):
            return str(json.loads(line)["pds"])
    raise AssertionError(f"the network did not start:\n{log.read_text('utf-8')[-3000:]}")


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """A Redis of our own, keeping nothing."""
    port = free_port()
    server = os.environ.get("TWOWAY_REDIS") or shutil.which("redis-server") or "redis-server"
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, **QUIET)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _pictures(record: object) -> tuple[tuple[bytes | None, str], ...]:
    """As the record names them: their words, and the bytes by a hash."""
    assert isinstance(record, dict)
    return tuple((None, image["alt"]) for image in record.get("embed", {}).get("images", []))


class Live(World):
    platform_name = "bluesky"
    tricks = frozenset({Trick.EDIT, Trick.DELETE, Trick.BLOCK, Trick.LENGTH})

    def __init__(self, network: Network, session: aiohttp.ClientSession, us: str) -> None:
        super().__init__()
        self._network = network
        self._http = session
        self._us = us

    def table(self) -> dict[str, object]:
        return {
            "server": self._network.pds,
            "identifier": f"{self._us}.test",
            "jetstream": "ws://127.0.0.1:9/subscribe",  # the network has none
            "poll": "200ms",
            "sweep_every": "5s",
            "look_back": "1h",
            "call_limit": "5s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return {"token": f"{self._us}-password"}

    async def post(
        self,
        words: str,
        *,
        author: str = "lea",
        to: PostRef | None = None,
        audience: Audience = Audience.PUBLIC,
        warning: str | None = None,
        picture: str | None = None,
        created_at: datetime | None = None,
    ) -> PostRef:
        parent = None if to is None else await self._ref(to)
        record = await self._record(f"@{self._us}.test {words}", created_at)
        if parent is not None:
            root = parent["value"].get("reply", {}).get("root") or {key: parent[key] for key in ("uri", "cid")}  # type: ignore[attr-defined]
            record["reply"] = {"root": root, "parent": {key: parent[key] for key in ("uri", "cid")}}
        body = {"repo": await self._did(author), "collection": POSTS, "record": record}
        made = await self._call("com.atproto.repo.createRecord", body, as_=author)
        self._network.settle()
        return PostRef(str(made["uri"]))

    async def replies(self, ref: PostRef) -> list[Shown]:
        self._network.settle()  # what our own server has took its way to the AppView
        asked = {"repo": await self._did(self._us), "collection": POSTS, "limit": "100", "reverse": "true"}
        found = await self._call("com.atproto.repo.listRecords", params=asked)
        return [
            Shown(PostRef(one["uri"]), one["value"]["text"], Audience.PUBLIC, "", _pictures(one["value"]))
            for one in found["records"]  # type: ignore[attr-defined]
            if one["value"].get("reply", {}).get("parent", {}).get("uri") == ref.id
        ]

    async def edit(self, ref: PostRef, words: str) -> None:
        now = await self._ref(ref)
        fresh = await self._record(f"@{self._us}.test {words}")
        record = {**now["value"], "text": fresh["text"], "facets": fresh["facets"]}  # type: ignore[dict-item]
        _, _, did, collection, key = ref.id.split("/")
        body = {"repo": did, "collection": collection, "rkey": key, "record": record}
        await self._call("com.atproto.repo.putRecord", body, as_=await self._handle(did))
        self._network.settle()

    async def delete(self, ref: PostRef) -> None:
        _, _, did, collection, key = ref.id.split("/")
        body = {"repo": did, "collection": collection, "rkey": key}
        await self._call("com.atproto.repo.deleteRecord", body, as_=await self._handle(did))
        self._network.settle()

    async def block(self, author: str) -> None:
        record = {
            "$type": "app.bsky.graph.block",
            "subject": await self._did(self._us),
            "createdAt": _stamp(datetime.now(UTC)),
        }
        body = {"repo": await self._did(author), "collection": "app.bsky.graph.block", "record": record}
        await self._call("com.atproto.repo.createRecord", body, as_=author)
        self._network.settle()

    # Inside

    async def gate(self, root: PostRef) -> None:
        """The author lets nobody answer under the post."""
        _, _, did, _, key = root.id.split("/")
        gate = "app.bsky.feed.threadgate"
        record = {"$type": gate, "post": root.id, "allow": [], "createdAt": _stamp(datetime.now(UTC))}
        body = {"repo": did, "collection": gate, "rkey": key, "record": record}
        await self._call("com.atproto.repo.putRecord", body, as_=await self._handle(did))
        self._network.settle()

    async def _record(self, words: str, created_at: datetime | None = None) -> dict[str, object]:
        facets = [
            {
                "index": {"byteStart": len(words[: at.start()].encode()), "byteEnd": len(words[: at.end()].encode())},
                "features": [
                    {"$type": "app.bsky.richtext.facet#mention", "did": await self._did(at[1].removesuffix(".test"))}
                ],
            }
            for at in _MENTION.finditer(words)
        ]
        return {
            "$type": POSTS,
            "text": words,
            "createdAt": _stamp(created_at or datetime.now(UTC)),
            "langs": ["en"],
            "facets": facets,
        }

    async def _ref(self, ref: PostRef) -> dict[str, object]:
        _, _, did, collection, key = ref.id.split("/")
        return await self._call(
            "com.atproto.repo.getRecord", params={"repo": did, "collection": collection, "rkey": key}
        )

    async def _session(self, name: str) -> dict[str, str]:
        """An account of that name, made when first asked for."""
        if name not in self._network.sessions:
            body = {"handle": f"{name}.test", "email": f"{name}@mail.test", "password": f"{name}-password"}
            made = await self._call("com.atproto.server.createAccount", body)
            self._network.sessions[name] = {key: str(made[key]) for key in ("did", "accessJwt")}
            profile = {"$type": "app.bsky.actor.profile", "displayName": name.title()}
            own = {"repo": made["did"], "collection": "app.bsky.actor.profile", "rkey": "self", "record": profile}
            await self._call("com.atproto.repo.putRecord", own, as_=name)
            self._network.settle()
        return self._network.sessions[name]

    async def _did(self, name: str) -> str:
        return (await self._session(name))["did"]

    async def _handle(self, did: str) -> str:
        return next(name for name, session in self._network.sessions.items() if session["did"] == did)

    async def _call(
        self, name: str, body: object = None, *, as_: str | None = None, params: dict[str, str] | None = None
    ) -> dict[str, object]:
        headers = {} if as_ is None else {"Authorization": f"Bearer {(await self._session(as_))['accessJwt']}"}
        method = "GET" if body is None else "POST"
        url = f"{self._network.pds}/xrpc/{name}"
        async with self._http.request(method, url, json=body, params=params, headers=headers) as answer:
            said = await answer.json()
            assert answer.status == 200, said
            assert isinstance(said, dict)
            return said


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@asynccontextmanager
async def live_world(network: Network, us: str) -> AsyncIterator[Live]:
    """A fresh account of ours for each test, so that it hears nothing of the others."""
    async with aiohttp.ClientSession() as session:
        world = Live(network, session, us)
        await world._session(us)
        try:
            yield world
        finally:
            await world.close()

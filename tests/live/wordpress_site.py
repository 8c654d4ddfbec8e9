"""WordPress itself, by Debian's PHP and on SQLite: a site of its own for each test, and people who comment there.

`scripts/wordpress.sh` brings its files. What people write is put into its database as its form stores it (a request
for each of many would take the test's time); everything that the adapter reads and writes is WordPress' own doing.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import aiohttp

from adapters.conformance.world import Shown, Trick, World
from adapters.posts import Audience, PostRef
from sandbox.ports import free_port
from tests.plugins.not_run import WORDPRESS

CODE = WORDPRESS / "site"
OURS = Path(__file__).parent / "wordpress"
US = "acme"
HELLO = 1  # the post that stands on every new site


@dataclass(frozen=True, slots=True)
class Template:
    """A site that was set up, to be copied."""

    folder: Path
    password: str
    closed: int  # a post that takes no comments


@dataclass(frozen=True, slots=True)
class Site:
    """One that runs."""

    address: str
    folder: Path
    template: Template

    @property
    def headers(self) -> dict[str, str]:
        """Of our own account."""
        return {"Authorization": "Basic " + b64encode(f"{US}:{self.template.password}".encode()).decode()}


def set_up(folder: Path) -> Template:
    """Once a run: it takes a second."""
    shutil.copy(CODE / "wp-content" / "database" / ".ht.sqlite", folder / "site.sqlite")
    shutil.copy(OURS / "wp-config.php", CODE / "wp-config.php")
    made = subprocess.run(
        ["php", str(OURS / "set-up.php")],
        env=_environment(folder, "http://127.0.0.1"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    said = json.loads(made.stdout)
    return Template(folder, said["password"], said["closed"])


@contextmanager
def running(template: Template, folder: Path) -> Iterator[Site]:
    """A copy of the site, served at an address of its own."""
    shutil.copy(template.folder / "site.sqlite", folder / "site.sqlite")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with (folder / "php.log").open("wb") as log:
        server = subprocess.Popen(
            ["php", "-S", f"127.0.0.1:{port}", "-t", str(CODE), str(OURS / "router.php")],
            env=_environment(folder, address),
            stdout=log,
            stderr=log,
        )
        try:
            _wait(port, server)
            yield Site(address, folder, template)
        finally:
            server.kill()
            server.wait(10)


def _environment(folder: Path, address: str) -> dict[str, str]:
    return os.environ | {
        "TWOWAY_SITE_CODE": str(CODE),
        "TWOWAY_SITE_DATA": f"{folder}/",
        "TWOWAY_SITE_ADDRESS": address,
    }


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("php does not listen")


class Press(World):
    """People who comment under the post that stands on every new site."""

    platform_name = "wordpress"
    tricks = frozenset({Trick.EDIT, Trick.DELETE, Trick.LENGTH})

    def __init__(self, site: Site, http: aiohttp.ClientSession) -> None:
        super().__init__()
        self.site = site
        self._http = http

    def table(self) -> dict[str, object]:
        return {
            "server": self.site.address,
            "username": US,
            "poll": "200ms",
            "sweep_every": "2s",
            "call_limit": "5s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return {"password": self.site.template.password}

    async def post(
        self,
        words: str,
        *,
        author: str = "lea",
        to: PostRef | None = None,
        audience: Audience = Audience.PUBLIC,
        warning: str | None = None,
        picture: str | None = None,
        held: bool = False,
        page: int = HELLO,
    ) -> PostRef:
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        row = {
            "comment_post_ID": page,
            "comment_author": author,
            "comment_author_email": f"{author}@customers.example",
            "comment_author_url": "",
            "comment_author_IP": "127.0.0.1",
            "comment_date": now,
            "comment_date_gmt": now,
            "comment_content": escape(words, quote=False),
            "comment_karma": 0,
            "comment_approved": "0" if held else "1",
            "comment_agent": "",
            "comment_type": "comment",
            "comment_parent": 0 if to is None else int(to.id),
            "user_id": 0,
        }
        marks = ", ".join("?" * len(row))
        with sqlite3.connect(self.site.folder / "site.sqlite", timeout=60) as database:
            made = database.execute(
                f"INSERT INTO wp_comments ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
            ).lastrowid
        database.close()
        return PostRef(str(made))

    async def by_form(self, words: str, author: str = "lea") -> None:
        """As people do it, in their browser."""
        form = {
            "comment": words,
            "author": author,
            "email": f"{author}@customers.example",
            "comment_post_ID": str(HELLO),
            "comment_parent": "0",
        }
        address = f"{self.site.address}/wp-comments-post.php"
        async with self._http.post(address, data=form, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()

    async def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> list[dict[str, object]]:
        """The site's own API, by a colleague who looks after it."""
        address = f"{self.site.address}/wp-json/wp/v2/{path}"
        async with self._http.request(method, address, json=body, headers=self.site.headers) as answer:
            said = await answer.json()
            assert answer.status < 300, said
            return said if isinstance(said, list) else [said]

    async def replies(self, ref: PostRef) -> list[Shown]:
        here = await self.ask("GET", f"comments?parent={ref.id}&status=all&context=edit&order=asc")
        return [
            Shown(PostRef(str(one["id"])), _plain(one["content"]), Audience.PUBLIC, "")
            for one in here
            if one["author_name"] == "Acme"
        ]

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.ask("POST", f"comments/{ref.id}", {"content": escape(words, quote=False)})

    async def delete(self, ref: PostRef) -> None:
        await self.ask("DELETE", f"comments/{ref.id}?force=true")

    async def move(self, ref: PostRef, status: str) -> None:
        await self.ask("POST", f"comments/{ref.id}", {"status": status})


def _plain(content: object) -> str:
    """What stands in the database, as a reader sees it."""
    assert isinstance(content, dict)
    return str(content["raw"]).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@asynccontextmanager
async def wordpress_world(site: Site) -> AsyncIterator[Press]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
        world = Press(site, http)
        try:
            yield world
        finally:
            await world.close()

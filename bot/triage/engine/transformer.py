"""Texts become vectors: cut into pieces, carried through the layers by onnxruntime, averaged.

onnxruntime is imported here alone, and only when a model is opened; it belongs in the reader's own process.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bot.triage.engine.graph import GRAPH_FILE
from bot.triage.engine.packed import Packed
from bot.triage.engine.tokenizer import TOKENIZER_FILE, Tokens
from bot.triage.vectors import Matrix, Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

#: How the model was taught to be asked for what two texts have in common (its card: intfloat/multilingual-e5-small).
PREFIX = "query: "
#: A post is read so far: nearly all are shorter, and the time grows with the longest of a batch.
TOKENS = 256
#: So many pieces of words go through the layers at once, padding included: what stands between two layers then stays
#: near the processor, and the memory for it small.
AT_ONCE = 512


class Transformer:
    """A model, opened. Not for several threads at once."""

    def __init__(self, folder: Path, packed: Path, *, threads: int) -> None:
        """`folder` holds the files that `building` made out of `packed`. Raises Unavailable."""
        self._packed = Packed(packed)
        shape = self._packed.shape
        self._places = (
            self._packed.floats("emb.pos").reshape(-1, shape.width) + self._packed.floats("emb.type")[: shape.width]
        )
        longest = min(TOKENS, shape.positions)
        self._becomes: Mapping[int, str] = self._packed.becomes()
        self._tokens = Tokens(folder / TOKENIZER_FILE, self._packed.specials(), longest=longest)
        self._session = _session(folder / GRAPH_FILE, threads)
        self._out = f"x{shape.layers}"

    @property
    def width(self) -> int:
        return self._packed.shape.width

    def vectors(self, texts: Sequence[str]) -> Matrix:
        """A row of length 1 for each text. Texts of like length go together, so that little is padded."""
        ids = self.ids(texts)
        out = np.zeros((len(texts), self.width), dtype=np.float32)
        for some in portions([len(one) for one in ids]):
            out[some] = self._portion([ids[one] for one in some])
        return out

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The pieces of each text, by number."""
        return self._tokens.of(
            [unicodedata.normalize("NFKC", PREFIX + text).translate(self._becomes) for text in texts]
        )

    def inputs(self, ids: Sequence[Sequence[int]]) -> Mapping[str, NDArray[np.generic]]:
        """What the graph takes: the vectors of the pieces, padded to the longest, and which of them count."""
        longest = max(map(len, ids))
        words: NDArray[np.int64] = np.ones((len(ids), longest), dtype=np.int64)
        counts: NDArray[np.int32] = np.zeros((len(ids), longest), dtype=np.int32)
        for row, one in enumerate(ids):
            words[row, : len(one)] = one
            counts[row, : len(one)] = 1
        # Each piece is unpacked once, however many posts say it.
        known, where = np.unique(words, return_inverse=True)
        rows = self._packed.words(known)[where.reshape(words.shape)]
        rows += self._places[:longest]
        return {"words": rows, "counts": counts}

    def layers(self, inputs: Mapping[str, NDArray[np.generic]]) -> Matrix:
        """After all layers: (posts, words, width)."""
        (hidden,) = self._session.run([self._out], inputs)
        out: Matrix = hidden
        return out

    def _portion(self, ids: Sequence[Sequence[int]]) -> Matrix:
        inputs = self.inputs(ids)
        mean = averaged(self.layers(inputs), inputs["counts"])
        unit: Matrix = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)
        return unit


def averaged(hidden: Matrix, counts: NDArray[np.generic]) -> Matrix:
    """Each post's mean over those of its pieces that count: (posts, width) of (posts, words, width)."""
    weights = counts.astype(np.float32)
    mean: Matrix = (weights[:, None, :] @ hidden)[:, 0] / weights.sum(axis=1, keepdims=True)
    return mean


def portions(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Which texts go together: the shortest first, as many as `AT_ONCE` allows, at least one."""
    some: list[int] = []
    for one in sorted(range(len(lengths)), key=lengths.__getitem__):
        if some and (len(some) + 1) * lengths[one] > AT_ONCE:
            yield some
            some = []
        some.append(one)
    if some:
        yield some


def _session(graph: Path, threads: int) -> InferenceSession:
    try:
        import onnxruntime
    except ImportError as error:
        raise Unavailable(f"the library {error.name} is not installed") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Between two layers threads wait awake: to be woken costs a third of a post's time. They stop with the post, so
    # that those who wait for the next one keep no core busy.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # Whatever the runtime raises: it cannot run our graph on this machine.
        raise Unavailable(f"onnxruntime cannot run the model here ({str(error).splitlines()[0][:200]})") from error

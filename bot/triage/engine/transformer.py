"""Texts become vectors: tokenised by `transformers`, carried through the layers by onnxruntime, averaged.

Only here are these libraries imported, and only when a model is opened; it belongs in the reader's own process.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bot.triage.engine.graph import GRAPH_FILE
from bot.triage.engine.packed import Packed, Pieces
from bot.triage.vectors import Matrix, Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from transformers import PreTrainedTokenizerFast

#: How the model was taught to be asked for what two texts have in common (its card: intfloat/multilingual-e5-small).
PREFIX = "query: "
#: A post is read so far: nearly all are shorter, and the time grows with the longest of a batch.
TOKENS = 256
#: So many posts go through the layers at once.
BATCH = 32


class Transformer:
    """A model, opened. Not for several threads at once."""

    def __init__(self, folder: Path, packed: Path, *, threads: int) -> None:
        """`folder` holds the files that `building` made out of `packed`. Raises Unavailable."""
        self._packed = Packed(packed)
        shape = self._packed.shape
        self._places = (
            self._packed.floats("emb.pos").reshape(-1, shape.width) + self._packed.floats("emb.type")[: shape.width]
        )
        self._longest = min(TOKENS, shape.positions)
        pieces = self._packed.pieces()
        self._becomes: Mapping[int, str] = pieces.becomes
        self._tokenizer = _tokenizer(pieces)
        self._session = _session(folder / GRAPH_FILE, threads)
        self._out = f"x{shape.layers}"

    @property
    def width(self) -> int:
        return self._packed.shape.width

    def vectors(self, texts: Sequence[str]) -> Matrix:
        """A row of length 1 for each text. Texts of like length go together, so that little is padded."""
        ids = self._ids(texts)
        order = sorted(range(len(ids)), key=lambda one: len(ids[one]))
        out = np.zeros((len(texts), self.width), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            out[batch] = self._batch([ids[one] for one in batch])
        return out

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        plain = [unicodedata.normalize("NFKC", PREFIX + text).translate(self._becomes) for text in texts]
        found = self._tokenizer(plain, truncation=True, max_length=self._longest)["input_ids"]
        return [list(one) for one in found]

    def _batch(self, ids: Sequence[Sequence[int]]) -> Matrix:
        longest = max(map(len, ids))
        words: NDArray[np.int64] = np.ones((len(ids), longest), dtype=np.int64)
        counts: NDArray[np.int32] = np.zeros((len(ids), longest), dtype=np.int32)
        for row, one in enumerate(ids):
            words[row, : len(one)] = one
            counts[row, : len(one)] = 1
        inputs = {"words": self._packed.words(words) + self._places[:longest], "counts": counts}
        (hidden,) = self._session.run([self._out], inputs)
        weights = counts[:, :, None].astype(np.float32)
        mean = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        unit: Matrix = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)
        return unit


def _tokenizer(pieces: Pieces) -> PreTrainedTokenizerFast:
    """As XLM-RoBERTa's own: words at white space, pieces by their scores, marks around."""
    try:
        from tokenizers import Tokenizer, models, pre_tokenizers, processors
        from transformers import PreTrainedTokenizerFast
    except ImportError as error:
        raise Unavailable(f"the library {error.name} is not installed") from error
    tokenizer = Tokenizer(models.Unigram(list(pieces.pieces), unk_id=pieces.unknown, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    begin, end = pieces.pieces[pieces.begin][0], pieces.pieces[pieces.end][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, pieces.begin), (end, pieces.end)]
    )
    # What the library says of its own arguments has no types.
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=begin,
        eos_token=end,
        pad_token=pieces.pieces[pieces.padding][0],
        unk_token=pieces.pieces[pieces.unknown][0],
    )


def _session(graph: Path, threads: int) -> InferenceSession:
    try:
        import onnxruntime
    except ImportError as error:
        raise Unavailable(f"the library {error.name} is not installed") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait for the next post must not keep a core busy meanwhile.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Memory for the longest batch is not kept for ever.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # Whatever the runtime raises: it cannot run our graph on this machine.
        raise Unavailable(f"onnxruntime cannot run the model here ({str(error).splitlines()[0][:200]})") from error

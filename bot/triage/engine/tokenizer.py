"""Texts become pieces of words, as XLM-RoBERTa's own tokenizer does it: its file, and the same file opened.

The file is written once, beside the model's. Out of a file `transformers` makes one tokenizer; out of an object it
would copy it, and two tables of 250,000 pieces are 300 MB more (tokenization_utils_tokenizers.py, 5.23).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.triage.engine.packed import Pieces
from bot.triage.vectors import Unavailable

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER_FILE = "reader.pieces.json"


def as_file(pieces: Pieces) -> bytes:
    """A tokenizer.json: words at white space, pieces by their scores, a mark before and one behind."""
    marks = [(pieces.pieces[one][0], one) for one in (pieces.begin, pieces.end)]
    begin, end = ({"SpecialToken": {"id": name, "type_id": 0}} for name, _ in marks)
    text: dict[str, object] = {"Sequence": {"id": "A", "type_id": 0}}
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [],
            "normalizer": None,
            "pre_tokenizer": {
                "type": "Sequence",
                "pretokenizers": [
                    {"type": "WhitespaceSplit"},
                    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
                ],
            },
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [begin, text, end],
                "pair": [begin, text, end],
                "special_tokens": {name: {"id": name, "ids": [number], "tokens": [name]} for name, number in marks},
            },
            "decoder": None,
            "model": {
                "type": "Unigram",
                "unk_id": pieces.unknown,
                "vocab": [list(one) for one in pieces.pieces],
                "byte_fallback": False,
            },
        },
        ensure_ascii=False,
    ).encode()


class Tokens:
    """The file, opened by `transformers`."""

    def __init__(self, file: Path, specials: Sequence[str], *, longest: int) -> None:
        """`specials` begin, end, pad, and stand for what is unknown. Of a text `longest` pieces are read, marks
        included. Raises Unavailable."""
        try:
            from transformers import PreTrainedTokenizerFast
        except ImportError as error:
            raise Unavailable(f"the library {error.name} is not installed") from error
        begin, end, padding, unknown = specials
        # What the library says of its own arguments has no types.
        opened = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
            tokenizer_file=str(file), bos_token=begin, eos_token=end, pad_token=padding, unk_token=unknown
        )
        #: What the library itself asks; beside it the library makes tables of where each piece stood, which nobody
        #: reads here.
        self._table: Tokenizer = opened.backend_tokenizer
        self._table.enable_truncation(longest)

    def of(self, texts: Sequence[str]) -> list[list[int]]:
        """The pieces of each text, by number."""
        return [one.ids for one in self._table.encode_batch_fast(list(texts))]

"""Asks a local model of the transformers library once: JSON on stdin, its words on stdout. A program of its own, so
that neither the library nor the model is ever in the bot.

    python -m bot.reports.local_model <question.json

Ends with 3 where transformers or torch is not installed.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Mapping

MISSING = 3
WORDS = 400  # tokens; five sentences


def answer(pipeline: Callable[..., object], question: Mapping[str, object]) -> str:
    """What the model says. Raises ValueError where that is not what transformers answers."""
    write = pipeline("text-generation", model=str(question["model"]))
    if not callable(write):
        raise ValueError("no model")
    said: object = write(question["messages"], max_new_tokens=WORDS, do_sample=False, return_full_text=False)
    first = said[0] if isinstance(said, list) and said else None
    words = first.get("generated_text") if isinstance(first, Mapping) else None
    if not isinstance(words, str):
        raise ValueError("no words")
    return words


def main() -> int:
    question: object = json.loads(sys.stdin.buffer.read())
    if not isinstance(question, Mapping):
        return 1
    try:
        importlib.import_module("torch")  # without it the library ends in a NameError (transformers 5.23)
        library = importlib.import_module("transformers")
    except ImportError:
        return MISSING
    sys.stdout.write(answer(library.pipeline, question))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""In which language a text is, by `py3langid` (Naive Bayes over letters). In the reader's own process."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from bot.triage.tongue import AMONG
from bot.triage.vectors import Unavailable

#: Names of people, addresses and tags say nothing of the language around them.
_ASIDE = re.compile(r"https?://\S+|[@#]\S+")


class _Identifier(Protocol):
    def classify(self, instance: str) -> tuple[str, float]: ...


class Tongues:
    """Opened: 5 MB and no time."""

    def __init__(self) -> None:
        try:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier
        except ImportError as error:
            raise Unavailable(f"the library {error.name} is not installed") from error
        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        identifier.set_languages(AMONG.split())
        self._identifier: _Identifier = identifier

    def of(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """The code of the likeliest language of each, and how likely; "" where there are no words to tell from."""
        out = []
        for text in texts:
            words = _ASIDE.sub(" ", text).strip()
            code, chance = self._identifier.classify(words) if words else ("", 0.0)
            out.append((str(code), float(chance)))
        return out

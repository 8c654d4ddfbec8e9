"""In which language a text is, where that can be told from its words; by py3langid, offline and without a model to
build. Short texts and texts between two languages have none: whoever asks does without.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

#: What customers of public platforms mostly write. More would be confused with these (gl and pt, nn and no) far more
#: often than they would be met.
AMONG = (
    "ar bg bn ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv ms nl no pl pt ro ru sk sl sr sv th tr uk "
    "ur vi zh"
)

#: Below this nobody is told what language it is. tests/voice/drafts.jsonl: at .9 no text of four words or more is
#: given a wrong one.
SURE = 0.9

#: Fewer words (or, in scripts without spaces, fewer than twice as many characters) tell nothing: "ok super".
FEWEST_WORDS = 4

_NOT_WORDS = regex.compile(r"https?://\S+|\S+@\S+\.\S+|[@#]\S+|\d+")
_WORDS = regex.compile(r"\p{L}[\p{L}\p{M}'’]*")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")


@functools.cache
def _identifier() -> LanguageIdentifier:
    """Read once, at the first question: a few megabytes."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(AMONG.split())
    return identifier


def language_of(text: str, *, sure: float = SURE, fewest: int = FEWEST_WORDS) -> str | None:
    """Its code, as in "de"; None where there are too few words, or where it could as well be another."""
    said = _NOT_WORDS.sub(" ", text)
    if len(_WORDS.findall(said)) < fewest and len(_UNSPACED.findall(said)) < 2 * fewest:
        return None
    language, probability = _identifier().classify(said)
    return str(language) if float(probability) >= sure else None


#: Scripts that one language above all is written in; it need not be that one, but Latin letters it is not.
_SCRIPTS = {
    "ja": regex.compile(r"[\p{Hiragana}\p{Katakana}]"),
    "ko": regex.compile(r"\p{Hangul}"),
    "zh": regex.compile(r"\p{Han}"),
    "th": regex.compile(r"\p{Thai}"),
    "hi": regex.compile(r"\p{Devanagari}"),
    "ar": regex.compile(r"\p{Arabic}"),
    "he": regex.compile(r"\p{Hebrew}"),
    "el": regex.compile(r"\p{Greek}"),
    "ru": regex.compile(r"\p{Cyrillic}"),
}
_LATIN = regex.compile(r"\p{Latin}")


def script_of(text: str) -> str | None:
    """The language that a text's script is known for, however short it is; None where it is mostly Latin letters."""
    said = _NOT_WORDS.sub(" ", text)
    latin = len(_LATIN.findall(said))
    for language, script in _SCRIPTS.items():
        if len(script.findall(said)) >= max(2, latin / 2):
            return language
    return None

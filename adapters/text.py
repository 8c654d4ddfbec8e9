"""Text: what a person wrote, as spans, so that a link stays a link on its way from platform to chat and back.

It holds the value, its JSON, and comparison of two texts. Reading HTML and writing Markdown are in
`adapters/markup.py`; how long a text is, is in `adapters/measure.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from adapters.errors import Malformed
from adapters.payload import JSON


class Mark(Enum):
    """What a span is. A platform declares which of them it keeps (`Capabilities.marks`)."""

    PLAIN = "plain"
    LINK = "link"  # target: the address
    MENTION = "mention"  # target: the address of the account, if known
    TAG = "tag"  # target: the address of the tag, if known
    QUOTE = "quote"
    CODE = "code"
    EMPHASIS = "emphasis"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters with one mark. `words` is what a person reads; it may hold line breaks."""

    words: str
    mark: Mark = Mark.PLAIN
    target: str | None = None

    @property
    def plain(self) -> str:
        """The span without marks; a link whose label hides its address shows the address as well."""
        if self.mark is Mark.LINK and self.target:
            return self.target if self.words in ("", self.target) else f"{self.words} ({self.target})"
        if self.mark is Mark.QUOTE:
            return "\n".join(f"> {line}" for line in self.words.split("\n"))
        return self.words


@dataclass(frozen=True, slots=True)
class Text:
    """A tuple of spans. Never None: a post without words is `Text()`."""

    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, words: str) -> Text:
        """Words as they stand, without marks: `Text.of(words).plain == words`, always."""
        return cls((Span(words),)) if words else cls()

    @property
    def plain(self) -> str:
        """What a person reads, and, for a reply, exactly the characters that go out."""
        return "".join(span.plain for span in self.spans)

    def __bool__(self) -> bool:
        return any(span.plain for span in self.spans)

    def __add__(self, other: Text) -> Text:
        return Text(self.spans + other.spans)

    def marks(self) -> frozenset[Mark]:
        return frozenset(span.mark for span in self.spans) - {Mark.PLAIN}

    def to_json(self) -> JSON:
        """A list of objects `{"words", "mark"?, "target"?}`; `from_json` gives an equal value."""
        spans: list[JSON] = []
        for span in self.spans:
            entry: dict[str, JSON] = {"words": span.words}
            if span.mark is not Mark.PLAIN:
                entry["mark"] = span.mark.value
            if span.target is not None:
                entry["target"] = span.target
            spans.append(entry)
        return spans

    @classmethod
    def from_json(cls, value: object) -> Text:
        """The text of `to_json`; `Malformed` for anything else."""
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            raise Malformed("text", "a list of spans")
        return cls(tuple(_read_span(item) for item in value))


def _read_span(item: object) -> Span:
    if not isinstance(item, Mapping):
        raise Malformed("text span", "an object")
    words, mark, target = item.get("words"), item.get("mark", "plain"), item.get("target")
    if not isinstance(words, str):
        raise Malformed("text span words", "a string")
    if target is not None and not isinstance(target, str):
        raise Malformed("text span target", "a string")
    try:
        return Span(words, Mark(mark), target)
    except ValueError:
        raise Malformed("text span mark", "one of " + ", ".join(m.value for m in Mark)) from None


def joined(spans: Iterable[Span]) -> Text:
    """A text from spans, neighbours of one kind melted together and empty ones left out."""
    out: list[Span] = []
    for span in spans:
        if not span.words and not span.target:
            continue
        if out and span.mark is Mark.PLAIN and out[-1].mark is Mark.PLAIN:
            out[-1] = Span(out[-1].words + span.words)
        else:
            out.append(span)
    return Text(tuple(out))


_SPACE = re.compile(r"\s+")


def same_words(one: str, other: str) -> bool:
    """Whether two texts are one reply: equal but for spacing, Unicode composition and invisible characters.

    Servers trim, fold line breaks and normalise; they do not change letters. So letters and case count.
    """
    return normalised(one) == normalised(other)


def normalised(words: str) -> str:
    kept = "".join(c for c in unicodedata.normalize("NFC", words) if c not in "\u200b\u2060\ufeff\u00ad")
    return _SPACE.sub(" ", kept).strip()

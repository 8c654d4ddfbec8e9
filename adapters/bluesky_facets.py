"""Links, mentions and tags in a post's text: finding them in what we send, and reading them in what others sent.

Positions are bytes of UTF-8, start inclusive, end exclusive. What counts as a link is what Bluesky's own clients
take for one (packages/api/src/rich-text of bluesky-social/atproto, 2026-08). Pure: handles are resolved elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

import regex

from adapters.bluesky_refs import WEB, read_did
from adapters.domains import TOP_LEVEL
from adapters.errors import Malformed
from adapters.markup import is_web_address
from adapters.measure import graphemes
from adapters.payload import JSON, read_int, read_list, read_object, read_str, storable
from adapters.text import Mark, Span, Text, joined

FACET = "app.bsky.richtext.facet"
TAG_GRAPHEMES = 64  # lexicons/app/bsky/richtext/facet.json
TAG_BYTES = 640


class Kind(Enum):
    """What a facet is; the value is the field that carries it."""

    LINK = "uri"
    MENTION = "did"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Facet:
    """`value`: an address, a tag without its #, or for a mention the handle until it is resolved."""

    kind: Kind
    start: int
    end: int
    value: str

    def to_json(self) -> JSON:
        return {
            "$type": FACET,
            "index": {"byteStart": self.start, "byteEnd": self.end},
            "features": [{"$type": f"{FACET}#{self.kind.name.lower()}", self.kind.value: self.value}],
        }


def detect(words: str) -> tuple[Facet, ...]:
    """Every link, mention and tag in `words`, in order; of two that overlap the first."""
    found = sorted((*_mentions(words), *_links(words), *_tags(words), *_tickers(words)), key=lambda one: one[:2])
    facets: list[Facet] = []
    reached = 0
    for start, end, kind, value in found:
        if start >= reached:
            facets.append(Facet(kind, _bytes(words[:start]), _bytes(words[:end]), value))
            reached = end
    return tuple(facets)


def mentioned(words: str) -> tuple[str, ...]:
    """The handles that `words` mention, each once, as they were written but for upper case."""
    return tuple(dict.fromkeys(one.value for one in detect(words) if one.kind is Kind.MENTION))


def with_dids(facets: Iterable[Facet], dids: Mapping[str, str]) -> tuple[Facet, ...]:
    """Mentions resolved; one of nobody is left as plain words."""
    return tuple(
        one if one.kind is not Kind.MENTION else Facet(one.kind, one.start, one.end, dids[one.value])
        for one in facets
        if one.kind is not Kind.MENTION or one.value in dids
    )


def read_text(record: Mapping[str, object]) -> Text:
    """The text of a post's record. What its facets say wrongly is left out; the words always stand."""
    words = record.get("text")
    if not isinstance(words, str):
        raise Malformed("post text", "a string")
    raw = words.encode("utf-8", "surrogatepass")
    spans: list[Span] = []
    reached = 0
    facets = record.get("facets")
    for start, end, mark, target in sorted(_read_facets(facets if isinstance(facets, list) else [])):
        if start < reached or end > len(raw) or not (_starts(raw, start) and _starts(raw, end)):
            continue
        spans += [Span(_decoded(raw[reached:start])), _span(_decoded(raw[start:end]), Mark(mark), target)]
        reached = end
    return joined([*spans, Span(_decoded(raw[reached:]))])


def _span(words: str, mark: Mark, target: str) -> Span:
    """A link whose words hide nothing is its words; one that is cut short is its address."""
    if mark is not Mark.LINK or not words.strip():
        return Span(words, mark, target)
    bare = target.partition("://")[2]
    if words in (bare, bare.rstrip("/")):
        return Span(words)
    cut = words.removesuffix("…").removesuffix("...")
    shortened = cut != words and cut and (bare.startswith(cut) or target.startswith(cut))
    return Span(target if shortened else words, mark, target)


def _read_facets(facets: Iterable[object]) -> Iterator[tuple[int, int, str, str]]:
    for item in facets:
        try:
            entry = read_object(item, "facet")
            index = read_object(entry.get("index"), "facet index")
            start, end = (read_int(index.get(name), name) for name in ("byteStart", "byteEnd"))
            read = next((one for one in map(_feature, read_list(entry.get("features"), "features")) if one), None)
        except Malformed:
            continue
        if read is not None and 0 <= start < end:
            yield start, end, *read


def _feature(item: object) -> tuple[str, str] | None:
    entry = read_object(item, "feature")
    match entry.get("$type"):
        case "app.bsky.richtext.facet#link":
            uri = read_str(entry.get("uri"), "link")
            return (Mark.LINK.value, uri) if is_web_address(uri) else None
        case "app.bsky.richtext.facet#mention":
            return Mark.MENTION.value, f"{WEB}/profile/{read_did(entry.get('did'), 'mention')}"
        case "app.bsky.richtext.facet#tag":
            return Mark.TAG.value, f"{WEB}/hashtag/{read_str(entry.get('tag'), 'tag')}"
    return None


def _bytes(words: str) -> int:
    return len(words.encode("utf-8", "surrogatepass"))


def _decoded(raw: bytes) -> str:
    return storable(raw.decode("utf-8", "surrogatepass"))


def _starts(raw: bytes, at: int) -> bool:
    """Whether a character starts (or the text ends) there."""
    return at == len(raw) or raw[at] & 0xC0 != 0x80


# Finding

Found = tuple[int, int, Kind, str]


def _is_domain(words: str) -> bool:
    name, dot, top = words.lower().rpartition(".")
    return bool(name and dot) and top in TOP_LEVEL


def _mentions(words: str) -> Iterator[Found]:
    for found in _patterns().mention.finditer(words):
        handle = found[1].lower()
        if _is_domain(handle) or handle.endswith(".test"):
            yield found.start(1) - 1, found.end(1), Kind.MENTION, handle


def _links(words: str) -> Iterator[Found]:
    for found in _patterns().link.finditer(words):
        address = found[1]
        start, end = found.start(1), found.end(1)
        if found["domain"] is not None:
            if not _is_domain(found["domain"]):
                continue
            address = f"https://{address}"
        if address[-1] in ".,;:!?":
            address, end = address[:-1], end - 1
        if address.endswith(")") and "(" not in address:
            address, end = address[:-1], end - 1
        yield start, end, Kind.LINK, address


def _tags(words: str) -> Iterator[Found]:
    patterns = _patterns()
    for found in patterns.tag.finditer(words):
        tag = patterns.punctuation.sub("", found[1].strip())
        if tag and graphemes(tag) <= TAG_GRAPHEMES and _bytes(tag) <= TAG_BYTES:
            yield found.start(1) - 1, found.start(1) + len(tag), Kind.TAG, tag


def _tickers(words: str) -> Iterator[Found]:
    for found in _patterns().ticker.finditer(words):
        yield found.start(1) - 1, found.end(1), Kind.TAG, "$" + found[1].upper()


class _Patterns:
    """Compiled at first use, since importing must do no work."""

    def __init__(self) -> None:
        unseen = r"\u00AD\u2060\u200A\u200B\u200C\u200D\u20e2"
        self.mention = regex.compile(r"(?:^|\s|\()@([a-zA-Z0-9.-]*[a-zA-Z0-9])(?![a-zA-Z0-9_])")
        self.link = regex.compile(r"(?:^|\s|\()(https?://\S+|(?P<domain>[a-z][a-z0-9]*(?:\.[a-z0-9]+)+)\S*)", regex.I)
        self.tag = regex.compile(rf"(?:^|\s)[#＃]((?!\ufe0f)[^\s{unseen}]*[^\d\s\p{{P}}{unseen}]+[^\s{unseen}]*)")
        self.ticker = regex.compile(r"(?:^|\s|\()\$([A-Za-z][A-Za-z0-9]{0,4})(?=\s|$|[.,;:!?)\"'\u2019])")
        self.punctuation = regex.compile(r"\p{P}+$")


@cache
def _patterns() -> _Patterns:
    return _Patterns()

"""A post's text as Mastodon sees it: its links, mentions and tags, its HTML and its length.

Pure. Who a mention means is asked of the caller.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import regex  # type: ignore[import-untyped, unused-ignore]

# Names that Mastodon's link finder does not take for a top-level domain (RFC 2606 and RFC 6762).
_NO_TLD = "example|test|invalid|localhost|local|internal|onion"
_PATH = r"[\p{L}\p{N}!*';:=+,.$/%#\[\]\-_~@|&]"
_PATH_END = r"[\p{L}\p{N}=_#/+\-&]"
_URL = regex.compile(
    r"(?<![\w@$#])https?://"
    r"(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?\.)+"
    rf"(?!(?:{_NO_TLD})(?![\w.]))(?:xn--[a-z0-9-]+|\p{{L}}{{2,}})(?![\w@-])"
    r"(?::\d+)?"
    rf"(?:/(?:(?:{_PATH}|\({_PATH}*\))*(?:{_PATH_END}|\({_PATH}*\)))?)?"
    r"(?:\?[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@]*[a-z0-9_&=#/\-])?",
    regex.IGNORECASE,
)
# Account::MENTION_RE of the server; the port is for servers on loopback.
_MENTION = regex.compile(
    r"(?<![=/\w])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(?:@(\w+(?:[.-]+\w+)*(?::\d+)?))?", regex.IGNORECASE
)
_TAG = regex.compile(r"(?<![=/)\w&])#(\w*[\p{L}_]\w*)", regex.IGNORECASE)
_GRAPHEME = regex.compile(r"\X")
_URL_PREFIX = regex.compile(r"https?://(?:www\.)?", regex.IGNORECASE)

# 23: docs.joinmastodon.org/user/posting; 30: how much of a link the server's TextFormatter shows.
CHARACTERS_PER_URL = 23
_SHOWN_OF_URL = 30


class Kind(Enum):
    URL = "url"
    MENTION = "mention"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Entity:
    """A span of a text that is more than words. `name` is the url, the user name or the tag."""

    kind: Kind
    start: int
    end: int
    name: str
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a mention means: the address to link to."""

    url: str
    shown: str


def entities(text: str) -> list[Entity]:
    """Links, mentions and tags in order; where two overlap the earlier one counts."""
    found = [Entity(Kind.URL, m.start(), m.end(), m.group()) for m in _URL.finditer(text)]
    found += [Entity(Kind.MENTION, m.start(), m.end(), m[1], m[2]) for m in _MENTION.finditer(text)]
    found += [Entity(Kind.TAG, m.start(), m.end(), m[1]) for m in _TAG.finditer(text)]
    found.sort(key=lambda entity: (entity.start, -entity.end))
    kept: list[Entity] = []
    for entity in found:
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
    return kept


def length(text: str, warning: str = "") -> int:
    """Grapheme clusters of warning and text; a link counts 23, a remote mention only its `@user`."""
    parts: list[str] = [warning]
    at = 0
    for entity in entities(text):
        if entity.kind is Kind.TAG:
            continue
        parts.append(text[at : entity.start])
        parts.append("x" * CHARACTERS_PER_URL if entity.kind is Kind.URL else f"@{entity.name}")
        at = entity.end
    parts.append(text[at:])
    return sum(1 for _ in _GRAPHEME.finditer("".join(parts)))


def to_html(text: str, *, who: Callable[[Entity], Link | None], tag_base: str, remote: bool = False) -> str:
    """The markup of the server's TextFormatter. A remote server's break is `<br>`, ours `<br />`."""
    parts: list[str] = []
    at = 0
    for entity in entities(text):
        parts.append(html.escape(text[at : entity.start]))
        parts.append(_markup(entity, text[entity.start : entity.end], who, tag_base))
        at = entity.end
    parts.append(html.escape(text[at:]))
    body = "".join(parts).replace("\r\n", "\n").strip("\n")
    if not body:
        return ""
    line_break = "<br>" if remote else "<br />"
    paragraphs = regex.split(r"\n{2,}", body)
    return "".join(f"<p>{paragraph.replace(chr(10), line_break)}</p>" for paragraph in paragraphs)


def _markup(entity: Entity, text: str, who: Callable[[Entity], Link | None], tag_base: str) -> str:
    if entity.kind is Kind.URL:
        return _link(text)
    if entity.kind is Kind.TAG:
        tag = html.escape(entity.name)
        href = html.escape(f"{tag_base}/{entity.name.lower()}")
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'
    link = who(entity)
    if link is None:
        return html.escape(text)
    return (
        f'<span class="h-card" translate="no"><a href="{html.escape(link.url)}" class="u-url mention">'
        f"@<span>{html.escape(link.shown)}</span></a></span>"
    )


def _link(url: str) -> str:
    matched = _URL_PREFIX.match(url)
    prefix = matched.group() if matched else ""
    shown, rest = url[len(prefix) :][:_SHOWN_OF_URL], url[len(prefix) :][_SHOWN_OF_URL:]
    shortened = "ellipsis" if rest else ""
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{html.escape(prefix)}</span>'
        f'<span class="{shortened}">{html.escape(shown)}</span>'
        f'<span class="invisible">{html.escape(rest)}</span></a>'
    )

"""What a post on X holds: its words with links, mentions and tags, what is attached, which post it quotes.

Whose it is and where it stands is in `x_read`. Numbers of places in the text are not believed: they count escaped
characters in one answer and not in the next, as was seen; the words themselves are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from adapters.errors import Malformed
from adapters.markup import is_web_address
from adapters.payload import read_str
from adapters.posts import Media, MediaKind
from adapters.text import Mark, Span, Text, joined
from adapters.x_refs import WEB, page, read_post_id

LONGEST_TEXT = 100_000  # a post of a Premium account has 25,000 characters
_KINDS = {"photo": MediaKind.IMAGE, "video": MediaKind.VIDEO, "animated_gif": MediaKind.VIDEO}
_LEADING = re.compile(r"(?:@\w{1,20}\s+)+")


def read_words(entry: Mapping[str, object], *, answers: bool) -> Text:
    """The words with their links, mentions and tags. Where X says that the beginning is not shown, it is left out."""
    note = mapping(either(entry, "note_tweet", "note_post"))
    source = note if string(note.get("text")) else entry
    words = read_str(source.get("text"), "post text")[:LONGEST_TEXT]
    span = entry.get("display_text_range")
    hidden = isinstance(span, list) and bool(span) and isinstance(span[0], int) and span[0] > 0
    if answers and hidden:
        words = without_leading(words)
    spans: list[Span] = []
    at = 0
    for start, sought, span in _marked(source, words):
        if start < at:
            continue
        spans += [Span(unescaped(words[at:start])), span]
        at = start + len(sought)
    spans.append(Span(unescaped(words[at:])))
    return Text(tuple(_trimmed(joined(spans).spans)))


def _marked(source: Mapping[str, object], words: str) -> list[tuple[int, str, Span]]:
    """Where links, mentions and tags begin, what stands there, and what to show; in order."""
    found: list[tuple[int, str, Span]] = []
    reached: dict[str, int] = {}

    def place(sought: str, shown: Span, *, as_written: bool = False) -> None:
        """The next place of it: what stands there twice is named twice. `as_written`: shown with the words there."""
        key = sought.lower()
        one = re.compile(re.escape(sought) + r"(?!\w)", re.IGNORECASE).search(words, reached.get(key, 0))
        if one is not None:
            reached[key] = one.end()
            found.append((one.start(), one[0], replace(shown, words=one[0]) if as_written else shown))

    for one in entities(source, "urls"):
        target = address_of(one.get("unwound_url")) or address_of(one.get("expanded_url"))
        if (short := string(one.get("url"))) and target is not None:
            # What is attached stands beside the text.
            link = Span("") if one.get("media_key") else Span(target, Mark.LINK, target)
            place(short, link)
    for key, sign, name, mark in (("mentions", "@", "username", Mark.MENTION), ("hashtags", "#", "tag", Mark.TAG)):
        for one in entities(source, key):
            if label := string(one.get(name)):
                page = f"{WEB}/{label}" if mark is Mark.MENTION else f"{WEB}/hashtag/{label}"
                place(sign + label, Span("", mark, page), as_written=True)
    return sorted(found, key=lambda item: item[:2])


def _trimmed(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Without the space that was before the link of something attached."""
    if spans and spans[-1].mark is Mark.PLAIN:
        last = spans[-1].words.rstrip()
        return (*spans[:-1], Span(last)) if last else spans[:-1]
    return spans


def read_media(
    entry: Mapping[str, object],
    *,
    media: Mapping[str, object],
    posts: Mapping[str, object],
    users: Mapping[str, object],
) -> tuple[Media, ...]:
    found: list[Media] = []
    for key in listed(mapping(entry.get("attachments")).get("media_keys")):
        one = mapping(media.get(string(key)))
        preview = address_of(one.get("preview_image_url"))
        address = address_of(one.get("url")) or _best_variant(one) or preview
        if address is not None:
            kind = _KINDS.get(string(one.get("type")), MediaKind.OTHER)
            found.append(Media(kind, address, preview_url=preview, description=string(one.get("alt_text")) or None))
    quoted = referenced(entry, "quoted")
    if quoted is not None:
        author = mapping(users.get(string(mapping(posts.get(quoted)).get("author_id"))))
        handle = string(author.get("username"))
        found.append(Media(MediaKind.OTHER, page(quoted, handle), description=f"A quoted post of @{handle or '…'}"))
    return tuple(found)


def _best_variant(one: Mapping[str, object]) -> str | None:
    variants = [mapping(item) for item in listed(one.get("variants"))]
    rated = [(rate, item) for item in variants if isinstance(rate := item.get("bit_rate"), int)]
    return address_of(max(rated, key=lambda pair: pair[0])[1].get("url")) if rated else None


def entities(entry: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    return [mapping(one) for one in listed(mapping(entry.get("entities")).get(key))]


def unescaped(words: str) -> str:
    """X escapes these three, and nothing else."""
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def without_leading(words: str) -> str:
    """A reply without the mentions at its beginning: X puts them there, and shows them elsewhere."""
    return _LEADING.sub("", words, count=1) if words.startswith("@") else words


def referenced(entry: Mapping[str, object], kind: str) -> str | None:
    for one in listed(either(entry, "referenced_tweets", "referenced_posts")):
        if mapping(one).get("type") == kind and (id := id_of(one)):
            return id
    return None


def either(entry: Mapping[str, object], one: str, other: str) -> object:
    return entry[one] if one in entry else entry.get(other)


def id_of(value: object) -> str:
    """An id, or nothing."""
    try:
        return read_post_id(mapping(value).get("id"), "id")
    except Malformed:
        return ""


def mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def string(value: object) -> str:
    return read_str(value, "") if isinstance(value, str) else ""


def address_of(value: object) -> str | None:
    words = string(value)
    return words if is_web_address(words) else None

"""What a feed says, made ours: RSS 0.9x to 2.0, RDF and Atom, by feedparser. A broken feed is read as far as it goes.

feedparser is handed bytes in a stream and nothing else: given words it would open a file or an address of that name.
"""

from __future__ import annotations

import calendar
import io
import re
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import feedparser

from adapters.errors import Malformed
from adapters.markup import from_html, is_web_address
from adapters.payload import read_list, read_object, storable
from adapters.posts import BY_HAND, Author, Media, MediaKind, PostRef, PublicPost
from adapters.text import Mark, Span, Text

ANSWER_THERE = "No program can answer on this site: comment on its page, or answer on a page of your own."
MOST_WORDS = 10_000  # characters of an item: a card shows far less, and search needs no more
MOST_ITEMS = 1000
LONGEST_ID = 480  # the column of references takes 512
LONGEST_TTL = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `dated`: it says itself when it was written."""

    post: PublicPost
    dated: bool

    @property
    def fingerprint(self) -> str:
        """Changes with what the item says."""
        return sha256(self.post.text.plain.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as far as it could be read, the newest first as it usually stands."""

    title: str
    items: tuple[Item, ...]
    pause: timedelta  # how long it asks not to be asked again
    broken: bool


def parse(body: bytes, headers: Mapping[str, str], address: str) -> object:
    """feedparser's own reading. Takes a while with a large feed: call it in a thread."""
    given = {"content-location": address, "content-type": headers.get("content-type", "application/xml")}
    parsed: object = feedparser.parse(io.BytesIO(body), response_headers=given, sanitize_html=False)
    return parsed


def read_feed(value: object, *, address: str, now: datetime) -> Feed:
    """What feedparser made of a body. `Malformed` where it is no feed at all."""
    entry = read_object(value, "feed")
    entries = read_list(entry.get("entries"), "feed entries")
    if not entry.get("version") and not entries:
        raise Malformed("feed", "RSS, RDF or Atom")
    head = read_object(entry.get("feed") or {}, "feed head")
    title = _line(head.get("title")) or urlsplit(address).hostname or address
    items: dict[str, Item] = {}
    for one in entries[:MOST_ITEMS]:
        try:
            item = read_item(one, feed=title, address=address, now=now)
        except Malformed:
            continue  # an item that names neither itself nor a page
        items.setdefault(item.post.ref.id, item)
    return Feed(title, tuple(items.values()), _ttl(head.get("ttl")), bool(entry.get("bozo")))


def read_item(value: object, *, feed: str, address: str, now: datetime) -> Item:
    """One item. What is known by its id survives a change of its address."""
    entry = dict(read_object(value, "item"))  # without what feedparser makes up when asked for it
    link = _line(entry.get("link"))
    page = link if is_web_address(link) else None
    id = _line(entry.get("id")) or page
    if not id:
        raise Malformed("item id", "an id or an address")
    written = _moment(entry.get("published_parsed"))
    changed = _moment(entry.get("updated_parsed"))
    at = written or changed or now
    at = min(at, now)
    author = _author(entry, feed=feed, address=page or address)
    ref = PostRef(fitting(id))
    return Item(
        post=PublicPost(
            ref=ref,
            root=ref,
            parent=None,
            author=author,
            text=_words(entry),
            at=at,
            edited_at=min(changed, now) if changed is not None and written is not None and changed > at else None,
            url=page,
            media=_media(entry.get("links")),
            extra={BY_HAND: ANSWER_THERE},
        ),
        dated=written is not None or changed is not None,
    )


def fitting(id: str) -> str:
    """An id that every column takes: one that is too long by its hash."""
    return id if len(id) <= LONGEST_ID else "sha256:" + sha256(id.encode("utf-8", "replace")).hexdigest()


class Words:
    """What an item has to say to be heard: any of these, whole, whatever the case. No words: anything."""

    def __init__(self, words: Sequence[str]) -> None:
        any_of = "|".join(rf"(?<!\w){re.escape(_folded(one))}(?!\w)" for one in words)
        self._pattern = re.compile(any_of) if words else None

    def heard_in(self, post: PublicPost) -> bool:
        return self._pattern is None or self._pattern.search(_folded(post.text.plain)) is not None


def _folded(words: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


# Inside


def _line(value: object) -> str:
    return " ".join(storable(value).split()) if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    """feedparser's times are in UTC; a year that no calendar has is no time."""
    if not isinstance(value, time.struct_time):
        return None
    try:
        at = datetime.fromtimestamp(calendar.timegm(value), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.year > 1970 else None


def _ttl(value: object) -> timedelta:
    """Minutes, RSS 2.0."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,6}", value.strip(), re.ASCII):
        return timedelta(0)
    return min(timedelta(minutes=int(value)), LONGEST_TTL)


def _author(entry: Mapping[str, object], *, feed: str, address: str) -> Author:
    detail = entry.get("author_detail")
    named = detail if isinstance(detail, dict) else {}
    name = _line(named.get("name")) or _line(entry.get("author")) or feed
    site = urlsplit(address)
    home = _line(named.get("href"))
    return Author(
        ref=fitting(f"{site.hostname} {name}"),
        handle="",
        name=name[:200],
        url=home if is_web_address(home) else f"{site.scheme}://{site.netloc}/",
    )


def _words(entry: Mapping[str, object]) -> Text:
    """The title, then what it says."""
    title = from_html(_line(entry.get("title"))).plain.strip()
    contents = entry.get("content")
    first = contents[0] if isinstance(contents, list) and contents else entry.get("summary_detail")
    detail = first if isinstance(first, dict) else {"value": entry.get("summary")}
    given = detail.get("value")
    body = storable(given) if isinstance(given, str) else ""
    text = Text.of(body) if detail.get("type") == "text/plain" else from_html(body)
    if title and not text.plain.strip().startswith(title):
        text = Text((Span(title, Mark.STRONG), *((Span("\n\n"),) if text else ()))) + text
    return shortened(text)


def shortened(text: Text) -> Text:
    """At most `MOST_WORDS`, with a sign where there was more."""
    if len(text.plain) <= MOST_WORDS:
        return text
    return Text.of(text.plain[:MOST_WORDS].rstrip() + " […]")


def _media(value: object) -> tuple[Media, ...]:
    found: list[Media] = []
    for one in value if isinstance(value, list) else ():
        entry = one if isinstance(one, dict) else {}
        if entry.get("rel") != "enclosure":
            continue
        url, kind = _line(entry.get("href")), _line(entry.get("type")).partition("/")[0]
        if is_web_address(url):
            known = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
            found.append(Media(known.get(kind, MediaKind.OTHER), url))
    return tuple(found[:10])

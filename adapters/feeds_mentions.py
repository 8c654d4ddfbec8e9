"""Webmentions: somebody's page says that it links to one of ours; it is fetched, and has to. Where from: W3C
Recommendation of 2017, and microformats.org (h-entry, h-card).

A mention is worked on while it is told, within bounds: what was answered with 200 is stored, and everything else may be
told again. That is why nothing waits in a queue.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from adapters.errors import Malformed, Throttled, Unreachable
from adapters.feeds_read import ANSWER_THERE, LONGEST_ID, fitting, shortened
from adapters.fetching import Fetcher, Forbidden, Page
from adapters.http import Clock
from adapters.markup import LONGEST_HTML, from_html, is_web_address, read_whole
from adapters.payload import storable
from adapters.posts import BY_HAND, Author, Gone, Heard, HookAnswer, Posted, PostRef, PublicPost, Removed, Unavailable
from adapters.text import Mark, Span, Text

PREFIX = "webmention "
AT_ONCE = 4  # pages fetched at the same time: whoever answers slowly keeps few others waiting
PATIENCE = timedelta(seconds=6)  # the answer to a call goes out within 8 s
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_CLASSES = {"e-content": "content", "p-name": "name", "p-author": "author", "h-card": "card"}
_LINKS = ("href", "src", "cite", "data", "poster")


@dataclass(frozen=True, slots=True)
class Mention:
    """Source and target: together they are its identity."""

    source: str
    target: str

    @property
    def ref(self) -> PostRef:
        return PostRef(f"{PREFIX}{self.source} {self.target}")


def read_mention(body: bytes, *, sites: Sequence[str]) -> Mention:
    """What a call says. `Malformed` where its words say what is wrong."""
    try:
        given = parse_qs(body.decode("ascii"), max_num_fields=20, encoding="utf-8", errors="strict")
    except ValueError:
        raise Malformed("webmention", "a form") from None
    found = []
    for name in ("source", "target"):
        values = given.get(name, [])
        if len(values) != 1 or not is_web_address(values[0]) or any(c.isspace() for c in values[0]):
            raise Malformed(f"webmention {name}", "one address")
        found.append(storable(values[0]))
    mention = Mention(found[0], found[1])
    if len(mention.ref.id) > LONGEST_ID:
        raise Malformed("webmention", "shorter addresses")
    if _plain(mention.source) == _plain(mention.target):
        raise Malformed("webmention source", "another page than the target")
    if not any(_within(mention.target, site) for site in sites):
        raise Malformed("webmention target", "a page of this site")
    return mention


def read_ref(ref: PostRef) -> Mention | None:
    """The mention that a reference of ours names; None for any other."""
    parts = ref.id.removeprefix(PREFIX).split(" ")
    return Mention(parts[0], parts[1]) if ref.id.startswith(PREFIX) and len(parts) == 2 else None


def _plain(address: str) -> str:
    return urldefrag(address).url.rstrip("/")


def _within(address: str, site: str) -> bool:
    """Whether a page belongs to a site: its host, and below its path."""
    page, home = urlsplit(address), urlsplit(site)
    path = home.path.rstrip("/")
    inside = page.path == path or page.path.startswith(path + "/") or not path
    return page.hostname == home.hostname and page.port == home.port and inside


def read_page(page: Page, mention: Mention, *, now: datetime) -> PublicPost | None:
    """The mention as the page has it; None where it does not link to the target."""
    words = storable(page.body[:LONGEST_HTML].decode(_charset(page), "replace"))
    site = urlsplit(mention.source)
    text, author, name, at, home = Text.of(words.strip()), None, "", None, None
    if page.kind in ("text/html", "application/xhtml+xml", ""):
        read = read_html(words, base=page.address)
        if _plain(mention.target) not in {_plain(one) for one in read.links}:
            return None
        text = from_html(words) if read.content is None else Text.of(read.content)
        name, author, at, home = read.title, read.author, read.published, read.home
    elif page.kind == "application/json" or page.kind.endswith("+json"):
        if not _in_json(words, mention.target):
            return None
        text = Text.of(mention.source)
    elif mention.target not in words:
        return None
    if name and not text.plain.strip().startswith(name):
        text = Text((Span(name, Mark.STRONG), Span("\n\n"))) + text
    who = author or site.hostname or mention.source
    return PublicPost(
        ref=mention.ref,
        root=mention.ref,
        parent=None,
        author=Author(
            ref=fitting(f"{site.hostname} {who}"), handle="", name=who, url=home or f"{site.scheme}://{site.netloc}/"
        ),
        text=shortened(text) + Text((Span("\n\nMentions: "), Span(mention.target, Mark.LINK, mention.target))),
        at=now if at is None else min(at, now),
        url=mention.source,
        extra={BY_HAND: ANSWER_THERE},
    )


def _charset(page: Page) -> str:
    """As the server says, where Python knows it."""
    _, _, given = page.headers.get("content-type", "").lower().partition("charset=")
    name = given.partition(";")[0].strip(" \"'")
    try:
        return name if name and "a".encode(name) == b"a" else "utf-8"
    except (LookupError, UnicodeError, ValueError):
        return "utf-8"


def _in_json(words: str, target: str) -> bool:
    """Whether a JSON document has the address as a value, exactly."""
    try:
        waiting: list[object] = [json.loads(words)]
    except (ValueError, RecursionError):
        return False
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and one == target:
            return True
        waiting += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return False


@dataclass(slots=True)
class Html:
    """What of a page matters here."""

    links: set[str] = field(default_factory=set)
    title: str = ""
    content: str | None = None
    author: str | None = None
    home: str | None = None
    published: datetime | None = None


def read_html(words: str, *, base: str) -> Html:
    """Links, and the first h-entry's title, content, author and time, as far as they stand there."""
    reader = _Reader(base)
    try:
        read_whole(reader, words)
    except AssertionError:
        pass  # html.parser gives up on broken declarations: what was read until then counts
    return reader.done()


class _Reader(HTMLParser):
    """Collects words inside the elements whose class says what they are, until each is closed."""

    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = base
        self._html = Html()
        self._depth = 0
        self._open: dict[str, int] = {}
        self._found: dict[str, list[str]] = {}
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._link(given)
        classes = set(given.get("class", "").split())
        if "dt-published" in classes and self._html.published is None:
            self._html.published = _time(given.get("datetime", ""))
        if tag == "title":
            classes.add("title")
        if "u-url" in classes and self._open.keys() & {"author", "card"}:
            home = self._whole(given.get("href", ""))
            self._html.home = home if is_web_address(home) else None
        if tag in _VOID:
            self._words(given.get("alt", "") if tag == "img" else "\n" if tag == "br" else "")
            return
        self._depth += 1
        self._unseen += tag in ("script", "style", "template")
        for name in ("title", *_CLASSES):
            kind = _CLASSES.get(name, name)
            if name in classes and kind not in self._open and kind not in self._found:
                self._open[kind] = self._depth
                self._found[kind] = []
        if tag in ("p", "div", "li", "blockquote", "h1", "h2", "h3"):
            self._words("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        self._unseen = max(0, self._unseen - (tag in ("script", "style", "template")))
        self._open = {kind: depth for kind, depth in self._open.items() if depth < self._depth}
        self._depth = max(0, self._depth - 1)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._words(data)

    def done(self) -> Html:
        html = self._html
        html.title = self._line("name") or self._line("title")
        html.author = (self._line("author") or self._line("card"))[:200] or None
        if "content" in self._found:
            lines = (" ".join(line.split()) for line in "".join(self._found["content"]).split("\n"))
            html.content = "\n".join(line for line in lines if line)
        return html

    def _words(self, data: str) -> None:
        for kind in self._open:
            self._found[kind].append(data)

    def _line(self, kind: str) -> str:
        return " ".join("".join(self._found.get(kind, ())).split())[:500]

    def _link(self, given: dict[str, str]) -> None:
        self._html.links |= {self._whole(given[name]) for name in _LINKS if given.get(name)}

    def _whole(self, address: str) -> str:
        try:
            return urljoin(self._base, address.strip())
        except ValueError:
            return ""


def _time(words: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(words.strip())
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


class Mentions:
    """The door for webmentions."""

    def __init__(self, fetcher: Fetcher, *, sites: Sequence[str], a_minute: int, clock: Clock) -> None:
        self._fetcher = fetcher
        self._sites = sites
        self._a_minute = a_minute
        self._clock = clock
        self._lately: deque[datetime] = deque()
        self._busy = 0

    async def told(self, body: bytes) -> HookAnswer:
        """The answer to a call, with what was heard. Never raises."""
        try:
            mention = read_mention(body, sites=self._sites)
        except Malformed as error:
            return HookAnswer(status=400, body=f"expected {error.expected} ({error.where})".encode())
        if not self._admitted():
            return HookAnswer(status=429, body=b"too many at once: later, please")
        self._busy += 1
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return await self._checked(mention)
        except Forbidden:
            return HookAnswer(status=400, body=b"the source is not on the public web")
        except (Unreachable, Throttled, TimeoutError):
            return HookAnswer(status=503, body=b"the source did not answer: later, please")
        finally:
            self._busy -= 1

    def _admitted(self) -> bool:
        now = self._clock()
        while self._lately and self._lately[0] <= now - timedelta(minutes=1):
            self._lately.popleft()
        if self._busy >= AT_ONCE or len(self._lately) >= self._a_minute:
            return False
        self._lately.append(now)
        return True

    async def _checked(self, mention: Mention) -> HookAnswer:
        heard: Heard
        match await self.now(mention):
            case PublicPost() as post:
                heard = Posted(post)
            case Gone(ref):
                heard = Removed(ref)
            case Unavailable():
                return HookAnswer(status=400, body=b"the source is not there, or does not link to the target")
        return HookAnswer(status=200, body=b"taken", heard=(heard,))

    async def now(self, mention: Mention) -> PublicPost | Gone | Unavailable:
        """The mention as its page has it now. Raises as fetching does."""
        page = await self._fetcher.get(mention.source, accept="text/html, */*;q=0.5")
        if page.status == 410:
            return Gone(mention.ref)
        if page.status == 404:
            return Unavailable(mention.ref, "its page is not there")
        if page.status != 200:
            raise Unreachable(f"the page answered {page.status}")
        post = read_page(page, mention, now=self._clock())
        return Unavailable(mention.ref, "its page does not link to us any more") if post is None else post

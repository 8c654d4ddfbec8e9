"""HTML and Markdown to Text and back. Markup never gets through: what comes out is words and known marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urlsplit

from adapters.text import Mark, Span, Text, joined

# A status of 5,000 characters is some 20 kB of HTML. What is longer than this is cut, with a sign.
LONGEST_HTML = 200_000
# So much of a tag that never ends is left to html.parser, which looks for the end again from every "<" in it: before
# 3.13.6 in quadratic time, for 200 kB minutes.
UNFINISHED = 2_000

_BLOCKS = frozenset({"p", "div", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "table"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LINES = frozenset({"li", "tr", "dt", "dd"})
_UNSEEN = frozenset({"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math"})
_MARKS: Mapping[str, Mark] = {
    "em": Mark.EMPHASIS,
    "i": Mark.EMPHASIS,
    "strong": Mark.STRONG,
    "b": Mark.STRONG,
    "code": Mark.CODE,
    "pre": Mark.CODE,
    "blockquote": Mark.QUOTE,
    **dict.fromkeys(_HEADINGS, Mark.STRONG),
}


def from_html(html: str, *, mentions: Mapping[str, str] | None = None) -> Text:
    """The text of a piece of HTML as servers of the Mastodon kind write it; any other HTML does no harm.

    Paragraphs are parted by a blank line, `<br>` is a line break, a link's target is its `href` (the visible
    part is shortened by spans), scripts and unknown tags vanish. `mentions` gives for an account's address
    the handle to show (`@user@host`). Where from: docs.joinmastodon.org/api/guidelines/#links, 2026-07.
    """
    reader = _Reader(mentions or {})
    cut = len(html) > LONGEST_HTML
    try:
        read_whole(reader, html[:LONGEST_HTML])
    except AssertionError:
        return Text.of(without_tags(html[:LONGEST_HTML]))
    return reader.text() + (Text.of(" […]") if cut else Text())


def read_whole(reader: HTMLParser, html: str) -> None:
    """Gives a reader a whole document, in time that grows with its length and no faster, whatever stands in it.

    Of a long rest in which a tag or a comment never ends, whole tags are dropped and all else is words.
    `AssertionError` as html.parser has it, for broken declarations.
    """
    reader.feed(html)
    if len(reader.rawdata) > UNFINISHED:
        reader.rawdata = re.sub(r"<[^<>]{0,2000}>", " ", reader.rawdata).replace("<", " ")
    reader.close()


def without_tags(html: str) -> str:
    """What html.parser gave up on (broken declarations, "<![x"): the words, without what looks like tags."""
    return re.sub(r"<[^<>]{0,2000}>?", " ", html).strip()


def _folded(space: re.Match[str]) -> str:
    """A line break in the source is a space. Each run of spaces is looked at once, however long it is."""
    return " " if "\n" in space[0] or "\r" in space[0] else space[0]


class _Reader(HTMLParser):
    def __init__(self, mentions: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._mentions = mentions
        self._spans: list[Span] = []
        self._open: list[Mark] = []
        self._unseen = 0
        self._pre = 0
        self._gap = ""  # line breaks owed before the next words
        self._link: tuple[str, frozenset[str]] | None = None
        self._label: list[str] = []
        self._lists: list[int | None] = []  # a number: ordered, the last number given

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self._break("\n", more=True)
        elif tag in _BLOCKS:
            self._break("\n\n")
        elif tag in _LINES:
            self._break("\n")
        elif tag == "img":
            self.handle_data(given.get("alt", ""))
        if tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag == "a":
            self._end_link()
            self._link = (given.get("href", ""), frozenset(given.get("class", "").split()))
        if tag == "pre":
            self._pre += 1
        if tag in _MARKS:
            self._open.append(_MARKS[tag])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in ("br", "img"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag == "a":
            self._end_link()
        if tag in _MARKS and _MARKS[tag] in self._open:
            self._open.reverse()
            self._open.remove(_MARKS[tag])
            self._open.reverse()
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        if tag in _BLOCKS:
            self._break("\n\n")
        elif tag in _LINES:
            self._break("\n")

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if not self._pre:
            at_start = self._gap or not self._spans
            folded = re.sub(r"[ \t\r\n]+", _folded, data)
            data = folded.lstrip(" ") if at_start and folded != data else folded
        if self._link is not None:
            self._label.append(data)
        elif data:
            self._add(Span(data, self._open[-1] if self._open else Mark.PLAIN))

    def text(self) -> Text:
        self._end_link()
        return joined(self._spans)

    def _add(self, span: Span) -> None:
        if self._gap and self._spans:
            if self._spans[-1].mark is span.mark is Mark.QUOTE or self._spans[-1].mark is span.mark is Mark.CODE:
                before = self._spans.pop()  # one quote of several lines, not several quotes
                span = Span(before.words + self._gap + span.words, span.mark)
            else:
                self._spans.append(Span(self._gap))
        self._gap = ""
        self._spans.append(span)

    def _break(self, gap: str, *, more: bool = False) -> None:
        """A line break is owed. Blocks inside blocks owe one blank line together; every `<br>` counts."""
        if self._link is not None:
            self._label.append(" ")
        self._gap = self._gap + gap if more else max(self._gap, gap, key=len)

    def _item(self) -> None:
        sign = "• "
        if self._lists and (number := self._lists[-1]) is not None:
            self._lists[-1] = number + 1
            sign = f"{number + 1}. "
        self._add(Span(sign))

    def _end_link(self) -> None:
        if self._link is None:
            return
        href, classes = self._link
        label, self._link, self._label = "".join(self._label).strip(), None, []
        if not is_web_address(href):
            if label:
                self._add(Span(label))
        elif "hashtag" in classes or (label.startswith("#") and "mention" in classes):
            self._add(Span(label or href, Mark.TAG, href))
        elif "mention" in classes:
            self._add(Span(self._mentions.get(href) or label or href, Mark.MENTION, href))
        else:
            hides = label and label != href and not href.endswith("://" + label)
            self._add(Span(label if hides else href, Mark.LINK, href))


def is_web_address(address: str) -> bool:
    """Whether it is an http(s) address with a host: the only kind of link that we show as one."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def to_markdown(text: Text) -> str:
    """Markdown for platforms that read it. Plain words are escaped, so that nobody marks up by accident."""
    return "".join(_markdown(span) for span in text.spans)


def _escaped(words: str) -> str:
    words = re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", words)
    return re.sub(r"(?m)^([^\S\n]*\d*)((?<!\d)[#+\-]|(?<=\d)[.)])", r"\1\\\2", words)


def _markdown(span: Span) -> str:
    words = span.words
    match span.mark:
        case Mark.LINK:
            target = (span.target or words).replace("<", "%3C").replace(">", "%3E")
            return f"<{target}>" if words in ("", span.target) else f"[{_escaped(words)}](<{target}>)"
        case Mark.QUOTE:
            return "\n".join(f"> {_escaped(line)}" for line in words.split("\n"))
        case Mark.CODE:
            fence = "`" * (1 + max((len(run) for run in re.findall("`+", words)), default=0))
            if "\n" in words:
                fence = fence.ljust(3, "`")
                return f"{fence}\n{words}\n{fence}"
            return f"{fence} {words} {fence}" if "`" in words else f"{fence}{words}{fence}"
        case Mark.EMPHASIS:
            return f"*{_escaped(words)}*"
        case Mark.STRONG:
            return f"**{_escaped(words)}**"
        case _:
            return _escaped(words)

"""Words to Reddit's Markdown and its HTML back to words: what was approved is what stands there.

Reddit has two readers of Markdown, an old one (snudown, from sundown) and a new one (much like GitHub's). What is
written here shows the same in both. Where from: snudown's `markdown.c`, the GFM specification 0.29.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from adapters.markup import from_html
from adapters.text import Mark, Text

SITE = "https://www.reddit.com"

# What stays as it is: addresses, which Reddit links as they stand, and names of people and subreddits.
_RAW = re.compile(
    r"(?P<link>https?://\w[^\s<>\"\\^`{|}]*)"
    r"|(?P<name>(?<![\w/\\])/?(?:u|r|user)/[A-Za-z0-9_-]+)"
)
# Both readers take a backslash before each of these away, wherever it stands.
_ANYWHERE = re.compile(r"[\\`*_\[\]<>|~^&]")
_AT_START = re.compile(r"^(?:([#+\-])|(\d+)([.)]))")
_UNDERLINE = re.compile(r"=+[ \t]*")  # beneath a line it makes that a heading, and the old reader cannot escape it
_TWO_LINES = re.compile(r"\n[ \t]*\n")


def to_reddit(words: str) -> str:
    """Markdown that shows exactly these words: no mark by accident, and each line break where it is.

    Only spacing may differ: spaces at the ends of lines go, and several empty lines become one.
    """
    out = ""
    gap = ""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        kept = line.lstrip(" \t") if last else line.strip(" \t")
        if not kept.strip():
            gap = "\n\n" if out else ""
            continue
        underline = _UNDERLINE.fullmatch(kept) is not None
        out += (gap or ("\n\n" if underline else "  \n")) if out else ""
        out += _line(kept)
        gap = "\n\n" if underline else ""
    return out


def _line(line: str) -> str:
    parts: list[str] = []
    at = 0
    for found in _RAW.finditer(line):
        words = _without_end(found[0]) if found["link"] else found[0]
        parts.append(_escaped(line[at : found.start()], first=at == 0))
        parts.append(f"<{words}>" if found["link"] else words)
        at = found.start() + len(words)
    parts.append(_escaped(line[at:], first=at == 0))
    return "".join(parts)


def _without_end(address: str) -> str:
    """Without what ends the sentence and not the address: a bracket belongs to it where it opened it."""
    while address[-1] in ".,;:!?'*_~]" or (address[-1] == ")" and address.count(")") > address.count("(")):
        address = address[:-1]
    return address


def _escaped(words: str, *, first: bool) -> str:
    words = _ANYWHERE.sub(r"\\\g<0>", words)
    if first:
        words = _AT_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", words)
    return words


def read_html(html: str) -> Text:
    """What Reddit shows of somebody's Markdown: its own HTML, with addresses made whole."""
    # Names of people and subreddits, where the link's words are the name and hide nothing.
    html = re.sub(r'<a href="(/(?:u|user)/[\w-]+)">(?=/?u)', rf'<a class="mention" href="{SITE}\1">', html)
    html = re.sub(r'<a href="(/r/\w+)">(?=/?r/)', rf'<a class="hashtag" href="{SITE}\1">', html)
    return from_html(html.replace('<a href="/', f'<a href="{SITE}/'))


# What a reply loses because plain words go out.
_LOSSES: Mapping[Mark, str] = {
    Mark.QUOTE: "quotes become lines with >",
    Mark.CODE: "code becomes plain words",
    Mark.EMPHASIS: "emphasis becomes plain words",
    Mark.STRONG: "bold becomes plain words",
}


def losses(text: Text) -> tuple[str, ...]:
    """What will not be as it was written, one plain phrase each."""
    marks, words = text.marks(), text.plain
    lost = [phrase for mark, phrase in _LOSSES.items() if mark in marks]
    if any(s.mark is Mark.LINK and s.target and s.words not in ("", s.target) for s in text.spans):
        lost.append("labels of links stand beside their addresses")
    if re.search(r"(?m)^[ \t]+\S", words):
        lost.append("spaces at the beginning of lines go")
    if any(_TWO_LINES.match(words, found.end() - 1) for found in _TWO_LINES.finditer(words)):
        lost.append("several empty lines become one")
    return tuple(lost)

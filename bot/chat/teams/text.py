"""Plain Unicode out of what Teams writes: mentions, entities, names of reactions. Pure.

Leaves activities to `inbound`. A colleague's mention stays visible in the text as `<@id>`, as on every surface, so
that nobody sends it to a customer by accident.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser

from adapters.markup import read_whole, without_tags
from bot.chat.emoji import name_of

# Each part ends before the next "<at", so that a thousand of them without an end are read once, not once from each.
AT = re.compile(r"<at(?:\s[^<>]*)?>((?:[^<]|<(?!/?at[\s>]))*)</at>", re.IGNORECASE)
TONE = re.compile(r"-tone([1-5])$")
POINTS = re.compile(r"^([0-9a-f]{2,6}(?:-[0-9a-f]{2,6})*)_", re.IGNORECASE)

#: The old six, by the names that signs go by (learn.microsoft.com, messageReaction, 2026-11).
SIX: Mapping[str, str] = {
    "like": "thumbsup",
    "heart": "heart",
    "laugh": "laughing",
    "surprised": "open_mouth",
    "sad": "cry",
    "angry": "angry",
}


def sign_of(reaction: str) -> tuple[str, bool]:
    """A reaction's name as settings spell it, without its skin tone; and whether there was a tone.

    "like-tone3" is thumbsup, "2705_whiteheavycheckmark" white_check_mark. What Unicode does not know (a custom emoji)
    keeps its id.
    """
    name, tones = TONE.subn("", reaction.strip())
    if name in SIX:
        return SIX[name], bool(tones)
    found = POINTS.match(name)
    if found is not None:
        points = [int(point, 16) for point in found[1].split("-")]
        if all(point < 0x110000 and not 0xD800 <= point <= 0xDFFF for point in points):
            known = name_of("".join(map(chr, points)))
            return (known, bool(tones)) if known is not None else (name, bool(tones))
    return name_of(name) or name, bool(tones)


def words_of(text: str, own: frozenset[str], mentions: Mapping[str, str]) -> str:
    """What was typed to us: our own mention is taken out, a colleague's becomes `<@id>`.

    `mentions` maps the text of each mention (with its tags) to the id of who is meant; `own` are our ids.
    """

    def named(found: re.Match[str]) -> str:
        who = mentions.get(found[0])
        if who is None:
            return f"@{found[1]}"
        return " " if who in own else f"<@{who}>"

    # Teams escapes what people type; a mention's tags it writes itself.
    pieces: list[str] = []
    at = 0
    for found in AT.finditer(text):
        pieces += [html.unescape(text[at : found.start()]), named(found)]
        at = found.end()
    pieces.append(html.unescape(text[at:]))
    return "".join(pieces).replace("\xa0", " ").replace("\r\n", "\n").strip()


class _Words(HTMLParser):
    """The words of Teams' HTML, line breaks kept, custom emoji by their alternative text."""

    BREAKS = frozenset({"p", "div", "li", "blockquote", "tr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.out.append("\n")
        elif tag in self.BREAKS:
            self._break()
        elif tag in {"img", "emoji"}:
            self.out.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.BREAKS:
            self._break()

    def handle_data(self, data: str) -> None:
        self.out.append(data.replace("\xa0", " "))

    def _break(self) -> None:
        if self.out and not self.out[-1].endswith("\n"):
            self.out.append("\n")


def words_of_html(text: str) -> str:
    """A colleague's message as plain text, in time that grows with its length and no faster."""
    reader = _Words()
    try:
        read_whole(reader, text)
    except AssertionError:
        return without_tags(text)
    return "".join(reader.out).strip()

"""Words to the Markdown of boards and back, the invisible marker of a reply, and whether two texts are one reply.

What was approved is what stands there: nothing in it marks up by accident. Where from: CommonMark 0.31 (a backslash
before any ASCII punctuation takes its meaning away), the GFM specification 0.29, Discourse's markdown-it.
"""

from __future__ import annotations

import re
from hashlib import sha256

from adapters.text import Mark, Text, normalised

_LINK = re.compile(r"https?://\w[^\s<>\"\\^`{|}]*")
_ANYWHERE = re.compile(r"[\\`*_\[\]<>|~^&]")
# Signs that boards turn into pictures: ":smile:" and ":-)".
_PICTURE = re.compile(r":(?=[\w+-]+:|['-]?[()DPpOo/*$|])|;(?=-?\))")
_AT_START = re.compile(r"^(?:([#+=\-])|(\d+)([.)]))")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ANGLED = re.compile(r"<(https?://[^\s<>]*)>")
_MARKER = re.compile(r"\s*<!-- twoway:([0-9a-f]{32}) -->\s*\Z")


def to_markdown(words: str) -> str:
    """Markdown that shows exactly these words. Only spacing may differ: spaces at the ends of lines go, and several
    empty lines become one."""
    out, gap = "", ""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines):
        last = number == len(lines) - 1  # whose spaces may stay: a length that shrinks while one types would be odd
        kept = line.lstrip(" \t") if last else line.strip(" \t")
        if not kept.strip():
            gap = "\n\n" if out else ""
            continue
        # Two spaces break the line everywhere, also where a site does not break lines by itself.
        out += (gap or "  \n") if out else ""
        out += _line(kept)
        gap = ""
    return out


def from_markdown(source: str) -> str:
    """The words of a reply of ours from what we sent."""
    words = "\n".join(line.rstrip(" ") for line in source.replace("\r\n", "\n").split("\n"))
    parts: list[str] = []
    at = 0
    for found in _ANGLED.finditer(words):
        if found.start() and words[found.start() - 1] == "\\":
            continue
        parts += [_ESCAPED.sub(r"\1", words[at : found.start()]), found[1]]
        at = found.end()
    return "".join([*parts, _ESCAPED.sub(r"\1", words[at:])])


def mark_of(key: str) -> str:
    """A key as it stands in a marker: of one length, and nothing in it can end the comment."""
    return sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


def marked(source: str, key: str) -> str:
    """With an HTML comment behind it, which no visitor sees."""
    return f"{source}\n\n<!-- twoway:{mark_of(key)} -->"


def unmarked(source: str) -> tuple[str, str]:
    """Without the comment; and what stood in it, "" where there is none."""
    found = _MARKER.search(source)
    return (source, "") if found is None else (source[: found.start()], found[1])


# How boards show what people type (markdown-it's typographer): for comparing only.
_SHOWN = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "″": '"', "′": "'", "…": "."}
)


def same_shown(one: str, other: str) -> bool:
    """Whether two texts are one reply, as typed or as shown."""
    return _flat(one) == _flat(other)


def _flat(words: str) -> str:
    return re.sub(r"([-.])\1+", r"\1", normalised(words.translate(_SHOWN)))


def lost_in(text: Text) -> tuple[str, ...]:
    """What will not be as it was written, one plain phrase each."""
    marks = sorted(text.marks() - {Mark.LINK}, key=lambda one: one.value)
    lost = [f"{one.value} becomes plain words" for one in marks]
    if re.search(r"(?m)^[ \t]+\S", text.plain):
        lost.append("spaces at the beginning of lines go")
    return tuple(lost)


def _line(line: str) -> str:
    parts: list[str] = []
    at = 0
    for found in _LINK.finditer(line):
        address = _without_end(found[0])
        parts += [_escaped(line[at : found.start()], first=at == 0), f"<{address}>"]
        at = found.start() + len(address)
    return "".join([*parts, _escaped(line[at:], first=at == 0)])


def _escaped(words: str, *, first: bool) -> str:
    words = _PICTURE.sub(r"\\\g<0>", _ANYWHERE.sub(r"\\\g<0>", words))
    if first:
        words = _AT_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", words)
    return words


def _without_end(address: str) -> str:
    """Without what ends the sentence and not the address: a bracket belongs to it where it opened it."""
    while address[-1] in ".,;:!?'*_~]" or (address[-1] == ")" and address.count(")") > address.count("(")):
        address = address[:-1]
    return address

"""How long a text is for X, and what in it is a link: as X itself counts. Pure; never shortens anything.

Where from: twitter/twitter-text 3.1, configuration v3 and its conformance cases (Apache-2.0). The names of the parts
of a link are those of its grammar.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import regex

from adapters.domains import TWITTER_TOP_LEVEL

MOST = 280  # config/v3.json: maxWeightedTweetLength
LINK = 23  # transformedURLLength
HEAVY = 2  # defaultWeight, and the weight of an emoji of however many code points
# Code points that weigh 1, both ends included.
LIGHT: Sequence[tuple[int, int]] = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

LONGEST_LINK = 4096
LONGEST_SHORT = 40  # what follows https://t.co/
LONGEST_LABEL = 63  # RFC 1035, in ASCII
MOST_LABELS = 126  # below the last two: a name has at most 253 characters
_NEVER = "\ufffe\ufeff\uffff"
_DOT = "\ue000"  # of the private use area: stands for a dot before a top-level domain


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a text: the code points `start` to `end`, end exclusive."""

    start: int
    end: int
    words: str


def weighted_length(words: str) -> int:
    """What X counts: a link is 23, an emoji 2, Latin and its neighbours 1, everything else 2."""
    words = unicodedata.normalize("NFC", words)
    total = at = 0
    for link in links(words):
        total += _weight(words[at : link.start]) + LINK
        at = link.end
    return total + _weight(words[at:])


def is_valid(words: str, most: int = MOST) -> bool:
    """Whether X would take it: something, not too much, and none of the three characters it never takes."""
    return has_no_wrong_character(words) and 0 < weighted_length(words) <= most


def has_no_wrong_character(words: str) -> bool:
    return not any(one in words for one in _NEVER)


def links(words: str) -> tuple[Link, ...]:
    """Every link that X makes of a text, also without https://, in order."""
    if "." not in words:
        return ()
    grammar = _grammar()
    marked = _marked(words)
    found: list[Link] = []
    for match in grammar.link.finditer(marked):
        start, end = match.span("url")
        if not _may_be(words[slice(*match.span("domain"))], match["protocol"] or "https://", end - start):
            continue
        if match["protocol"]:
            found += _whole(words, start, end)
        elif not words[: match.start("url")].endswith(("-", "_", ".", "/")):
            found += _bare(words, marked, match.span("domain"), end if match["path"] else None)
    return tuple(found)


def _marked(words: str) -> str:
    """The text with another sign for each dot before a top-level domain, so that they are looked up once."""
    marked = list(words.replace(_DOT, "\ue001"))
    for one in _grammar().top.finditer(words):
        name = one[1].lower()
        if not one[1].isascii() or name.startswith("xn--") or name in TWITTER_TOP_LEVEL:
            marked[one.start()] = _DOT
    return "".join(marked)


def _whole(words: str, start: int, end: int) -> list[Link]:
    """One with its protocol. X's own short links end where their path does, and are none when that is too long."""
    short = _grammar().short.match(words, start, end)
    if short is None:
        return [Link(start, end, words[start:end])]
    return [] if len(short[1]) > LONGEST_SHORT else [Link(start, short.end(), short[0])]


def _bare(words: str, marked: str, domain: tuple[int, int], end: int | None) -> list[Link]:
    """Names of hosts in ASCII (a text without spaces may hold several); a path belongs to the last of them."""
    spans = [one.span() for one in _grammar().ascii.finditer(marked, *domain)]
    if spans and end is not None:
        spans[-1] = (spans[-1][0], end)
    return [Link(first, last, words[first:last]) for first, last in spans]


def _may_be(domain: str, protocol: str, length: int) -> bool:
    if domain.startswith("xn--") and not domain.isascii():
        return False
    for label in domain.split("."):
        try:
            ascii_length = len(label) if label.isascii() else 4 + len(label.encode("punycode"))
        except UnicodeError:
            return False
        if not 1 <= ascii_length <= LONGEST_LABEL:
            return False
    return len(protocol) + length <= LONGEST_LINK


def _weight(words: str) -> int:
    """Of a piece without links."""
    if words.isascii() and "\u20e3" not in words:
        return len(words)
    total = at = 0
    for emoji in _grammar().emoji.finditer(words):
        total += sum(map(_weight_of, words[at : emoji.start()])) + HEAVY
        at = emoji.end()
    return total + sum(map(_weight_of, words[at:]))


def _weight_of(character: str) -> int:
    point = ord(character)
    return 1 if any(first <= point <= last for first, last in LIGHT) else HEAVY


class _Grammar:
    """Compiled at first use, since importing must do no work."""

    def __init__(self) -> None:
        punctuation = r"!'#%&()*+,\\\-./:;<=>?@\[\]\^_{|}~$"
        spaces = r"\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
        directions = r"\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
        latin = (
            r"\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272"
            r"\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
        )
        letters = rf"a-zA-Z0-9\u0400-\u04ff{latin}"
        # A label's characters overlap neither with a dot nor with what joins them, so each is taken once.
        name = rf"[^{_DOT}{punctuation}{spaces}{_NEVER}{directions}]"
        international = "|".join(sorted((t for t in TWITTER_TOP_LEVEL if not t.isascii()), key=len, reverse=True))
        top = rf"(?:(?i:xn--)[-0-9a-zA-Z]+|(?i:{international})|[a-zA-Z]+)(?![0-9a-zA-Z@+-])"
        domain = rf"(?:{name}++(?:[_-]++{name}++)*+[.{_DOT}]){{0,{MOST_LABELS}}}{name}++(?:-++{name}++)*+{_DOT}{top}"
        general = rf"[{letters}{_DOT}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
        parens = rf"\((?:{general}+|{general}*\({general}+\){general}*)\)"
        piece = rf"(?:{general}*(?:{parens}{general}*)*[+\-{letters}=_#/]|{parens}|@{general}+/)"
        query = rf"[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.{_DOT},~|]*[a-zA-Z0-9\-_&=#/]"
        self.top = regex.compile(rf"\.({top})")
        self.link = regex.compile(
            rf"(?:[^A-Za-z0-9@＠$#＃{_NEVER}]|^)"
            rf"(?P<url>(?P<protocol>(?i:https?)://)?(?P<domain>{domain})(?::[0-9]+)?"
            rf"(?P<path>/{piece}*)?(?:\?{query})?)"
        )
        self.ascii = regex.compile(rf"(?:[-a-zA-Z0-9{latin}]+[.{_DOT}])*[-a-zA-Z0-9{latin}]+{_DOT}{top}")
        self.short = regex.compile(rf"(?i:https?://t\.co/)([a-zA-Z0-9]+)(?:\?{query})?")
        # A keycap; two letters that make a flag; a flag of tags; anything joined; signs such as © only as emoji.
        tone = r"(?:\p{EMod}|\ufe0f)?"
        sign = r"(?:(?![©®™])\p{Extended_Pictographic}(?!\ufe0e)|[©®™](?=\ufe0f))"
        self.emoji = regex.compile(
            rf"[0-9#*]\ufe0f?\u20e3|\p{{RI}}\p{{RI}}|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
            rf"|{sign}{tone}(?:\u200d\p{{Extended_Pictographic}}{tone})*|\p{{EMod}}|\ufe0f"
        )


@cache
def _grammar() -> _Grammar:
    return _Grammar()

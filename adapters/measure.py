"""How long a text is, by the rules of each kind of platform. Pure; never shortens anything."""

from __future__ import annotations

from functools import cache

import regex


def graphemes(words: str) -> int:
    """What a person would count as characters: extended grapheme clusters (UAX 29)."""
    return len(_patterns().cluster.findall(words))


def mastodon_length(words: str, *, warning: str = "", per_url: int = 23) -> int:
    """The length of a status as Mastodon counts it.

    Grapheme clusters of warning and text; a link with http(s) counts `per_url`, and of a mention of somebody
    on another server only `@user`. Where from: `status_length_validator.rb` and the composer's `url_regex.js`
    of mastodon/mastodon, 2026-07.
    """
    patterns = _patterns()
    counted = patterns.link.sub(lambda found: found[1] + "x" * per_url, words)
    counted = patterns.mention.sub(r"\1", counted)
    return graphemes(counted) + graphemes(warning)


def threads_length(words: str) -> int:
    """The length of a post as Threads counts it: characters, but an emoji by the bytes that it takes in UTF-8.

    Where from: developers.facebook.com/documentation/threads/posts, 2026-04. What is an emoji it does not say; a sign
    that may be shown as one (©) counts as one, which is never too little.
    """
    clusters = _patterns().cluster.findall(words)
    emoji = _patterns().emoji
    return sum(len(one.encode("utf-8", "surrogatepass")) if emoji.search(one) else len(one) for one in clusters)


class _Patterns:
    """Compiled at first use, since importing must do no work."""

    def __init__(self) -> None:
        self.cluster = regex.compile(r"\X")
        self.emoji = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")
        self.mention = regex.compile(r"(?<![=/\w])(@[a-z0-9_]+(?:[a-z0-9_.-]*[a-z0-9_]+)?)@[\w.-]*\w", regex.I)
        # The parts and their names are twitter-text's (3.1); the protocol is not optional, as in Mastodon.
        # G, B and E overlap nowhere at their first character, so that matching takes linear time.
        letters = "a-z0-9\u0400-\u04ff\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0100-\u024f\u1e00-\u1eff"
        general = rf"[{letters}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
        parens = rf"\((?:{general}+|{general}*\({general}+\){general}*)\)"
        ending = rf"(?:[{letters}+\-=_#/]|{parens})"
        marks = r"\ufeff\ufffe\uffff\u202a-\u202e\u2061-\u2069\u200e\u200f"
        name = rf"[^\s!'\"#%&()*+,\-./:;<=>?@\[\]\\^_`{{|}}~${marks}]"
        # twitter-text has a list of top-level domains; we take every word but those that can never be one
        # (RFC 2606, 6761, 6762, 7686, 9476 and ICANN's .internal).
        never = "example|invalid|test|localhost|local|onion|alt|internal|lan|home|corp"
        top = rf"(?:xn--[-0-9a-z]+|(?!(?:{never})(?![0-9a-z]))\p{{L}}{{2,}})(?![0-9a-z@+-])"
        self.link = regex.compile(
            r"((?:[^a-z0-9@＠$#＃\ufffe\ufeff\uffff]|^))"
            rf"https?://(?:{name}(?:(?:{name}|[_-])*{name})?\.)+{top}(?::[0-9]+)?"
            rf"(?:/(?:(?:{general}|{parens})*{ending})?)?"
            r"(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?",
            regex.I,
        )


@cache
def _patterns() -> _Patterns:
    return _Patterns()

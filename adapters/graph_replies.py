"""What replies through the Graph API have in common: by which way they go, and whether words of ours are the reply.

Which of the ways a reply takes, its audience says: one that only those it names may see goes to the author alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum

from adapters.graph_refs import Kind, Ref
from adapters.posts import Absent, Audience, CannotTell, PublicPost, Receipt, Reply
from adapters.text import Mark, Text, same_words

# How far Meta's clock and ours may be apart, or ours may have jumped since the attempt.
SKEW = timedelta(minutes=10)


class Way(Enum):
    """How a reply goes out."""

    COMMENT = "comment"  # everybody sees it
    PRIVATE = "private"  # to the author of what we answer; once
    MESSAGE = "message"  # in a chat


def way_of(reply: Reply, parent: Ref) -> Way:
    """Never wider than the post that is answered: what only those it names may see is no comment."""
    if parent.kind is Kind.MESSAGE:
        return Way.MESSAGE
    return Way.PRIVATE if reply.visibility is Audience.DIRECT else Way.COMMENT


def as_receipt(post: PublicPost) -> Receipt:
    return Receipt(ref=post.ref, url=post.url, at=post.at, text=post.text.plain)


def judged(ours: list[Receipt], reply: Reply, first: datetime | None) -> Receipt | Absent | CannotTell:
    """Of our own words there: the same ones are the reply; others of that time may be, and a person decides."""
    there = [one for one in ours if one.ref not in reply.known]
    for one in there:
        if same_words(one.text or "", reply.text.plain):
            return one
    strange = [one for one in there if first is not None and one.at >= first - SKEW]
    if strange:
        return CannotTell(f"our account answered there at that time with other words: {strange[0].url}")
    return Absent()


# What a reply loses because there are plain words only.
_LOSSES: Mapping[Mark, str] = {
    Mark.QUOTE: "quotes become lines with >",
    Mark.CODE: "code becomes plain words",
    Mark.EMPHASIS: "emphasis becomes plain words",
    Mark.STRONG: "bold becomes plain words",
    Mark.MENTION: "mentions become plain words",
}


def losses(text: Text) -> tuple[str, ...]:
    marks = text.marks()
    lost = [phrase for mark, phrase in _LOSSES.items() if mark in marks]
    if any(s.mark is Mark.LINK and s.target and s.words not in ("", s.target) for s in text.spans):
        lost.append("labels of links stand beside their addresses")
    return tuple(lost)

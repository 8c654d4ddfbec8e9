"""What goes out on X: whether a reply may stand there, what it costs, and the receipt for it.

Sending it, and looking for it, is left to others. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from adapters.capabilities import Cost
from adapters.errors import Lost, Malformed, Reason
from adapters.payload import JSON
from adapters.posts import BY_HAND, Fit, PostRef, PublicPost, Ready, Receipt, Refusal, Reply, Unit
from adapters.text import Mark, Text
from adapters.x_read import read_created, version_of, versions_of
from adapters.x_refs import page, time_of
from adapters.x_text import has_no_wrong_character, links, weighted_length

# What a reply loses because a post has only plain words.
_LOSSES: Mapping[Mark, str] = {
    Mark.QUOTE: "quotes become lines with >",
    Mark.CODE: "code becomes plain words",
    Mark.EMPHASIS: "emphasis becomes plain words",
    Mark.STRONG: "bold becomes plain words",
}


def fit(text: Text, most: int) -> Fit:
    marks = text.marks()
    lost = [phrase for mark, phrase in _LOSSES.items() if mark in marks]
    if any(one.mark is Mark.LINK and one.target and one.words not in ("", one.target) for one in text.spans):
        lost.append("labels of links stand beside their addresses")
    return Fit(weighted_length(text.plain), most, Unit.WEIGHTED, tuple(lost))


def refusal_of_words(text: Text, fits: Fit) -> Refusal | None:
    if not text.plain.strip():
        return Refusal(Reason.INVALID, "The reply is empty.")
    if not fits.fits:
        return Refusal(Reason.TOO_LONG, f"The reply counts {fits.length} on X, which allows {fits.limit}.")
    if not has_no_wrong_character(text.plain):
        return Refusal(Reason.INVALID, "The reply has an invisible character that X never takes: write it anew.")
    return None


def refusal_of_place(post: object) -> Refusal | None:
    """Why we may not answer there, as far as X lets one see it beforehand."""
    if not isinstance(post, PublicPost):
        return Refusal(Reason.GONE, "The post is deleted, or not visible to us any more.")
    hint = post.extra.get(BY_HAND)
    return Refusal(Reason.NOT_ALLOWED, hint) if isinstance(hint, str) else None


def price_of(text: Text, cost: Cost, link: Decimal) -> Decimal:
    return link if links(text.plain) else cost.reply


def ready(text: Text, cost: Cost, link: Decimal) -> Ready:
    """What it costs, in words: people see the price of a link while they can still take it out."""
    price = price_of(text, cost, link)
    if price == cost.reply:
        return Ready(cost=cost)
    note = f"Posting this costs {price} {cost.currency}, because there is a link in it; without one {cost.reply}."
    return Ready(cost=replace(cost, reply=price), notes=(note,) if price > cost.reply else ())


def body_of(reply: Reply) -> dict[str, JSON]:
    """As X takes it; a key that X does not know would be refused."""
    newest = versions_of(reply.extra, reply.parent)[-1]
    return {"text": reply.text.plain, "reply": {"in_reply_to_tweet_id": newest}}


def receipt_for(body: object, handle: str, now: datetime) -> Receipt:
    """From the answer to a call that X accepted; one that cannot be read is `Lost`."""
    try:
        id, text = read_created(body)
    except Malformed as error:
        raise Lost(f"accepted, but the answer cannot be read: {error}") from error
    return Receipt(ref=PostRef(id), url=page(id, handle), at=time_of(id) or now, text=text)


def receipt_of(post: PublicPost) -> Receipt:
    return Receipt(ref=post.ref, url=page(version_of(post), post.author.handle), at=post.at, text=post.text.plain)

"""Praise: what can be said of it, and what a conversation's card says."""

from __future__ import annotations

from bot.chat.cards.parts import lines
from bot.chat.contract import Card, Plain
from models.praise import Quote

#: What the card says of the permission to quote.
QUOTES = {
    Quote.UNASKED: "",
    Quote.ASKED: " · asked whether we may quote it",
    Quote.YES: " · we may quote it",
    Quote.NO: " · not to be quoted",
}


def how_to_praise() -> Card:
    ways = (
        ("praise 142", "says that #142 is praise; “off” takes it back"),
        ("praise 142 ask", "drafts the question whether we may quote it; your own words may follow"),
        ("praise 142 yes https://…", "writes down that they said yes, and where; “no” that they did not"),
    )
    return lines(
        *[[Plain(f"/twoway {command}", code=True), Plain(f"  {does}")] for command, does in ways],
        summary="What can be said of praise",
    )

"""The part of a summary that is about storms: how many said the same, since when, and where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.cards.parts import clock, link
from bot.chat.commands import Verb
from bot.chat.contract import Block, Line, Plain
from models.reading.storms_of_days import Stormed

#: So many links to who is in it.
LINKED = 3


def stormy(storms: Sequence[Stormed], links: Mapping[int, str], zone: str) -> list[Block]:
    """Nothing where there was none."""
    blocks: list[Block] = [Line((Plain("Storms", bold=True),))] if storms else []
    for one in storms:
        many = f"{len(one.numbers)} conversations" if len(one.numbers) > 1 else "1 conversation"
        blocks.append(
            Line(
                (
                    Plain(f"🌪️ {one.storm}", bold=True),
                    Plain(f": {many} that say the same, from "),
                    clock(one.first, zone),
                    Plain(" to "),
                    clock(one.last, zone),
                    *(
                        part
                        for number in one.numbers[:LINKED]
                        for part in (Plain(" "), link(links.get(number), f"#{number}"))
                    ),
                    Plain(" · "),
                    Plain(f"/twoway {Verb.STORM.value} {one.storm}", code=True),
                )
            )
        )
    return blocks


def behind_storms(storms: Sequence[Stormed]) -> frozenset[int]:
    """Every conversation that this part points to."""
    return frozenset(number for one in storms for number in one.numbers[:LINKED])

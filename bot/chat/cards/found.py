"""What a search found: a line for each conversation, the newest first, with what was said there."""

from __future__ import annotations

from bot.chat.cards.conversation import STATES
from bot.chat.cards.parts import lines, link, moment, shortened, who
from bot.chat.contract import Block, Card, Line, Part, Plain, Words
from models.lifecycle import State
from models.reading.search import Hits

#: So much of a post is shown.
_SHOWN = 160


def found_card(found: Hits, typed: str, channel: str, zone: str) -> Card:
    """Or that nothing was."""
    sought = Words(f"“{shortened(typed, 60)}”")
    if not found.hits:
        return lines(
            [Plain(f"Nothing that was said in #{channel} has "), sought, Plain(" in it.")],
            [Plain("All words must be there. With a star, whatever begins so: "), Plain("search deliver*", code=True)],
            summary="Nothing found",
        )
    count = f"{len(found.hits)} of several" if found.more else str(len(found.hits))
    several = "conversations" if found.more or len(found.hits) > 1 else "conversation"
    blocks: list[Block] = [Line((Plain(f"{count} {several} in #{channel}: ", bold=True), sought))]
    for one in found.hits:
        said: Part = Plain("we said") if one.ours else Words(who(one.who))
        head = (Plain(f"{STATES[State(one.state)][0]} "), link(one.link, f"#{one.number}"), Plain(" "), said)
        blocks.append(Line((*head, Plain(" · "), moment(one.at, zone))))
        blocks.append(Line((Words(shortened(" ".join(one.words.split()), _SHOWN)),), small=True))
    if found.more:
        blocks.append(Line((Plain("The newest are shown. One more word leaves fewer."),), small=True))
    return Card(summary=f"{len(found.hits)} found", blocks=tuple(blocks))


def how_to_search() -> Card:
    """Nothing was asked for."""
    return lines(
        [Plain("What do you look for? "), Plain("search late parcel", code=True)],
        [Plain("All words must be there. With a star, whatever begins so: "), Plain("search deliver*", code=True)],
        summary="What do you look for?",
    )

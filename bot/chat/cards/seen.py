"""Seen before: earlier conversations that resemble one, what was answered there and by whom, and a way to begin so."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.cards.parts import button, link, moment, plain, shortened
from bot.chat.commands import Verb
from bot.chat.contract import Block, Buttons, Card, Dialog, Line, Part, Plain, Quote, Words
from models.lifecycle import State
from models.reading.card import CardFacts
from models.reading.seen import EarlierAnswer, SeenFacts

#: So much of an answer stands on a card; `seen` shows more.
_SHOWN, _WHOLE = 140, 1_000

#: For danger and law.
OWN_WORDS = "This one may be about danger or the law: I offer nothing to begin with. Answer it in words of your own."


def seen_blocks(facts: CardFacts, zone: str) -> list[Block]:
    """On the card of who is about to answer. A draft that stands is not begun anew."""
    rows: list[Block] = [Line(tuple(_one(one, zone)), small=True) for one in facts.seen.answered]
    if rows and State(facts.state) is State.OPEN:
        rows.append(start_buttons(facts.number, facts.seen.answered))
    if facts.seen.others:
        rows.append(Line((Plain(_others(facts.seen.others)),), small=True))
    return rows


def _others(numbers: Sequence[int]) -> str:
    return f"Similar, in words of their own: {', '.join(f'#{number}' for number in numbers)}."


def _one(one: EarlierAnswer, zone: str) -> list[Part]:
    said = shortened(" ".join(one.words.split()), _SHOWN)
    return [*_head(one, zone), Plain(": “"), Words(said), Plain("”")]


def _head(one: EarlierAnswer, zone: str) -> list[Part]:
    return [
        Plain(f"🔎 Seen before: #{one.number} · "),
        Words(one.by.name),
        Plain(" "),
        link(one.url, "answered"),
        Plain(" "),
        moment(one.at, zone),
    ]


def start_buttons(number: int, answered: Sequence[EarlierAnswer]) -> Buttons:
    return Buttons(
        tuple(
            button(f"Start from #{one.number}", Verb.START, f"{number}:={one.number}", dialog=True) for one in answered
        )
    )


def seen_card(number: int, facts: SeenFacts, zone: str) -> Card:
    """What `seen` answers: both sides of each."""
    if not facts.answered and not facts.others:
        return plain(f"Nothing that I read here before resembles #{number}.")
    blocks: list[Block] = []
    for one in facts.answered:
        blocks += [
            Line(tuple(_head(one, zone))),
            Quote((Words(shortened(one.asked, _WHOLE)),)),
            Quote((Words(shortened(one.words, _WHOLE)),)),
        ]
    if facts.answered:
        blocks.append(start_buttons(number, facts.answered))
    if facts.others:
        blocks.append(Line((Plain(_others(facts.others)),), small=True))
    return Card(summary=f"What resembles #{number}", blocks=tuple(blocks))


def delicate() -> Card:
    return plain(OWN_WORDS)


def start_from_what() -> Card:
    return plain("From which answer? As in “start 142 97”, in its thread “start 97”. “seen” lists what resembles it.")


def no_answer(other: int) -> Card:
    return plain(f"No public answer of ours stands in #{other} in this channel, so there is nothing to begin with.")


def press_to_start(number: int, other: int) -> Card:
    """Where no dialog can open, a button that can."""
    return Card(
        summary="Write here",
        blocks=(
            Line((Plain(f"A dialog cannot open from here. Press to begin #{number} with the answer of #{other}:"),)),
            Buttons((button("Write", Verb.START, f"{number}:={other}", style="primary", dialog=True),)),
        ),
    )


def above(dialog: Dialog, other: int, gaps: Sequence[str]) -> tuple[Block, ...]:
    """What is said above a draft that was begun so."""
    said: list[Part] = [Plain(f"It begins with our answer in #{other}.")]
    if gaps:
        said += [Plain(" Fill or take out what was that customer's: "), Words(" ".join(gaps))]
        said.append(Plain(". It cannot be approved before."))
    else:
        said.append(Plain(" Read it as if a stranger had written it: it was said to somebody else."))
    return (Line(tuple(said)), *dialog.blocks)

"""Saved answers: the list, what became of keeping, using and dropping one, and how they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.cards.parts import button, lines, plain, shortened
from bot.chat.commands import Verb
from bot.chat.contract import Block, Buttons, Card, Line, Part, Plain, Quote, Words
from bot.desk.answers import Dropped, Kept, Not, NotKept
from models.answers import LONGEST_NAME, MOST, SavedAnswer

#: So many are listed; a word finds the others.
LISTED = 15

#: So much of each is shown in the list.
_SHOWN = 140

_WHY: Mapping[NotKept, str] = {
    NotKept.NO_NAME: "Under which name? As in “save late parcel”.",
    NotKept.LONG_NAME: f"A name has at most {LONGEST_NAME} characters. Nothing was saved.",
    NotKept.TAKEN: "There is an answer called “{name}” already. Take another name, or drop that one first.",
    NotKept.NOTHING_SAID: "No public reply of ours stands there, so there is nothing to save.",
    NotKept.TOO_MANY: f"There are {MOST} saved answers, and nobody finds more. Drop one first.",
    NotKept.UNKNOWN: "No saved answer is called “{name}”. “answers” lists them.",
}


def answers_card(rows: Sequence[SavedAnswer], in_all: int, channel: str, sought: str) -> Card:
    """`rows` of all that the channel has, or those in which `sought` was found."""
    if not rows and sought:
        return lines(
            [Plain(f"None of the {in_all} saved answers of #{channel} has “"), Words(sought[:60]), Plain("” in it.")],
            summary="No saved answer found",
        )
    if not rows:
        return lines(
            [Plain(f"#{channel} has no saved answers yet. After a good reply went out, say in its thread:")],
            [Plain("save late parcel", code=True)],
            summary="No saved answers yet",
        )
    found = f"{len(rows)} of {in_all} saved answers" if sought else f"{in_all} saved answer{'s' * (in_all != 1)}"
    blocks: list[Block] = [Line((Plain(f"{found} of #{channel}", bold=True),))]
    for row in rows[:LISTED]:
        used = f" · used {row.uses} time{'s' * (row.uses != 1)}" if row.uses else ""
        blocks.append(Line((Words(row.name), Plain(used))))
        blocks.append(Quote((Words(shortened(" ".join(row.words.split()), _SHOWN)),)))
    if len(rows) > LISTED:
        blocks.append(Line((Plain(f"{len(rows) - LISTED} more: “answers WORD” finds one."),), small=True))
    blocks.append(
        Line(
            (
                Plain("Begin with one: "),
                Plain("use NAME", code=True),
                Plain(" in a thread. Drop one: "),
                Plain("answers drop NAME", code=True),
            ),
            small=True,
        )
    )
    return Card(summary=f"{found} of #{channel}"[:150], blocks=tuple(blocks))


def said(outcome: Kept | Dropped | Not) -> Card:
    """What became of it."""
    match outcome:
        case Kept():
            row: list[Part] = [Plain("Saved as “"), Words(outcome.name), Plain("”. "), Plain("use ", code=True)]
            row += [Words(outcome.name), Plain(" in a thread begins a draft with it:")]
            kept = shortened(outcome.words, 400)
            return Card(summary="Saved", blocks=(Line(tuple(row)), Quote((Words(kept),))))
        case Dropped():
            return lines([Plain("Dropped: “"), Words(outcome.name), Plain("”.")], summary="Dropped")
        case Not():
            before, _, after = _WHY[outcome.why].partition("{name}")
            name: list[Part] = [Words(outcome.name[:60]), Plain(after)] if after else []
            return lines([Plain(before), *name], summary="Not done")


def press_to_use(number: int, answer: int) -> Card:
    """Where no dialog can open, a button that can. It carries the answer's id: names may hold anything."""
    return Card(
        summary="Write here",
        blocks=(
            Line((Plain(f"A dialog cannot open from here. Press to begin with it for #{number}:"),)),
            Buttons((button("Write", Verb.USE, f"{number}:={answer}", style="primary", dialog=True),)),
        ),
    )


def use_what() -> Card:
    return plain("Which one? As in “use late parcel”, in a conversation's thread. “answers” lists them.")

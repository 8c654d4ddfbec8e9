"""What a language model suggests, always called that, and what becomes of a draft that was begun with it."""

from __future__ import annotations

from bot.chat.cards.parts import button, plain
from bot.chat.commands import Verb
from bot.chat.contract import Block, Buttons, Card, Dialog, Field, Line, Option, Part, Plain, Quote, Words

#: The field by which somebody says that they read it.
READ, YES = "read", "yes"


def suggestion(number: int, id: int, model: str, words: str) -> Card:
    """For who asked, alone."""
    return Card(
        summary=f"A suggestion for #{number}",
        blocks=(
            Line((Plain("🤖 Suggested by the model "), Words(model), Plain(f" for #{number}. Nobody read it yet:"))),
            Quote((Words(words),)),
            Buttons((button("Write with it", Verb.START, f"{number}:=s{id}", dialog=True),)),
        ),
    )


def switched_off() -> Card:
    return plain("No language model is set up to suggest drafts. An operator can name one: [suggestions].")


def none_came(number: int) -> Card:
    return plain(f"The model did not suggest anything for #{number}. “seen {number}” shows what we answered to others.")


def not_public() -> Card:
    return plain("This post is not public, so no model is told what it says. Answer it in words of your own.")


def out_of_date(number: int) -> Card:
    return plain(f"The customer changed #{number} while the model wrote. Look at it, and ask again if you like.")


def no_suggestion() -> Card:
    return plain("That suggestion is gone, with what it was made from. Ask for another one.")


def above(dialog: Dialog, model: str) -> tuple[Block, ...]:
    """What is said above a draft that begins with a suggestion."""
    said: list[Part] = [
        Plain("🤖 Suggested by the model ", bold=True),
        Words(model),
        Plain(". Nobody read it yet. "),
    ]
    said.append(Plain("Make it yours: what you save is said by you."))
    return (Line(tuple(said)), *dialog.blocks)


def read_field() -> Field:
    """Asked of who saves it as it is."""
    return Field(
        name=READ,
        label="If you change nothing of it",
        kind="choice",
        value="no",
        options=(Option("no", "I have not read it"), Option(YES, "I have read every word, and say it")),
        optional=True,
    )


def label(model: str) -> list[Part]:
    """On the draft, whoever changed it since."""
    return [Plain("🤖 Begun with a suggestion of the model "), Words(model), Plain(".")]


#: Why such a draft is blocked.
UNREAD = (
    "It is word for word what the model {model} suggested, and nobody said that they read it. Edit it, or say there "
    "that you read every word."
)

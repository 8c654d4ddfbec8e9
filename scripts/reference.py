"""Prints the reference pages that are made of the program's own tables: commands, lifecycle, signs.

`python scripts/reference.py` writes them into docs/reference; a test compares.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.chat.commands import COMMANDS, Argument  # noqa: E402
from bot.chat.signs import ALIASES, ON_CARD, ON_DRAFT, WHERE, Meaning  # noqa: E402
from models.lifecycle import SOURCES, TABLE, Source, State, Step  # noqa: E402
from models.permits import NEEDS, RIGHTS, WHY_NOT, Right, Standing  # noqa: E402
from models.telling import EventKind, Telling, telling  # noqa: E402

FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Made by scripts/reference.py from the program's own tables. Change those. -->"

NUMBERS = {
    Argument.NONE: "",
    Argument.NUMBER: "a conversation; not needed in its thread",
    Argument.DRAFT_NUMBER: "a draft; outside of its thread the conversation before it",
    Argument.WORDS: "words",
    Argument.NUMBER_AND_WORDS: "a conversation (not in its thread), then words",
    Argument.NUMBER_AND_NAME: "a conversation (not in its thread), then the name of a saved answer",
    Argument.CHANNEL: "a conversation (not needed in its thread), then a channel as the settings call it",
    Argument.IDEA: "an idea, then words",
    Argument.SCOPE: "nothing (this conversation), a conversation, an account's name, or `all`",
}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; `|` in a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def commands() -> str:
    rows = [
        (
            f"`{command.usage}`",
            command.help + (" Opens a dialog." if command.dialog else ""),
            ", ".join(f"`{word}`" for word in command.words),
            f"`{command.slash}`" if command.slash else "",
            NUMBERS[command.argument],
        )
        for command in COMMANDS
    ]
    return f"""# Commands

{MADE}

`/claim 142`, `/twoway claim 142`, `@twoway claim` in the thread and the button on the card are one command. Slack
has no slash commands inside threads: mention the bot there. A dialog cannot open from a mention: the bot answers
with a button, or takes the text that stands after `draft`.

{table(("After `/twoway` or `@twoway`", "What it does", "Also", "Own slash command", "Takes"), rows)}

In square brackets stands what can be left out. Numbers may have a `#` before them. A text that begins with a number
keeps it in the thread: there the conversation is known.
"""


STATES: Mapping[State, str] = {
    State.OPEN: "Somebody waits for an answer, and there is no draft.",
    State.DRAFTED: "A draft waits for approval.",
    State.APPROVED: "Enough people approved; the reply goes out when the hold is over.",
    State.SENDING: "The reply is on the wire.",
    State.UNSURE: "The reply went out, and nobody knows whether it arrived.",
    State.ANSWERED: "Our answer stands.",
    State.CLOSED: "Nothing more is to be said.",
}
SECTIONS = {
    Source.MOVE: "somebody asks",
    Source.REPORT: "publishing says",
    Source.FACT: "the world changed; never refused",
}


def lifecycle() -> str:
    def cell(state: State, step: Step) -> str:
        to = TABLE[state, step]
        return "-" if to is None else "." if to is state else to.name

    width = max(len(step.value) for step in Step) + 2
    lines = [" " * width + "".join(f"{state.name:<9}" for state in State)]
    for source, says in SECTIONS.items():
        lines.append(f"{source.value:<{width}}{says}")
        lines += [
            f"{step.value:<{width}}" + "".join(f"{cell(state, step):<9}" for state in State)
            for step in Step
            if SOURCES[step] is source
        ]
    grid = "\n".join(line.rstrip() for line in lines)
    loud = {
        Telling.THREAD: "a message in the thread",
        Telling.MENTION: "a message in the thread that mentions whoever it concerns",
        Telling.CHANNEL: "a new message in the channel",
    }
    told = [
        (says, ", ".join(f"`{kind.value}`" for kind in EventKind if telling(kind) is how)) for how, says in loud.items()
    ]
    rights = [
        (
            standing.value,
            ", ".join(right.value for right in Right if right in RIGHTS[standing]) or "nothing",
            WHY_NOT.get(standing, ""),
        )
        for standing in Standing
    ]
    return f"""# The life of a conversation

{MADE}

{table(("State", "What it means"), [(f"`{state.name}`", says) for state, says in STATES.items()])}

A row is what happens, a column where we are. `.` stays, `-` is refused with a reason.

```
{grid}
```

* `approve` and `object_withdrawn` move only with enough approvals and without an open objection; `unapprove` moves
  only when too few are left.
* An approval is one person's yes to one message of a draft, beside what customers said as that message showed it.
  When the words or the news change, the draft is shown in a new message, and signs on the old one count no more.
* `move` takes a conversation to another channel. It does not wait for quorum: an approved reply that has not left goes
  back to waiting for approval, since whoever approved did so under the other channel's rules. What is on the wire, or
  perhaps in public, is not moved.
* What happens while a reply is on the wire is shown at once and taken in when we know what became of it.

## Who is told

Everything that is not named here changes cards in silence.

{table(("How", "Of what"), told)}

## Who may do what

{table(("Somebody who is", "May", "Reads, when refused"), rights)}

Whoever lacks a right reads which: {" ".join(f"“{says}”" for says in NEEDS.values() if says)}
"""


CHARACTERS = {"white_check_mark": "✅", "x": "❌", "bulb": "💡"}
DOES = {
    Meaning.APPROVE: "approves the draft",
    Meaning.OBJECT: "objects: nothing goes out until it is taken back, a newer draft comes, or a lead sets it aside",
    Meaning.CLAIM: "claims the conversation",
    Meaning.CLOSE: "closes the conversation",
    Meaning.IDEA: "says that the customer suggests something: makes or joins an idea",
    Meaning.PRAISE: "says that the customer praises us: into the lane of praise",
}


def signs() -> str:
    default = [
        (f"{CHARACTERS.get(name, '')} `{name}`".strip(), where, DOES[meaning])
        for where, known in (("draft", ON_DRAFT), ("card", ON_CARD))
        for name, meaning in known.items()
    ]
    names: dict[str, list[str]] = {}
    for spelling, name in ALIASES.items():
        if spelling != name:
            names.setdefault(name, []).append(spelling)
    spelled = [(f"`{name}`", ", ".join(f"`{one}`" for one in spellings)) for name, spellings in names.items()]
    return f"""# Signs

{MADE}

A sign is an emoji on one of the bot's messages. Without any settings:

{table(("Sign", "On a", "What it does"), default)}

Taking the emoji away takes the yes or no back, until the reply is on the wire; a 💡 or a sign of praise goes with the
emoji of who gave it. On any other message a ✅ is answered with a link to the draft where it counts.

A channel can switch others on, or these off, in `twoway.toml`:

```toml
signs = {{ thumbsup = "approve", eyes = "claim", x = "off" }}
```

{table(("Meaning", "On a", "What it does"), [(f"`{m.value}`", WHERE[m], DOES[m]) for m in Meaning])}

Skin tones do not matter. One sign has one name, however it is spelled:

{table(("Name", "Also"), spelled)}
"""


PAGES: Mapping[str, Callable[[], str]] = {"commands.md": commands, "lifecycle.md": lifecycle, "signs.md": signs}


def main() -> None:
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Every command, declared once: the parser, the help, slash commands and the manifest, buttons and the reference
page all come from this table. `/claim 142`, `/twoway claim 142`, `@twoway claim` in the thread and the button on
the card are one command. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class Verb(StrEnum):
    """What people can ask for."""

    CLAIM = "claim"
    RELEASE = "release"
    HAND_OVER = "hand"
    MOVE = "move"
    DRAFT = "draft"
    PRIVATE = "private"
    EDIT = "edit"
    DISCARD = "discard"
    APPROVE = "approve"
    UNAPPROVE = "unapprove"
    TAKE_BACK = "takeback"
    OBJECT = "object"
    UNOBJECT = "unobject"
    NOTE = "note"
    QUEUE = "queue"
    MINE = "mine"
    SHOW = "show"
    SEARCH = "search"
    CUSTOMER = "customer"
    IDEAS = "ideas"
    IDEA = "idea"
    SHIPPED = "shipped"
    PRAISE = "praise"
    CLOSE = "close"
    REOPEN = "reopen"
    CORRECT = "correct"
    RETRACT = "retract"
    HOLD = "hold"
    RESUME = "resume"
    SETTLE = "settle"
    SUMMARY = "summary"
    HINT = "hint"
    READER = "reader"
    STORM = "storm"
    ANSWER_STORM = "answerstorm"
    APPROVE_LISTED = "approvelisted"
    SNOOZE = "snooze"
    UNSNOOZE = "unsnooze"
    KEEP = "keep"
    SHIFT = "shift"
    ME = "me"
    SIGNOFF = "signoff"
    ANSWERS = "answers"
    SAVE = "save"
    USE = "use"
    SEEN = "seen"
    START = "start"
    SUGGEST = "suggest"
    HELP = "help"


class Argument(StrEnum):
    """What a command takes after its name."""

    NONE = "none"
    NUMBER = "number"  # a conversation's, optional in its thread
    DRAFT_NUMBER = "draft_number"  # in a thread the draft's number; elsewhere conversation and draft
    WORDS = "words"
    NUMBER_AND_WORDS = "number_and_words"
    NUMBER_AND_NAME = "number_and_name"  # a conversation's number, optional in its thread, then what to begin with
    CHANNEL = "channel"  # a conversation's number, optional in its thread, then a channel
    IDEA = "idea"  # an idea's number, then words
    SCOPE = "scope"  # nothing (this conversation), a number, an account's name, or "all"


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `help` is one line; `dialog` tells that it opens a dialog, which a mention or a reaction cannot.
    `slash` is its own slash command, where it has one besides `/twoway`."""

    verb: Verb
    argument: Argument
    usage: str
    help: str
    words: tuple[str, ...] = ()
    dialog: bool = False
    slash: str | None = None


COMMANDS: tuple[Command, ...] = (
    Command(
        Verb.CLAIM,
        Argument.NUMBER,
        "claim [142]",
        "Take a conversation. Without a number: the most urgent one that nobody has.",
        ("take",),
        slash="/claim",
    ),
    Command(
        Verb.RELEASE, Argument.NUMBER, "release [142]", "Give a conversation back.", ("unclaim",), slash="/release"
    ),
    Command(
        Verb.HAND_OVER,
        Argument.NUMBER_AND_WORDS,
        "hand [142] @colleague [note]",
        "Give your conversation to a colleague, with a note.",
        ("handover", "assign", "give"),
    ),
    Command(
        Verb.MOVE,
        Argument.CHANNEL,
        "move [142] channel",
        "Move it to another channel, also of another chat, with its history. Drafts are approved anew there.",
        ("transfer",),
    ),
    Command(
        Verb.DRAFT,
        Argument.NUMBER_AND_WORDS,
        "draft [142] [text]",
        "Write an answer for others to approve. With text: at once; without: in a dialog.",
        ("write", "answer", "reply"),
        dialog=True,
        slash="/draft",
    ),
    Command(
        Verb.PRIVATE,
        Argument.NUMBER_AND_WORDS,
        "private [142] [text]",
        "Write an answer that its author alone will see, where the platform has that. Approved like every other.",
        ("whisper",),
        dialog=True,
    ),
    Command(Verb.EDIT, Argument.NUMBER, "edit [142]", "Change the draft; it becomes the next one.", dialog=True),
    Command(Verb.DISCARD, Argument.NUMBER, "discard [142]", "Throw the draft away. Nothing goes out."),
    Command(
        Verb.APPROVE,
        Argument.DRAFT_NUMBER,
        "approve 2",
        "Approve draft 2 of this thread. Elsewhere: approve 142 2. The same as ✅ on the draft.",
        ("ok",),
    ),
    Command(Verb.UNAPPROVE, Argument.DRAFT_NUMBER, "unapprove 2", "Take your own approval back."),
    Command(
        Verb.TAKE_BACK,
        Argument.NUMBER,
        "takeback [142]",
        "Stop an approved reply before it leaves; it then needs approval anew.",
    ),
    Command(Verb.OBJECT, Argument.DRAFT_NUMBER, "object 2", "Block draft 2. The same as ❌ on the draft.", ("block",)),
    Command(
        Verb.UNOBJECT,
        Argument.DRAFT_NUMBER,
        "unobject 2",
        "Take your objection back. A lead sets everybody's aside.",
        ("unblock",),
    ),
    Command(Verb.NOTE, Argument.NUMBER_AND_WORDS, "note [142] text", "Write something down for colleagues only."),
    Command(Verb.QUEUE, Argument.NONE, "queue", "Who waits, most urgent first.", ("list", "waiting"), slash="/queue"),
    Command(Verb.MINE, Argument.NONE, "mine", "What you have claimed, and what waits for your approval."),
    Command(Verb.SHOW, Argument.NUMBER, "show [142]", "A conversation with its history, only for you.", ("open",)),
    Command(
        Verb.SEARCH,
        Argument.WORDS,
        "search late parcel",
        "Where in this channel something was said: all these words, the newest first. “deliver*”: what begins so.",
        ("find",),
    ),
    Command(
        Verb.CUSTOMER,
        Argument.NUMBER_AND_WORDS,
        "customer [142] [join 150 | part | quiet | welcome]",
        "Who the customer is, and what they wrote before. “join 150”: the same person as in #150; “part”: not so. "
        "“quiet”: wants to be left alone; “welcome”: no longer.",
        ("who", "profile"),
    ),
    Command(
        Verb.IDEAS,
        Argument.WORDS,
        "ideas [shipped | declined | all]",
        "What customers suggest: how many people ask for it, and how that grows.",
        ("suggestions",),
    ),
    Command(
        Verb.IDEA,
        Argument.IDEA,
        "idea [3] [name … | merge 5 | split | join 142 | drop 142 | link URL | votes 41 where | declined | open]",
        "An idea, and what you say of it. In a thread without a number: this customer suggests something, like 💡.",
    ),
    Command(
        Verb.SHIPPED,
        Argument.IDEA,
        "shipped 3 [text]",
        "An idea is there: a draft with your text for each person who asked, approved like every other.",
        dialog=True,
    ),
    Command(
        Verb.PRAISE,
        Argument.NUMBER_AND_WORDS,
        "praise [142] [off | ask [text] | yes URL | no URL]",
        "The customer praises us. “ask”: a draft that asks to quote it; “yes”, “no”: the answer, and where.",
    ),
    Command(Verb.CLOSE, Argument.NUMBER, "close [142]", "Nothing more is to be said here.", ("done",)),
    Command(Verb.REOPEN, Argument.NUMBER, "reopen [142]", "Back into the queue."),
    Command(
        Verb.CORRECT,
        Argument.NUMBER,
        "correct [142]",
        "Draft a correction of our last public reply.",
        dialog=True,
    ),
    Command(
        Verb.RETRACT,
        Argument.NUMBER,
        "retract [142]",
        "Ask to take our last public reply back; one approves.",
        ("unsend",),
    ),
    Command(
        Verb.HOLD,
        Argument.SCOPE,
        "hold [142 | account | all]",
        "Stop: nothing that has not left yet goes out.",
        ("stop",),
    ),
    Command(Verb.RESUME, Argument.SCOPE, "resume [142 | account | all]", "End a hold.", ("go",)),
    Command(
        Verb.SETTLE,
        Argument.NUMBER_AND_WORDS,
        "settle [142] sent ADDRESS | absent",
        "For leads: what became of a reply that nobody knows about, or where you answered by hand.",
    ),
    Command(
        Verb.SUMMARY,
        Argument.WORDS,
        "summary [today | yesterday | week | 2026-11-23 | now] [late] | stats reader",
        "What the day was, in numbers. With a number's name: the conversations behind it. `now`: into the channel.",
        ("stats",),
    ),
    Command(
        Verb.HINT,
        Argument.NUMBER_AND_WORDS,
        "hint [142] [kind=praise mood=positive urgency=none language=de topic=delivery | right]",
        "What the post really is, or that the hint is right: the reader learns it. Without words: buttons.",
    ),
    Command(
        Verb.READER,
        Argument.WORDS,
        "reader [back kind | mood | urgency | topic]",
        "How often the reader was right here, and what it learnt. For leads: back to what it knew before.",
    ),
    Command(
        Verb.STORM,
        Argument.WORDS,
        "storm [3 [out 142 | answer text]]",
        "Storms: many who say the same. List them; who is in one; out: a card of its own; answer: one for up to 20.",
        ("storms",),
    ),
    Command(
        Verb.ANSWER_STORM,
        Argument.NUMBER,
        "answerstorm 3",
        "Write one answer to many of a storm. Each gets a draft of its own; one list shows them all.",
        dialog=True,
    ),
    Command(
        Verb.APPROVE_LISTED,
        Argument.NONE,
        "approvelisted",
        "Approve each draft that a storm's list shows: only by the button below the list.",
    ),
    Command(
        Verb.SNOOZE,
        Argument.NUMBER_AND_WORDS,
        "snooze [142] until tomorrow",
        "Put it aside: 2h, tomorrow, Friday 14:00. What the customer writes brings it back at once.",
    ),
    Command(Verb.UNSNOOZE, Argument.NUMBER, "unsnooze [142]", "Back from the snooze, now.", ("wake",)),
    Command(
        Verb.KEEP,
        Argument.NUMBER,
        "keep [142]",
        "Keep your conversation when your shift ends, or take it back right after.",
    ),
    Command(Verb.SHIFT, Argument.NONE, "shift", "Who is on shift here now, and who comes next.", ("shifts", "duty")),
    Command(
        Verb.ME,
        Argument.WORDS,
        "me [hours Mon-Fri 9-17 | languages de en | zone Europe/Berlin | away until Friday | back | pings off]",
        "When you work, what you read, how you sign; with a dialog to change it.",
    ),
    Command(Verb.SIGNOFF, Argument.WORDS, "signoff ^LM", "How your replies are signed. Without text: none."),
    Command(
        Verb.ANSWERS,
        Argument.WORDS,
        "answers [word | drop name]",
        "The team's saved answers: all, or those with a word in them. “drop”: take one out.",
        ("templates", "macros"),
    ),
    Command(
        Verb.SAVE,
        Argument.NUMBER_AND_NAME,
        "save [142] name",
        "Save what went out last there as an answer to begin others with.",
    ),
    Command(
        Verb.USE,
        Argument.NUMBER_AND_NAME,
        "use [142] name",
        "Begin a draft with a saved answer. Change it: customers notice.",
        dialog=True,
    ),
    Command(
        Verb.SEEN,
        Argument.NUMBER,
        "seen [142]",
        "Earlier conversations that resemble it: what was asked, what we answered, and who of us.",
        ("similar",),
    ),
    Command(
        Verb.START,
        Argument.NUMBER_AND_NAME,
        "start [142] 97",
        "Begin a draft with what was answered in 97. What belonged to that customer is a gap that has to be filled.",
        dialog=True,
    ),
    Command(
        Verb.SUGGEST,
        Argument.NUMBER,
        "suggest [142]",
        "Ask a language model for a draft, where an operator set one up. Danger and law are never shown to it.",
    ),
    Command(Verb.HELP, Argument.NONE, "help", "This list.", ("?", "commands")),
)

BY_WORD: Mapping[str, Command] = {
    word: command for command in COMMANDS for word in (command.verb.value, *command.words)
}
SLASHES: Mapping[str, Verb | None] = {
    "/twoway": None,
    **{command.slash: command.verb for command in COMMANDS if command.slash},
}
DIALOG_VERBS = frozenset(command.verb for command in COMMANDS if command.dialog)


@dataclass(frozen=True, slots=True)
class Call:
    """A command as somebody gave it. `number` is a conversation's, `draft` a draft's; `rest` is what follows."""

    verb: Verb
    number: int | None = None
    draft: int | None = None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """No command: what was typed, and the nearest there is. With `verb`: a command, but what follows is no number."""

    typed: str
    nearest: str | None
    verb: Verb | None = None


_NUMBER = re.compile(r"#?(\d{1,12})(?=\s|$)\s*")


def parse(words: str, *, verb: str | None = None, in_thread: bool = False) -> Call | NotUnderstood:
    """Read what was typed after `/twoway`, after a slash command of its own (`verb`), or after a mention."""
    words = words.strip()
    if verb is None:
        first, words = (*words.split(maxsplit=1), "", "")[:2]  # a line break after the verb is as good as a space
        word = first.lower()
        if not word:
            return Call(Verb.HELP)
        command = BY_WORD.get(word)
        if command is None:
            near = get_close_matches(word, BY_WORD, n=1)
            return NotUnderstood(first, near[0] if near else None)
    else:
        command = BY_WORD[verb]
    return _arguments(command, words.strip(), in_thread)


def _arguments(command: Command, words: str, in_thread: bool) -> Call | NotUnderstood:
    match command.argument:
        case Argument.NONE:
            return Call(command.verb)
        case Argument.WORDS:
            return Call(command.verb, rest=words)
        case Argument.DRAFT_NUMBER:
            first, rest = _number(words)
            second, rest = _number(rest)
            if second is not None:
                return Call(command.verb, number=first, draft=second, rest=rest)
            return Call(command.verb, draft=first, rest=rest)
        case Argument.NUMBER_AND_WORDS | Argument.NUMBER_AND_NAME if in_thread:
            # In its thread the conversation is known: a text that begins with a number keeps it.
            return Call(command.verb, rest=words)
        case _:
            number, rest = _number(words)
            if command.argument is Argument.NUMBER and number is None and rest and not in_thread:
                # "claim l42" must not take somebody else's conversation.
                return NotUnderstood(rest, None, command.verb)
            return Call(command.verb, number=number, rest=rest)


def _number(words: str) -> tuple[int | None, str]:
    found = _NUMBER.match(words)
    return (int(found[1]), words[found.end() :]) if found else (None, words)

"""What people read when no verb could even be tried: not understood, not found, not here, and how to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.cards.parts import button, lines, link, plain, value
from bot.chat.channels import ChannelRules
from bot.chat.commands import BY_WORD, Argument, NotUnderstood, Verb
from bot.chat.contract import Buttons, Card, Line, Plain, Words
from models.reading.queue import QueueRow


def not_understood(call: NotUnderstood) -> Card:
    if call.verb is not None:
        return not_a_number(call)
    near = f" Did you mean “{call.nearest}”?" if call.nearest else ""
    return lines(
        [
            Plain("I do not know “"),
            Words(call.typed[:40]),
            Plain(f"”.{near} "),
            Plain("/twoway help", code=True),
            Plain(" lists everything."),
        ],
        summary="I do not know this command",
    )


def which_conversation(verb: Verb) -> Card:
    of = "142 2" if BY_WORD[verb.value].argument is Argument.DRAFT_NUMBER else "142"
    return lines(
        [
            Plain("Which conversation? Say it in its thread, or with its number: "),
            Plain(f"/twoway {verb.value} {of}", code=True),
        ],
        summary="Which conversation?",
    )


def how_to_join() -> Card:
    return lines(
        [
            Plain("/twoway customer 142", code=True),
            Plain(" shows who it is, "),
            Plain("/twoway customer 142 join 150", code=True),
            Plain(" says that it is the same person as in #150, "),
            Plain("/twoway customer 142 part", code=True),
            Plain(" takes it back, "),
            Plain("/twoway customer 142 quiet", code=True),
            Plain(" says that they want to be left alone, “welcome” that they no longer do."),
        ],
        summary="Show, join or part",
    )


def no_such_conversation(number: int) -> Card:
    return plain(f"Nobody has the number {number}. “queue” lists who waits.")


def lives_elsewhere(number: int, channel: str) -> Card:
    return plain(f"#{number} lives in #{channel}, and you are not in that channel.")


def not_our_channel(channels: Sequence[ChannelRules]) -> Card:
    names = ", ".join(f"#{rules.name}" for rules in channels) or "no channel yet"
    return plain(f"I do not work in this channel. I work in {names}.")


def where_to(number: int, here: ChannelRules, others: Sequence[ChannelRules]) -> Card:
    """The channels that a conversation can be moved to. The buttons know where it was when they were shown."""
    if not others:
        return plain(f"There is only this channel, #{here.name}.")
    to = [button(f"#{rules.name}"[:75], Verb.MOVE, f"{number}:={rules.id}:{here.id}") for rules in others]
    return Card(
        summary=f"Move #{number} where?",
        blocks=(
            Line((Plain(f"Where shall #{number} live? Its history goes along; a draft is approved anew."),)),
            Buttons(tuple(to[:3]), tuple(to[3:])),
            Line((Plain("Or type it: "), Plain(f"/twoway move {number} {others[0].name}", code=True)), small=True),
        ),
    )


def no_such_channel(word: str, channels: Sequence[ChannelRules]) -> Card:
    names = ", ".join(f"#{rules.name}" for rules in channels)
    return lines(
        [Plain("I know no channel “"), Words(word[:60]), Plain(f"”, and moved nothing. There are {names}.")],
        summary="I do not know this channel",
    )


def old_button() -> Card:
    return plain("This button is from an older message and does nothing any more.")


def left_over(url: str | None) -> Card:
    return lines(
        [
            Plain("That message was a left-over copy and is gone. "),
            link(url, "Here is the current draft") if url else Plain("The current draft is in the thread"),
            Plain("; signs count there."),
        ],
        summary="That was a left-over copy",
    )


def has_one_already(row: QueueRow) -> Card:
    of = value(row.number)
    return Card(
        summary=f"You have #{row.number} already",
        blocks=(
            Line(
                (
                    Plain("You have "),
                    link(row.link, f"#{row.number}"),
                    Plain(" already, and "),
                    Words(row.who.name),
                    Plain(" still waits. Answer it or give it back first."),
                )
            ),
            Buttons(
                (
                    button("Draft", Verb.DRAFT, of, style="primary", dialog=True),
                    button("Give back", Verb.RELEASE, of),
                    button("History", Verb.SHOW, of),
                )
            ),
        ),
    )


def nothing_waits(languages: Sequence[str]) -> Card:
    reading = f" in {', '.join(languages)}" if languages else ""
    return plain(f"Nobody waits{reading} who is not taken care of. 🎉")


def others_were_faster() -> Card:
    return plain("Others were faster every time. Try again.")


def name_a_colleague() -> Card:
    return lines([Plain("To whom? "), Plain("hand @colleague what they should know", code=True)], summary="To whom?")


def cannot_take_over(user: str) -> Card:
    return plain("This person cannot take it over: only full members of the team can.")


def press_to_write(number: int, verb: Verb) -> Card:
    label = "Edit draft" if verb is Verb.EDIT else "Write"
    return Card(
        summary="Write here",
        blocks=(
            Line((Plain(f"A dialog cannot open from here. Press to write for #{number}:"),)),
            Buttons((button(label, verb, value(number), style="primary", dialog=True),)),
        ),
    )


def how_to_settle() -> Card:
    return lines(
        [
            Plain("Look on the platform first. If our reply is there: "),
            Plain("settle sent ADDRESS", code=True),
            Plain(". If it is not: "),
            Plain("settle absent", code=True),
            Plain("."),
        ],
        summary="How to settle",
    )


def no_right_elsewhere(verb: Verb, channels: Sequence[str]) -> Card:
    names = ", ".join(f"#{name}" for name in channels)
    return plain(f"“{verb}” there concerns {names} too, where you may not do it. Nothing was changed.")


def no_such_scope(word: str, accounts: Sequence[str]) -> Card:
    return lines(
        [
            Plain("I do not know “"),
            Words(word[:40]),
            Plain(f"”. Say nothing in a thread, a number, “all”, or an account: {', '.join(accounts)}."),
        ],
        summary="Hold what?",
    )


def may_still_leave(stopped: Card) -> Card:
    """The answer to a stop, where one of our machines did not say in time that it has nothing in its hands."""
    warning = Plain("One reply was just leaving, and the machine that sends it does not answer: it may still arrive.")
    return replace(stopped, blocks=(*stopped.blocks, Line((warning,))))


def no_language(code: str) -> Card:
    return lines(
        [
            Plain("I do not know the language “"),
            Words(code[:40]),
            Plain("”, and changed nothing. Write codes, as in "),
            Plain("/twoway me languages de en", code=True),
        ],
        summary="I do not know this language",
    )


def not_a_number(call: NotUnderstood) -> Card:
    return lines(
        [
            Plain("“"),
            Words(call.typed[:40]),
            Plain("” is no conversation's number. It stands on the card after #, as in "),
            Plain(f"/twoway {call.verb} 142", code=True),
        ],
        summary="That is no number",
    )


def bad_signoff() -> Card:
    return plain("A sign-off is at most 40 characters, without mentions and custom emoji: /twoway signoff ^LM")

"""What people type becomes one command, however they spell it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.commands import BY_WORD, COMMANDS, SLASHES, Argument, Call, NotUnderstood, Verb, parse


@pytest.mark.parametrize("word", BY_WORD)
def test_every_spelling_gives_its_command(word: str):
    verb = BY_WORD[word].verb
    for spelled in (word, word.upper(), f"  {word}  ", f"{word}\n"):
        assert parse(spelled) == Call(verb)
    assert parse("", verb=word) == Call(verb)


@pytest.mark.parametrize("slash", SLASHES)
def test_a_slash_command_of_its_own_is_the_same_as_the_verb_after_twoway(slash: str):
    verb = SLASHES[slash]
    if verb is not None:
        assert parse("142", verb=verb.value) == parse(f"{verb.value} 142")


@pytest.mark.parametrize(
    ("typed", "call"),
    [
        ("claim 142", Call(Verb.CLAIM, 142)),
        ("claim #142", Call(Verb.CLAIM, 142)),
        ("take #142 please", Call(Verb.CLAIM, 142, rest="please")),
        ("approve 2", Call(Verb.APPROVE, draft=2)),
        ("approve 142 2", Call(Verb.APPROVE, 142, 2)),
        ("ok", Call(Verb.APPROVE)),
        ("draft 142 We are sorry.", Call(Verb.DRAFT, 142, rest="We are sorry.")),
        ("draft We are sorry.", Call(Verb.DRAFT, rest="We are sorry.")),
        ("draft 142\nLine one\n\nLine two", Call(Verb.DRAFT, 142, rest="Line one\n\nLine two")),
        ("draft 3rd of May", Call(Verb.DRAFT, rest="3rd of May")),
        ("hold all", Call(Verb.HOLD, rest="all")),
        ("stop 142", Call(Verb.HOLD, 142)),
        ("hand 142 <@U1> she knows", Call(Verb.HAND_OVER, 142, rest="<@U1> she knows")),
        ("move 142 care-teams", Call(Verb.MOVE, 142, rest="care-teams")),
        ("move #care", Call(Verb.MOVE, rest="#care")),
        ("move", Call(Verb.MOVE)),
        ("settle 142 absent", Call(Verb.SETTLE, 142, rest="absent")),
        ("signoff ^LM", Call(Verb.SIGNOFF, rest="^LM")),
        ("", Call(Verb.HELP)),
        ("?", Call(Verb.HELP)),
    ],
)
def test_numbers_and_words_are_told_apart(typed: str, call: Call):
    assert parse(typed) == call


def test_in_its_thread_a_text_that_begins_with_a_number_keeps_it():
    assert parse("draft 24 hours is too long.", in_thread=True) == Call(Verb.DRAFT, rest="24 hours is too long.")
    assert parse("note 24 hours", in_thread=True) == Call(Verb.NOTE, rest="24 hours")


def test_the_verb_may_stand_in_a_line_of_its_own():
    assert parse("draft\nWe are sorry.\n\nIt comes.") == Call(Verb.DRAFT, rest="We are sorry.\n\nIt comes.")


def test_a_slip_of_the_finger_is_answered_with_the_nearest_command():
    assert parse("calim 142") == NotUnderstood("calim", "claim")
    assert parse("xyzzy") == NotUnderstood("xyzzy", None)


@given(st.text(max_size=60), st.booleans())
def test_whatever_is_typed_there_is_an_answer(typed: str, in_thread: bool):
    found = parse(typed, in_thread=in_thread)
    assert isinstance(found, Call | NotUnderstood)
    for word in ("draft", "approve", "claim", "hold", "me"):
        assert isinstance(parse(typed, verb=word, in_thread=in_thread), Call | NotUnderstood)


@given(st.text(alphabet="abc déf\n 12#.,", max_size=80))
def test_a_drafts_words_come_through_whole_in_its_thread(words: str):
    found = parse(words, verb="draft", in_thread=True)
    assert isinstance(found, Call)
    assert found.rest == words.strip()


def test_no_word_means_two_commands_and_each_says_how_it_is_used():
    words = [word for command in COMMANDS for word in (command.verb.value, *command.words)]
    assert len(words) == len(set(words))
    assert {command.verb for command in COMMANDS} == set(Verb)
    for command in COMMANDS:
        assert command.usage.split()[0] == command.verb.value
        assert command.help.endswith((".", "…"))
        assert (command.argument is Argument.NONE) == (command.usage == command.verb.value)


def test_a_number_that_cannot_be_read_takes_nobody_elses_conversation() -> None:
    assert parse("claim l42") == NotUnderstood("l42", None, Verb.CLAIM)
    assert parse("claim l42", in_thread=True) == Call(Verb.CLAIM, rest="l42")
    assert parse("claim 42 please") == Call(Verb.CLAIM, number=42, rest="please")

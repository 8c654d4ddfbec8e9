"""What an emoji means, whatever its spelling and colour; and what must not be left in a text."""

from __future__ import annotations

import pytest

from bot.chat.plain import leftovers
from bot.chat.signs import Meaning, Signs, plain_name, signs_of
from bot.chat.slack.plain import unicode_of


def test_by_default_only_a_check_mark_approves_and_a_cross_objects():
    signs = Signs()
    assert (signs.draft("white_check_mark"), signs.draft("x")) == (Meaning.APPROVE, Meaning.OBJECT)
    for small_talk in ("thumbsup", "eyes", "ballot_box_with_check", "see_no_evil", "tada", "heavy_check_mark"):
        assert signs.draft(small_talk) is None
        assert signs.card(small_talk) is None
    assert signs.card("white_check_mark") is None


@pytest.mark.parametrize(
    "spelled",
    ["thumbsup", "+1", ":+1:", "👍", "thumbsup::skin-tone-2", "+1::skin-tone-6", ":thumbsup::skin-tone-4:", " +1 "],
)
def test_a_thumb_is_a_thumb_in_every_spelling_and_colour(spelled: str):
    assert plain_name(spelled) == "thumbsup"
    assert signs_of({"thumbsup": "approve"}).draft(spelled) is Meaning.APPROVE
    assert signs_of({spelled: "approve"}).draft("thumbsup") is Meaning.APPROVE


def test_a_channel_switches_signs_on_and_off():
    signs = signs_of({"eyes": "claim", "ballot_box_with_check": "close", "x": "", "✅": "approve"})
    assert (signs.card("eyes"), signs.card("☑️")) == (Meaning.CLAIM, Meaning.CLOSE)
    assert signs.draft("eyes") is None
    assert signs.draft("x") is None
    assert signs.draft("white_check_mark") is Meaning.APPROVE


def test_a_meaning_that_there_is_not_is_an_error():
    with pytest.raises(ValueError, match="publish"):
        signs_of({"tada": "publish"})


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("All good :tada:", ()),
        ("Hi :acme-logo:", (":acme-logo:",)),
        ("Ask <@U123> or <#C1>", ("<@U123>", "<#C1>")),
        ("@here look", ("@here",)),
        ("@channel @channel", ("@channel",)),
        ("Mail me at lou@here.example", ()),
        ("From 10:30:45 to 11:00:00", ()),
        ("See https://square.example/:id:/x", ()),
        ("a:b:c and <3 and 5 < 6 > 4", ()),
        ("@lou we look into it :+1:", ()),
    ],
)
def test_only_what_the_chat_alone_understands_is_left_over(typed: str, left: tuple[str, ...]):
    words, _ = unicode_of(typed)
    assert leftovers(words) == left

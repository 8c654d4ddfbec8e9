"""Plain Unicode out of what Slack writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.emoji import character
from bot.chat.fitting import units
from bot.chat.slack.fields import INPUT_MAX, block_id, field_of, join_values, split_value
from bot.chat.slack.plain import leftovers_of, sign_of, unicode_of, words_of_rich_text

CUSTOM = {"acme": "https://emoji.example/acme.png", "yes": "alias:white_check_mark", "ja": "alias:yes", "o": "alias:o"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("thanks :tada:", "thanks 🎉"),
        (":tada::tada:", "🎉🎉"),
        ("so:tada:good", "so🎉good"),
        (":+1: :thumbsup: :-1:", "👍 👍 👎"),
        (":wave::skin-tone-2: :wave::skin-tone-6:", "👋🏻 👋🏿"),
        (":woman-running::skin-tone-3:", "🏃🏼‍♀️"),
        (":point_up::skin-tone-4:", "☝🏽"),
        (":flag-de: :us: :100:", "🇩🇪 🇺🇸 💯"),
        ("at 10:30:45", "at 10:30:45"),
        ("12:100:13", "12:100:13"),
        ("a:b:c and x:y", "a:b:c and x:y"),
        ("Note: see http: later", "Note: see http: later"),
        ("R&amp;D &lt;3 &gt;_&lt;", "R&D <3 >_<"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("<https://acme.example/a?b=1&amp;c=2>", "https://acme.example/a?b=1&c=2"),
        ("<http://acme.example|acme.example>", "acme.example"),
        ("<https://acme.example/x|our page>", "our page (https://acme.example/x)"),
        ("<mailto:care@acme.example|care@acme.example>", "care@acme.example"),
        ("<tel:+49301|+49 30 1>", "+49 30 1 (+49301)"),
        ("<!date^1392734382^{date}|18 Feb 2014>", "18 Feb 2014"),
        (":yes: :ja:", "✅ ✅"),
    ],
)
def test_what_was_meant(typed: str, meant: str) -> None:
    assert unicode_of(typed, CUSTOM) == (meant, ())


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("hi :acme:", (":acme:",)),
        ("ask <@U123ABC|Bea Roth>", ("<@U123ABC>",)),
        ("ask <@U123ABC>", ("<@U123ABC>",)),
        ("ask <@U123ABC|bea> twice <@U123ABC|bea>", ("<@U123ABC|bea>",)),
        ("in <#C1|care>", ("<#C1|care>",)),
        ("<!here> <!channel> <!subteam^S1|@leads>", ("<!here>", "<!channel>", "<!subteam^S1|@leads>")),
    ],
)
def test_what_has_no_unicode_stays_visible_and_is_named(typed: str, left: tuple[str, ...]) -> None:
    text, leftovers = unicode_of(typed, CUSTOM)
    assert leftovers == left
    assert all(one in text for one in leftovers)
    assert leftovers_of(text, CUSTOM) == left


def test_a_custom_emoji_inside_a_word_is_set_apart() -> None:
    assert unicode_of("hello:acme:world :acme::acme:", CUSTOM) == ("hello :acme: world :acme::acme:", (":acme:",))


def test_without_the_list_every_unknown_name_counts_as_custom() -> None:
    assert unicode_of(":partyparrot: 1:23:4")[1] == (":partyparrot:",)
    assert unicode_of(":partyparrot:", {})[1] == ()


@given(st.text(), st.booleans())
def test_any_text_is_read(text: str, known: bool) -> None:
    meant, leftovers = unicode_of(text, CUSTOM if known else None)
    assert all(one in meant for one in leftovers)


@given(st.text(alphabet="abc <>&|:@#!UCh/tp.s\n^", max_size=60))
def test_any_heap_of_signs_is_read(text: str) -> None:
    unicode_of(text)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="<>&:")))
def test_text_without_slack_s_signs_is_left_alone(text: str) -> None:
    assert unicode_of(text) == (text, ())


@pytest.mark.parametrize(
    ("reaction", "sign"),
    [
        ("+1", ("thumbsup", False)),
        ("thumbsup", ("thumbsup", False)),
        ("+1::skin-tone-2", ("thumbsup", True)),
        ("-1::skin-tone-6", ("thumbsdown", True)),
        ("white_check_mark", ("white_check_mark", False)),
        ("heavy_check_mark", ("heavy_check_mark", False)),
        ("yes", ("white_check_mark", False)),
        ("ja", ("white_check_mark", False)),
        ("acme", ("acme", False)),
        ("o", ("o", False)),
    ],
)
def test_a_sign_has_one_name(reaction: str, sign: tuple[str, bool]) -> None:
    assert sign_of(reaction, CUSTOM) == sign


@pytest.mark.parametrize("name", ["white_check_mark", "x", "bulb", "rotating_light", "thumbsup", "eyes", "see_no_evil"])
def test_the_signs_that_count_have_characters_and_keep_their_names(name: str) -> None:
    assert character(name)
    assert sign_of(name, {}) == (name, False)


def test_rich_text_gives_exactly_what_was_written() -> None:
    block = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "Not *bold* & "},
                    {"type": "text", "text": "bold", "style": {"bold": True}},
                    {"type": "emoji", "name": "tada", "unicode": "1f389"},
                    {"type": "emoji", "name": "wave::skin-tone-3"},
                    {"type": "emoji", "name": "acme"},
                    {"type": "link", "url": "https://acme.example"},
                    {"type": "user", "user_id": "U1"},
                    {"type": "broadcast", "range": "here"},
                ],
            },
            {
                "type": "rich_text_list",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]},
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "two"}]},
                ],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted\nlines"}]},
        ],
    }
    expected = "Not *bold* & bold🎉👋🏼:acme:https://acme.example<@U1><!here>\none\ntwo\nquoted\nlines"
    assert words_of_rich_text(block) == expected
    assert words_of_rich_text({"type": "section"}) is None


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_block_is_read(block: object) -> None:
    words_of_rich_text(block)
    words_of_rich_text({"type": "rich_text", "elements": block})


# ------------------------------------------------------------------------------------------------ fields


@given(st.text(alphabet="ab \n🎉", max_size=400), st.integers(8, 60))
def test_a_split_text_joins_to_itself(text: str, most: int) -> None:
    pieces = split_value(text, most)
    assert all(units(piece) <= most for _, piece in pieces)
    raw = {block_id("text", n, joiner, piece): piece for n, (joiner, piece) in enumerate(pieces)}
    assert join_values(raw) == {"text": text}


@given(st.lists(st.text(alphabet="ab \n", min_size=1, max_size=9000), max_size=3))
def test_joined_in_any_order(texts: list[str]) -> None:
    raw: dict[str, str] = {}
    for number, text in enumerate(texts):
        for n, (joiner, piece) in enumerate(split_value(text, INPUT_MAX)):
            raw[block_id(f"f{number}", n, joiner, piece)] = piece
    assert join_values(dict(reversed(raw.items()))) == {f"f{n}": text for n, text in enumerate(texts)}


@given(st.text())
def test_any_id_is_read(block: str) -> None:
    field_of(block)
    join_values({block: "x"})

"""Cards and dialogs as Teams gets them: golden files, Teams' limits, and words that stay words.

The golden files are what reps see; `TWOWAY_GOLDEN=write pytest tests/teams` writes them anew, the diff is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.contract import (
    Button,
    Buttons,
    Card,
    Dialog,
    Field,
    Line,
    LinkTo,
    Mention,
    Option,
    Picture,
    Plain,
    Quote,
    Time,
    Words,
)
from bot.chat.teams.limits import MAX_BYTES, size
from bot.chat.teams.render import message, notice, task, with_values
from tests.chat.samples import cards
from tests.slack.test_render import CARD, DIALOG, NASTY
from tests.teams.activities import ANA, AT, BEA

GOLDEN = Path(__file__).parent / "golden"
PAGES = ("conversation", "customer", "draft", "notices", "answers", "summary", "ideas", "people")
FUNCTION = "{{DATE(2026-01-01T00:00:00Z, SHORT)}}"


def held(name: str, now: object) -> object:
    path = GOLDEN / f"{name}.json"
    if os.environ.get("TWOWAY_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(json.dumps(now, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_every_card_looks_as_it_did(page: str) -> None:
    now = {name: compact(message(card, posting=True)) for where, name, card in cards() if where == page}
    assert held(page, now) == now


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("card", message(CARD, posting=True)),
        ("dialog", task(DIALOG, "d1")),
        ("dialog_with_mistakes", task(DIALOG, "d1", mistakes={"text": "Too long.", "elsewhere": "Odd."})),
        ("notice", task(notice("Not now", "Somebody else was faster."), "d2")),
    ],
)
def test_every_kind_of_element_looks_as_it_did(name: str, made: object) -> None:
    assert held(name, made) == made


def compact(activity: dict[str, object]) -> object:
    """The summary and the body: what differs between cards."""
    attachments = activity["attachments"]
    assert isinstance(attachments, list)
    content = attachments[0]["content"]
    return {"summary": activity["summary"], "body": content["body"], "msteams": content["msteams"]}


def walk(shown: object) -> Iterator[dict[str, object]]:
    if isinstance(shown, dict):
        yield shown
        for value in shown.values():
            yield from walk(value)
    elif isinstance(shown, list):
        for value in shown:
            yield from walk(value)


def words(shown: object) -> str:
    return "".join(str(one["text"]) for one in walk(shown) if one.get("type") == "TextRun")


@given(st.text(max_size=60))
def test_what_a_customer_writes_stands_there_exactly_and_formats_nothing(said: str) -> None:
    shown = message(Card("A complaint", (Quote((Words(said),)), Line((Words(said),)))), posting=True)
    joiner = "\u2060"  # it keeps what looks like a mention from being one
    assert words(shown).replace(joiner, "") == said.replace(joiner, "") * 2
    assert not [one for one in walk(shown) if one.get("type") == "TextBlock"], "text blocks read markdown"


def test_a_mention_in_a_customers_words_is_none() -> None:
    shown = words(message(Card("x", (Quote((Words("<at>Bea</at> <AT id=1> <attic>"),)),)), posting=True))
    assert shown.replace("\u2060", "") == "<at>Bea</at> <AT id=1> <attic>"
    assert "<at>" not in shown.lower()
    assert "<attic>" in shown


def test_a_function_of_teams_in_a_customers_words_stays_words() -> None:
    shown = message(Card("x", (Quote((Words(f"a {FUNCTION} b"),)),)), posting=True)
    runs = [str(one["text"]) for one in walk(shown) if one.get("type") == "TextRun"]
    assert "".join(runs) == f"a {FUNCTION} b"
    assert not [run for run in runs if "{{DATE" in run]


def test_commands_are_spelled_as_people_give_them_here_and_a_customers_words_are_not() -> None:
    ours = (Plain("Try /claim 142, /twoway help; not a/claim or https://x.example/claim. "), Words("/claim"))
    shown = words(message(Card("x", (Line(ours),)), posting=True))
    assert shown == "Try @Twoway claim 142, @Twoway help; not a/claim or https://x.example/claim. /claim"


def test_our_own_times_are_each_readers() -> None:
    shown = message(Card("x", (Line((Time(AT, "time"), Time(AT, "date"))),)), posting=True)
    assert words(shown) == "{{TIME(2026-11-22T13:05:00Z)}}{{DATE(2026-11-22T13:05:00Z, SHORT)}}"


def test_only_the_first_posting_calls_people_and_each_once() -> None:
    called = Card("x", (Line((Mention(ANA, "Ana", ping=True),)),), mentions=(Mention(ANA, "Ana", ping=True),))
    entities = [one for one in walk(message(called, posting=True)) if one.get("type") == "mention"]
    assert [one["mentioned"] for one in entities] == [{"id": ANA.user, "name": "Ana"}]
    assert not [one for one in walk(message(called, posting=False)) if one.get("type") == "mention"]


def test_two_people_of_one_name_are_told_apart() -> None:
    called = Card("x", (), mentions=(Mention(ANA, "Kim", ping=True), Mention(BEA, "Kim", ping=True)))
    entities = [one for one in walk(message(called, posting=True)) if one.get("type") == "mention"]
    assert len({str(one["text"]) for one in entities}) == 2


def test_a_name_that_looks_like_markup_calls_and_formats_nothing_else() -> None:
    evil = Card("x", (), mentions=(Mention(ANA, "</at>**[x](https://evil.example)", ping=True),))
    block = next(one for one in walk(message(evil, posting=True)) if one.get("type") == "TextBlock")
    assert str(block["text"]).count("<") == 2
    assert not set("*[]()") & set(str(block["text"]))


def test_a_button_that_asks_back_shows_its_question_first() -> None:
    shown = message(Card("x", (Buttons((Button("Close", "close", "1", confirm=f"Sure? {FUNCTION}"),)),)), posting=True)
    (outer,) = [one for one in walk(shown) if one.get("type") == "Action.ShowCard"]
    assert [one["verb"] for one in walk(outer) if one.get("type") == "Action.Execute"] == ["close"]


def test_pictures_and_links_only_to_the_web() -> None:
    shown = message(
        Card("x", (Picture("javascript:x", "alt"), Line((LinkTo("javascript:alert(1)", "click"),)))), posting=True
    )
    assert not [one for one in walk(shown) if one.get("type") in {"Image", "Action.OpenUrl"}]


LONG = st.integers(0, 60_000).map(lambda n: "Ä🎉 word " * (n // 8))


@given(st.lists(st.tuples(LONG, st.booleans()), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None)
def test_however_much_somebody_writes_the_message_fits_and_keeps_its_buttons(said: list[tuple[str, bool]]) -> None:
    blocks = tuple(Quote((Words(text),), whole=whole) for text, whole in said)
    shown = message(Card("x", (*blocks, Buttons((Button("Claim", "claim", "1"),)))), posting=True)
    assert size(shown) <= MAX_BYTES + 2_000
    assert [one for one in walk(shown) if one.get("type") == "Action.Execute"]


def test_what_people_approve_is_cut_last() -> None:
    kept = "approve this " * 500
    card = Card("x", (Quote((Words("talk " * 20_000),)), Quote((Words(kept),), whole=True)))
    assert kept in words(message(card, posting=True))


def test_a_dialog_comes_back_with_what_was_typed() -> None:
    dialog = Dialog("draft", "Draft", "{}", fields=(Field("text", "Your answer", value="old"), Field("other", "Other")))
    shown = task(with_values(dialog, {"text": "new"}), "d1")
    values = {one["id"]: one.get("value") for one in walk(shown) if one.get("type") == "Input.Text"}
    assert values == {"text": "new", "other": None}


def test_a_choice_is_a_choice() -> None:
    dialog = Dialog("k", "T", "", fields=(Field("f", "F", kind="choice", value="b", options=(Option("b", "Bee"),)),))
    (shown,) = [one for one in walk(task(dialog, "d")) if one.get("type") == "Input.ChoiceSet"]
    assert shown["choices"] == [{"title": "Bee", "value": "b"}]


def test_a_field_may_not_have_the_name_of_our_own_data() -> None:
    with pytest.raises(ValueError, match="not a field's name"):
        task(Dialog("k", "T", "", fields=(Field("twoway", "x"),)), "d")


def test_the_notifications_line_is_one_line() -> None:
    shown = message(replace(CARD, summary=f"{NASTY}\n\nmore {'x' * 200}"), posting=True)
    assert "\n" not in str(shown["summary"])
    assert len(str(shown["summary"])) <= 150
    assert Plain("x") == Plain("x")

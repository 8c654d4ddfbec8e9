"""Cards and dialogs as Slack gets them: golden files, Slack's limits, and words that stay words.

The golden files are what reps see; `TWOWAY_GOLDEN=write pytest tests/slack` writes them anew, the diff is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SlackBlock
from slack_sdk.models.views import View

from bot.chat.cards.customer import customer_card
from bot.chat.contract import (
    Block,
    Button,
    Buttons,
    Card,
    Dialog,
    Divider,
    Emoji,
    Field,
    Heading,
    Line,
    LinkTo,
    Mention,
    Option,
    Part,
    Person,
    Picture,
    Plain,
    Quote,
    Time,
    Words,
)
from bot.chat.slack.limits import MAX_BLOCKS, MAX_JSON, size
from bot.chat.slack.render import Json, escaped, home, loading, message, notice, view
from sandbox.slack.blocks import check_message, check_view
from tests.chat.samples import PROFILES, cards

GOLDEN = Path(__file__).parent / "golden"
AT = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
ANA = Person("slack", "T1", "U0ANA")
NASTY = "*bold* _it_ ~no~ `x` <!channel> <@U0ANA> <https://evil.example|click> &amp; @here :tada:\n> quote\n• list"

CARD = Card(
    summary=f"Complaint, urgent, waiting 5 min: {NASTY}",
    key="conversation:142",
    mentions=(Mention(ANA, "Ana", ping=True),),
    blocks=(
        Heading(f"Complaint about {NASTY}"),
        Line((Words(NASTY), Plain(" wrote "), Time(AT, fallback_zone="Europe/Berlin"), Plain(" on "))),
        Quote((Words(NASTY), LinkTo("https://shop.example/1", "our page"))),
        Picture("https://media.example/1.png", "a torn box"),
        Line((Plain("Claimed by "), Mention(ANA, "Ana"), Plain(", nobody else")), small=True),
        Line((Plain("until "), Time(AT, "time"), Plain(" on "), Time(AT, "date", "Asia/Tokyo")), small=True),
        Line(
            (Plain("Approved", bold=True), Emoji("white_check_mark", "✅"), Plain("0 of 1", italic=True, strike=True))
        ),
        Divider(),
        Buttons(
            shown=(
                Button("Draft", "draft", "c=142;v=3", style="primary", opens_dialog=True),
                Button("Close", "close", "c=142;v=3", style="danger", confirm="Close without an answer?"),
                Button("Open the post", "", "", url="https://social.example/@kim/1"),
            ),
            more=(
                *(Button(f"More {n}", "tag", f"c=142;t={n}") for n in range(7)),
                Button("Hand over", "hand", "c=142", opens_dialog=True),
                Button("Retract", "retract", "c=142", confirm="Delete our public reply?"),
                Button("Long", "note", "x" * 200),
                Button("History", "", "", url="https://social.example/history"),
            ),
        ),
    ),
)
DIALOG = Dialog(
    kind="draft",
    title="Draft a reply to Kim, version 2",
    private="c=142;r=1",
    tells_when_closed=True,
    blocks=(Line((Plain("Kim wrote:"),)), Quote((Words(NASTY),))),
    fields=(
        Field(name="text", label="Reply", value="Dear Kim,\n" + "we are sorry. " * 400, hint="At most 500 characters"),
        Field(name="signoff", label="Sign-off", kind="text", value="^AL", optional=True, max_length=20),
        Field(
            name="kind",
            label="Kind",
            kind="choice",
            value="correction",
            options=(Option("reply", "Reply"), Option("correction", "Correction")),
        ),
    ),
)
SHOWN: dict[str, Callable[[], Json]] = {
    "card": lambda: message(CARD).arguments(),
    "customer": lambda: message(customer_card(PROFILES["joined by a rep"])).arguments(),
    "card_without_pictures": lambda: message(CARD, pictures=False).arguments(),
    "dialog": lambda: view(DIALOG),
    "dialog_without_fields": lambda: view(replace(DIALOG, fields=(), save=None)),
    "home": lambda: home(CARD),
    "loading": loading,
    "notice": lambda: notice("Not saved", "Somebody was faster."),
}


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_what_is_shown_is_the_golden_file(name: str) -> None:
    shown = json.dumps(SHOWN[name](), ensure_ascii=False, indent=1) + "\n"
    path = GOLDEN / f"{name}.json"
    if os.environ.get("TWOWAY_GOLDEN") == "write":
        path.write_text(shown, "utf-8")
    assert path.read_text("utf-8") == shown


@pytest.mark.parametrize("page", ["conversation", "draft", "notices", "answers", "summary", "ideas"])
def test_every_card_looks_as_it_did(page: str) -> None:
    """One line a block."""
    lines: list[str] = []
    for name, card in ((name, card) for where, name, card in cards() if where == page):
        shown = message(card).arguments()
        blocks = shown["blocks"]
        assert isinstance(blocks, list)
        check(blocks)
        lines += [f"== {name}", str(shown["text"]), *(json.dumps(block, ensure_ascii=False) for block in blocks), ""]
    path, now = GOLDEN / f"{page}.txt", "\n".join(lines)
    if os.environ.get("TWOWAY_GOLDEN") == "write":
        path.write_text(now, "utf-8")
    assert path.read_text("utf-8") == now


def check(blocks: object) -> None:
    """By the library's rules and by the stand-in's, which also look inside elements."""
    assert isinstance(blocks, list)
    assert check_message(blocks, lambda url: False) is None
    for block in SlackBlock.parse_all(blocks):
        block.validate_json()
    ids = [e["action_id"] for b in blocks for e in b.get("elements", []) if isinstance(e, dict) and "action_id" in e]
    assert len(ids) == len(set(ids))
    assert len(blocks) <= MAX_BLOCKS
    assert size(blocks) <= MAX_JSON


def walk(value: object) -> list[dict[str, object]]:
    if isinstance(value, list):
        return [found for one in value for found in walk(one)]
    if isinstance(value, dict):
        return [value, *(found for one in value.values() for found in walk(one))]
    return []


def test_slack_takes_the_card_and_the_dialog() -> None:
    check(message(CARD).blocks)
    check(message(CARD, pictures=False).blocks)
    for shown in (view(DIALOG), loading(), notice("Not saved", "Why")):
        assert check_view(shown, ("modal",), lambda url: False) is None
        View(**shown).validate_json()  # type: ignore[arg-type]
    assert check_view(home(CARD), ("home",), lambda url: False) is None


def test_no_words_are_ever_markup() -> None:
    for shown in (message(CARD).arguments(), view(DIALOG), home(CARD)):
        assert not [one for one in walk(shown) if one.get("type") == "mrkdwn"]
        assert not [one for one in walk(shown) if one.get("type") == "plain_text" and one.get("emoji") is not False]
    pinged = [one["user_id"] for one in walk(message(CARD).blocks) if one.get("type") == "user"]
    assert pinged == ["U0ANA"]
    assert [one for one in walk(message(CARD).blocks) if one.get("type") == "broadcast"] == []
    arguments = message(CARD).arguments()
    assert (arguments["parse"], arguments["link_names"]) == ("none", False)


def test_the_first_line_is_escaped_short_and_one_line() -> None:
    text = message(CARD).text
    assert "<" not in text
    assert "\n" not in text
    assert "&lt;!channel&gt;" in text
    assert escaped("a & b\n> c") == "a &amp; b &gt; c"
    assert len(message(replace(CARD, summary="x" * 400)).text) == 150


def test_a_person_already_named_with_a_ping_is_not_named_twice() -> None:
    card = replace(CARD, blocks=(Line((Mention(ANA, "Ana", ping=True),)),))
    assert len([one for one in walk(message(card).blocks) if one.get("type") == "user"]) == 1


def test_a_link_that_is_none_is_shown_as_words() -> None:
    for url in ("javascript:alert(1)", "https://a b", "", "slack://x"):
        card = Card(summary="x", blocks=(Line((LinkTo(url, "here"),)), Picture(url, "pic")))
        shown = message(card).blocks
        assert [one for one in walk(shown) if one.get("type") in {"link", "image"}] == []
        check(shown)


def test_times_say_their_zone_where_dates_are_not_shown() -> None:
    fallbacks = [one["fallback"] for one in walk(message(CARD).blocks) if one.get("type") == "date"]
    assert fallbacks == ["22 Nov 14:05 CET", "13:05 UTC", "22 Nov 2026"]
    odd = Card(summary="x", blocks=(Line((Time(AT, fallback_zone="Nowhere/At_All"),)),))
    assert [one["fallback"] for one in walk(message(odd).blocks) if one.get("type") == "date"] == ["22 Nov 13:05 UTC"]


def words_in(blocks: list[Json]) -> str:
    return "".join(str(one["text"]) for one in walk(blocks) if one.get("type") == "text")


def test_a_draft_of_the_greatest_length_is_shown_whole() -> None:
    text = "We are so sorry. 🎉 " * 600
    assert len(text) > 11_000
    shown = message(Card(summary="Draft 1", blocks=(Quote((Words(text),)), Buttons((Button("Approve", "a", "1"),)))))
    check(shown.blocks)
    assert words_in(shown.blocks) == text


def test_the_longest_quote_is_folded_and_says_how_much_is_missing() -> None:
    long, short = "x" * 30_000, "y" * 900
    blocks = (Quote((Words(short),)), Quote((Words(long),)), Buttons((Button("Claim", "claim", "1"),)))
    shown = message(Card(summary="s", blocks=blocks)).blocks
    check(shown)
    words = words_in(shown)
    assert words.count("y") == 900
    assert f"… ({30_000 - words.count('x'):,} more characters; open the post)" in words
    assert words.count("x") > 10_000
    assert shown[-1]["type"] == "actions"


def test_a_hundred_blocks_become_fifty_and_the_buttons_stay() -> None:
    lines = [Line((Plain(f"line {n}"),)) for n in range(100)]
    shown = message(Card(summary="s", blocks=(*lines, Buttons((Button("Claim", "claim", "1"),)))))
    check(shown.blocks)
    assert "line 99" in words_in(shown.blocks)
    headings: list[Block] = [Heading(f"h {n}") for n in range(100)]
    shown = message(Card(summary="s", blocks=(*headings, Buttons((Button("Claim", "claim", "1"),)))))
    check(shown.blocks)
    assert shown.blocks[-1]["type"] == "actions"
    assert "more parts" in words_in(shown.blocks)


PARTS = st.one_of(
    st.builds(Plain, st.text(max_size=50), bold=st.booleans(), code=st.booleans()),
    st.builds(Words, st.text(max_size=3000)),
    st.builds(Words, st.integers(0, 9000).map("🎉x".__mul__)),
    st.builds(LinkTo, st.sampled_from(["https://a.example", "nonsense"]), st.text(max_size=20)),
    st.builds(Mention, st.just(ANA), st.text(max_size=10), ping=st.booleans()),
    st.builds(Time, st.just(AT), st.sampled_from(["time", "moment", "date"])),
    st.builds(Emoji, st.just("tada"), st.just("🎉")),
)
LINE_PARTS: st.SearchStrategy[tuple[Part, ...]] = st.lists(PARTS, max_size=5).map(tuple)
BUTTON = st.builds(
    Button,
    st.text(max_size=90),
    st.sampled_from(["claim", "draft"]),
    st.text(max_size=200),
    style=st.sampled_from(["plain", "primary", "danger"]),
    confirm=st.none() | st.text(max_size=400),
    opens_dialog=st.booleans(),
    url=st.none() | st.just("https://a.example"),
)
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Heading, st.text(max_size=200)),
    st.builds(Line, LINE_PARTS, small=st.booleans()),
    st.builds(Quote, LINE_PARTS),
    st.builds(Picture, st.just("https://a.example/1.png"), st.text(max_size=2100)),
    st.just(Divider()),
    st.builds(Buttons, st.lists(BUTTON, max_size=4).map(tuple), st.lists(BUTTON, max_size=30).map(tuple)),
)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.lists(BLOCKS, min_size=1, max_size=12).map(tuple), st.integers(1, 8))
def test_any_card_fits(summary: str, blocks: tuple[Block, ...], times: int) -> None:
    shown = message(Card(summary=summary, blocks=blocks * times)).blocks
    if shown:
        check(shown)
    as_home = home(Card(summary=summary, blocks=blocks * times))
    if as_home["blocks"]:
        assert check_view(as_home, ("home",), lambda url: False) is None


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=60),
    st.lists(BLOCKS, max_size=6).map(tuple),
    st.text(max_size=9000),
    st.integers(1, 12_000),
    st.none() | st.text(max_size=40),
)
def test_any_dialog_fits(title: str, blocks: tuple[Block, ...], value: str, most: int, save: str | None) -> None:
    fields = (
        Field(name="text", label=title, value=value, max_length=most),
        Field(name="line", label="", kind="text", value=value, hint=title, max_length=most),
    )
    shown = view(Dialog(kind="draft", title=title, private="p", blocks=blocks, fields=fields, save=save))
    assert check_view(shown, ("modal",), lambda url: False) is None


def test_what_the_caller_must_not_ask_is_said_plainly() -> None:
    with pytest.raises(ValueError, match="private"):
        view(replace(DIALOG, private="x" * 3001))
    with pytest.raises(ValueError, match="colons"):
        view(replace(DIALOG, fields=(Field(name="a:b", label="x"),)))
    with pytest.raises(ValueError, match=r"Button\.value"):
        message(Card(summary="x", blocks=(Buttons((Button("x", "y", "z" * 2001),)),)))

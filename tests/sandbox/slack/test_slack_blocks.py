"""Block Kit as Slack's servers judge it, by raw calls."""

from __future__ import annotations

import json
import random

import pytest

from sandbox.slack import SlackStandIn
from sandbox.slack.blocks import check_message
from sandbox.slack.core import with_ids
from sandbox.slack.rich_text import elements_of, words
from tests.sandbox.slack.conftest import Raw


def plain(text: str) -> dict:
    return {"type": "plain_text", "text": text}


def section(text: str = "x") -> dict:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action_id: str = "go", **more: object) -> dict:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


def actions(*elements: dict) -> dict:
    return {"type": "actions", "elements": list(elements)}


def rich(*elements: dict, kind: str = "rich_text_section", **more: object) -> dict:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements), **more}]}


def option(text: str = "one", value: str = "1") -> dict:
    return {"text": plain(text), "value": value}


def overflow(*options: dict) -> dict:
    return {"type": "overflow", "action_id": "more", "options": list(options)}


WORD = {"type": "text", "text": "x"}
PICTURE = {"type": "image", "image_url": "https://pictures.example/a.png", "alt_text": "a"}
CONFIRM = {"title": plain("Sure?"), "text": plain("Really"), "confirm": plain("Yes"), "deny": plain("No")}

GOOD = [
    section("x" * 3000),
    {"type": "section", "fields": [plain("x" * 2000)] * 3, "accessory": button()},
    {"type": "header", "text": plain("x" * 150)},
    {"type": "context", "elements": [plain("a")] * 9 + [dict(PICTURE)]},
    actions(*[button(f"b{n}", value="v" * 100, style="danger") for n in range(25)]),
    actions(overflow(option(), option("two", "2")), button(confirm=CONFIRM)),
    {"type": "divider"},
    {**PICTURE, "title": plain("title")},
    rich(WORD, {"type": "link", "url": "https://a.example"}, {"type": "user", "user_id": "U0ANA"}),
    rich({"type": "emoji", "name": "tada"}, {"type": "date", "timestamp": 1, "format": "{time}", "fallback": "t"}),
    rich({"type": "text", "text": "x", "style": {"bold": True}}, kind="rich_text_quote"),
    rich(WORD, kind="rich_text_preformatted", border=0),
    rich({"type": "rich_text_section", "elements": [WORD]}, kind="rich_text_list", style="bullet"),
]
BAD = [
    (section(""), "must be more than 0 characters", "/blocks/0/text/text"),
    (section("x" * 3001), "must be less than 3001 characters", "/blocks/0/text/text"),
    ({"type": "section"}, "missing required field: text", "/blocks/0"),
    ({"type": "section", "text": "x"}, "must provide an object", "/blocks/0/text"),
    ({"type": "section", "text": {"type": "html", "text": "x"}}, "must be one of", "/blocks/0/text/type"),
    ({"type": "section", "text": {**plain("x"), "verbatim": True}}, "invalid additional property", "/blocks/0/text"),
    ({"type": "section", "text": plain(5)}, "must be a string", "/blocks/0/text/text"),  # type: ignore[arg-type]
    ({"type": "section", "fields": []}, "must have at least 1 item", "/blocks/0/fields"),
    ({"type": "section", "fields": [plain("x")] * 11}, "no more than 10 items", "/blocks/0/fields"),
    ({"type": "section", "fields": [plain("x" * 2001)]}, "less than 2001", "/blocks/0/fields/0/text"),
    ({**section(), "accessory": {"type": "plain_text_input"}}, "unsupported type", "/blocks/0/accessory/type"),
    ({**section(), "colour": "red"}, "invalid additional property: colour", "/blocks/0"),
    ({**section(), "block_id": "b" * 256}, "less than 256", "/blocks/0/block_id"),
    ({"type": "header", "text": plain("x" * 151)}, "less than 151", "/blocks/0/text/text"),
    ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "must be one of: plain_text", "/blocks/0/text/type"),
    ({"type": "context", "elements": [plain("a")] * 11}, "no more than 10 items", "/blocks/0/elements"),
    ({"type": "context", "elements": [button()]}, "must be one of", "/blocks/0/elements/0/type"),
    (actions(), "must have at least 1 item", "/blocks/0/elements"),
    (actions(*[button(f"b{n}") for n in range(26)]), "no more than 25 items", "/blocks/0/elements"),
    (actions(button(), button()), "`action_id` go already exists", "/blocks/0/elements/1/action_id"),
    (actions(button("a" * 256)), "less than 256", "/blocks/0/elements/0/action_id"),
    (actions(button(value="v" * 2001)), "less than 2001", "/blocks/0/elements/0/value"),
    (actions(button(style="green")), "must be one of: primary, danger", "/blocks/0/elements/0/style"),
    (actions(button(url="no address")), "invalid url", "/blocks/0/elements/0/url"),
    (actions(button(accessibility_label="x" * 76)), "less than 76", "/blocks/0/elements/0/accessibility_label"),
    (actions({**button(), "text": plain("x" * 76)}), "less than 76", "/blocks/0/elements/0/text/text"),
    (actions({**button(), "text": {"type": "mrkdwn", "text": "x"}}), "plain_text", "/blocks/0/elements/0/text/type"),
    (actions(button(confirm={"title": plain("x")})), "missing required field: text", "/blocks/0/elements/0/confirm"),
    (actions(overflow(*[option("x", str(n)) for n in range(6)])), "no more than 5", "/blocks/0/elements/0/options"),
    (actions(overflow(option("x" * 76))), "less than 76", "/blocks/0/elements/0/options/0/text/text"),
    (actions(overflow(option("x", "v" * 151))), "less than 151", "/blocks/0/elements/0/options/0/value"),
    ({**PICTURE, "alt_text": ""}, "more than 0", "/blocks/0/alt_text"),
    ({**PICTURE, "image_url": "ftp://a"}, "invalid url", "/blocks/0/image_url"),
    ({"type": "image", "alt_text": "a"}, "image_url or slack_file", "/blocks/0"),
    ({"type": "rich_text", "elements": []}, "must have at least 1 item", "/blocks/0/elements"),
    ({"type": "rich_text", "elements": [WORD]}, "unsupported type: text", "/blocks/0/elements/0"),
    (rich({"type": "text", "text": ""}), "more than 0", "/blocks/0/elements/0/elements/0/text"),
    (rich({"type": "mrkdwn", "text": "x"}), "unsupported type: mrkdwn", "/blocks/0/elements/0/elements/0"),
    (rich({**WORD, "style": {"red": True}}), "invalid style", "/blocks/0/elements/0/elements/0/style"),
    (rich({"type": "link", "url": "x"}), "invalid url", "/blocks/0/elements/0/elements/0/url"),
    (rich({"type": "date", "timestamp": "1", "format": "f"}), "must be an integer", "/blocks/0/elements/0/elements/0"),
    (rich({"type": "emoji", "name": "x"}, kind="rich_text_preformatted"), "unsupported", "/blocks/0/elements/0"),
    (rich(WORD, kind="rich_text_list", style="bullet"), "must be a rich_text_section", "/blocks/0/elements/0"),
    ({"type": "input", "label": plain("x"), "element": {}}, "unsupported type: input", "/blocks/0/type"),
    ({"type": "alert", "text": plain("x")}, "unsupported type: alert", "/blocks/0/type"),
    ({"type": "poem"}, "unsupported type: poem", "/blocks/0/type"),
    ("divider", "must provide an object", "/blocks/0"),
]


@pytest.mark.parametrize("block", GOOD)
async def test_a_block_within_the_rules_is_posted(raw: Raw, block: dict):
    answer = await raw("chat.postMessage", channel="C0CARE", text="x", blocks=[block])
    assert answer["ok"], answer


@pytest.mark.parametrize(("block", "what", "where"), BAD)
async def test_a_block_outside_the_rules_is_refused_with_the_reason(raw: Raw, block: object, what: str, where: str):
    answer = await raw("chat.postMessage", channel="C0CARE", text="x", blocks=[block])
    assert answer["error"] == "invalid_blocks"
    messages = answer["response_metadata"]["messages"]
    assert any(what in m and f"json-pointer:{where}" in m for m in messages), messages


async def test_fifty_blocks_are_a_message_and_fifty_one_are_not(raw: Raw):
    assert (await raw("chat.postMessage", channel="C0CARE", text="x", blocks=[{"type": "divider"}] * 50))["ok"]
    answer = await raw("chat.postMessage", channel="C0CARE", text="x", blocks=[{"type": "divider"}] * 51)
    assert answer["response_metadata"]["messages"] == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
    assert answer["errors"] == ["no more than 50 items allowed [json-pointer:/blocks]"]


async def test_a_block_id_stands_once_in_a_message(raw: Raw):
    twice = [{"type": "divider", "block_id": "a"}] * 2
    assert (await raw("chat.postMessage", channel="C0CARE", text="x", blocks=twice))["error"] == "invalid_blocks"


async def test_blocks_of_more_than_13200_characters_are_too_long_together(raw: Raw):
    blocks = [section("x" * 2900)] * 4
    assert (await raw("chat.postMessage", channel="C0CARE", text="x", blocks=blocks))["ok"]
    answer = await raw("chat.postMessage", channel="C0CARE", text="x", blocks=[section("x" * 2900)] * 5)
    assert answer["error"] == "msg_blocks_too_long"


async def test_an_image_that_cannot_be_downloaded_fails_the_whole_message(raw: Raw, slack: SlackStandIn):
    slack.break_images("https://pictures.example/")
    answer = await raw("chat.postMessage", channel="C0CARE", text="x", blocks=[section(), PICTURE])
    assert answer["error"] == "invalid_blocks"
    assert "downloading image failed" in answer["response_metadata"]["messages"][0]
    assert slack.messages("C0CARE") == []


INPUT = {
    "type": "input",
    "label": plain("Reply"),
    "element": {"type": "plain_text_input", "action_id": "text", "max_length": 3000},
}
MODAL = {"type": "modal", "title": plain("Draft"), "submit": plain("Save"), "blocks": [INPUT]}


@pytest.mark.parametrize(
    ("view", "what"),
    [
        ({**MODAL, "title": plain("x" * 25)}, "less than 25"),
        ({k: v for k, v in MODAL.items() if k != "title"}, "missing required field: title"),
        ({k: v for k, v in MODAL.items() if k != "submit"}, "missing required field: submit"),
        ({**MODAL, "submit": plain("x" * 25)}, "less than 25"),
        ({**MODAL, "private_metadata": "x" * 3001}, "less than 3001"),
        ({**MODAL, "callback_id": "x" * 256}, "less than 256"),
        ({**MODAL, "colour": "red"}, "invalid additional property"),
        ({**MODAL, "blocks": [{"type": "divider"}] * 101}, "no more than 100"),
        ({**MODAL, "blocks": [{**INPUT, "element": button()}]}, "unsupported type: button"),
        ({**MODAL, "blocks": [{**INPUT, "element": {**INPUT["element"], "max_length": 3001}}]}, "1 and 3000"),
        ({**MODAL, "blocks": [{**INPUT, "element": {**INPUT["element"], "min_length": -1}}]}, "0 and 3000"),
        (
            {**MODAL, "blocks": [{**INPUT, "element": {**INPUT["element"], "initial_value": "x" * 3001}}]},
            "less than 3001",
        ),
        ({**MODAL, "blocks": [{**INPUT, "element": {**INPUT["element"], "placeholder": plain("x" * 151)}}]}, "151"),
        ({**MODAL, "blocks": [{**INPUT, "label": plain("")}]}, "more than 0"),
        ({**MODAL, "blocks": [{"type": "alert", "text": plain("x"), "level": "loud"}]}, "invalid level"),
        ({"type": "message", "blocks": []}, "must be one of: modal"),
    ],
)
async def test_a_dialog_outside_the_rules_is_refused(raw: Raw, slack: SlackStandIn, view: dict, what: str):
    answer = await raw("views.open", trigger_id=slack.new_trigger("U0ANA"), view=view)
    assert answer["error"] == "invalid_arguments"
    assert any(what in m for m in answer["response_metadata"]["messages"]), answer


async def test_a_dialog_may_hold_a_hundred_blocks_and_an_alert(raw: Raw, slack: SlackStandIn):
    blocks = [{"type": "alert", "text": plain("x"), "level": "warning"}, *[{"type": "divider"}] * 98, INPUT]
    answer = await raw("views.open", trigger_id=slack.new_trigger("U0ANA"), view={**MODAL, "blocks": blocks})
    assert answer["ok"], answer


async def test_a_dialog_over_a_quarter_of_a_megabyte_is_too_large(raw: Raw, slack: SlackStandIn):
    view = {**MODAL, "blocks": [section("x" * 2900)] * 95}
    answer = await raw("views.open", trigger_id=slack.new_trigger("U0ANA"), view=view)
    assert answer["error"] == "view_too_large"


def spoiled(good: list, dice: random.Random) -> list:
    """A copy with one to three places replaced by something that does not belong there."""
    copy = json.loads(json.dumps(good))
    for _ in range(dice.randint(1, 3)):
        places: list = []

        def walk(node: object, places: list = places) -> None:
            inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
            for key, value in inner:
                places.append((node, key))
                walk(value)

        walk(copy)
        node, key = dice.choice(places)
        node[key] = dice.choice([None, 1, "", [], {}, [{}], {"a": 1}, True, ["x"], {"type": []}])
    return copy


def test_whatever_is_sent_is_judged_and_never_breaks_the_judge():
    dice = random.Random(7)
    refused = 0
    for _ in range(1_000):
        blocks = spoiled([dice.choice(GOOD)], dice)
        found = check_message(blocks, lambda url: False)
        refused += found is not None
        if found is None:  # what is accepted can be kept, read and pressed
            list(words(with_ids(blocks)))
            list(elements_of(with_ids(blocks)))
    assert refused > 900

"""Any JSON becomes a value or an `Ignored` that says why; it never raises."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.contract import Commanded, Pressed, Signed
from bot.chat.slack.inbound import EVENTS, READERS, Heard, Ignored, Reading, input_blocks, read

READING = Reading(
    now=datetime(2026, 11, 22, tzinfo=UTC),
    own_users=frozenset({"U0BOT"}),
    commands={"/claim": "claim", "/twoway": None},
    dialog_verbs=frozenset({"draft"}),
    emoji={},
)
ENVELOPE: dict[str, object] = {
    "type": "event_callback",
    "event_id": "Ev1",
    "team_id": "T2",
    "authorizations": [{"team_id": "T1", "user_id": "U0BOT", "is_bot": True}],
}
CLICK: dict[str, object] = {
    "team": {"id": "T1"},
    "user": {"id": "U1", "team_id": "T1"},
    "trigger_id": "1.2.3",
    "response_url": "https://hooks.slack.example/1",
    "channel": {"id": "C1"},
    "container": {"type": "message", "message_ts": "1.1", "channel_id": "C1"},
}
VIEW: dict[str, object] = {
    "id": "V1",
    "callback_id": "draft",
    "private_metadata": "p",
    "hash": "h",
    "blocks": [{"type": "input", "block_id": "f:text:0:x:00000000"}],
    "state": {"values": {"f:text:0:x:00000000": {"v": {"type": "plain_text_input", "value": "hi"}}}},
}
SAMPLES: list[dict[str, object]] = [
    {
        **ENVELOPE,
        "event": {
            "type": "app_mention",
            "user": "U1",
            "team": "T1",
            "text": "<@U0BOT> claim 1",
            "ts": "1.1",
            "event_ts": "1.1",
            "channel": "C1",
            "thread_ts": "1.0",
        },
    },
    {
        **ENVELOPE,
        "event": {
            "type": "reaction_added",
            "user": "U1",
            "reaction": "+1",
            "item": {"type": "message", "channel": "C1", "ts": "1.1"},
            "event_ts": "1700000000.5",
        },
    },
    {**ENVELOPE, "event": {"type": "app_home_opened", "user": "U1", "tab": "home", "event_ts": "1.1"}},
    {
        "command": "/claim",
        "text": "1",
        "team_id": "T1",
        "user_id": "U1",
        "channel_id": "C1",
        "trigger_id": "1.2",
        "response_url": "https://hooks.slack.example/1",
    },
    {**CLICK, "type": "block_actions", "actions": [{"action_id": "press:claim:0", "value": "v", "action_ts": "1.1"}]},
    {
        **CLICK,
        "type": "block_actions",
        "actions": [{"action_id": "more:1", "selected_option": {"value": "dialog:edit:a:b"}}],
    },
    {**CLICK, "type": "message_action", "callback_id": "use_as_draft", "message": {"ts": "1.1", "text": "hi"}},
    {**CLICK, "type": "view_submission", "view": VIEW},
    {**CLICK, "type": "view_closed", "view": VIEW},
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: str(one.get("type") or one.get("command")))
def test_what_slack_really_sends_is_heard(sample: dict[str, object]) -> None:
    assert isinstance(read(sample, READING), Heard)


@given(JSON)
def test_any_json_is_read(payload: object) -> None:
    assert isinstance(read(payload, READING), Heard | Ignored)
    input_blocks(payload)


@given(st.sampled_from(sorted(READERS)), st.sampled_from(sorted(EVENTS)), st.dictionaries(st.text(), JSON), JSON)
def test_any_json_of_a_known_type_is_read(kind: str, event: str, more: dict[str, object], inner: object) -> None:
    inside = {**inner, "type": event} if isinstance(inner, dict) else inner
    assert isinstance(read({**more, "type": kind, "event": inside}, READING), Heard | Ignored)


def paths(value: object, at: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from paths(inner, (*at, key))


@settings(max_examples=400)
@given(st.data())
def test_a_real_payload_with_anything_replaced_is_read(data: st.DataObject) -> None:
    payload = copy.deepcopy(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(paths(payload))))
        at: object = payload
        for key in path[:-1]:
            at = at[key]  # type: ignore[index]
        if data.draw(st.booleans()) and isinstance(at, dict):
            del at[path[-1]]
        else:
            at[path[-1]] = data.draw(JSON)  # type: ignore[index]
        if not list(paths(payload)):
            break
    found = read(payload, READING)
    assert isinstance(found, Heard | Ignored)
    if isinstance(found, Heard):
        repr(found).encode()
        assert found.happening.key
        assert found.happening.at.tzinfo is not None


def test_half_a_surrogate_can_be_stored() -> None:
    payload = json.loads(json.dumps(SAMPLES[3]).replace('"1"', r'"a\ud83dz\u0000"', 1))
    found = read(payload, READING)
    assert isinstance(found, Heard)
    assert isinstance(found.happening, Commanded)
    assert found.happening.words == "a\ufffdz\ufffd"


def test_in_a_shared_channel_the_place_is_ours_whoever_s_team_the_event_names() -> None:
    found = read(SAMPLES[1], READING)
    assert isinstance(found, Heard)
    assert isinstance(found.happening, Signed)
    assert (found.happening.message.place.team, found.happening.who.team) == ("T1", "T1")
    assert found.happening.at == datetime.fromtimestamp(1700000000.5, UTC)


def teams(reading: Reading) -> set[str]:
    """Whose team the same colleague of another workspace has, whichever way they act."""
    mention, reaction, opened, command, press, menu, shortcut, saved, closed = copy.deepcopy(SAMPLES)
    for click in (press, menu, shortcut, saved, closed):
        click |= {"user": {"id": "W1", "team_id": "T2"}, "team": {"id": "T2"}}
    command |= {"user_id": "W1", "team_id": "T2"}
    mention["event"] |= {"user": "W1", "team": "T2"}  # type: ignore[operator]
    reaction["event"] |= {"user": "W1"}  # type: ignore[operator]
    opened["event"] |= {"user": "W1"}  # type: ignore[operator]
    heard = [read(one, reading) for one in (mention, reaction, opened, command, press, menu, shortcut, saved, closed)]
    return {one.happening.who.team for one in heard if isinstance(one, Heard)}


def test_in_an_organisation_a_colleague_of_another_workspace_is_one_person() -> None:
    assert teams(replace(READING, team="T1", enterprise="E1")) == {"T1"}


def test_elsewhere_another_team_is_kept_so_that_it_is_refused() -> None:
    assert "T2" in teams(replace(READING, team="T1"))


def test_a_click_in_a_shared_channel_is_at_our_place_although_the_payload_names_another_team() -> None:
    click = {**SAMPLES[4], "team": {"id": "T2"}, "user": {"id": "U2", "team_id": "T2"}}
    found = read(click, replace(READING, team="T1"))
    assert isinstance(found, Heard)
    assert isinstance(found.happening, Pressed)
    assert found.happening.message is not None
    assert (found.happening.message.place.team, found.happening.who.team) == ("T1", "T2")


def test_a_delivery_for_an_unknown_team_is_passed_on_with_that_team() -> None:
    payload = {**SAMPLES[3], "team_id": "T9"}
    found = read(payload, READING)
    assert isinstance(found, Heard)
    assert found.happening.who.team == "T9"


def test_the_value_of_a_menu_entry_may_hold_colons() -> None:
    found = read(SAMPLES[5], READING)
    assert isinstance(found, Heard)
    assert isinstance(found.happening, Pressed)
    assert (found.happening.action, found.happening.value, found.trigger) == ("edit", "a:b", "1.2.3")


@pytest.mark.parametrize(
    ("change", "odd"),
    [
        ({"event": {"type": "message", "text": "talk"}}, False),
        ({"event": {"type": "app_mention", "bot_id": "B1", "text": "<@U0BOT> claim"}}, False),
        ({"event": {**SAMPLES[1]["event"], "user": "U0BOT"}}, False),  # type: ignore[dict-item]
        ({"event": {**SAMPLES[1]["event"], "item": {"type": "file"}}}, False),  # type: ignore[dict-item]
        ({"event": {"type": "app_home_opened", "tab": "messages"}}, False),
        ({"event": {"type": "reaction_added"}}, True),
        ({"event": None}, True),
        ({"type": "something_new"}, True),
    ],
)
def test_what_is_not_for_us_is_ignored_and_says_why(change: dict[str, object], odd: bool) -> None:
    found = read({**ENVELOPE, **change}, READING)
    assert isinstance(found, Ignored)
    assert found.reason
    assert found.odd is odd

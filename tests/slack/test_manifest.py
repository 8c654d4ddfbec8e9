"""The manifest asks for no more than it can give a reason for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.chat.commands import SLASHES
from bot.chat.slack.manifest import EVENTS, SCOPES, manifest, slash_commands
from sandbox.slack import SlackStandIn
from tests.slack.conftest import Mode


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_it_can_be_printed_and_installed(mode: Mode) -> None:
    shown = manifest(commands=slash_commands(), mode=mode, public_url="https://care.example.com/")
    standin = SlackStandIn()
    standin.install(json.loads(json.dumps(shown)))
    assert standin.commands == dict.fromkeys(SLASHES, True)
    assert standin.scopes == set(SCOPES)
    assert ("https://care.example.com/slack/events" in json.dumps(shown)) is (mode == "http")


def test_no_scope_reads_what_people_talk_about() -> None:
    assert [scope for scope in SCOPES if "history" in scope or "im:" in scope] == []
    assert all(len(reason) > 10 for reason in (*SCOPES.values(),))
    assert "message" not in " ".join(EVENTS)


def test_the_page_for_operators_lists_every_scope_and_event_with_its_reason() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "slack.md").read_text("utf-8")
    for name, why in {**SCOPES, **EVENTS}.items():
        assert f"| `{name}` | {why} |" in page


def test_renamed_commands_keep_their_help() -> None:
    claim, everything = slash_commands({"/tw-claim": "claim", "/tw": None})
    assert (claim.name, everything.name) == ("/tw-claim", "/tw")
    assert "Take a conversation" in claim.help
    assert claim.usage == "[142]"


def test_http_needs_an_address() -> None:
    with pytest.raises(ValueError, match="public address"):
        manifest(commands=(), mode="http", public_url=None)

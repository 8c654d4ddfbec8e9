"""The reference pages name every command, option and key there is, and their example reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from bot.cli import twoway
from bot.ops import options
from bot.ops.options import FOUND, GOOD, INTERRUPTED
from bot.settings import (
    AbuseSettings,
    AccountSettings,
    ChannelSettings,
    ModelSettings,
    ReaderSettings,
    ServiceSettings,
    SlackSettings,
    TeamsSettings,
    kinds,
)
from models.permits import Policy
from tests.settings.example import ENV, read

PAGES = Path(__file__).parents[2] / "docs/reference"
SETTINGS = (PAGES / "settings.md").read_text(encoding="utf-8")
COMMANDS = (PAGES / "command-line.md").read_text(encoding="utf-8")

#: What the values call by another name than the file does, or what is no key there at all.
OTHERWISE = {
    "host": "listen",
    "port": "listen",
    "surface": "chat",
    "chat_id": "chat",
    "renamed": "commands",
    "own_words_after": "own_words",
    "policy": "approvals",
    "options": "platform",
    "secrets": "TWOWAY_<ACCOUNT>_TOKEN",
    "key": "TWOWAY_KEY",
    "bot_token": "SLACK_BOT_TOKEN",
    "app_token": "SLACK_APP_TOKEN",
    "signing_secret": "SLACK_SIGNING_SECRET",
    "password": "TEAMS_APP_PASSWORD",
}


def keys() -> Iterator[str]:
    for part in (
        ServiceSettings,
        SlackSettings,
        TeamsSettings,
        ModelSettings,
        AbuseSettings,
        AccountSettings,
        ChannelSettings,
        ReaderSettings,
        Policy,
    ):
        for one in fields(part):
            yield OTHERWISE.get(one.name, one.name)


@pytest.mark.parametrize("key", sorted(set(keys())))
def test_every_key_has_its_line(key: str) -> None:
    assert re.search(rf"^\| `{re.escape(key)}` \|", SETTINGS, re.MULTILINE)


def test_every_unit_of_a_duration_and_every_exit_code_is_told() -> None:
    assert all(f"`{unit}`" in SETTINGS for unit in kinds._UNITS)
    codes = COMMANDS.partition("Exit codes:")[2].partition("\n\n")[0]
    assert all(re.search(rf"\b{code} ", codes) for code in (GOOD, FOUND, options.SETTINGS, INTERRUPTED))


def test_every_picture_is_shown_on_a_page() -> None:
    docs = PAGES.parent
    pages = [docs.parent / "README.md", *docs.rglob("*.md")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert [one.name for one in (docs / "pictures").iterdir() if f"pictures/{one.name})" not in text] == []


def test_the_example_reads(tmp_path: Path) -> None:
    found = re.search(r"```toml\n(.*?)```", SETTINGS, re.DOTALL)
    assert found is not None
    assert read(tmp_path, found[1], ENV).channels[0].languages == ("en", "pt-BR")


def commands(group: click.Group, before: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


@pytest.mark.parametrize(("name", "command"), list(commands(twoway, "twoway")))
def test_every_command_has_its_line_with_its_options(name: str, command: click.Command) -> None:
    found = re.search(rf"^\| `{name}[ `].*$", COMMANDS, re.MULTILINE)
    assert found is not None
    for option in (one for one in command.params if isinstance(one, click.Option)):
        assert f"`{option.opts[0]}" in found[0] or option.name in ("config", "debug")

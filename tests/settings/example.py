"""A whole `twoway.toml` and its environment, and how to change one part of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from bot.settings import Catalogue, Declared, Settings, load
from bot.settings.parsing import Wrong, text

TOML = """
[service]
database = "sqlite:///twoway.db"
public_url = "https://care.example.com"
listen = "127.0.0.1:8080"

[slack]
mode = "socket"

[[accounts]]
name = "acme"
platform = "mastodon"
server = "https://mastodon.example"

[[channels]]
name = "care"
chat = "slack:C0CARE"
accounts = ["acme"]
timezone = "Europe/Berlin"
hours = "Mon-Fri 09:00-18:00"
answer_within = "1h"
approvals = 1
own_words = "refuse"
approvers = []
leads = []
hold = "30s"
claim_for = "30m"
signs = { thumbsup = "approve" }
keep_deleted = "0d"
summary_at = "17:30"
"""

ENV: Mapping[str, str] = {
    "SLACK_BOT_TOKEN": "bot-secret",
    "SLACK_APP_TOKEN": "app-secret",
    "TWOWAY_ACME_TOKEN": "acme-secret",
}


def an_address(value: object) -> str:
    """A parser as a platform might bring it."""
    given = text(value)
    if not given.startswith("https://"):
        raise Wrong(f'"{given}" is not an address', 'begin it with "https://"')
    return given


#: Platforms as the settings know them: names, and what each asks.
CATALOGUE = Catalogue(
    platforms=("mastodon", "bluesky"),
    asks=lambda name: [
        Declared("server", parser=an_address, needed=True, help='write server = "https://…"'),
        Declared("token", needed=True, secret=True, help="Preferences, Development"),
        Declared("visibility"),
    ],
    search_pause=lambda name: timedelta(minutes=1) if name == "mastodon" else None,
)


def write(folder: Path, toml: str = TOML) -> Path:
    """`twoway.toml` in a folder."""
    path = folder / "twoway.toml"
    path.write_text(toml, encoding="utf-8")
    return path


def read(folder: Path, toml: str = TOML, env: Mapping[str, str] = ENV, *, need_secrets: bool = True) -> Settings:
    """The settings that this file gives."""
    return load(write(folder, toml), env, catalogue=CATALOGUE, need_secrets=need_secrets)


def instead(old: str, new: str) -> str:
    """The example with one part of it changed."""
    assert old in TOML
    return TOML.replace(old, new, 1)

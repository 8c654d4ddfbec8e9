"""The app package: what Teams is told of the bot."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.chat.commands import BY_WORD, COMMANDS
from bot.chat.teams.manifest import menu
from bot.ops.manifests import teams_package
from bot.settings import ServiceSettings, SettingsError, TeamsSettings, load_teams
from tests.teams.activities import APP, TENANT

SERVICE = ServiceSettings(public_url="https://care.example.com")
AT = datetime(2026, 11, 22, 4, 5, tzinfo=UTC)


def made(*, preview: bool = False) -> dict[str, object]:
    zipped = teams_package(SERVICE, TeamsSettings(APP, TENANT), preview=preview, now=AT)
    with zipfile.ZipFile(io.BytesIO(zipped)) as held:
        found: dict[str, object] = json.loads(held.read("manifest.json"))
    return found


def bot(manifest: dict[str, object]) -> dict[str, object]:
    bots = manifest["bots"]
    assert isinstance(bots, list)
    return dict(bots[0])


def test_the_package_holds_manifest_and_two_icons_of_the_right_size() -> None:
    zipped = teams_package(SERVICE, TeamsSettings(APP, TENANT), preview=False, now=AT)
    with zipfile.ZipFile(io.BytesIO(zipped)) as held:
        assert sorted(held.namelist()) == ["color.png", "manifest.json", "outline.png"]
        for name, size in (("color.png", 192), ("outline.png", 32)):
            data = held.read(name)
            assert data[:8] == b"\x89PNG\r\n\x1a\n"
            assert struct.unpack(">II", data[16:24]) == (size, size)


def test_the_same_settings_make_the_same_package() -> None:
    made_twice = [teams_package(SERVICE, TeamsSettings(APP, TENANT), preview=True, now=AT) for _ in range(2)]
    assert made_twice[0] == made_twice[1]


def test_every_package_has_a_higher_number_than_the_one_before() -> None:
    later = [
        datetime(2026, 11, 22, 23, 59, tzinfo=UTC),
        datetime(2026, 11, 23, 0, 0, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    ]
    numbers = []
    for at in (AT, *later):
        with zipfile.ZipFile(
            io.BytesIO(teams_package(SERVICE, TeamsSettings(APP, TENANT), preview=False, now=at))
        ) as held:
            numbers.append([int(part) for part in json.loads(held.read("manifest.json"))["version"].split(".")])
    assert numbers == sorted(numbers)


def test_the_menu_is_the_command_table_shortened() -> None:
    titles = [entry.title for entry in menu()]
    assert len(titles) == 12
    assert set(titles) <= {command.verb.value for command in COMMANDS} <= set(BY_WORD)
    assert {"claim", "draft", "queue", "help"} <= set(titles)
    assert all(len(entry.description) <= 128 for entry in menu())


def test_slash_commands_are_offered_only_in_the_preview() -> None:
    plain, preview = bot(made()), bot(made(preview=True))
    assert "supportsTargetedMessages" not in plain
    assert preview["supportsTargetedMessages"] is True
    lists = preview["commandLists"]
    assert isinstance(lists, list)
    assert lists[0]["triggers"] == ["mention", "slash"]


def test_it_asks_for_no_consent_to_read_what_people_say() -> None:
    assert "authorization" not in made()
    assert "ChannelMessage" not in json.dumps(made(preview=True))


def test_without_an_address_there_is_no_package() -> None:
    with pytest.raises(SettingsError, match="public_url"):
        teams_package(ServiceSettings(), TeamsSettings(APP, TENANT), preview=False)
    with pytest.raises(SettingsError, match="teams"):
        teams_package(SERVICE, None, preview=False)


TOML = f'[service]\npublic_url = "https://care.example.com"\n[teams]\napp_id = "{APP.upper()}"\ntenant = "{TENANT}"\n'


def test_a_package_needs_no_password(tmp_path: Path) -> None:
    path = tmp_path / "twoway.toml"
    path.write_text(TOML, encoding="utf-8")
    _, teams = load_teams(path, {})
    assert teams is not None
    assert teams.app_id == APP


def test_anonymous_is_refused_anywhere_but_on_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "twoway.toml"
    path.write_text(TOML + "anonymous = true\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="anonymous"):
        load_teams(path, {})
    path.write_text(TOML + 'anonymous = true\nservice_url = "http://127.0.0.1:4000/"\n', encoding="utf-8")
    _, teams = load_teams(path, {})
    assert teams is not None
    assert teams.anonymous


def test_a_token_is_sent_to_no_address_without_tls(tmp_path: Path) -> None:
    path = tmp_path / "twoway.toml"
    path.write_text(TOML + 'service_url = "http://evil.example/"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="service_url"):
        load_teams(path, {})

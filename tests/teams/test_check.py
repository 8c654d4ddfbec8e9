"""`twoway check` asks Teams: a token, our channels, and whether the people there can do what is asked of them."""

from __future__ import annotations

from pathlib import Path

from bot.ops.catalogue import catalogue
from bot.ops.check import Line, State
from bot.ops.check_teams import lines
from bot.settings import load
from sandbox.teams import TeamsStandIn
from sandbox.teams.tenant import CARE, RANDOM, VIP

TOML = """
[service]
database = "sqlite:///{folder}/twoway.db"
public_url = "{public_url}"

[reader]
use = "off"

[teams]
app_id = "{app_id}"
tenant = "{tenant}"
{teams}

[[accounts]]
name = "acme"
platform = "mastodon"
server = "http://127.0.0.1:9"

[[channels]]
name = "care"
chat = "teams:{channel}"
accounts = ["acme"]
{channels}
"""


async def checked(folder: Path, tenant: TeamsStandIn, *, channel: str = CARE, **given: str) -> dict[str, Line]:
    path = folder / "twoway.toml"
    anonymous = f'anonymous = true\nservice_url = "{tenant.service_url}"'
    said = {"public_url": "https://care.example.com", "teams": anonymous, "channels": "", **given}
    text = TOML.format(folder=folder, app_id=tenant.app_id, tenant=tenant.tenant_id, channel=channel, **said)
    path.write_text(text, encoding="utf-8")
    settings = load(path, {}, catalogue=catalogue(), need_secrets=False)
    assert settings.teams is not None
    return {line.about: line async for line in lines(settings, settings.teams)}


async def test_a_channel_that_we_are_in_is_good(tmp_path: Path, teams: TeamsStandIn) -> None:
    found = await checked(tmp_path, teams)
    assert found["channel care"].state is State.GOOD
    assert "with 4 others" in found["channel care"].sentence
    assert found["Teams"].state is State.DOUBT, "anonymous is said even when all is well"


async def test_a_channel_without_us_is_wrong_with_its_remedy(tmp_path: Path, teams: TeamsStandIn) -> None:
    found = await checked(tmp_path, teams, channel=RANDOM)
    assert found["channel care"].state is State.WRONG
    assert "add the app to the team" in found["channel care"].remedy


async def test_a_policy_that_nobody_there_can_satisfy_is_said(tmp_path: Path, teams: TeamsStandIn) -> None:
    found = await checked(tmp_path, teams, channel=VIP, channels="approvals = 3")
    assert found["channel care"].state is State.WRONG


async def test_without_a_password_teams_waits(tmp_path: Path, teams: TeamsStandIn) -> None:
    found = await checked(tmp_path, teams, teams="")
    assert found["Teams"].state is State.UNTRIED
    assert "TEAMS_APP_PASSWORD" in found["Teams"].sentence


async def test_a_service_that_does_not_answer_is_said(tmp_path: Path, teams: TeamsStandIn) -> None:
    found = await checked(tmp_path, teams, teams='anonymous = true\nservice_url = "http://127.0.0.1:9/"')
    assert found["channel care"].state is State.WRONG
    assert found["channel care"].remedy == "try again later"

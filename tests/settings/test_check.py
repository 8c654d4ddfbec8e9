"""`twoway check` asks the world outside and says what is wrong with the way to put it right."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.chat.slack.manifest import SCOPES
from bot.ops.check import Line, Report, State, check
from models.migrate import upgrade
from tests.settings.example import ENV, TOML, write


@dataclass
class Slack:
    """As much of Slack as is asked, with answers that a test may change."""

    url: str = ""
    scopes: str = ",".join(SCOPES)
    answers: dict[str, Mapping[str, object]] = field(
        default_factory=lambda: {
            "auth.test": {"ok": True, "user": "twoway", "user_id": "UBOT", "team": "Acme"},
            "apps.connections.open": {"ok": True, "url": "ws://127.0.0.1/"},
            "conversations.info": {"ok": True, "channel": {"id": "C0CARE", "is_member": True}},
            "conversations.members": {"ok": True, "members": ["UBOT", "UANA", "UBEA"]},
            "usergroups.users.list": {"ok": True, "users": ["UANA", "UELSEWHERE"]},
        }
    )

    async def answer(self, request: web.Request) -> web.Response:
        known = request.headers["Authorization"] in ("Bearer bot-secret", "Bearer app-secret")
        refused = {"ok": False, "error": "invalid_auth"}
        answer = self.answers[request.match_info["method"]] if known else refused
        return web.json_response(answer, headers={"x-oauth-scopes": self.scopes})


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    made = Slack()
    app = web.Application()
    app.router.add_post("/api/{method}", made.answer)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/api/"))
        yield made


@pytest.fixture
async def mastodon() -> AsyncIterator[str]:
    """The address of a server that knows its own name and our account."""

    async def instance(request: web.Request) -> web.Response:
        return web.json_response({"domain": "square.example", "version": "4.5.0", "configuration": {}})

    async def me(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer acme-secret":
            return web.json_response({"error": "The access token is invalid"}, status=401)
        return web.json_response({"id": "1", "username": "acme", "acct": "acme", "display_name": "Acme"})

    app = web.Application()
    app.router.add_get("/api/v2/instance", instance)
    app.router.add_get("/api/v1/accounts/verify_credentials", me)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


def toml(slack: Slack, server: str) -> str:
    return TOML.replace("https://mastodon.example", server).replace(
        'mode = "socket"', f'mode = "socket"\napi_url = "{slack.url}"\n\n[reader]\nuse = "off"'
    )


async def checked(folder: Path, text: str, env: Mapping[str, str] = ENV, *, migrated: bool = True) -> Report:
    path = write(folder, text)
    if migrated:
        upgrade(f"sqlite:///{folder / 'twoway.db'}")
    return await check(path, env)


def line(report: Report, about: str) -> Line:
    (found,) = [one for one in report.lines if one.about == about]
    return found


async def test_where_everything_is_set_up_it_says_so(tmp_path: Path, slack: Slack, mastodon: str) -> None:
    report = await checked(tmp_path, toml(slack, mastodon))
    assert report.code == 0, report.as_text()
    assert line(report, "account acme").sentence == "works, as acme"
    assert line(report, "Slack").sentence == "lets us in as twoway in Acme"
    assert line(report, "channel care").sentence == "we are in it, with 2 others"
    assert report.as_text().endswith("Everything is set up.")


async def test_a_database_behind_its_migrations_is_a_matter_of_settings(
    tmp_path: Path, slack: Slack, mastodon: str
) -> None:
    report = await checked(tmp_path, toml(slack, mastodon), migrated=False)
    assert report.code == 2
    assert line(report, "database").remedy == "run `twoway db upgrade`"


async def test_a_missing_token_is_named_and_everything_else_still_looked_at(
    tmp_path: Path, slack: Slack, mastodon: str
) -> None:
    report = await checked(tmp_path, toml(slack, mastodon), {**ENV, "SLACK_BOT_TOKEN": ""})
    assert report.code == 2
    assert line(report, "environment: SLACK_BOT_TOKEN").state is State.WRONG
    assert line(report, "Slack").state is State.UNTRIED
    assert line(report, "account acme").state is not State.WRONG


async def test_a_dead_slack_token_is_named_with_the_remedy(tmp_path: Path, slack: Slack, mastodon: str) -> None:
    report = await checked(tmp_path, toml(slack, mastodon), {**ENV, "SLACK_BOT_TOKEN": "old"})
    assert report.code == 1
    found = line(report, "Slack")
    assert (found.sentence, found.remedy) == ("says invalid_auth", "copy the token anew from the app's page")


async def test_a_scope_that_was_not_granted_is_named(tmp_path: Path, slack: Slack, mastodon: str) -> None:
    slack.scopes = slack.scopes.replace("reactions:read,", "")
    report = await checked(tmp_path, toml(slack, mastodon))
    assert report.code == 1
    assert line(report, "Slack scopes").sentence == "reactions:read not granted"


async def test_a_channel_that_we_are_not_in_is_named_with_the_remedy(
    tmp_path: Path, slack: Slack, mastodon: str
) -> None:
    slack.answers["conversations.info"] = {"ok": True, "channel": {"id": "C0CARE", "is_member": False}}
    report = await checked(tmp_path, toml(slack, mastodon))
    assert report.code == 1
    assert line(report, "channel care").remedy == "/invite @twoway in that channel"


async def test_a_policy_that_nobody_can_satisfy_is_named(tmp_path: Path, slack: Slack, mastodon: str) -> None:
    slack.answers["conversations.members"] = {"ok": True, "members": ["UBOT", "UANA"]}
    report = await checked(tmp_path, toml(slack, mastodon))
    assert report.code == 1
    assert "there is only 1 person" in line(report, "channel care").sentence


async def test_a_group_of_approvers_counts_those_who_are_in_the_channel(
    tmp_path: Path, slack: Slack, mastodon: str
) -> None:
    text = toml(slack, mastodon).replace("approvals = 1", "approvals = 2")
    text = text.replace("approvers = []", 'approvers = ["S0LEADS"]')
    report = await checked(tmp_path, text)
    assert "only 1 person may approve" in line(report, "channel care").sentence


async def test_a_dead_platform_token_is_named_with_the_remedy(tmp_path: Path, slack: Slack, mastodon: str) -> None:
    report = await checked(tmp_path, toml(slack, mastodon), {**ENV, "TWOWAY_ACME_TOKEN": "old"})
    assert report.code == 1
    assert line(report, "account acme").state is State.WRONG
    assert "twoway connect acme" in line(report, "account acme").remedy


async def test_no_line_holds_a_token(tmp_path: Path, slack: Slack, mastodon: str) -> None:
    report = await checked(tmp_path, toml(slack, mastodon), migrated=False)
    assert not any(secret in str(report.as_json()) for secret in ENV.values())

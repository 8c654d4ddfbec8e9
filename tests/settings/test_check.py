"""`twoway check` asks the world outside and says what is wrong with the way to put it right."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from adapters.noting import budget_is, clock_is, noting
from bot.chat.slack.manifest import SCOPES
from bot.ops.check import Line, Report, State, check, clock
from models.conversation import Post
from models.migrate import head, upgrade
from models.places import Account
from models.searches import SavedSearch, WantedSearch, settle_searches
from models.store import Store
from models.telling import EventKind
from tests.reading.world import World
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


async def test_it_says_what_is_searched_for_and_which_search_is_not_answered(
    tmp_path: Path, slack: Slack, mastodon: str
) -> None:
    text = toml(slack, mastodon).replace('name = "acme"\n', 'name = "acme"\nsearches = ["akme", "acmee"]\n', 1)
    report = await checked(tmp_path, text)
    assert line(report, "account acme").sentence == "works, as acme; asks 2 searches every 15m"
    store = Store(f"sqlite:///{tmp_path / 'twoway.db'}")
    async with store.work() as work:
        work.add(Account(id=1, name="acme", platform="mastodon"))
        await work.flush()
        await settle_searches(work, [WantedSearch(1, "akme"), WantedSearch(1, "acmee")])
        row = await work.session.get(SavedSearch, 1)
        assert row is not None
        row.tries = 3
    await store.close()
    found = line(await checked(tmp_path, text), "account acme")
    assert found.state is State.DOUBT
    assert "The search “akme” was not answered 3 times in a row; the log says why." in found.remedy


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


async def test_how_an_account_is_stands_in_its_line_and_for_programs_in_its_facts(
    tmp_path: Path, slack: Slack, mastodon: str
) -> None:
    upgrade(f"sqlite:///{tmp_path / 'twoway.db'}")
    store = Store(f"sqlite:///{tmp_path / 'twoway.db'}")
    world = await World(store).begin()
    await world.heard("Where is it?")
    async with store.work() as work:
        account = await work.session.get_one(Account, world.account)
        account.heard_at = work.now - timedelta(seconds=12)
        account.swept_at = work.now - timedelta(minutes=40)
        account.lease_until = work.now + timedelta(minutes=5)
        for post in await work.session.scalars(select(Post)):
            post.at = work.now - timedelta(minutes=20)
            post.heard_at = post.at + timedelta(seconds=3)
        await work.write_down_service(EventKind.RECOVERED, data={"account": account.id, "count": 4})
        await work.write_down_service(EventKind.RECOVERED, data={"account": account.id + 1, "count": 9})
    await store.close()
    report = await check(write(tmp_path, toml(slack, mastodon)), ENV)
    found = line(report, "account acme")
    for words in (
        "works, as acme",
        "last post 20 min ago",
        "heard after 3 s",
        "last sweep 40 min ago",
        "recovered 4 on",
    ):
        assert words in found.sentence, words
    assert (found.state, report.code) == (State.DOUBT, 0)
    assert "not been swept for long" in found.remedy
    (told,) = [one for one in json.loads(json.dumps(report.as_json()))["lines"] if one["about"] == "account acme"]
    assert (told["facts"]["lag"], told["facts"]["recovered"], told["facts"]["problem"]) == (3.0, 4, None)
    assert told["facts"]["heard_at"].endswith("Z")
    assert line(report, "database").facts["version"] == head(f"sqlite:///{tmp_path / 'twoway.db'}")


async def test_what_is_left_of_a_budget_and_what_time_it_is_there_are_heard_beside_the_answer(
    tmp_path: Path, slack: Slack, mastodon: str
) -> None:
    with noting() as noted:
        budget_is("them", 300, 300, None)
        budget_is("them", 12, 300, None)
        clock_is("them", {"date": "Mon, 23 Nov 2026 10:00:00 GMT"}, datetime(2026, 11, 23, 10, 0, 9, tzinfo=UTC))
        clock_is("odd", {"date": "yesterday"}, datetime(2026, 11, 23, tzinfo=UTC))
    budget_is("them", 1, 300, None)
    assert (noted.budgets["them"].left, noted.clocks) == (12, {"them": timedelta(seconds=9)})
    assert line(await checked(tmp_path, toml(slack, mastodon)), "clock").state is State.GOOD


def test_a_clock_that_is_wrong_is_named_unless_it_is_one_of_theirs() -> None:
    late, right = timedelta(minutes=-6), timedelta(seconds=2)
    (found,) = clock({"Slack": late, "https://square.example": late - right})
    assert (found.state, found.sentence) == (State.WRONG, "is 360 s behind Slack")
    assert "NTP" in found.remedy
    (found,) = clock({"Slack": right, "https://square.example": -late})
    assert found.state is State.DOUBT
    assert found.sentence == "is 360 s ahead of https://square.example, and agrees with 1 server's"
    assert clock({"Slack": right})[0].facts == {"servers": 1, "ahead_seconds": 2.0}
    assert clock({}) == []


async def test_no_line_holds_a_token(tmp_path: Path, slack: Slack, mastodon: str) -> None:
    report = await checked(tmp_path, toml(slack, mastodon), migrated=False)
    assert not any(secret in str(report.as_json()) for secret in ENV.values())

"""The story of a suggestion on Canny: heard by asking, its votes by the webhook; what a forger says is not heard."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox.canny import CannyStandIn
from sandbox.slack import SlackStandIn
from tests.stories.town import ANA, BEA, Town

ASKED = "please make a xylophone dark mode"
REPLY = "It comes in spring, Lea!"


class Wishes(Town):
    """The town whose public square is a board on Canny. Nothing else is different."""

    square: CannyStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', 'platform = "canny"')

    @property
    def environment(self) -> dict[str, str]:
        return self.team_secrets() | {"TWOWAY_ACME_TOKEN": self.square.token}


@pytest.fixture
async def wishes(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Wishes]:
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with CannyStandIn.serve() as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = Wishes(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.account_settings |= {"author": f'"{square.author}"', "poll": '"200ms"'}
        made.brisk()
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def test_votes_come_by_the_webhook_and_a_forged_call_changes_nothing(wishes: Wishes) -> None:
    hook = f"http://127.0.0.1:{wishes.port}/hooks/acme/"
    wish = await wishes.square.post("Lea", ASKED, title="Dark mode")
    await wishes.card("Nobody has claimed it.", "xylophone", "0 votes there")
    forged = json.loads(wishes.square.outbox[-1].body)
    forged["object"] |= {"details": "buy my pills", "score": 9999}
    called = wishes.square.signed(forged)
    async with aiohttp.ClientSession() as http, http.post(hook, data=called.body, headers=called.headers) as answer:
        assert answer.status == 200
    wishes.square.hook = hook
    await wishes.square.vote(wish, "kim")
    await wishes.card("1 vote there")
    assert "pills" not in wishes.transcript()
    await wishes.mention(ANA, f"draft {REPLY}")
    await wishes.reacts(BEA, await wishes.draft_message(1, REPLY))
    await wishes.card("Answered")
    assert [wishes.square.seen(reply) for reply in wishes.square.posted_by_us()] == [REPLY]

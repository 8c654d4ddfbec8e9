"""The story of an issue: a comment after the line broke is found by its marker, and stands there once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.boards import Fault, Item
from sandbox.github import GitHubStandIn
from sandbox.slack import SlackStandIn
from tests.stories.town import ANA, BEA, Town

ASKED = "the app is xylophone slow"
REPLY = "Fixed in 2.1, Lea! *Thank you* for #12."


class Workshop(Town):
    """The town whose public square is a repository. Nothing else is different."""

    square: GitHubStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', 'platform = "github"')

    @property
    def environment(self) -> dict[str, str]:
        keys = {"TWOWAY_ACME_TOKEN": self.square.token, "TWOWAY_ACME_HOOK_SECRET": self.square.hook_secret}
        return self.team_secrets() | keys


@pytest.fixture
async def workshop(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Workshop]:
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with GitHubStandIn.serve() as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = Workshop(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.account_settings |= {"repository": '"acme/app"', "poll": '"200ms"'}
        made.brisk()
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def test_a_comment_stands_once_as_it_was_approved_though_the_line_broke(workshop: Workshop) -> None:
    issue = await workshop.square.post("Lea", ASKED, title="Slow")
    await workshop.card("Nobody has claimed it.", "xylophone")
    await workshop.mention(ANA, f"draft {REPLY}")
    workshop.square.fault(Fault.ACCEPT_AND_DROP)
    await workshop.reacts(BEA, await workshop.draft_message(1, REPLY))
    await workshop.card("Answered")
    (reply,) = workshop.square.posted_by_us()
    assert (workshop.square.seen(reply), reply.topic) == (REPLY, issue.topic)
    assert len(workshop.square.publish_calls) == 1


async def test_a_deletion_that_the_webhook_tells_sets_the_draft_aside(workshop: Workshop) -> None:
    issue = await workshop.square.post("Lea", ASKED)
    assert isinstance(issue, Item)
    await workshop.card("Nobody has claimed it.", "xylophone")
    await workshop.mention(ANA, f"draft {REPLY}")
    await workshop.draft_message(1, REPLY)
    workshop.square.hook = f"http://127.0.0.1:{workshop.port}/hooks/acme/"
    await workshop.square.delete(issue)
    await workshop.card("deleted by its author")
    assert workshop.public() == []

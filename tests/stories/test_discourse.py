"""The story of a wish on a forum: heard with its votes, made an idea, answered in its topic, edited meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.boards import Fault, Item
from sandbox.discourse import DiscourseStandIn
from sandbox.slack import SlackStandIn
from tests.stories.town import ANA, BEA, Town

ASKED = "please make a xylophone dark mode"
REPLY = "It comes in spring, Lea!"


class ForumTown(Town):
    """The town whose public square is a Discourse forum. Nothing else is different."""

    square: DiscourseStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', 'platform = "discourse"')

    @property
    def environment(self) -> dict[str, str]:
        keys = {"TWOWAY_ACME_TOKEN": self.square.token, "TWOWAY_ACME_HOOK_SECRET": self.square.hook_secret}
        return self.team_secrets() | keys


@pytest.fixture
async def forum(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[ForumTown]:
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with DiscourseStandIn.serve() as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = ForumTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.account_settings |= {"username": '"acme"', "poll": '"200ms"'}
        made.brisk()
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def test_votes_stand_on_the_card_and_count_for_the_idea(forum: ForumTown) -> None:
    wish = await forum.square.post("Lea", ASKED, title="Dark mode")
    await forum.card("Nobody has claimed it.", "xylophone")
    await forum.square.vote(wish, "kim", "sam")
    await forum.card("2 votes there")
    await forum.mention(ANA, "idea")
    await forum.card("Asks for idea 1")
    await forum.command(ANA, "ideas")
    await forum.told(ANA, "1 person asks for it, and 2 votes on acme")


async def test_a_reply_stands_in_the_topic_once_though_the_line_broke(forum: ForumTown) -> None:
    wish = await forum.square.post("Lea", ASKED, title="Dark mode")
    await forum.card("Nobody has claimed it.", "xylophone")
    await forum.mention(ANA, f"draft {REPLY}")
    forum.square.fault(Fault.ACCEPT_AND_DROP)
    await forum.reacts(BEA, await forum.draft_message(1, REPLY))
    await forum.card("Answered")
    (reply,) = forum.square.posted_by_us()
    assert (forum.square.seen(reply), reply.topic) == (REPLY, wish.topic)
    assert len(forum.square.publish_calls) == 1


async def test_an_edit_that_the_webhook_tells_voids_what_was_approved(forum: ForumTown) -> None:
    wish = await forum.square.post("Lea", ASKED)
    assert isinstance(wish, Item)
    await forum.card("Nobody has claimed it.", "xylophone")
    await forum.mention(ANA, f"draft {REPLY}")
    await forum.draft_message(1, REPLY)
    forum.square.hook = f"http://127.0.0.1:{forum.port}/hooks/acme/"
    await forum.square.edit(wish, "never mind, I found it")
    await forum.in_thread("Draft 1: shown again below: the customer changed the post")
    assert forum.public() == []

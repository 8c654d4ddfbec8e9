"""The story of a suggestion on UserVoice: who supports it is counted on its card, the answer stands below it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.slack import SlackStandIn
from sandbox.uservoice import UserVoiceStandIn
from tests.stories.town import ANA, BEA, Town

ASKED = "please make a xylophone dark mode"
REPLY = "It comes in spring, Lea!"


class Forum(Town):
    """The town whose public square is a forum on UserVoice. Nothing else is different."""

    square: UserVoiceStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', 'platform = "uservoice"')

    @property
    def environment(self) -> dict[str, str]:
        return self.team_secrets() | {"TWOWAY_ACME_CLIENT_SECRET": self.square.token}


@pytest.fixture
async def forum(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Forum]:
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with UserVoiceStandIn.serve() as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = Forum(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        user, client = square.world.person(square.username), square.client_id
        made.account_settings |= {"user": f'"{user}"', "client_id": f'"{client}"', "poll": '"200ms"'}
        made.brisk()
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def test_votes_are_counted_on_the_card_and_a_changed_wish_voids_what_was_approved(forum: Forum) -> None:
    wish = await forum.square.post("Lea", ASKED, title="Dark mode")
    await forum.card("Nobody has claimed it.", "xylophone", "0 votes there")
    await forum.square.vote(wish, "kim", "jon")
    await forum.look_again()
    await forum.card("2 votes there")
    await forum.mention(ANA, f"draft {REPLY}")
    await forum.draft_message(1, REPLY)
    await forum.square.edit(wish, f"{ASKED}, and a bright one")
    await forum.in_thread("Draft 1: shown again below: the customer changed the post")
    await forum.reacts(BEA, await forum.draft_message(1, REPLY))
    await forum.card("Answered")
    assert [forum.square.seen(reply) for reply in forum.square.posted_by_us()] == [REPLY]
    assert len(forum.square.publish_calls) == 1

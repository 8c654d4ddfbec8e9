"""The story under a blog post: a comment waits for approval, is heard, answered under it, and edited meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.slack import SlackStandIn
from sandbox.wordpress import Comment, Fault, PressStandIn
from tests.stories.town import ANA, BEA, Town

ASKED = "my bike is xylophone late"
REPLY = "Sorry, Lea! It comes today."


class PressTown(Town):
    """The town whose public square is a WordPress site. Nothing else is different."""

    square: PressStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', 'platform = "wordpress"')

    @property
    def environment(self) -> dict[str, str]:
        return self.team_secrets() | {"TWOWAY_ACME_PASSWORD": self.square.password}


@pytest.fixture
async def press(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[PressTown]:
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with PressStandIn.serve() as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = PressTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.account_settings |= {"username": '"acme"', "poll": '"200ms"'}
        made.brisk()
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def test_a_comment_is_heard_once_approved_and_its_reply_stands_once(press: PressTown) -> None:
    comment = await press.square.post("Lea", ASKED, status="hold")
    await press.square.move(comment, "approved")
    await press.card("Nobody has claimed it.", "xylophone")
    await press.mention(ANA, f"draft {REPLY}")
    press.square.fault(Fault.ACCEPT_AND_DROP)
    await press.reacts(BEA, await press.draft_message(1, REPLY))
    await press.card("Answered")
    (reply,) = press.square.posted_by_us()
    assert isinstance(comment, Comment)
    assert (press.square.seen(reply), reply.parent) == (REPLY, comment.id)
    assert len(press.square.publish_calls) == 1


async def test_an_edit_while_a_draft_waits_voids_what_was_approved(press: PressTown) -> None:
    comment = await press.asks("Lea", ASKED)
    await press.mention(ANA, f"draft {REPLY}")
    await press.draft_message(1, REPLY)
    await press.square.edit(comment, "it is here, and broken")  # type: ignore[arg-type]
    await press.in_thread("Draft 1: shown again below: the customer changed the post")
    assert press.public() == []

"""The story of a blog that speaks of us: heard, never answered by program, and settled with a link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.feeds import Blog
from sandbox.slack import SlackStandIn
from tests.stories.town import ANA, DAN, Town


class BlogTown(Town):
    """The town whose public square is somebody's blog. Nothing else is different."""

    square: Blog  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        words = super().toml(port).replace('platform = "mastodon"', 'platform = "feeds"')
        return words.replace(f'server = "{self.square.base_url}"', f'feeds = "{self.square.feed}"')

    @property
    def environment(self) -> dict[str, str]:
        return self.team_secrets()


@pytest.fixture
async def blog(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[BlogTown]:
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with Blog.serve() as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = BlogTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.account_settings = {"poll": '"200ms"', "inside": '"127.0.0.1"', "words": '"acme"'}
        made.channel_settings["leads"] = f'["{DAN}"]'
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def test_a_post_about_us_is_answered_there_by_hand_and_settled_with_its_link(blog: BlogTown) -> None:
    await blog.square.post("lea", "a walk in the woods")
    entry = await blog.asks("lea", "My Acme bike is xylophone late")
    await blog.card("I may not answer this one.", "No program can answer on this site", "xylophone")
    await blog.mention(ANA, "draft Sorry, Lea!")
    await blog.draft_message(1, "No program can answer on this site")
    await blog.mention(DAN, f"settle sent {blog.square.address(entry)}#comment-2")  # type: ignore[arg-type]
    await blog.card("Answered")
    assert blog.card_now(2) is None

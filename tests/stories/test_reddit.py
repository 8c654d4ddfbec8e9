"""The same story on Reddit: no keys, Markdown, moderators, and a platform that asks us to take a break."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.reddit import Fault, RedditStandIn, Thing
from sandbox.slack import SlackStandIn
from tests.stories.town import ANA, BEA, Town

ASKED = "My parcel\n\nu/acme_support it is **xylophone** late: https://shop.example/orders/4711"
REPLY = "Sorry, Lea! 1. It comes *today*: https://shop.example/track_4711"


class ForumTown(Town):
    """The town whose public square is a subreddit. Nothing else is different."""

    square: RedditStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', 'platform = "reddit"')

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"TWOWAY_ACME_CLIENT_SECRET": self.square.server.client_secret}


@pytest.fixture
async def forum(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[ForumTown]:
    """The town with its bot: on one database and one way to Slack, since nothing of them is another here."""
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with RedditStandIn.serve(rate_limit=100_000) as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = ForumTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.account_settings |= {
            "username": '"acme_support"',
            "client_id": f'"{square.server.client_id}"',
            "login": f'"{square.base_url}"',
            "subreddits": '"acme"',
            "poll": '"200ms"',
        }
        made.brisk()
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def drafted(here: ForumTown) -> Thing:
    post = await here.asks("lea", ASKED)
    await here.card("Nobody has claimed it.", "xylophone")
    await here.mention(ANA, f"draft {REPLY}")
    await here.draft_message(1, REPLY)
    assert isinstance(post, Thing)
    return post


async def test_a_customer_on_reddit_is_answered_with_the_words_that_were_approved(forum: ForumTown) -> None:
    post = await drafted(forum)
    assert forum.public() == []
    await forum.reacts(BEA, await forum.draft_message(1, "of 10000"))
    await forum.answered()
    await forum.card("Answered")
    (reply,) = forum.square.posted_by_us()
    assert reply.parent is post
    assert forum.square.seen(reply) == REPLY
    # She answers, and it is the same conversation.
    await forum.square.post("lea", "thank you!", reply_to=reply)
    await forum.in_thread("thank you!")


async def test_a_reply_that_was_taken_without_an_answer_is_found_and_stands_once(forum: ForumTown) -> None:
    await drafted(forum)
    forum.square.fault(Fault.ACCEPT_AND_DROP)
    await forum.reacts(BEA, await forum.draft_message(1))
    await forum.card("Answered")
    assert [forum.square.seen(one) for one in forum.square.posted_by_us()] == [REPLY]
    assert len(forum.square.publish_calls) == 1


async def test_take_a_break_is_waited_for_and_the_reply_goes_out_once(forum: ForumTown) -> None:
    await drafted(forum)
    forum.square.fault(Fault.PACE, seconds=1)
    await forum.reacts(BEA, await forum.draft_message(1))
    await forum.card("Answered")
    assert [forum.square.seen(one) for one in forum.square.posted_by_us()] == [REPLY]
    assert len(forum.square.publish_calls) == 2


async def test_where_moderators_lock_the_thread_nothing_goes_out(forum: ForumTown) -> None:
    post = await drafted(forum)
    post.locked = True
    await forum.reacts(BEA, await forum.draft_message(1))
    await forum.in_thread("did not go out", "locked")
    assert forum.square.publish_calls == []


async def test_a_post_that_a_moderator_removes_is_not_answered_and_leaves_chat(forum: ForumTown) -> None:
    post = await drafted(forum)
    await forum.square.remove(post)
    await forum.reacts(BEA, await forum.draft_message(1))
    await forum.in_thread("nothing goes out")
    await forum.until(lambda: not forum.in_chat("xylophone"))
    assert forum.square.publish_calls == []


async def test_an_answer_by_hand_is_noticed(forum: ForumTown) -> None:
    post = await drafted(forum)
    await forum.square.answer_by_hand(post, "I called you, Lea.")
    await forum.in_thread("Somebody answered from our account, not through me", "I called you, Lea.")
    assert forum.square.publish_calls == []

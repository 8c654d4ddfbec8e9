"""The story on Instagram: Meta calls us, a customer is answered under the comment, or alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.instagram import Comment, Fault, GramStandIn
from sandbox.slack import SlackStandIn
from tests.stories.town import ANA, BEA, Town

ASKED = "my bike is xylophone late, order 4711"
REPLY = "Sorry, lea! It comes today."


class GramTown(Town):
    """The town whose public square is an Instagram account. Nothing else is different."""

    square: GramStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        words = super().toml(port).replace('platform = "mastodon"', 'platform = "instagram"')
        return words.replace("streaming = false\n", "")  # there is none to wait for, and no such setting

    @property
    def environment(self) -> dict[str, str]:
        server = self.square.server
        own = {"TWOWAY_ACME_APP_SECRET": server.app_secret, "TWOWAY_ACME_VERIFY_TOKEN": server.verify_token}
        return super().environment | own

    async def start(self) -> None:
        await super().start()
        self.square.call_back(f"http://127.0.0.1:{self.port}/hooks/acme/")


@pytest.fixture
async def gram(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[GramTown]:
    """The town with its bot. It asks once an hour: what is heard, webhooks brought."""
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with GramStandIn.serve() as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        database = f"sqlite:///{tmp_path / 'twoway.db'}"
        made = GramTown(tmp_path, square, slack, database, "socket")  # type: ignore[arg-type]
        made.account_settings |= {"poll": '"1h"', "streaming": "false"}
        made.brisk()
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def drafted(here: GramTown) -> Comment:
    comment = await here.asks("lea", ASKED)
    await here.card("Nobody has claimed it.", "xylophone")
    await here.mention(ANA, f"draft {REPLY}")
    await here.draft_message(1, REPLY)
    assert isinstance(comment, Comment)
    return comment


async def test_a_comment_comes_by_webhook_and_is_answered_under_it(gram: GramTown) -> None:
    assert await gram.square.server.verify() == "1158201444"
    comment = await drafted(gram)
    assert gram.public() == []
    await gram.reacts(BEA, await gram.draft_message(1, "of 300"))
    await gram.card("Answered")
    (reply,) = gram.square.posted_by_us()
    assert (reply.words, reply.parent) == (REPLY, comment)
    # She answers, and it is the same conversation; somebody else's comment is another one.
    await gram.square.post("lea", "thank you!", under=comment)
    await gram.in_thread("thank you!")
    await gram.square.post("kim", "mine too")
    await gram.card("mine too", number=2)


async def test_a_reply_that_was_taken_without_an_answer_is_found_and_stands_once(gram: GramTown) -> None:
    await drafted(gram)
    gram.square.fault(Fault.ACCEPT_AND_DROP)
    await gram.reacts(BEA, await gram.draft_message(1))
    await gram.card("Answered")
    assert [one.words for one in gram.square.posted_by_us()] == [REPLY]
    assert len(gram.square.publish_calls) == 1


async def test_a_private_answer_reaches_its_author_alone_and_only_when_it_was_approved_as_one(gram: GramTown) -> None:
    await drafted(gram)
    public = await gram.draft_message(1, REPLY)
    await gram.mention(ANA, "private Dear lea, your order 4711 is on its way.")
    shown = await gram.in_thread("Private answer 2, last words by", "alone:", "nobody else can see it")
    # A yes to the public words is no yes to these.
    await gram.reacts(BEA, public)
    await gram.in_thread("Private answer 2", "Approved 0 of 1")
    assert gram.square.publish_calls == []
    await gram.reacts(BEA, shown)
    await gram.card("Answered")
    await gram.in_thread("Our reply", "is there, not in public")
    assert [one.words for one in gram.square.written_by_us()] == ["Dear lea, your order 4711 is on its way."]
    assert gram.public() == []


async def test_a_comment_deleted_while_its_draft_waits_is_not_answered(gram: GramTown) -> None:
    """Nobody tells us of deletions here, and Instagram calls what is gone by no other name than what is hidden."""
    comment = await drafted(gram)
    await gram.square.delete(comment)
    await gram.reacts(BEA, await gram.draft_message(1))
    await gram.in_thread("The approved reply did not go out", "cannot be seen any more")
    await gram.draft_message(1, "It could not go out as things stand", "Approved 0 of 1")
    await gram.card("We cannot see this post just now")
    assert gram.square.publish_calls == []
    assert gram.public() == []

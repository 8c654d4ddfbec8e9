"""The story on a Facebook Page: Meta calls us, a customer is answered where everybody sees it, or alone."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from sandbox.facebook import Comment, Fault, PageStandIn
from sandbox.slack import SlackStandIn
from tests.stories.town import ANA, BEA, Town

ASKED = "my bike is xylophone late: https://shop.example/orders/4711"
REPLY = "Sorry, Lea! It comes today: https://shop.example/track/4711"


class PageTown(Town):
    """The town whose public square is a Facebook Page. Nothing else is different."""

    square: PageStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        words = super().toml(port).replace('platform = "mastodon"', 'platform = "facebook"')
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
async def page(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[PageTown]:
    """The town with its bot. It asks once an hour: what is heard, webhooks brought."""
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with PageStandIn.serve() as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        database = f"sqlite:///{tmp_path / 'twoway.db'}"
        made = PageTown(tmp_path, square, slack, database, "socket")  # type: ignore[arg-type]
        made.account_settings |= {"poll": '"1h"', "streaming": "false"}
        made.brisk()
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def drafted(here: PageTown) -> Comment:
    comment = await here.asks("Lea", ASKED)
    await here.card("Nobody has claimed it.", "xylophone")
    await here.mention(ANA, f"draft {REPLY}")
    await here.draft_message(1, REPLY)
    assert isinstance(comment, Comment)
    return comment


async def test_a_comment_comes_by_webhook_and_is_answered_under_it(page: PageTown) -> None:
    assert await page.square.server.verify() == "1158201444"
    comment = await drafted(page)
    assert page.public() == []
    await page.reacts(BEA, await page.draft_message(1, "of 8000"))
    await page.card("Answered")
    assert "@Lea" not in page.slack.text_of(await page.card("Lea · Facebook (acme)")), "that is a name, and no handle"
    (reply,) = page.square.posted_by_us()
    assert reply.words == REPLY
    assert reply.parent is comment
    # She answers, and it is the same conversation; somebody else's comment is another one.
    await page.square.post("Lea", "thank you!", under=comment)
    await page.in_thread("thank you!")
    await page.square.post("Kim", "mine too")
    await page.card("mine too", number=2)


@pytest.mark.parametrize("fault", [Fault.ACCEPT_AND_DROP, Fault.ACCEPT_LATE])
async def test_a_reply_that_was_taken_without_an_answer_is_found_and_stands_once(page: PageTown, fault: Fault) -> None:
    await drafted(page)
    page.square.fault(fault, seconds=0.05 if fault is Fault.ACCEPT_LATE else None)
    await page.reacts(BEA, await page.draft_message(1))
    await page.card("Answered")
    assert [one.words for one in page.square.posted_by_us()] == [REPLY]
    assert len(page.square.publish_calls) == 1


async def test_an_edit_is_shown_and_the_approval_counts_no_more(page: PageTown) -> None:
    comment = await drafted(page)
    await page.square.edit(comment, "it is here, and broken")
    await page.in_thread("changed the post", "Now:", "it is here, and broken")
    await page.in_thread("Draft 1: shown again below: the customer changed the post")
    assert page.public() == []


async def test_a_deleted_comment_leaves_chat_and_store(page: PageTown) -> None:
    comment = await drafted(page)
    await page.square.delete(comment)
    await page.in_thread("deleted everything here", "nothing goes out")
    await page.card("Closed")
    await page.until(lambda: not page.in_chat("xylophone"))
    assert page.in_store("xylophone") == []


async def test_webhooks_that_were_lost_are_made_up_for_by_asking(page: PageTown) -> None:
    await page.stop()
    page.account_settings["poll"] = '"200ms"'
    page.square.fault(Fault.NO_CALLS)
    await page.start()
    await page.square.post("Lea", ASKED)
    await page.card("Nobody has claimed it.", "xylophone")


async def test_an_answer_by_hand_is_noticed(page: PageTown) -> None:
    comment = await drafted(page)
    await page.square.answer_by_hand(comment, "I called you, Lea.")
    await page.in_thread("Somebody answered from our account, not through me", "I called you, Lea.")
    assert page.square.publish_calls == []


async def test_a_message_is_answered_as_a_message_and_never_in_public(page: PageTown) -> None:
    page.square.write("Lea", "my address is xylophone lane 1")
    await page.card("Not public: only those it names can see it.", "xylophone")
    await page.mention(ANA, f"draft {REPLY}")
    await page.draft_message(1, "not public, like the post it answers", "Only the person who wrote sees it")
    await page.reacts(BEA, await page.draft_message(1))
    await page.card("Answered")
    assert [one.words for one in page.square.written_by_us()] == [REPLY]
    assert page.public() == []


async def test_a_private_answer_says_so_everywhere_is_approved_and_reaches_its_author_alone(page: PageTown) -> None:
    comment = await page.asks("Lea", ASKED)
    assert isinstance(comment, Comment)
    await page.mention(ANA, f"draft {REPLY}")
    public = await page.draft_message(1, REPLY)
    await page.mention(ANA, "private Dear Lea, your order 4711 is on its way.")
    shown = await page.in_thread("Private answer 2, last words by", "To Lea alone:", "nobody else can see it")
    await page.in_thread("Draft 1", "replaced by a newer draft")
    # A yes to the public words is no yes to these.
    await page.reacts(BEA, public)
    await page.in_thread("Private answer 2", "Approved 0 of 1")
    assert page.square.publish_calls == []
    await page.reacts(BEA, shown)
    await page.card("Answered")
    await page.in_thread("Our reply", "is there, not in public")
    assert [one.words for one in page.square.written_by_us()] == ["Dear Lea, your order 4711 is on its way."]
    assert page.public() == []
    # Facebook has one: the draft of a second says so.
    await page.mention(ANA, "private And one more thing.")
    await page.in_thread("Private answer 3", "there is only one a comment")


async def test_a_private_answer_is_written_in_a_dialog_that_begins_empty(page: PageTown) -> None:
    await drafted(page)
    await page.mention(ANA, "private")
    pressed = await page.told(ANA, "Write")
    assert pressed
    assert page.public() == []


async def test_where_the_window_is_over_the_draft_says_so_and_nothing_goes_out(page: PageTown) -> None:
    message = page.square.write("Lea", "hello?")
    await page.card("Nobody has claimed it.", "hello?")
    message.at -= timedelta(hours=25)
    await page.mention(ANA, f"draft {REPLY}")
    await page.draft_message(1, "Messages can be answered for 24 hours.")
    await page.reacts(BEA, await page.draft_message(1))
    await page.in_thread("did not go out")
    assert page.square.publish_calls == []


async def test_a_call_that_is_not_metas_is_not_heard(page: PageTown) -> None:
    hooks = f"http://127.0.0.1:{page.port}/hooks/acme/"
    page.square.call_back(None)
    copied = await page.square.post("Lea", "a true one, to copy")
    assert isinstance(copied, Comment)
    (told,) = page.square.webhooks
    body = told.replace(b"a true one, to copy", b"forged xylophone").replace(copied.id.encode(), b"1_4711")
    guessed = "sha256=" + hmac.new(b"guessed", body, hashlib.sha256).hexdigest()
    async with aiohttp.ClientSession() as http:
        async with http.post(hooks, data=body, headers={"X-Hub-Signature-256": guessed}) as answer:
            assert answer.status in {401, 403}
        page.square.call_back(hooks)
        await page.square.post("Kim", "the real one")
        await page.card("the real one")
        assert page.in_store("xylophone") == []
        # The same words with Meta's own signature are heard: so the signature was what was wrong with them.
        signed = {"X-Hub-Signature-256": page.square.server.sign(body)}
        async with http.post(hooks, data=body, headers=signed) as answer:
            assert answer.status == 200
    assert page.in_store("xylophone") != []

"""The same story on Threads: two steps, one reply; webhooks; quotas."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.slack import SlackStandIn
from sandbox.threads import Fault, Post, ThreadsStandIn, Where
from tests.stories.town import ANA, BEA, Town

ASKED = "@acme my parcel is xylophone late: https://shop.example/orders/4711"
REPLY = "Sorry, Lea! It comes today 📦: https://shop.example/track/4711"


class ThreadsTown(Town):
    """The town whose public square is Threads. Nothing else is different."""

    square: ThreadsStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', 'platform = "threads"')

    @property
    def environment(self) -> dict[str, str]:
        server = self.square.server
        own = {"TWOWAY_ACME_APP_SECRET": server.app_secret, "TWOWAY_ACME_VERIFY_TOKEN": server.verify_token}
        return super().environment | own


@pytest.fixture
async def strings(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[ThreadsTown]:
    """The town with its bot: on one database and one way to Slack, since nothing of them is another here."""
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with ThreadsStandIn.serve() as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = ThreadsTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.account_settings |= {"poll": '"200ms"', "ready_every": '"50ms"'}
        made.brisk()
        made.account_settings["call_limit"] = '"4s"'  # two steps, and a look at the quota
        try:
            await made.start()
            square.call_back(f"http://127.0.0.1:{made.port}/hooks/acme/")
            yield made
        finally:
            await made.stop()


async def drafted(here: ThreadsTown) -> Post:
    here.square.person("lea", name="Lea L.", followers=4200)
    post = await here.asks("lea", ASKED)
    await here.card("Nobody has claimed it.", "xylophone")
    await here.mention(ANA, f"draft {REPLY}")
    await here.draft_message(1, REPLY)
    assert isinstance(post, Post)
    return post


async def test_a_customer_on_threads_is_answered_with_the_words_that_were_approved(strings: ThreadsTown) -> None:
    assert await strings.square.server.verify() == "1158201444"
    post = await drafted(strings)
    assert strings.public() == []
    await strings.reacts(BEA, await strings.draft_message(1, "of 500"))
    await strings.card("Answered")
    (reply,) = strings.square.posted_by_us()
    assert (reply.words, reply.parent) == (REPLY, post)
    # She answers, and it is the same conversation: a webhook says so, the lists would not.
    await strings.square.post("lea", "thank you!", reply_to=reply)
    await strings.in_thread("thank you!")


@pytest.mark.parametrize("fault", [Fault.ACCEPT_AND_DROP, Fault.ACCEPT_LATE])
async def test_a_reply_that_was_taken_without_an_answer_is_found_and_stands_once(
    strings: ThreadsTown, fault: Fault
) -> None:
    await drafted(strings)
    strings.square.fault(fault, seconds=0.05 if fault is Fault.ACCEPT_LATE else None)
    await strings.reacts(BEA, await strings.draft_message(1))
    await strings.card("Answered")
    assert [one.words for one in strings.square.posted_by_us()] == [REPLY]
    assert len(strings.square.publish_calls) == 1


async def test_a_reply_that_was_not_taken_goes_out_from_the_same_container(strings: ThreadsTown) -> None:
    await drafted(strings)
    strings.square.fault(Fault.FAIL_BEFORE)
    await strings.reacts(BEA, await strings.draft_message(1))
    await strings.card("Answered")
    assert [one.words for one in strings.square.posted_by_us()] == [REPLY]
    assert len(strings.square.world.containers) == 1
    first, second = strings.square.publish_calls
    assert first.body == second.body


async def test_where_the_first_step_fails_nothing_was_posted(strings: ThreadsTown) -> None:
    await drafted(strings)
    strings.square.fault(Fault.REFUSE, where=Where.CHANGE, error="368")
    await strings.reacts(BEA, await strings.draft_message(1))
    await strings.in_thread("The platform refused our reply", "Nothing was posted")
    assert strings.square.publish_calls == []


async def test_a_post_that_is_deleted_while_a_draft_waits_is_not_answered(strings: ThreadsTown) -> None:
    post = await drafted(strings)
    await strings.square.delete(post)
    await strings.reacts(BEA, await strings.draft_message(1))
    await strings.in_thread("did not go out", "cannot be seen any more")
    assert strings.square.publish_calls == []


async def test_an_edit_is_shown_and_the_approval_counts_no_more(strings: ThreadsTown) -> None:
    post = await drafted(strings)
    await strings.square.edit(post, "@acme it is here, and broken")
    await strings.in_thread("changed the post", "Now:", "it is here, and broken")
    assert strings.public() == []


async def test_an_answer_by_hand_is_noticed(strings: ThreadsTown) -> None:
    post = await drafted(strings)
    await strings.square.answer_by_hand(post, "I called you, Lea.")
    await strings.in_thread("Somebody answered from our account, not through me", "I called you, Lea.")
    assert strings.square.publish_calls == []

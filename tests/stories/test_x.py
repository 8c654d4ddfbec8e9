"""The same story on X: a customer is answered, once, whatever the network does; and only where X lets us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.slack import SlackStandIn
from sandbox.x import Fault, Post, XStandIn
from tests.stories.town import ANA, BEA, CARE, Town

ASKED = "@acme my parcel is xylophone late: https://acme.com/orders/4711"
REPLY = "Sorry, Lea! It comes today."
LINKED = "Sorry, Lea! It comes today: https://acme.com/track/4711"


class XTown(Town):
    """The town whose public square is X. Nothing else is different."""

    square: XStandIn  # type: ignore[assignment]  # another public square

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', 'platform = "x"')

    @property
    def environment(self) -> dict[str, str]:
        keys = {f"TWOWAY_ACME_{name.upper()}": value for name, value in self.square.keys.items()}
        return super().environment | keys

    @property
    def hook(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/acme/x"


@pytest.fixture
async def town(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[XTown]:
    """The town, its bot not started yet: on one database and one way to Slack, since nothing of them is another."""
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with XStandIn.serve(rate_limit=100_000) as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = XTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]  # the square
        made.account_settings |= {"consumer_key": f'"{square.server.consumer_key}"', "poll": '"200ms"'}
        made.brisk()
        # The ledger is written within half of it, on a busy machine too.
        made.account_settings["call_limit"] = '"4s"'
        try:
            yield made
        finally:
            await made.stop()


async def started(here: XTown) -> XTown:
    streaming = here.account_settings.pop("streaming", None)
    assert streaming is None
    here.app = None
    here.square.streams = lambda: 1  # type: ignore[attr-defined]  # X has none to wait for
    await here.start()
    return here


async def called(here: XTown) -> XTown:
    """X calls us: there is a webhook, and the bot asked for the events."""
    here.account_settings["webhook_id"] = f'"{here.square.hooks.id}"'
    await started(here)
    await here.square.hooks.register(here.hook)
    await here.square.wait_for(lambda square: len(square.hooks.subscriptions) >= 4)
    return here


@pytest.fixture
async def x(town: XTown) -> XTown:
    return await started(town)


async def drafted(here: XTown, words: str = REPLY) -> Post:
    here.square.person("lea", followers=4200)
    post = await here.asks("lea", ASKED)
    await here.card("Nobody has claimed it.", "xylophone", "4,200 followers")
    await here.mention(ANA, f"draft {words}")
    await here.draft_message(1, words)
    assert isinstance(post, Post)
    return post


async def test_a_customer_on_x_is_answered_with_the_words_that_were_approved(x: XTown) -> None:
    post = await drafted(x, LINKED)
    assert x.public() == []
    # What the link costs is said while it can still be taken out.
    message = await x.draft_message(1, "51 of 280", "costs 0.200 USD, because there is a link in it; without one 0.010")
    await x.reacts(BEA, message)
    await x.answered()
    await x.card("Answered")
    (reply,) = x.square.posted_by_us()
    assert reply.text == LINKED
    assert reply.reply_to == post.id
    # She answers, and it is the same conversation.
    await x.square.post("lea", "@acme thank you!", reply_to=reply)
    await x.in_thread("thank you!")
    assert len(x.slack.messages(CARE)) == 1


@pytest.mark.parametrize("fault", [Fault.ACCEPT_AND_DROP, Fault.ACCEPT_LATE])
async def test_a_reply_that_was_taken_without_an_answer_is_found_and_stands_once(x: XTown, fault: Fault) -> None:
    await drafted(x)
    x.square.fault(fault, seconds=0.05 if fault is Fault.ACCEPT_LATE else None)
    await x.reacts(BEA, await x.draft_message(1))
    await x.card("Answered")
    assert [one.text for one in x.square.posted_by_us()] == [REPLY]
    assert len(x.square.publish_calls) == 1


async def test_what_x_refuses_as_a_duplicate_is_looked_for(x: XTown) -> None:
    post = await drafted(x)
    x.square.fault(Fault.REFUSE, error="You are not allowed to create a Tweet with duplicate content.")
    await x.reacts(BEA, await x.draft_message(1))
    # It is not there: after the bounds have passed it goes out again, once.
    await x.card("Answered")
    assert [one.text for one in x.square.replies_to(post)] == [REPLY]
    assert len(x.square.publish_calls) == 2


async def test_where_x_lets_no_app_answer_the_card_says_so_and_the_way_by_hand_is_open(town: XTown) -> None:
    x = await called(town)
    first = await x.asks("lea", ASKED)
    assert isinstance(first, Post)
    ours = await x.square.answer_by_hand(first, "Which number?")
    await x.in_thread("Which number?")
    # Somebody else joins in below us, without naming us: heard, because it answers us.
    joined = x.square.server.world.write(x.square.person("kim"), "same here, zeppelin", reply_to=ours.id)
    joined.hidden = ()
    await x.square.hooks.tell("post.reply.create", x.square.hooks.spoken("post.reply.create", joined, bare=True))
    await x.card("I may not answer this one.", f"https://x.com/kim/status/{joined.id}", "settle 1 sent ADDRESS")
    await x.mention(ANA, f"draft {REPLY}")
    await x.in_thread("It could not go out as things stand", "mentioned us or quoted us")
    assert x.square.publish_calls == []


async def test_an_edit_is_the_same_conversation_and_the_approval_counts_no_more(x: XTown) -> None:
    post = await drafted(x)
    await x.square.edit(post, "@acme it is here, and broken")
    await x.in_thread("changed the post", "Now:", "it is here, and broken")
    await x.in_thread("Draft 1: shown again below: the customer changed the post")
    assert x.public() == []
    assert len(x.slack.messages(CARE)) == 1


async def test_a_deletion_that_x_calls_about_leaves_chat_and_store(town: XTown) -> None:
    x = await called(town)
    post = await drafted(x)
    await x.square.wait_for(lambda square: ("post.delete", post.author.id) in square.hooks.subscriptions)
    await x.square.delete(post)
    assert [one.answers for one in x.square.deliveries] == [[200], [200]]
    for delivery in list(x.square.deliveries):  # all of it comes again
        await x.square.hooks.send(delivery)
    await x.in_thread("deleted everything here", "nothing goes out")
    await x.card("Closed")
    await x.until(lambda: not x.in_chat("xylophone"))
    assert x.in_store("xylophone") == []


async def test_a_call_that_x_did_not_sign_is_not_heard(x: XTown) -> None:
    x.square.server.consumer_secret, right = "wrong", x.square.server.consumer_secret
    x.square.hooks.address = x.hook
    post = await x.square.post("lea", "hello", tell=False)
    delivery = await x.square.hooks.tell("post.quote.create", x.square.hooks.spoken("post.quote.create", post))
    assert delivery.answers == [403]
    x.square.server.consumer_secret = right
    assert x.slack.messages(CARE) == []


async def test_an_answer_by_hand_is_noticed(x: XTown) -> None:
    post = await drafted(x)
    await x.square.answer_by_hand(post, "I called you, Lea.")
    await x.in_thread("Somebody answered from our account, not through me", "I called you, Lea.")
    assert x.square.publish_calls == []

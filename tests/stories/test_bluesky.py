"""The same story on another platform: a customer on Bluesky is answered, once, whatever the network does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.bluesky import Fault, Post, SkyStandIn
from sandbox.slack import SlackStandIn
from tests.stories.town import ANA, BEA, Town

ASKED = "@acme.test my parcel is xylophone late: https://shop.example/orders/4711"
REPLY = "Sorry, Lea! It comes today: https://shop.example/track/4711 #parcels"


class SkyTown(Town):
    """The town whose public square is Bluesky. Nothing else is different."""

    square: SkyStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', 'platform = "bluesky"')


@pytest.fixture
async def sky(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[SkyTown]:
    """The town with its bot: on one database and one way to Slack, since nothing of them is another here."""
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with SkyStandIn.serve(rate_limit=100_000) as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = SkyTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.account_settings |= {
            "identifier": f'"{square.account.handle}"',
            "jetstream": f'"{square.jetstream_url}"',
            "poll": '"200ms"',
        }
        made.brisk()
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def drafted(here: SkyTown) -> Post:
    here.square.person("lea", followers=4200)
    post = await here.asks("lea", ASKED)
    await here.card("Nobody has claimed it.", "xylophone")
    await here.mention(ANA, f"draft {REPLY}")
    await here.draft_message(1, REPLY)
    assert isinstance(post, Post)
    return post


async def test_a_customer_on_bluesky_is_answered_with_the_words_that_were_approved(sky: SkyTown) -> None:
    post = await drafted(sky)
    assert sky.public() == []
    await sky.reacts(BEA, await sky.draft_message(1, "of 300"))
    await sky.answered()
    await sky.card("Answered")
    (reply,) = sky.square.posted_by_us()
    assert reply.text == REPLY
    assert reply.value["reply"] == {"root": post.ref(), "parent": post.ref()}
    assert [feature["$type"].partition("#")[2] for facet in reply.value["facets"] for feature in facet["features"]] == [
        "link",
        "tag",
    ]
    # She answers, and it is the same conversation.
    await sky.square.post("lea", "thank you!", reply_to=reply)
    await sky.in_thread("thank you!")


@pytest.mark.parametrize("fault", [Fault.ACCEPT_AND_DROP, Fault.ACCEPT_LATE])
async def test_a_reply_that_was_taken_without_an_answer_is_found_and_stands_once(sky: SkyTown, fault: Fault) -> None:
    await drafted(sky)
    sky.square.fault(fault, seconds=0.05 if fault is Fault.ACCEPT_LATE else None)
    await sky.reacts(BEA, await sky.draft_message(1))
    await sky.card("Answered")
    assert [one.text for one in sky.square.posted_by_us()] == [REPLY]
    assert len(sky.square.publish_calls) == 1


async def test_a_reply_that_was_not_taken_goes_out_with_the_same_key(sky: SkyTown) -> None:
    await drafted(sky)
    sky.square.fault(Fault.FAIL_BEFORE)
    await sky.reacts(BEA, await sky.draft_message(1))
    await sky.card("Answered")
    assert [one.text for one in sky.square.posted_by_us()] == [REPLY]
    first, second = sky.square.publish_calls
    assert first.key == second.key


async def test_an_edit_is_shown_and_the_approval_counts_no_more(sky: SkyTown) -> None:
    post = await drafted(sky)
    await sky.square.edit(post, "@acme.test it is here, and broken")
    await sky.in_thread("changed the post", "Now:", "it is here, and broken")
    await sky.in_thread("Draft 1: shown again below: the customer changed the post")
    assert sky.public() == []


async def test_a_deleted_post_leaves_chat_and_store(sky: SkyTown) -> None:
    post = await drafted(sky)
    await sky.square.delete(post)
    await sky.in_thread("deleted everything here", "nothing goes out")
    await sky.card("Closed")
    await sky.until(lambda: not sky.in_chat("xylophone"))
    assert sky.in_store("xylophone") == []


async def test_where_a_gate_shuts_us_out_the_draft_says_so_and_nothing_goes_out(sky: SkyTown) -> None:
    sky.square.person("lea")
    post = await sky.square.post("lea", ASKED)
    sky.square.gate(post, allow=())
    await sky.card("Nobody has claimed it.")
    await sky.mention(ANA, f"draft {REPLY}")
    await sky.draft_message(1, "lets only some people answer")
    await sky.reacts(BEA, await sky.draft_message(1))
    await sky.in_thread("did not go out")
    assert sky.square.publish_calls == []


async def test_an_answer_by_hand_is_noticed(sky: SkyTown) -> None:
    post = await drafted(sky)
    await sky.square.answer_by_hand(post, "I called you, Lea.")
    await sky.in_thread("Somebody answered from our account, not through me", "I called you, Lea.")
    assert sky.square.publish_calls == []


async def test_a_restart_signs_in_no_more_and_the_database_shows_no_session(sky: SkyTown) -> None:
    await drafted(sky)
    assert sky.square.server.sessions_made == 1
    await sky.stop()
    await sky.start()
    await sky.reacts(BEA, await sky.draft_message(1))
    await sky.card("Answered")
    assert sky.square.server.sessions_made == 1
    assert sky.in_store("gAAAA") == ["kept"]
    assert sky.in_store("eyJ") == []  # how every token there begins

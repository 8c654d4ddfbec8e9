"""The same story on YouTube: a customer comments under our video and is answered, once, within the day's quota."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.slack import SlackStandIn
from sandbox.youtube import Comment, Fault, TubeStandIn
from tests.stories.town import ANA, BEA, Town

ASKED = "my parcel is xylophone late: https://shop.example/orders/4711"
REPLY = "Sorry, Lea! It comes today: https://shop.example/track/4711 #parcels"


NO_STREAM = "streaming = false\n"  # the town waits for a stream otherwise; YouTube has none to switch off


class TubeTown(Town):
    """The town whose public square is YouTube. Nothing else is different."""

    square: TubeStandIn  # type: ignore[assignment]

    def toml(self, port: int) -> str:
        return super().toml(port).replace('platform = "mastodon"', 'platform = "youtube"').replace(NO_STREAM, "")


@pytest.fixture
async def tube(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[TubeTown]:
    """The town with its bot: on one database and one way to Slack, since nothing of them is another here."""
    (tmp_path / "twoway.db").write_bytes(sqlite_template.read_bytes())
    async with TubeStandIn.serve(quota=10**9) as square, SlackStandIn.serve() as slack:
        slack.set_retries(0.05, 0.2, 0.5)
        made = TubeTown(tmp_path, square, slack, f"sqlite:///{tmp_path / 'twoway.db'}", "socket")  # type: ignore[arg-type]
        made.account_settings |= {
            "quota": "1_000_000_000",
            "poll": '"200ms"',
            "watch_every": '"200ms"',
            "held_every": '"500ms"',
        }
        made.brisk()
        made.account_settings["streaming"] = "false"
        try:
            await made.start()
            yield made
        finally:
            await made.stop()


async def drafted(here: TubeTown) -> Comment:
    here.square.person("lea", name="Lea on Bikes", followers=4200)
    comment = await here.asks("lea", ASKED)
    await here.card("Nobody has claimed it.", "xylophone")
    await here.mention(ANA, f"draft {REPLY}")
    await here.draft_message(1, REPLY)
    assert isinstance(comment, Comment)
    return comment


async def test_a_comment_is_answered_in_its_thread_with_the_words_that_were_approved(tube: TubeTown) -> None:
    comment = await drafted(tube)
    card = await tube.card("Lea on Bikes", "xylophone")
    assert "How to ride a bike" in tube.slack.text_of(card)
    assert tube.public() == []
    await tube.reacts(BEA, await tube.draft_message(1, "of 10000"))
    await tube.answered()
    await tube.card("Answered")
    (reply,) = tube.square.posted_by_us()
    assert (reply.text, reply.parent) == (REPLY, comment.id)
    # She answers in the thread, and it is the same conversation; our answer to that names her.
    await tube.square.post("lea", "thank you!", reply_to=comment)
    await tube.in_thread("thank you!")
    await tube.mention(ANA, "draft You are welcome.")
    await tube.draft_message(2, "@lea You are welcome.")


@pytest.mark.parametrize("fault", [Fault.ACCEPT_AND_DROP, Fault.ACCEPT_LATE])
async def test_a_reply_that_was_taken_without_an_answer_is_found_and_stands_once(tube: TubeTown, fault: Fault) -> None:
    await drafted(tube)
    tube.square.fault(fault, seconds=0.05 if fault is Fault.ACCEPT_LATE else None)
    await tube.reacts(BEA, await tube.draft_message(1))
    await tube.card("Answered")
    assert [one.text for one in tube.square.posted_by_us()] == [REPLY]
    assert len(tube.square.publish_calls) == 1


async def test_a_reply_that_was_not_taken_goes_out_after_a_look(tube: TubeTown) -> None:
    await drafted(tube)
    tube.square.fault(Fault.FAIL_BEFORE)
    await tube.reacts(BEA, await tube.draft_message(1))
    await tube.card("Answered")
    assert [one.text for one in tube.square.posted_by_us()] == [REPLY]
    assert len(tube.square.publish_calls) == 2


async def test_an_edit_is_shown_and_the_approval_counts_no_more(tube: TubeTown) -> None:
    comment = await drafted(tube)
    await tube.square.edit(comment, "it is here, and broken")
    await tube.in_thread("changed the post", "Now:", "it is here, and broken")
    await tube.in_thread("Draft 1: shown again below: the customer changed the post")
    assert tube.public() == []


async def test_a_deleted_comment_is_found_out_by_asking_and_leaves_chat_and_store(tube: TubeTown) -> None:
    comment = await drafted(tube)
    await tube.square.delete(comment)
    await tube.look_again()
    await tube.in_thread("deleted everything here", "nothing goes out")
    await tube.card("Closed")
    await tube.until(lambda: not tube.in_chat("xylophone"))
    assert tube.in_store("xylophone") == []


async def test_what_youtube_holds_is_shown_as_not_public_and_cannot_be_answered_yet(tube: TubeTown) -> None:
    held = await tube.square.post("lea", ASKED, status="heldForReview")
    await tube.card("Nobody has claimed it.", "Not public")
    await tube.mention(ANA, f"draft {REPLY}")
    await tube.draft_message(1, "publish it in YouTube Studio first")
    await tube.reacts(BEA, await tube.draft_message(1))
    await tube.in_thread("did not go out")
    assert tube.square.publish_calls == []
    assert held.status == "heldForReview"


async def test_when_the_quota_is_used_up_the_approved_reply_waits_and_nothing_is_posted(tube: TubeTown) -> None:
    await drafted(tube)
    tube.square.fault(Fault.QUOTA)
    await tube.reacts(BEA, await tube.draft_message(1))
    await tube.card("is approved")
    assert tube.square.posted_by_us() == []
    calls = len(tube.square.server.asked)
    await tube.in_thread("Waits until YouTube")
    assert len(tube.square.server.asked) <= calls + 3, "nobody asks on"


async def test_what_calls_cost_is_in_the_store_and_the_next_life_knows_it(
    tube: TubeTown, caplog: pytest.LogCaptureFixture
) -> None:
    await drafted(tube)
    await tube.reacts(BEA, await tube.draft_message(1))
    await tube.card("Answered")
    await tube.stop()
    with contextlib.closing(sqlite3.connect(tube.folder / "twoway.db")) as lite:
        ((spent,),) = lite.execute("SELECT sum(units) FROM spending").fetchall()
    assert spent > 50
    assert tube.square.spent() - spent in (0, 1, 2), "what was being asked when it stopped is forgotten, no more"
    tube.account_settings |= {"quota": str(spent + 10), "reserve": str(spent + 9)}
    asked = len(tube.square.server.asked)
    await tube.start()
    async with asyncio.timeout(60):
        while "listening stops until" not in caplog.text:
            await asyncio.sleep(0.05)
    assert len(tube.square.server.asked) - asked < 10, "it knew what its life before had spent"


async def test_an_answer_by_hand_is_noticed(tube: TubeTown) -> None:
    comment = await drafted(tube)
    await tube.square.answer_by_hand(comment, "I called you, Lea.")
    await tube.in_thread("Somebody answered from our account, not through me", "I called you, Lea.")
    assert tube.square.publish_calls == []

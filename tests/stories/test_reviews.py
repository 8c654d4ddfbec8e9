"""The story of a review: its stars on the card, one place for an answer, and what colleagues write there elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.google_play import Fault, PlayStandIn, Review
from tests.stories.shops import ShopTown, shop_town
from tests.stories.town import ANA, BEA

ASKED = "the xylophone crashes"
REPLY = "Sorry, Lea! An update comes today."


@pytest.fixture
async def shop(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[ShopTown]:
    async with PlayStandIn.serve(most_reads=100_000) as square:
        named = {"package": square.package, "token_server": square.base_url}
        keys = {"key": square.key}
        async with shop_town(tmp_path, sqlite_template, square, "google_play", keys=keys, **named) as made:
            await made.start()
            yield made


async def test_a_review_is_answered_once_and_a_second_answer_is_a_correction(shop: ShopTown) -> None:
    review = await shop.square.post("Lea", ASKED, stars=1)
    await shop.card("Nobody has claimed it.", "★☆☆☆☆", "xylophone")
    await shop.mention(ANA, f"draft {REPLY}")
    shop.square.fault(Fault.ACCEPT_AND_DROP)
    await shop.reacts(BEA, await shop.draft_message(1, REPLY))
    await shop.card("Answered")
    assert shop.stands(review) == [REPLY]
    await shop.square.edit(review, "better now", stars=4)
    await shop.card("★★★★☆", "better now", "Waiting since")
    await shop.mention(ANA, "draft Thank you, Lea!")
    draft = await shop.in_thread("Correction 2", "Our public reply would then read:", "Thank you, Lea!")
    assert shop.stands(review) == [REPLY], "nothing takes its place unapproved"
    await shop.reacts(BEA, draft)
    await shop.square.wait_for(lambda square: shop.stands(review) == ["Thank you, Lea!"])
    await shop.card("Answered")
    assert [call.words for call in shop.square.publish_calls] == [REPLY, "Thank you, Lea!"]


async def test_a_rating_that_turns_while_a_draft_waits_voids_what_was_approved(shop: ShopTown) -> None:
    review = await shop.asks("Lea", ASKED)
    await shop.mention(ANA, f"draft {REPLY}")
    await shop.draft_message(1, REPLY)
    await shop.square.edit(review, ASKED, stars=5)  # type: ignore[arg-type]
    await shop.in_thread("Draft 1: shown again below: the customer changed the post")
    assert shop.public() == []


async def test_an_answer_that_a_colleague_gave_elsewhere_is_never_written_over_unseen(shop: ShopTown) -> None:
    review = await shop.asks("Lea", ASKED)
    assert isinstance(review, Review)
    await shop.mention(ANA, f"draft {REPLY}")
    old = await shop.draft_message(1, REPLY)
    await shop.square.answer_by_hand(review, "Which version is it?")
    await shop.in_thread("Somebody answered from our account, not through me", "Which version is it?")

    def shown_again() -> object | None:
        new = [one for one in shop.thread_now() if one.ts != old.ts]  # type: ignore[attr-defined]
        return next((one for one in new if "Draft 1, last words by" in shop.slack.text_of(one)), None)  # type: ignore[arg-type]

    draft = await shop.until(shown_again)
    await shop.reacts(BEA, draft)
    await shop.in_thread("The approved reply did not go out", "An answer in our name stands there already")
    assert shop.stands(review) == ["Which version is it?"]
    assert shop.square.publish_calls == []
    view = await shop.opens(ANA, await shop.card("Edit draft"), "Edit draft")
    begins = next(block["element"]["initial_value"] for block in view.blocks if block["type"] == "input")  # type: ignore[attr-defined]
    assert begins == REPLY, "what Ana wrote stays, and is a correction from here on"
    assert (await shop.saves(ANA, view, REPLY)).closed  # type: ignore[attr-defined]
    await shop.reacts(BEA, await shop.in_thread("Correction 2", REPLY))
    await shop.square.wait_for(lambda square: shop.stands(review) == [REPLY])

"""The story of a review in the App Store: an answer that was sent is not yet one that anybody sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.app_store import AppStoreStandIn
from tests.stories.shops import ShopTown, shop_town
from tests.stories.town import ANA, BEA

ASKED = "the xylophone crashes"
REPLY = "Sorry, Lea! An update comes today."


@pytest.fixture
async def shop(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[ShopTown]:
    async with AppStoreStandIn.serve(moderates=True) as square:
        named = {"app": square.app_id, "key_id": square.key_id, "issuer": square.issuer}
        keys = {"key": square.key}
        async with shop_town(tmp_path, sqlite_template, square, "app_store", keys=keys, **named) as made:
            yield made


async def test_an_answer_is_sent_then_seen_and_a_changed_review_is_the_same_conversation(shop: ShopTown) -> None:
    await shop.start()
    review = await shop.square.post("Lea", ASKED, stars=2, title="Meh")
    await shop.card("Nobody has claimed it.", "★★☆☆☆ Meh", "xylophone")
    await shop.answers(REPLY)
    await shop.in_thread("Our reply", "has arrived and waits for the platform's own approval")
    await shop.card("Answered", "Nobody sees it yet")
    await shop.square.moderate(review)
    await shop.looked()
    await shop.in_thread("Our reply", "is public now")
    await shop.square.edit(review, "better now", stars=4)
    await shop.card("★★★★☆", "better now", "Waiting since")
    assert len(shop.slack.messages(shop.room)) == 1, "one review, one conversation"
    assert [call.words for call in shop.square.publish_calls] == [REPLY]


async def test_a_review_that_changes_after_the_yes_voids_it(shop: ShopTown) -> None:
    shop.channel_settings["hold"] = '"10m"'
    await shop.start()
    review = await shop.square.post("Lea", ASKED, stars=1)
    await shop.card("Nobody has claimed it.")
    await shop.mention(ANA, f"draft {REPLY}")
    await shop.reacts(BEA, await shop.draft_message(1, REPLY))
    await shop.card("Draft 1 is approved")
    await shop.square.edit(review, ASKED, stars=5)
    await shop.in_thread("Draft 1: shown again below: the customer changed the post")
    await shop.in_thread("Draft 1, last words by", "Approved 0 of 1")
    assert shop.square.publish_calls == []

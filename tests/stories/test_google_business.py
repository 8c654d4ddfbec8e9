"""The story of a review on Google: what its moderators do not let through is told, and other words take its place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.google_business import MapsStandIn
from tests.stories.shops import ShopTown, shop_town

ASKED = "the xylophone was never mended"
REPLY = "Ask Otto at the counter, Lea!"
MILDER = "Ask at the counter, Lea!"


@pytest.fixture
async def shop(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[ShopTown]:
    async with MapsStandIn.serve(moderates=True) as square:
        named = {"account": square.account, "location": square.location}
        keys = {"token": square.token}
        async with shop_town(tmp_path, sqlite_template, square, "google_business", keys=keys, **named) as made:
            await made.start()
            yield made


async def test_an_answer_that_is_rejected_is_told_and_followed_until_one_is_seen(shop: ShopTown) -> None:
    review = await shop.square.post("Lea", ASKED, stars=1)
    await shop.card("Nobody has claimed it.", "★☆☆☆☆", "xylophone")
    await shop.answers(REPLY)
    await shop.card("Answered", "Nobody sees it yet")
    await shop.square.moderate(review, why_not="It names a person.")
    await shop.looked()
    await shop.in_thread("the platform does not show it to the customer")
    await shop.answers(MILDER, draft="Correction 2")
    await shop.card("Answered", "Nobody sees it yet")
    await shop.square.moderate(review)
    await shop.looked()
    await shop.in_thread("Our reply", "is public now")
    assert shop.stands(review) == [MILDER]
    assert [call.words for call in shop.square.publish_calls] == [REPLY, MILDER]

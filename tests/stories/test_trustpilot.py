"""The story of a review on Trustpilot: its webhooks say what happened, long before anybody would ask again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox.reviews import Review
from sandbox.trustpilot import TrustpilotStandIn
from tests.stories.shops import ShopTown, shop_town
from tests.stories.town import ANA

ASKED = "my xylophone came broken"
REPLY = "A new one is on its way, Lea!"
SECRET = "known-to-trustpilot-alone"


@pytest.fixture
async def shop(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[ShopTown]:
    async with TrustpilotStandIn.serve() as square:
        named = {"business_unit": square.unit, "business_user": square.user, "api_key": square.api_key}
        keys = {"api_secret": square.api_secret, "hook_secret": SECRET}
        async with shop_town(tmp_path, sqlite_template, square, "trustpilot", keys=keys, **named, poll="1h") as made:
            await made.start()
            yield made


async def tells(shop: ShopTown, kind: str, review: Review | str, *, secret: str = SECRET) -> int:
    """What the bot answers to the call; one that was not stored is made again, as Trustpilot does."""
    square = shop.square
    assert isinstance(square, TrustpilotStandIn)
    hook = f"http://127.0.0.1:{shop.port}/hooks/acme/{secret}"
    status = 503
    async with aiohttp.ClientSession() as http:
        while status == 503:
            async with http.post(hook, json=square.told(kind, review)) as answer:
                status = answer.status
    return status


async def test_what_webhooks_tell_is_one_conversation_and_only_who_knows_the_secret_is_heard(shop: ShopTown) -> None:
    review = await shop.square.post("Lea", ASKED, stars=1, title="Broken")
    assert await tells(shop, "created", review, secret="guessed") == 403
    assert shop.card_now() is None
    assert await tells(shop, "created", review) == 200
    await shop.card("Nobody has claimed it.", "★☆☆☆☆ Broken", "xylophone")
    await shop.answers(REPLY)
    await shop.card("Answered")
    assert shop.stands(review) == [REPLY]
    await shop.square.edit(review, "the new one is lovely", stars=5)
    assert await tells(shop, "updated", review) == 200
    await shop.card("★★★★★", "lovely", "Waiting since")
    await shop.mention(ANA, "draft Enjoy it, Lea!")
    await shop.in_thread("Correction 2", "Enjoy it, Lea!")
    await shop.square.delete(review)
    assert await tells(shop, "deleted", review.id) == 200
    await shop.card("deleted by its author")
    assert [call.words for call in shop.square.publish_calls] == [REPLY]

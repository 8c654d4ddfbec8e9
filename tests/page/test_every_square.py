"""What stands in the sandbox's settings is right for every square: a post gets its card, and its answer stands there.

The real bot against all of the stand-ins; pressed by their control interfaces, without a browser.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

ANA, BEA, CARE = "U0ANA", "U0BEA", "C0CARE"
# For everything that has no promised time: as long as a busy machine needs.
_PATIENCE = 60.0


class Town:
    """The sandbox at this address."""

    def __init__(self, address: str, http: aiohttp.ClientSession) -> None:
        self.address = address
        self.http = http

    async def get(self, path: str) -> Any:
        async with self.http.get(self.address + path) as answer:
            assert answer.status == 200
            return await answer.json()

    async def press(self, path: str, **body: object) -> Any:
        async with self.http.post(self.address + path, json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def cards(self) -> list[Any]:
        state = await self.get(f"/slack/control/state?user={ANA}")
        return [one for channel in state["channels"] if channel["id"] == CARE for one in channel["messages"]]

    async def until_cards(self, wanted: set[str]) -> dict[str, Any]:
        """The cards that hold these words, once all of them stand, read again at each change of the workspace."""
        found: dict[str, Any] = {}
        async with self.http.get(f"{self.address}/slack/control/stream") as stream:
            try:
                async with asyncio.timeout(_PATIENCE):
                    async for line in stream.content:
                        if line.startswith(b"data:"):
                            cards = await self.cards()
                            found = {words: card for words in wanted for card in cards if words in str(card)}
                            if set(found) == wanted:
                                return found
            except TimeoutError:
                pass
        raise AssertionError(f"no card has {sorted(wanted - set(found))}")

    async def until_answered(self, names: set[str]) -> None:
        """Until our answer stands on each of these squares."""
        numbers: Any = {}
        async with self.http.get(f"{self.address}/control/squares/stream") as stream:
            try:
                async with asyncio.timeout(_PATIENCE):
                    async for line in stream.content:
                        if line.startswith(b"data:"):
                            import json

                            numbers = json.loads(line.removeprefix(b"data:"))
                            if all(numbers[name]["answers"] for name in names):
                                return
            except TimeoutError:
                pass
        raise AssertionError(f"no answer on {sorted(name for name in names if not numbers[name]['answers'])}")


async def test_on_every_square_a_post_gets_its_card_and_its_answer_stands_there(address: str) -> None:
    async with aiohttp.ClientSession() as http:
        town = Town(address, http)
        squares = (await town.get("/control/squares"))["squares"]
        asked = {one["name"]: f"does the basket fit, asks {one['title']}" for one in squares}
        for one in squares:
            rules, name = one["rules"], one["name"]
            words = rules["opening"] + asked[name]
            await town.press(f"/control/squares/{name}/post", author=rules["people"][0][0], words=words)
        cards = await town.until_cards(set(asked.values()))
        for name, words in asked.items():
            say = f"<@U0TWOWAY> draft It does, on {name}."
            await town.press("/slack/control/say", user=ANA, channel=CARE, text=say, thread_ts=cards[words]["ts"])
        drafts = await town.until_cards({f"It does, on {name}." for name in asked})
        for name in asked:
            replies = drafts[f"It does, on {name}."]["replies"]
            draft = next(one for one in replies if one["user"] == "U0TWOWAY" and f"It does, on {name}." in str(one))
            await town.press("/slack/control/react", user=BEA, channel=CARE, ts=draft["ts"], name="white_check_mark")
        await town.until_answered(set(asked))
        for name in asked:
            ours = [one for one in (await town.get(f"/control/squares/{name}"))["posts"] if one["ours"]]
            assert [f"It does, on {name}." in one["words"] for one in ours] == [True], name

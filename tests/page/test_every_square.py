"""What stands in the sandbox's settings is right for every square: a post gets its card, and its answer stands there.

The real bot against all of the stand-ins; pressed by their control interfaces, without a browser.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

ANA, BEA, BOT, CARE = "U0ANA", "U0BEA", "U0TWOWAY", "C0CARE"
# For everything that has no promised time: as long as a busy machine needs. Slack takes one message a second, so that
# twenty cards alone are twenty seconds.
_PATIENCE = 120.0

# Each another one: what many say in the same words is folded into one card.
_QUESTIONS = (
    "does the basket fit",
    "when do you open on Sunday",
    "my brake squeaks since yesterday",
    "how long is the guarantee",
    "is there a lamp without cables",
    "where can I send the old battery",
    "your shop in Kassel, is it closed",
    "which oil for the chain",
    "can I pay by invoice",
    "the pedal came without a screw",
    "do you deliver to Malta",
    "a child seat for two, perhaps",
    "may I return a helmet",
    "the map shows a street that is gone",
    "who repairs spokes in Bremen",
    "green or blue, what lasts longer",
    "the bell is too quiet",
    "are winter tyres worth it",
    "my tandem wants a bigger basket, please",
    "where is the button for metres",
    "two stars, because the shop was shut at noon",
    "the app forgets which bike is mine",
)


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

    async def messages(self) -> list[Any]:
        """What the bot wrote in the channel and in its threads."""
        state = await self.get(f"/slack/control/state?user={ANA}")
        roots = [one for channel in state["channels"] if channel["id"] == CARE for one in channel["messages"]]
        every = [one for root in roots for one in (root, *root["replies"])]
        return [one | {"replies": []} for one in every if one["user"] == BOT]

    async def until_written(self, wanted: set[str]) -> dict[str, str]:
        """Where the bot's messages that hold these words stand, once all of them do."""
        found: dict[str, str] = {}
        async with self.http.get(f"{self.address}/slack/control/stream") as stream:
            try:
                async with asyncio.timeout(_PATIENCE):
                    async for line in stream.content:
                        if line.startswith(b"data:"):
                            written = await self.messages()
                            found = {words: one["ts"] for words in wanted for one in written if words in str(one)}
                            if set(found) == wanted:
                                return found
            except TimeoutError:
                pass
        raise AssertionError(f"nothing has {sorted(wanted - set(found))}")

    async def until_answered(self, names: set[str]) -> None:
        """Until our answer stands on each of these squares."""
        numbers: Any = {}
        async with self.http.get(f"{self.address}/control/squares/stream") as stream:
            try:
                async with asyncio.timeout(_PATIENCE):
                    async for line in stream.content:
                        if line.startswith(b"data:"):
                            numbers = json.loads(line.removeprefix(b"data:"))
                            if all(numbers[name]["answers"] for name in names):
                                return
            except TimeoutError:
                pass
        raise AssertionError(f"no answer on {sorted(name for name in names if not numbers[name]['answers'])}")


@pytest.mark.ways
@pytest.mark.timeout(420)
@pytest.mark.asyncio(loop_scope="module")
async def test_on_every_square_a_post_gets_its_card_and_its_answer_stands_there(address: str) -> None:
    async with aiohttp.ClientSession() as http:
        town = Town(address, http)
        squares = (await town.get("/control/squares"))["squares"]
        asked = {one["name"]: words for one, words in zip(squares, _QUESTIONS, strict=False)}
        assert len(asked) == len(squares)
        for one in squares:
            rules, name = one["rules"], one["name"]
            words = rules["opening"] + asked[name]
            post = await town.press(f"/control/squares/{name}/post", author=rules["people"][0][0], words=words)
            if rules["by_hand"]:
                await town.press(f"/control/squares/{name}/answer_by_hand", id=post["id"], words=f"It does, on {name}.")
        cards = await town.until_written(set(asked.values()))
        hand = {one["name"] for one in squares if one["rules"]["by_hand"]}
        for name, words in asked.items() - {(name, asked[name]) for name in hand}:
            say = f"@twoway draft It does, on {name}."
            await town.press("/slack/control/say", user=ANA, channel=CARE, text=say, thread_ts=cards[words])
        drafts = await town.until_written({f"It does, on {name}." for name in asked.keys() - hand})
        for ts in drafts.values():
            await town.press("/slack/control/react", user=BEA, channel=CARE, ts=ts, name="white_check_mark")
        await town.until_answered(set(asked))
        for name in asked:
            ours = [one for one in (await town.get(f"/control/squares/{name}"))["posts"] if one["ours"]]
            assert [f"It does, on {name}." in one["words"] for one in ours] == [True], name

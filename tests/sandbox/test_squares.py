"""The squares of the sandbox: each by the one contract that the page, the day and the bot's settings use."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.day import Player, read_script
from sandbox.squares import Said, Square, all_squares
from sandbox.squares.control import SquaresControl

NAMES = [square.name for square in all_squares()]


class Raw:
    """The left side of the page, without the page."""

    def __init__(self, address: str, http: aiohttp.ClientSession, squares: dict[str, Square]) -> None:
        self.address = f"{address}/control/squares"
        self.http = http
        self.squares = squares

    async def get(self, path: str = "") -> Any:
        async with self.http.get(self.address + path) as answer:
            assert answer.status == 200
            return await answer.json()

    async def act(self, name: str, what: str, **body: object) -> tuple[int, Any]:
        async with self.http.post(f"{self.address}/{name}/{what}", json=body) as answer:
            return answer.status, await answer.json()

    async def says(self, name: str, words: str, **more: object) -> str:
        rules = self.squares[name].rules
        author = rules.people[0][0]
        status, answer = await self.act(name, "post", **{"author": author, "words": rules.opening + words} | more)
        assert status == 200, answer
        return str(answer["id"])


@asynccontextmanager
async def raw() -> AsyncIterator[Raw]:
    squares = {square.name: square for square in all_squares()}
    control = SquaresControl(list(squares.values()))
    app = web.Application()
    app.add_routes(control.routes())
    for square in squares.values():
        app.add_subapp(square.prefix, square.stand_in.app())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        for square in squares.values():
            square.mounted(address + square.prefix)
        async with aiohttp.ClientSession() as http:
            yield Raw(address, http, squares)
    finally:
        control.closing.set()
        await runner.cleanup()


async def test_on_every_square_a_customer_posts_answers_edits_and_deletes() -> None:
    async with raw() as page:
        for name, square in page.squares.items():
            first = await page.says(name, "my parcel is late")
            above: dict[str, object] = {"answers": first} if square.rules.may_answer else {}
            if not above:
                status, no = await page.act(name, "post", author="@lea", words="no!", answers=first)
                assert (status, "only the company" in no["error"]) == (422, True), name
            second = await page.says(name, "mine too", **above, author=square.rules.people[1][0])
            assert (await page.act(name, "answer_by_hand", id=first, words="On its way."))[0] == 200, name
            status, _ = await page.act(name, "edit", id=first, words=square.rules.opening + "my parcel is lost")
            assert status == (200 if square.rules.may_edit else 422), name
            posts = (await page.get(f"/{name}"))["posts"]
            assert [one["ours"] for one in posts] == [False, False, True], name
            assert posts[0]["id"] == first, name
            assert ("lost" in posts[0]["words"]) is square.rules.may_edit, name
            assert posts[1]["answers"] == above.get("answers"), name
            assert square.ours_under(first) == posts[2]["id"], name
            assert (await page.act(name, "delete", id=second))[0] == (200 if square.rules.may_delete else 422), name
            stand = [one["id"] for one in (await page.get(f"/{name}"))["posts"]]
            assert (second in stand) is not square.rules.may_delete, name
            assert (await page.act(name, "delete", id=second))[0] == 422, name


async def test_every_square_counts_by_its_own_rules_and_takes_nothing_longer() -> None:
    async with raw() as page:
        for name, square in page.squares.items():
            _, length = await page.act(name, "length", words="")
            assert (length["count"], length["over"]) == (0, False), name
            most = length["most"]
            assert f"{most:,}".replace(",", "") in re.sub(r"(?<=\d),(?=\d)", "", square.rules.counted), name
            _, length = await page.act(name, "length", words="x" * (most + 1))
            assert (length["count"], length["over"]) == (most + 1, True), name
            status, no = await page.act(name, "post", author="@lea", words="x" * (most + 1))
            assert status == 422, name
            assert no["error"].startswith("Too long"), name
            assert (await page.get(f"/{name}"))["posts"] == [], name
        link = "https://acme.com/" + "x" * 60
        counts = {name: (await page.act(name, "length", words=f"👩‍👩‍👧 {link}"))[1]["count"] for name in page.squares}
        assert (counts["mastodon"], counts["bluesky"]) == (2 + 23, 2 + len(link))
        assert (await page.act("bluesky", "length", words="👩‍👩‍👧" * 280))[1]["says"] == "5,040 of 3,000 bytes"


async def test_rules_are_said_plainly_and_what_has_no_choice_offers_none() -> None:
    async with raw() as page:
        squares = (await page.get())["squares"]
        assert [one["name"] for one in squares] == NAMES
        for one in squares:
            rules = one["rules"]
            assert all(rules[field] for field in ("us", "brief", "counted", "edits", "seen", "heard")), one["name"]
            assert rules["us"] in rules["heard"] or not rules["opening"], one["name"]
            assert len(rules["people"]) >= 2, one["name"]
        status, _ = await page.act("bluesky", "post", author="@kim.test", words="@acme.test hi", audience="nobody")
        assert status == 200
        (post,) = (await page.get("/bluesky"))["posts"]
        assert post["audience"] == "Nobody may answer"


async def test_what_is_wrong_is_one_sentence() -> None:
    async with raw() as page:
        assert (await page.act("nowhere", "post", author="@lea", words="hi"))[0] == 404
        for name in page.squares:
            assert await page.act(name, "post", author="@lea") == (422, {"error": "words is missing or no text"}), name
            for what in ("edit", "delete", "answer_by_hand"):
                status, no = await page.act(name, what, id="nothing", words="hi")
                assert status == 422, (name, what)
                assert no["error"], (name, what)
            no = (await page.act(name, "post", author="@lea", words="hi", answers="nothing"))[1]
            assert set(no) == {"error"}, name


async def test_one_stream_tells_of_every_square_in_numbers() -> None:
    async with raw() as page, page.http.get(f"{page.address}/stream") as answer:

        async def next_numbers() -> Any:
            async for line in answer.content:
                if line.startswith(b"data: "):
                    return json.loads(line.removeprefix(b"data: "))
            raise AssertionError("the stream ended")

        numbers = await next_numbers()
        assert set(numbers) == set(NAMES)
        for name in NAMES:
            first = await page.says(name, "hello")
            await page.act(name, "answer_by_hand", id=first, words="Hello!")
            before = numbers
            while (numbers[name]["posts"], numbers[name]["answers"]) != (2, 1):
                numbers = await next_numbers()
            assert numbers[name]["version"] > before[name]["version"]
            page.squares[name].cut(True)
            while not numbers[name]["cut"]:
                numbers = await next_numbers()
            page.squares[name].cut(False)


async def test_a_square_that_is_cut_off_answers_nobody_but_the_page() -> None:
    async with raw() as page:
        for name, square in page.squares.items():
            square.cut(True)
            with pytest.raises(aiohttp.ClientError):
                await page.http.get(page.address.replace("/control/squares", square.prefix) + "/anything")
            assert (await page.get(f"/{name}"))["cut"] is True
            await page.says(name, "is anybody there?")
            square.cut(False)
            assert (await page.get(f"/{name}"))["cut"] is False


async def test_a_day_is_played_on_every_square_that_it_names() -> None:
    squares = all_squares()
    for square in squares:
        square.mounted(f"http://127.0.0.1:1{square.prefix}")
    script = read_script()
    assert {step.on for step in script.day if step.on} <= set(NAMES)
    player = Player(squares, script)
    await player.start(seconds=0.05)
    await player.changes.until(lambda: not player.playing, timeout=30)
    assert player.as_json()["done"] == len(script.day)
    said = [step for step in script.day if not step.edits and not step.deletes]
    home = {step.id: step.on for step in said}
    for square in squares[1:]:
        here = [step for step in said if square.name in (step.on, home.get(step.answers))]
        posts = square.posts()
        assert len(posts) == len(here), square.name
        assert all(square.rules.us in one.words for one in posts if square.rules.opening), square.name
        assert not any("@acme " in one.words for one in posts if square.rules.us != "@acme"), square.name


async def test_a_customer_of_another_server_has_a_name_everywhere() -> None:
    async with raw() as page:
        for name, square in page.squares.items():
            said = Said("@pierre@velo.example", square.rules.opening + "bonjour", name="Pierre Lambert")
            await square.post(said)
            (post,) = (await page.get(f"/{name}"))["posts"]
            assert "pierre" in post["handle"].lower(), name
            assert "pierre" in post["name"].lower(), name

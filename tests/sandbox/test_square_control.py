"""The control interface of the square: acting as customers and misbehaving, over HTTP."""

import asyncio
import json

from sandbox.square import FAULTS
from tests.sandbox.square_client import raw_square


async def test_a_customer_posts_edits_and_deletes_over_http() -> None:
    async with raw_square() as raw:
        status, post = await raw.control(
            "post", author="@lea", words="@acme hi", display_name="Lea", followers=5, media=["a cat"], language="en"
        )
        assert status == 200
        assert (post["account"]["display_name"], post["account"]["followers_count"]) == ("Lea", 5)
        _, edited = await raw.control("edit", id=post["id"], words="@acme hi!")
        assert edited["edited_at"] is not None
        state = await raw.get("/control/state", token=None)
        assert [(one["text"], one["ours"], one["versions"]) for one in state["statuses"]] == [("@acme hi!", False, 2)]
        assert (await raw.control("delete", id=post["id"]))[0] == 200
        assert (await raw.get("/control/state", token=None))["statuses"] == []


async def test_faults_are_set_listed_and_cleared_over_http() -> None:
    async with raw_square() as raw:
        table = await raw.get("/control/faults", token=None)
        assert set(table) == {fault.value for fault in FAULTS}
        _, active = await raw.control("fault", fault="throttle", times=3, seconds=7)
        assert (active["left"], active["seconds"]) == (3, 7)
        await raw.reply("hi")
        state = await raw.get("/control/state", token=None)
        assert [(one["fault"], one["left"]) for one in state["faults"]] == [("throttle", 2)]
        assert state["publish_calls"][0]["answered"] == "429"
        assert (await raw.control("faults/clear"))[1] == {"faults": []}


async def test_what_is_wrong_is_said_in_one_sentence() -> None:
    async with raw_square() as raw:
        assert await raw.control("post", author="@lea") == (422, {"error": "words is missing or no text"})
        assert (await raw.control("fault", fault="nonsense"))[0] == 422
        assert await raw.control("delete", id="7") == (404, {"error": "Record not found"})
        assert (await raw.control("post", author="@lea", words="x" * 501))[0] == 422


async def test_the_stream_tells_of_each_change() -> None:
    async with raw_square() as raw:
        async with raw.http.get(f"{raw.square.base_url}/control/stream") as answer, asyncio.timeout(60):
            versions = []
            for _ in range(2):
                assert (await answer.content.readline()).strip() == b"event: change"
                versions.append(json.loads((await answer.content.readline()).removeprefix(b"data: "))["version"])
                await answer.content.readline()
                await raw.square.post("@lea", "@acme hi")
        assert versions[0] < versions[1]


async def test_another_website_cannot_press_the_buttons() -> None:
    async with raw_square() as raw:
        words = json.dumps({"author": "@lea", "words": "hi"})
        as_form = await raw.call("POST", "/control/post", data=words, headers={"Content-Type": "text/plain"})
        foreign = {"Content-Type": "application/json", "Origin": "https://evil.example"}
        from_elsewhere = await raw.call("POST", "/control/post", data=words, headers=foreign)
        by_name = await raw.call("GET", "/control/state", headers={"Host": "evil.example"})
        assert [as_form[0], from_elsewhere[0], by_name[0]] == [403, 403, 403]
        assert raw.square.statuses() == []

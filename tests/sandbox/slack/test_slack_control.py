"""The page's way in over HTTP, and that its reference names every doing."""

from __future__ import annotations

import json
from pathlib import Path

from aiohttp import web

from sandbox.slack import SlackStandIn
from sandbox.slack.control import DOINGS
from tests.sandbox.slack.conftest import Raw
from tests.sandbox.slack.test_slack_blocks import INPUT, MODAL

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "sandbox-slack.md"


async def do(raw: Raw, doing: str, **body: object) -> tuple[int, dict]:
    async with raw.http.post(f"{raw.slack.address}/control/{doing}", json=body) as answer:
        return answer.status, await answer.json()


async def state(raw: Raw, user: str) -> dict:
    async with raw.http.get(f"{raw.slack.address}/control/state", params={"user": user}) as answer:
        return await answer.json()


async def test_the_page_does_and_sees_what_a_person_does_and_sees(raw: Raw, slack: SlackStandIn):
    status, said = await do(raw, "say", user="U0ANA", channel="C0CARE", text="hello")
    assert status == 200
    ts = said["seen"]
    await do(raw, "say", user="U0BEA", channel="C0CARE", text="hello back", thread_ts=ts)
    await do(raw, "react", user="U0BEA", channel="C0CARE", ts=ts, name="eyes")
    slack.whisper("C0CARE", "U0ANA", {"text": "only you"})
    hers, theirs = await state(raw, "U0ANA"), await state(raw, "U0BEA")
    care = next(c for c in hers["channels"] if c["id"] == "C0CARE")
    (message,) = care["messages"]
    assert message["reactions"] == [{"name": "eyes", "users": ["U0BEA"], "count": 1}]
    assert [r["text"] for r in message["replies"]] == ["hello back"]
    assert [e["text"] for e in care["ephemerals"]] == ["only you"]
    assert next(c for c in theirs["channels"] if c["id"] == "C0CARE")["ephemerals"] == []


async def test_the_page_fills_a_dialog(raw: Raw, slack: SlackStandIn):
    view = {**MODAL, "blocks": [{**INPUT, "block_id": "words"}]}
    opened = await raw("views.open", trigger_id=slack.new_trigger("U0ANA"), view=view)
    shown = (await state(raw, "U0ANA"))["views"]
    assert [v["id"] for v in shown] == [opened["view"]["id"]]
    assert (await state(raw, "U0BEA"))["views"] == []
    values = {"words": {"text": ""}}
    _, sent = await do(raw, "submit", user="U0ANA", view_id=shown[0]["id"], values=values)
    assert sent["seen"]["errors"] == {"words": "Please complete this required field."}
    assert (await do(raw, "submit", user="U0ANA", view_id=shown[0]["id"], values="x"))[0] == 409


async def test_what_cannot_be_done_is_refused_with_a_sentence(raw: Raw):
    assert await do(raw, "say", user="U0NEL", channel="C0CARE", text="x") == (409, {"error": "U0NEL is deactivated"})
    assert (await do(raw, "fly"))[1]["error"] == "there is no doing fly"
    assert "takes user, channel" in (await do(raw, "say", user="U0ANA", colour="red"))[1]["error"]
    assert "missing" in (await do(raw, "say", user="U0ANA"))[1]["error"]
    url = f"{raw.slack.address}/control/say"
    async with raw.http.post(url, data={"user": "U0ANA"}) as answer:
        assert answer.status == 415
    async with raw.http.post(url, data=b"[]", headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 400


async def test_every_change_is_streamed(raw: Raw, slack: SlackStandIn):
    async with raw.http.get(f"{slack.address}/control/stream") as stream:
        assert await stream.content.readline() == b": here\n"
        ts = await slack.say("U0ANA", "C0CARE", "hello")
        await stream.content.readline()
        data = json.loads((await stream.content.readline()).removeprefix(b"data: "))
        assert data == {"changed": "message", "channel": "C0CARE", "ts": ts}
    async with raw.http.get(f"{slack.address}/control/calls", params={"method": "auth.test"}) as answer:
        assert await answer.json() == []


async def test_it_can_be_mounted_at_any_prefix_and_learns_its_address(http):
    slack = SlackStandIn(bot_token="xoxb-given", signing_secret="given")
    outer = web.Application()
    outer.add_subapp("/any/where", slack.app())
    runner = web.AppRunner(outer, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}/any/where"
    async with http.post(f"{base}/api/auth.test", headers={"Authorization": "Bearer xoxb-given"}) as answer:
        assert (await answer.json())["ok"]
    assert slack.api_url == f"{base}/api/"
    await runner.cleanup()


def test_the_reference_names_every_doing_with_its_arguments():
    page = REFERENCE.read_text()
    for name, arguments in DOINGS.items():
        line = next((line for line in page.splitlines() if line.startswith(f"| `{name}` |")), None)
        assert line is not None, name
        assert all(f"`{argument}`" in line for argument in arguments), line

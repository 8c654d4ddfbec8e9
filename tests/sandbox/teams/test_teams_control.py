"""The page's way in over HTTP, and that its reference names every doing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.teams import TeamsStandIn
from sandbox.teams.control import DOINGS
from sandbox.teams.refusal import CODES
from sandbox.teams.tenant import ANA, BEA, CARE, NEL, VIP
from tests.sandbox.teams.conftest import CARD, Bot, Raw, dialog

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "sandbox-teams.md"


async def do(raw: Raw, doing: str, **body: object) -> tuple[int, dict[str, Any]]:
    async with raw.http.post(f"{raw.teams.address}/control/{doing}", json=body) as answer:
        return answer.status, await answer.json()


async def state(raw: Raw, user: str) -> dict[str, Any]:
    async with raw.http.get(f"{raw.teams.address}/control/state", params={"user": user}) as answer:
        return await answer.json()


async def test_the_page_does_and_sees_what_a_person_does_and_sees(raw: Raw, bot: Bot):
    status, said = await do(raw, "say", user=ANA, place=CARE, text="hello")
    assert status == 200
    await do(raw, "say", user=BEA, place=CARE, text="hello back", thread=said["seen"])
    await do(raw, "react", user=BEA, place=CARE, message=said["seen"], kind="like")
    await do(raw, "command", user=ANA, place=CARE, text="queue")
    hers, theirs = await state(raw, ANA), await state(raw, BEA)
    care = next(one for one in hers["places"] if one["id"] == CARE)
    (message,) = care["messages"]
    assert message["reactions"] == {"like": [BEA]}
    assert [reply["text"] for reply in message["replies"]] == ["hello back"]
    assert [one["text"] for one in care["whispers"]] == ["queue"]
    assert next(one for one in theirs["places"] if one["id"] == CARE)["whispers"] == []
    assert VIP not in {one["id"] for one in theirs["places"]}


async def test_the_page_presses_and_fills_a_dialog(raw: Raw, bot: Bot):
    shown = await raw.posted(CARE, attachments=[CARD])
    bot.answers["task/fetch"] = dialog()
    await do(raw, "press", user=ANA, place=CARE, message=shown, title="Draft")
    (opened,) = (await state(raw, ANA))["dialogs"]
    assert opened["title"] == "Draft"
    _, sent = await do(raw, "submit", user=ANA, dialog=opened["id"], values={"words": "x"})
    assert sent["seen"]["closed"] is True
    assert (await do(raw, "submit", user=ANA, dialog=opened["id"], values="x"))[0] == 409


async def test_what_cannot_be_done_is_refused_with_a_sentence(raw: Raw):
    assert await do(raw, "say", user=NEL, place=CARE, text="x") == (409, {"error": "Nel Gone has left the company"})
    assert (await do(raw, "fly"))[1]["error"] == "there is no doing fly"
    assert "takes user, place" in (await do(raw, "say", user=ANA, colour="red"))[1]["error"]
    assert "missing" in (await do(raw, "say", user=ANA))[1]["error"]
    url = f"{raw.teams.address}/control/say"
    async with raw.http.post(url, data={"user": ANA}) as answer:
        assert answer.status == 415
    async with raw.http.post(url, data=b"[]", headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 400
    assert "nobody" in (await state(raw, "29:nobody"))["error"]


async def test_every_change_is_streamed_and_every_call_noted(raw: Raw, teams: TeamsStandIn):
    async with raw.http.get(f"{teams.address}/control/stream") as stream:
        assert await stream.content.readline() == b": here\n"
        sent = await teams.say(ANA, CARE, "hello")
        await stream.content.readline()
        data = json.loads((await stream.content.readline()).removeprefix(b"data: "))
        assert data == {"changed": "message", "place": CARE, "id": sent}
    await raw.posted(CARE, text="x")
    async with raw.http.get(f"{teams.address}/control/calls", params={"operation": "send"}) as answer:
        (call,) = await answer.json()
        assert (call["status"], call["body"]["text"]) == (201, "x")


async def test_it_can_be_mounted_at_any_prefix_and_given_its_address(http):
    teams = TeamsStandIn()
    outer = web.Application()
    outer.add_subapp("/any/where", teams.app())
    runner = web.AppRunner(outer, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    teams.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/any/where"
    assert (await Raw(teams, http).send(CARE, text="x"))[0] == 201
    await runner.cleanup()


def test_the_reference_names_every_doing_with_its_arguments_and_every_refusal():
    page = REFERENCE.read_text()
    for name, arguments in DOINGS.items():
        line = next((line for line in page.splitlines() if line.startswith(f"| `{name}` |")), None)
        assert line is not None, name
        assert all(f"`{argument}`" in line for argument in arguments), line
    assert [code for code in CODES if f"`{code}`" not in page] == []

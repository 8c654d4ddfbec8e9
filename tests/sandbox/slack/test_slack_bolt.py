"""The real slack_bolt against the stand-in, over Socket Mode and over signed HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackStandIn

MODAL = {
    "type": "modal",
    "callback_id": "draft",
    "title": {"type": "plain_text", "text": "Draft"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Reply"},
            "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
        }
    ],
}
CARD = [
    {"type": "section", "text": {"type": "plain_text", "text": "a customer says hello"}},
    {
        "type": "actions",
        "block_id": "do",
        "elements": [
            {
                "type": "button",
                "action_id": "draft",
                "value": "c1",
                "text": {"type": "plain_text", "text": "Draft"},
            }
        ],
    },
]


def small_bot(slack: SlackStandIn) -> tuple[AsyncApp, list[str]]:
    """A bot as small as possible that uses every way in."""
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    app = AsyncApp(client=client, signing_secret=slack.signing_secret)
    heard: list[str] = []

    @app.command("/claim")
    async def claim(ack, command, respond):  # type: ignore[no-untyped-def]
        await ack(f"yours: {command['text']}")
        await respond("and later")

    @app.command("/card")
    async def card(ack, client):  # type: ignore[no-untyped-def]
        await ack()
        await client.chat_postMessage(channel="C0CARE", text="card", blocks=CARD)

    @app.action("draft")
    async def draft(ack, body, client):  # type: ignore[no-untyped-def]
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("draft")
    async def saved(ack, view):  # type: ignore[no-untyped-def]
        words = view["state"]["values"]["words"]["text"]["value"]
        if words == "bad":
            await ack(response_action="errors", errors={"words": "Not so."})
        else:
            heard.append(f"saved {words}")
            await ack()

    @app.event("reaction_added")
    async def reacted(event):  # type: ignore[no-untyped-def]
        heard.append(f"{event['user']} {event['reaction']} {event['item']['ts']}")

    @app.event("app_mention")
    async def mentioned(event, say):  # type: ignore[no-untyped-def]
        await say(text="heard you", thread_ts=event["ts"])

    return app, heard


@pytest.fixture(params=["socket", "http"])
async def bot(request: pytest.FixtureRequest, slack: SlackStandIn) -> AsyncIterator[list[str]]:
    app, heard = small_bot(slack)
    if request.param == "socket":
        handler = AsyncSocketModeHandler(app, slack.app_token)
        await handler.connect_async()
        await slack.socket_connected()
        yield heard
        await handler.close_async()
        return

    async def endpoint(incoming: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(incoming)))

    site = web.Application()
    site.router.add_post("/slack/events", endpoint)
    runner = web.AppRunner(site, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await slack.set_request_url(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    yield heard
    await runner.cleanup()


async def test_a_command_is_answered_at_once_and_again_by_its_response_url(slack, bot):
    seen = await slack.command("U0ANA", "C0CARE", "/claim", "142 for @bea")
    assert seen.text == "yours: 142 for <@U0BEA|bea>"
    whispers = await slack.wait_for(lambda: len(slack.ephemerals("U0ANA")) == 2 and slack.ephemerals("U0ANA"))
    assert {slack.text_of(w) for w in whispers} == {seen.text, "and later"}
    assert slack.ephemerals("U0BEA") == []


async def test_a_button_opens_a_dialog_whose_errors_and_words_come_back(slack, bot):
    await slack.command("U0ANA", "C0CARE", "/card")
    (card,) = await slack.wait_for(lambda: slack.messages("C0CARE"))
    assert [b.value for b in slack.buttons_of(card)] == ["c1"]
    await slack.press("U0ANA", "C0CARE", card.ts, "draft")
    (view,) = await slack.wait_for(lambda: slack.views("U0ANA"))
    refused = await slack.submit("U0ANA", view.id, {("words", "text"): "bad"})
    assert refused.errors == {"words": "Not so."}
    assert not refused.closed
    assert (await slack.submit("U0ANA", view.id, {("words", "text"): "good"})).closed
    assert slack.views("U0ANA") == []
    assert bot == ["saved good"]


async def test_a_mention_and_a_reaction_arrive(slack, bot):
    ts = await slack.say("U0ANA", "C0CARE", "@twoway help")
    (reply,) = await slack.wait_for(lambda: slack.thread("C0CARE", ts))
    assert reply.text == "heard you"
    await slack.react("U0BEA", "C0CARE", reply.ts, "white_check_mark")
    assert await slack.wait_for(lambda: list(bot)) == [f"U0BEA white_check_mark {reply.ts}"]


async def test_a_refreshed_socket_is_replaced_and_nothing_is_missed(slack):
    app, heard = small_bot(slack)
    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()
    await slack.socket_connected()
    slack.set_retries(0.05, 0.2, 0.5, 1)
    first = slack.delivery.sockets[0]
    await slack.refresh_sockets()
    ts = await slack.say("U0ANA", "C0CARE", "news")
    await slack.react("U0ANA", "C0CARE", ts, "eyes")
    await slack.wait_for(lambda: slack.delivery.sockets and slack.delivery.sockets[0] is not first)
    assert await slack.wait_for(lambda: list(heard)) == [f"U0ANA eyes {ts}"]
    await handler.close_async()


@pytest.mark.parametrize("bot", ["http"], indirect=True)
async def test_bolt_refuses_a_request_with_a_wrong_signature(slack, bot):
    slack.delivery.signing_secret = "another"
    seen = await slack.command("U0ANA", "C0CARE", "/claim")
    assert "dispatch_failed" in seen.error

"""What the stand-in does wrong on command, and how it tells an app that does not listen."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from sandbox.slack import CannotDo, SlackStandIn
from tests.sandbox.slack.conftest import Raw


@dataclass
class App:
    """A request URL that writes down what comes, and answers as told."""

    bodies: list[str] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)
    status: int = 200
    answer: str = ""
    answer_headers: dict = field(default_factory=dict)

    async def endpoint(self, request: web.Request) -> web.Response:
        body = await request.text()
        if request.content_type == "application/json" and json.loads(body)["type"] == "url_verification":
            return web.Response(text=json.loads(body)["challenge"])
        self.bodies.append(body)
        self.headers.append({key.lower(): value for key, value in request.headers.items()})
        return web.Response(
            status=self.status, text=self.answer, content_type="application/json", headers=self.answer_headers
        )

    @property
    def event_ids(self) -> list[str]:
        return [json.loads(body)["event_id"] for body in self.bodies]


@pytest.fixture
async def listener(slack: SlackStandIn) -> AsyncIterator[App]:
    heard = App()
    site = web.Application()
    site.router.add_post("/slack/events", heard.endpoint)
    runner = web.AppRunner(site, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await slack.set_request_url(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    yield heard
    await runner.cleanup()


async def hello(slack: SlackStandIn) -> str:
    return await slack.say("U0ANA", "C0CARE", "@twoway hello")


async def test_requests_are_signed_as_slack_signs_them(slack: SlackStandIn, listener: App):
    await hello(slack)
    await slack.settled()
    headers, body = listener.headers[0], listener.bodies[0]
    base = f"v0:{headers['x-slack-request-timestamp']}:{body}"
    mac = hmac.new(slack.signing_secret.encode(), base.encode(), hashlib.sha256).hexdigest()
    assert headers["x-slack-signature"] == f"v0={mac}"
    assert "x-slack-retry-num" not in headers


async def test_an_event_that_is_not_acknowledged_comes_again_with_number_and_reason(slack, listener: App):
    listener.status = 500
    await hello(slack)
    await slack.settled()
    assert len(set(listener.event_ids)) == 1
    seen = [(h.get("x-slack-retry-num"), h.get("x-slack-retry-reason")) for h in listener.headers]
    assert seen == [(None, None), ("1", "http_error"), ("2", "http_error")]


async def test_an_app_may_ask_not_to_be_told_again(slack: SlackStandIn, listener: App):
    listener.status, listener.answer_headers = 500, {"x-slack-no-retry": "1"}
    await hello(slack)
    await slack.settled()
    assert len(listener.bodies) == 1


async def test_a_lost_acknowledgement_brings_the_event_twice(slack: SlackStandIn, listener: App):
    slack.drop_acks(1)
    await hello(slack)
    await slack.settled()
    assert len(listener.bodies) == 2
    assert len(set(listener.event_ids)) == 1
    assert listener.headers[1]["x-slack-retry-reason"] == "http_timeout"


async def test_events_are_duplicated_redelivered_and_reordered_on_command(slack: SlackStandIn, listener: App):
    slack.duplicate_events()
    await hello(slack)
    await slack.settled()
    assert len(listener.bodies) == 2
    slack.duplicate_events(False)
    await slack.redeliver(times=2)
    assert len(listener.bodies) == 4
    assert len(set(listener.event_ids)) == 1
    slack.reorder_events(2)
    first = await hello(slack)
    second = await hello(slack)
    await slack.settled()
    assert [json.loads(body)["event"]["ts"] for body in listener.bodies[4:]] == [second, first]


async def test_a_request_url_that_does_not_answer_the_challenge_is_not_taken(slack: SlackStandIn):
    with pytest.raises(CannotDo, match="challenge"):
        await slack.set_request_url(slack.api_url + "auth.test")
    with pytest.raises(CannotDo, match="connection_failed"):
        await slack.set_request_url("http://127.0.0.1:9/")
    assert slack.delivery.request_url is None


async def test_a_command_without_anybody_to_hear_it_fails_in_slacks_words(slack: SlackStandIn, listener: App):
    listener.status = 500
    assert (await slack.command("U0ANA", "C0CARE", "/claim")).error == '/claim failed with the error "dispatch_failed"'
    slack.delivery.request_url = None
    assert "dispatch_failed" in ((await slack.command("U0ANA", "C0CARE", "/claim")).error or "")


async def test_a_command_that_is_answered_too_late_times_out(slack: SlackStandIn, listener: App):
    slack.drop_acks(1)
    assert "operation_timeout" in ((await slack.command("U0ANA", "C0CARE", "/claim")).error or "")


# --- the Web API ---


async def test_the_next_calls_meet_a_limit_an_error_of_the_server_or_an_error_code(raw: Raw, slack: SlackStandIn):
    slack.fail_next("chat.postMessage", "429", retry_after=7)
    slack.fail_next("chat.postMessage", "500")
    slack.fail_next("chat.postMessage", "fatal_error")
    send = {"channel": "C0CARE", "text": "x"}
    status, _, headers = await raw.full("chat.postMessage", **send)
    assert (status, headers["Retry-After"]) == (429, "7")
    async with raw.http.post(slack.api_url + "chat.postMessage", json=send) as answer:
        assert answer.status == 500
    assert (await raw("chat.postMessage", **send))["error"] == "fatal_error"
    assert (await raw("chat.postMessage", **send))["ok"]
    assert len(slack.messages("C0CARE")) == 1


@pytest.mark.parametrize("kind", ["cut", "500_after", "hang_after"])
async def test_a_message_is_accepted_and_the_answer_never_comes(raw: Raw, slack: SlackStandIn, kind: str):
    slack.fail_next("chat.postMessage", kind)
    limit = aiohttp.ClientTimeout(total=0.3)
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    send = {"channel": "C0CARE", "text": "x"}

    async def answer() -> int:
        async with raw.http.post(slack.api_url + "chat.postMessage", json=send, headers=headers, timeout=limit) as got:
            return got.status

    if kind == "500_after":
        assert await answer() == 500
    else:
        with pytest.raises((aiohttp.ClientError, TimeoutError)):
            await answer()
    assert len(await slack.wait_for(lambda: slack.messages("C0CARE"))) == 1


async def test_a_method_that_hangs_did_nothing_and_a_slow_one_only_takes_its_time(raw: Raw, slack: SlackStandIn):
    slack.fail_next("chat.postMessage", "hang")
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    with pytest.raises(TimeoutError):
        async with raw.http.post(
            slack.api_url + "chat.postMessage",
            json={"channel": "C0CARE", "text": "x"},
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=0.2),
        ):
            pass
    assert slack.messages("C0CARE") == []
    slack.slow("auth.test", 0.1)
    started = asyncio.get_running_loop().time()
    assert (await raw("auth.test"))["ok"]
    assert asyncio.get_running_loop().time() - started >= 0.1


# --- sockets ---


async def connect(raw: Raw, slack: SlackStandIn) -> aiohttp.ClientWebSocketResponse:
    url = (await raw("apps.connections.open", token=slack.app_token))["url"]
    socket = await raw.http.ws_connect(url)
    assert (await socket.receive_json(timeout=30))["type"] == "hello"
    return socket


async def test_a_ticket_opens_one_socket(raw: Raw, slack: SlackStandIn):
    url = (await raw("apps.connections.open", token=slack.app_token))["url"]
    socket = await raw.http.ws_connect(url)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await raw.http.ws_connect(url)
    await socket.close()


async def test_an_envelope_comes_again_until_it_is_acknowledged_and_by_whichever_socket(raw: Raw, slack: SlackStandIn):
    slack.delivery.answer_limit = 0.1
    sockets = [await connect(raw, slack), await connect(raw, slack)]
    await hello(slack)
    got = [await sockets[0].receive_json(timeout=30)]
    slack.delivery.answer_limit = 3
    got.append(await sockets[1].receive_json(timeout=30))
    assert [g["retry_attempt"] for g in got] == [0, 1]
    assert got[0]["payload"]["event_id"] == got[1]["payload"]["event_id"]
    assert got[0]["envelope_id"] != got[1]["envelope_id"]
    for socket in sockets:
        await socket.send_json({"envelope_id": got[1]["envelope_id"]})
    await slack.settled()
    assert slack.delivery.log[-1].answer.ok
    for socket in sockets:
        await socket.close()


async def test_a_click_is_told_once_and_its_silence_is_shown(raw: Raw, slack: SlackStandIn):
    slack.delivery.answer_limit = 0.1
    socket = await connect(raw, slack)
    seen = await slack.command("U0ANA", "C0CARE", "/claim", "now")
    assert "operation_timeout" in (seen.error or "")
    envelope = await socket.receive_json(timeout=30)
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert envelope["payload"]["text"] == "now"
    await socket.close()


async def test_sockets_are_refreshed_with_a_word_and_dropped_without(raw: Raw, slack: SlackStandIn):
    socket = await connect(raw, slack)
    await slack.refresh_sockets("warning")
    assert (await socket.receive_json(timeout=30))["reason"] == "warning"
    await slack.refresh_sockets()
    assert (await socket.receive_json(timeout=30))["type"] == "disconnect"
    assert (await socket.receive(timeout=30)).type is aiohttp.WSMsgType.CLOSE
    await slack.wait_for(lambda: not slack.delivery.sockets)
    other = await connect(raw, slack)
    await slack.drop_sockets()
    assert (await other.receive(timeout=30)).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    await slack.wait_for(lambda: not slack.delivery.sockets)


async def test_the_eleventh_socket_is_sent_away(raw: Raw, slack: SlackStandIn):
    sockets = [await connect(raw, slack) for _ in range(10)]
    url = (await raw("apps.connections.open", token=slack.app_token))["url"]
    eleventh = await raw.http.ws_connect(url)
    assert (await eleventh.receive_json(timeout=30))["reason"] == "too_many_websockets"
    for socket in sockets:
        await socket.close()

"""What goes wrong between us and Slack is told by its type, repeated by nobody, and heals by itself."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.chat.contract import (
    Button,
    Buttons,
    Card,
    ChatError,
    ChatRefused,
    ChatThrottled,
    ChatUnreachable,
    Commanded,
    Dialog,
    DialogGone,
    Line,
    LinkTo,
    MessageGone,
    MessageRef,
    Person,
    Picture,
    Plain,
    Pressed,
    ReplyTo,
    Words,
)
from sandbox.slack import SlackStandIn
from tests.slack.conftest import Mode, RememberingInbox, Rig, a_card, make_surface, serve, start_rig, until_health


async def test_a_limit_is_obeyed_with_the_time_that_slack_names(socket_rig: Rig) -> None:
    place = await socket_rig.surface.place("C0CARE")
    socket_rig.slack.fail_next("chat.postMessage", "429", retry_after=7)
    with pytest.raises(ChatThrottled) as caught:
        await socket_rig.surface.post(place, a_card())
    assert timedelta(seconds=5) < caught.value.until - datetime.now(UTC) <= timedelta(seconds=7)
    assert len(socket_rig.slack.calls("chat.postMessage")) <= 1
    await socket_rig.surface.post(place, a_card())
    assert len(socket_rig.slack.messages("C0CARE")) == 1


@pytest.mark.parametrize("fault", ["500", "cut", "hang", "hang_after", "500_after", "fatal_error", "internal_error"])
async def test_no_clear_answer_means_unreachable_and_one_attempt(slack: SlackStandIn, fault: str) -> None:
    async with AsyncExitStack() as stack:
        surface = make_surface(slack, "socket", time_limit=timedelta(seconds=0.4))
        await surface.start(RememberingInbox())
        stack.push_async_callback(surface.stop)
        place = await surface.place("C0CARE")
        slack.fail_next("chat.postMessage", fault)
        with pytest.raises(ChatUnreachable):
            await surface.post(place, a_card())
        assert len(slack.messages("C0CARE")) == (1 if fault in {"cut", "hang_after", "500_after"} else 0)


async def test_a_gone_message_and_a_gone_dialog_are_told_apart(socket_rig: Rig) -> None:
    surface = socket_rig.surface
    place = await surface.place("C0CARE")
    message = await surface.post(place, a_card())
    await surface.update(message, a_card("changed"))
    assert "changed" in socket_rig.slack.text_of(socket_rig.slack.messages("C0CARE")[0])
    await surface.delete(message)
    with pytest.raises(MessageGone):
        await surface.update(message, a_card())
    with pytest.raises(MessageGone):
        await surface.delete(message)
    with pytest.raises(DialogGone):
        await surface.show_dialog("V0NONE", Dialog(kind="draft", title="Draft", private=""))


async def test_a_channel_that_we_are_not_in_is_refused_with_the_remedy(socket_rig: Rig) -> None:
    surface = socket_rig.surface
    place = await surface.place("C0NOTIN")
    with pytest.raises(ChatRefused) as caught:
        await surface.post(place, a_card())
    assert "/invite @twoway" in caught.value.remedy
    health = await surface.health([place, await surface.place("C0CARE"), await surface.place("C0NEVER")])
    assert (health.ok, health.channels_missing) == (False, ("C0NOTIN", "C0NEVER"))
    assert "/invite @twoway" in health.remedy
    await socket_rig.slack.invite_bot("C0NOTIN")
    assert (await surface.health([place])).ok


async def test_a_picture_that_slack_cannot_load_becomes_a_link(socket_rig: Rig) -> None:
    card = Card(
        summary="A photo",
        blocks=(Line((Words("Look"),)), Picture("https://broken.example/cat.png", "a cat on a parcel")),
    )
    socket_rig.slack.break_images("https://broken.example/")
    place = await socket_rig.surface.place("C0CARE")
    message = await socket_rig.surface.post(place, card)
    (shown,) = socket_rig.slack.messages("C0CARE")
    assert "a cat on a parcel" in socket_rig.slack.text_of(shown)
    assert [b["type"] for b in shown.blocks] == ["rich_text", "rich_text"]
    await socket_rig.surface.update(message, card)
    await socket_rig.surface.show_home(Person("slack", "T0ACME", "U0ANA"), card)
    home = socket_rig.slack.home("U0ANA")
    assert home is not None
    assert "a cat on a parcel" in socket_rig.slack.text_of(home)
    opened = await socket_rig.slack.command("U0ANA", "C0CARE", "/draft", "1")
    assert opened.view is not None
    await socket_rig.surface.show_dialog(opened.view.id, Dialog("draft", "Draft", "", blocks=card.blocks))
    assert "a cat on a parcel" in socket_rig.slack.text_of(socket_rig.slack.views("U0ANA")[0])
    who = Person("slack", "T0ACME", "U0ANA")
    seen = await socket_rig.slack.command("U0ANA", "C0CARE", "/claim")
    await socket_rig.surface.answer(ReplyTo(seen.response_url, who, place), card)
    assert "a cat on a parcel" in socket_rig.slack.text_of(socket_rig.slack.ephemerals("U0ANA")[-1])


async def test_an_answer_is_private_and_falls_back_to_a_whisper(socket_rig: Rig) -> None:
    slack, surface = socket_rig.slack, socket_rig.surface
    await slack.command("U0ANA", "C0CARE", "/claim")
    (command,) = socket_rig.inbox.of(Commanded)
    for n in range(7):
        await surface.answer(command.reply, a_card(f"answer {n}"))
    assert [slack.text_of(e) for e in slack.ephemerals("U0ANA")] == [f"answer {n}" for n in range(7)]
    assert len(slack.calls("chat.postEphemeral")) == 2
    assert slack.messages("C0CARE") == []


async def test_an_answer_to_a_click_in_a_thread_stays_in_the_thread(socket_rig: Rig) -> None:
    slack, surface = socket_rig.slack, socket_rig.surface
    place = await surface.place("C0CARE")
    root = await surface.post(place, a_card())
    card = Card(summary="Draft 1", blocks=(Buttons((Button("Approve", "approve", "1"),)),))
    draft = await surface.post(place, card, thread=root.id)
    assert [m.ts for m in slack.thread("C0CARE", root.id)] == [draft.id]
    await slack.press("U0ANA", "C0CARE", draft.id, "press:approve:0")
    (pressed,) = socket_rig.inbox.of(Pressed)
    assert pressed.message is not None
    assert pressed.message.thread == root.id
    assert pressed.reply is not None
    await surface.answer(pressed.reply, a_card("somebody else approves"))
    await surface.whisper(pressed.who, place, a_card("again"), thread=root.id)
    assert [e.thread_ts for e in slack.ephemerals("U0ANA")] == [root.id, root.id]


async def test_a_link_leads_to_the_message(socket_rig: Rig) -> None:
    message = await socket_rig.surface.post(await socket_rig.surface.place("C0CARE"), a_card())
    assert message.id.replace(".", "") in await socket_rig.surface.link(message)
    with pytest.raises(MessageGone):
        await socket_rig.surface.link(MessageRef(place=message.place, id="1.000001"))


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_dead_token_starts_degraded_and_heals_without_a_restart(slack: SlackStandIn, mode: Mode) -> None:
    slack.kill_token("account_inactive")
    async with AsyncExitStack() as stack:
        surface = make_surface(slack, mode)
        await surface.start(RememberingInbox())
        stack.push_async_callback(surface.stop)
        health = await surface.health([])
        assert not health.ok
        assert "account_inactive" in health.sentence
        assert "SLACK_BOT_TOKEN" in health.remedy
        with pytest.raises(ChatRefused):
            await surface.place("C0CARE")
        slack.kill_token(None)
        await until_health(surface, lambda health: health.ok)
        await surface.post(await surface.place("C0CARE"), a_card())


async def test_a_token_that_dies_while_we_run_is_noticed_and_heals(rig: Rig) -> None:
    place = await rig.surface.place("C0CARE")
    rig.slack.kill_token("token_revoked")
    with pytest.raises(ChatRefused) as caught:
        await rig.surface.post(place, a_card())
    assert "SLACK_BOT_TOKEN" in caught.value.remedy
    assert not (await rig.surface.health([place])).ok
    rig.slack.kill_token(None)
    await until_health(rig.surface, lambda health: health.ok)
    await rig.surface.post(place, a_card())


async def test_a_workspace_that_cannot_be_reached_does_not_stop_the_start() -> None:
    async with SlackStandIn.serve() as slack:
        address = slack.api_url
    surface = make_surface(slack, "socket", api_url=address)
    await surface.start(RememberingInbox())
    try:
        health = await surface.health([])
        assert not health.ok
        with pytest.raises(ChatError):
            await surface.place("C0CARE")
    finally:
        await surface.stop()


@pytest.mark.parametrize("how", ["drop", "refresh"])
async def test_a_socket_that_ends_is_replaced(socket_rig: Rig, how: str) -> None:
    slack = socket_rig.slack
    for _ in range(3):
        before = list(slack.delivery.sockets)
        await (slack.drop_sockets() if how == "drop" else slack.refresh_sockets())
        await slack.wait_for(lambda before=before: [s for s in slack.delivery.sockets if s not in before])  # type: ignore[misc]
    await until_health(socket_rig.surface, lambda health: health.ok)
    await slack.say("U0ANA", "C0CARE", "@twoway queue")
    await slack.settled()
    assert len(socket_rig.inbox.of(Commanded)) == 1


async def test_a_warning_opens_the_next_line_while_the_old_one_still_works(socket_rig: Rig) -> None:
    slack = socket_rig.slack
    await slack.refresh_sockets("warning")
    await slack.wait_for(lambda: len(slack.delivery.sockets) == 2)
    for n in range(4):
        assert (await slack.command("U0ANA", "C0CARE", "/claim", str(n))).error is None


async def test_no_ticket_of_the_socket_is_shown_when_it_cannot_be_opened(
    slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    surface = make_surface(slack, "socket")
    slack.delivery.ticket = lambda: "TICKET-THAT-IS-NOT-TAKEN"  # type: ignore[method-assign]
    await surface.start(RememberingInbox())
    try:
        health = await until_health(surface, lambda health: "Handshake" in health.sentence)
    finally:
        await surface.stop()
    assert "TICKET" not in f"{health} {[record.__dict__ for record in caplog.records]}"


async def test_a_wrong_app_token_names_itself(slack: SlackStandIn) -> None:
    surface = make_surface(slack, "socket", app_token="xapp-wrong")
    await surface.start(RememberingInbox())
    try:
        health = await until_health(surface, lambda health: "invalid_auth" in health.sentence)
        assert "SLACK_APP_TOKEN" in health.remedy
        await surface.post(await surface.place("C0CARE"), a_card())
    finally:
        await surface.stop()


# ------------------------------------------------------------------------------------------------ over HTTP


def signed(secret: str, body: bytes, stamp: str | None = None) -> dict[str, str]:
    stamp = stamp or str(int(time.time()))
    mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "v0=" + mac, "Content-Type": "application/json"}


async def send(rig: Rig, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    assert rig.url is not None
    async with aiohttp.ClientSession() as session, session.post(rig.url, data=body, headers=headers) as response:
        return response.status, await response.text()


async def test_the_challenge_is_answered_only_when_signed(http_rig: Rig) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c-1"}).encode()
    status, text = await send(http_rig, body, signed(http_rig.slack.signing_secret, body))
    assert (status, json.loads(text)["challenge"]) == (200, "c-1")
    assert (await send(http_rig, body, signed("another secret", body)))[0] == 401


@pytest.mark.parametrize(
    "spoil",
    [
        {"X-Slack-Signature": "v0=00"},
        {"X-Slack-Signature": "é"},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "1000000000"},
        {"X-Slack-Request-Timestamp": ""},
    ],
)
async def test_a_wrong_signature_is_refused_before_anything_is_read(http_rig: Rig, spoil: dict[str, str]) -> None:
    body = b'{"type": "event_callback"}'
    headers = {**signed(http_rig.slack.signing_secret, body), **spoil}
    assert (await send(http_rig, body, headers))[0] == 401
    assert http_rig.inbox.handed == []


async def test_an_old_request_is_refused_although_rightly_signed(http_rig: Rig) -> None:
    body = b"{}"
    old = str(int(time.time()) - 400)
    assert (await send(http_rig, body, signed(http_rig.slack.signing_secret, body, old)))[0] == 401


@pytest.mark.parametrize("body", [b"\xff\xfe{", b'{"type": ', b'["x"]', b'{"event": [1], "authorizations": 7}'])
async def test_odd_bodies_are_answered_without_a_traceback(
    http_rig: Rig, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    status, _ = await send(http_rig, body, signed(http_rig.slack.signing_secret, body))
    assert status in {200, 400, 401}
    assert [record for record in caplog.records if record.exc_info] == []


async def test_nothing_is_acknowledged_while_nobody_takes_it(slack: SlackStandIn) -> None:
    async with AsyncExitStack() as stack:
        rig = await start_rig(stack, slack, "http")
        await rig.surface.stop()
        seen = await slack.command("U0ANA", "C0CARE", "/claim")
        assert seen.error is not None


async def test_in_socket_mode_there_is_no_http(socket_rig: Rig) -> None:
    async with AsyncExitStack() as stack:
        socket_rig.url = await serve(stack, socket_rig.surface)
        assert (await send(socket_rig, b"{}", {}))[0] == 404


async def test_logs_carry_no_words_and_no_tokens(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    rig.slack.delivery.answer_limit = 0.3
    rig.inbox.fails = 1
    card = Card(summary="SECRETWORD", blocks=(Line((Words("SECRETWORD"), LinkTo("https://x.example", "SECRETWORD"))),))
    await rig.surface.post(await rig.surface.place("C0CARE"), card)
    await rig.slack.command("U0ANA", "C0CARE", "/claim", "SECRETWORD")
    await rig.slack.say("U0ANA", "C0CARE", "@twoway note SECRETWORD")
    await rig.slack.settled()
    logged = "\n".join(f"{r.getMessage()} {r.__dict__}" for r in caplog.records if r.name.startswith(("bot", "slack")))
    assert "SECRETWORD" not in logged
    assert rig.slack.bot_token not in logged
    assert Plain("x").text  # the card's words reached Slack, not the log

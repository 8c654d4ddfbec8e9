"""What people do, what they then see, and what the app is told of it: payloads over a raw socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.slack import CannotDo, Channel, Person, SlackStandIn
from sandbox.slack.clicks import TROUBLE
from tests.sandbox.slack.conftest import Raw
from tests.sandbox.slack.test_slack_blocks import INPUT, MODAL, actions, button, option, overflow, plain, section


class Line:
    """A raw Socket Mode connection that acknowledges when told."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self, answer: object = None, *, ack: bool = True) -> dict:
        envelope = await self.socket.receive_json(timeout=30)
        if ack:
            reply = {"envelope_id": envelope["envelope_id"], **({"payload": answer} if answer else {})}
            await self.socket.send_json(reply)
        return envelope["payload"]

    async def event(self) -> dict:
        return (await self.next())["event"]


@pytest.fixture
async def line(raw: Raw, slack: SlackStandIn) -> AsyncIterator[Line]:
    url = (await raw("apps.connections.open", token=slack.app_token))["url"]
    socket = await raw.http.ws_connect(url)
    await socket.receive_json(timeout=30)
    yield Line(socket)
    await socket.close()


async def meanwhile(doing, *reads):
    """Runs a doing that waits for the app, while the app reads."""
    done = asyncio.ensure_future(doing)
    heard = [await read for read in reads]
    return await done, *heard


async def test_a_reaction_has_the_shape_of_slacks_and_no_thread(slack: SlackStandIn, raw: Raw, line: Line):
    ts = (await raw("chat.postMessage", channel="C0CARE", text="draft 1"))["ts"]
    await slack.react("U0OLLI", "C0CARE", ts, "+1::skin-tone-3")
    event = await line.event()
    assert event.pop("event_ts") > ts
    assert event == {
        "type": "reaction_added",
        "user": "U0OLLI",
        "reaction": "+1::skin-tone-3",
        "item": {"type": "message", "channel": "C0CARE", "ts": ts},
        "item_user": "U0TWOWAY",
    }
    await slack.unreact("U0OLLI", "C0CARE", ts, "+1::skin-tone-3")
    assert (await line.event())["type"] == "reaction_removed"


async def test_our_own_reactions_come_back_as_events(slack: SlackStandIn, raw: Raw, line: Line):
    ts = await slack.say("U0ANA", "C0CARE", "hello")
    await raw("reactions.add", channel="C0CARE", timestamp=ts, name="eyes")
    assert (await line.event())["user"] == "U0TWOWAY"


async def test_what_people_type_arrives_as_slack_sends_it(slack: SlackStandIn, line: Line):
    await slack.say("U0ANA", "C0CARE", "@twoway draft Tom & Jerry <3 https://a.example/x 🎉 @bea")
    event = await line.event()
    assert event["type"] == "app_mention"
    words = "&lt;3 <https://a.example/x> :tada: <@U0BEA>"
    assert event["text"] == f"<@U0TWOWAY> draft Tom &amp; Jerry {words}"
    assert event["channel"] == "C0CARE"


async def test_a_mention_that_an_edit_brings_in_is_told_once(slack: SlackStandIn, line: Line):
    ts = await slack.say("U0ANA", "C0CARE", "hello")
    await slack.edit_message("U0ANA", "C0CARE", ts, "hello @twoway")
    await slack.edit_message("U0ANA", "C0CARE", ts, "hello again @twoway")
    assert (await line.event())["edited"]["user"] == "U0ANA"
    assert len(slack.delivery.sent_events) == 1


async def test_talk_reaches_the_app_only_with_a_history_scope(slack: SlackStandIn, line: Line):
    await slack.say("U0ANA", "C0CARE", "talk")
    assert not slack.delivery.sent_events
    slack.scopes.add("channels:history")
    ts = await slack.say("U0ANA", "C0CARE", "more talk")
    assert (await line.event())["ts"] == ts
    await slack.edit_message("U0ANA", "C0CARE", ts, "other talk")
    edited = await line.event()
    assert (edited["subtype"], edited["message"]["text"]) == ("message_changed", "other talk")
    await slack.delete_message("U0ANA", "C0CARE", ts)
    assert (await line.event())["deleted_ts"] == ts


async def test_an_event_names_app_team_and_bot(slack: SlackStandIn, line: Line):
    await slack.say("U0ANA", "C0CARE", "@twoway hi")
    payload = await line.next()
    assert (payload["type"], payload["team_id"], payload["api_app_id"]) == ("event_callback", "T0ACME", "A0TWOWAY")
    assert payload["authorizations"][0]["user_id"] == "U0TWOWAY"
    assert payload["event_id"].startswith("Ev")


@pytest.mark.parametrize(
    ("scope", "doing"),
    [
        ("app_mentions:read", lambda s: s.say("U0ANA", "C0CARE", "@twoway hi")),
        ("channels:read", lambda s: s.leave("U0GIL", "C0CARE")),
    ],
)
async def test_an_event_without_its_scope_is_not_sent(slack: SlackStandIn, scope: str, doing):
    slack.scopes.discard(scope)
    await doing(slack)
    assert not slack.delivery.sent_events


async def test_where_the_bot_is_no_member_it_hears_nothing_until_invited(slack: SlackStandIn, line: Line):
    await slack.say("U0ANA", "C0NOTIN", "@twoway hi")
    assert not slack.delivery.sent_events
    await slack.invite_bot("C0NOTIN")
    joined = await line.event()
    assert (joined["type"], joined["user"]) == ("member_joined_channel", "U0TWOWAY")


async def test_a_command_carries_everything_and_its_answer_is_seen_by_one(slack: SlackStandIn, line: Line):
    seen, form = await meanwhile(
        slack.command("U0ANA", "C0CARE", "/claim", "12 <b> @bea #vip"), line.next({"text": "yours"})
    )
    assert form["text"] == "12 &lt;b> <@U0BEA|bea> <#C0VIP|vip>"
    assert {"user_id", "team_id", "channel_id", "trigger_id", "response_url", "api_app_id"} <= set(form)
    assert seen.text == "yours"
    assert [e.text for e in slack.ephemerals("U0ANA")] == ["yours"]
    slack.reload("U0ANA")
    assert slack.ephemerals("U0ANA") == []


async def test_a_name_typed_as_text_is_a_mention_where_it_fits_exactly_one_person(slack: SlackStandIn, line: Line):
    slack.add_person(Person("U0CY2", "cydney", "Cyd Marsh"), "C0CARE")
    typed = "1 @Bea Roth, @Bea and @BEA; @Cyd Marsh, @Nobody, not bea@example.com or @beatrix"
    _, form = await meanwhile(slack.command("U0ANA", "C0CARE", "/claim", typed), line.next({"text": "yours"}))
    bea = "<@U0BEA|bea>"
    assert form["text"] == (f"1 {bea}, {bea} and {bea}; <@U0CY2|cydney>, @Nobody, not bea@example.com or @beatrix")


async def test_a_command_may_be_answered_before_everybody(slack: SlackStandIn, line: Line):
    answer = {"text": "claimed", "response_type": "in_channel"}
    await meanwhile(slack.command("U0ANA", "C0CARE", "/claim"), line.next(answer))
    assert [m.text for m in slack.messages("C0CARE")] == ["claimed"]


async def test_people_can_do_only_what_slack_lets_them(slack: SlackStandIn, raw: Raw):
    ts = await slack.say("U0ANA", "C0CARE", "hello")
    await slack.react("U0ANA", "C0CARE", ts, "eyes")
    slack.deactivate("U0DAN")
    for refused in (
        slack.say("U0DAN", "C0CARE", "x"),
        slack.say("U0NEL", "C0CARE", "x"),
        slack.say("U0GIL", "C0VIP", "x"),
        slack.say("U0NOBODY", "C0CARE", "x"),
        slack.say("U0ANA", "C0NONE", "x"),
        slack.say("U0ANA", "C0CARE", " "),
        slack.say("U0ANA", "C0CARE", "x", thread_ts="1.2"),
        slack.edit_message("U0BEA", "C0CARE", ts, "x"),
        slack.delete_message("U0BEA", "C0CARE", ts),
        slack.react("U0ANA", "C0CARE", ts, "eyes"),
        slack.unreact("U0BEA", "C0CARE", ts, "eyes"),
        slack.react("U0ANA", "C0CARE", "1.2", "eyes"),
        slack.press("U0ANA", "C0CARE", ts, "nothing"),
        slack.shortcut("U0OLLI", "C0CARE", ts, "use_as_draft"),
        slack.join("U0ANA", "C0CARE"),
        slack.submit("U0ANA", "V1"),
    ):
        with pytest.raises(CannotDo):
            await refused
    assert (await slack.command("U0OLLI", "C0CARE", "/claim")).error == "/claim is not a valid command."
    assert (await raw("users.info", user="U0DAN"))["user"]["deleted"]


async def test_the_roster_tells_members_guests_outsiders_bots_and_the_gone_apart(raw: Raw, slack: SlackStandIn):
    slack.add_person(Person("W0EVE", "eve", "Eve", is_ultra_restricted=True), "C0CARE")
    people = {p["id"]: p for p in (await raw("users.list"))["members"]}
    assert people["U0OLLI"]["team_id"] == "T0OTHER"
    assert people["U0OLLI"]["is_stranger"] is False
    assert people["U0GIL"]["is_restricted"]
    assert people["W0EVE"]["is_ultra_restricted"]
    assert people["U0BOB"]["is_bot"]
    assert people["U0NEL"]["deleted"]
    first = await raw("conversations.members", channel="C0CARE", limit=3)
    rest = await raw("conversations.members", channel="C0CARE", cursor=first["response_metadata"]["next_cursor"])
    assert first["members"] + rest["members"] == slack.ws.channels["C0CARE"].members
    assert rest["response_metadata"]["next_cursor"] == ""


async def test_a_deleted_parent_leaves_a_tombstone_and_its_thread(raw: Raw, slack: SlackStandIn):
    root = (await raw("chat.postMessage", channel="C0CARE", text="card"))["ts"]
    reply = (await raw("chat.postMessage", channel="C0CARE", text="draft", thread_ts=root))["ts"]
    link = (await raw("chat.getPermalink", channel="C0CARE", message_ts=reply))["permalink"]
    assert link == f"https://acme.slack.com/archives/C0CARE/p{reply.replace('.', '')}?thread_ts={root}&cid=C0CARE"
    assert (await raw("chat.delete", channel="C0CARE", ts=root))["ok"]
    assert slack.messages("C0CARE")[0].wire()["subtype"] == "tombstone"
    assert [m.text for m in slack.thread("C0CARE", root)] == ["draft"]
    assert (await raw("chat.postMessage", channel="C0CARE", text="more", thread_ts=root))["ok"]


async def test_blocks_stay_when_an_update_brings_only_text(raw: Raw, slack: SlackStandIn):
    blocks = [section("words"), actions(button(value="7"), overflow(option("one", "1")))]
    ts = (await raw("chat.postMessage", channel="C0CARE", text="x", blocks=blocks))["ts"]
    assert (await raw("chat.update", channel="C0CARE", ts=ts, text="y"))["ok"]
    (message,) = slack.messages("C0CARE")
    assert slack.text_of(message) == "words\nGo\none"
    assert [(b.action_id, b.text, b.value) for b in slack.buttons_of(message)] == [("go", "Go", "7")]
    assert (await raw("chat.update", channel="C0CARE", ts=ts, text="y", blocks=[]))["ok"]
    assert slack.text_of(message) == "y"


async def test_a_press_tells_message_thread_value_and_choice(slack: SlackStandIn, raw: Raw, line: Line):
    root = await slack.say("U0BEA", "C0CARE", "root")
    blocks = [actions(button(value="7"), overflow(option("one", "1"), option("two", "2")))]
    ts = (await raw("chat.postMessage", channel="C0CARE", text="x", blocks=blocks, thread_ts=root))["ts"]
    seen, payload = await meanwhile(slack.press("U0OLLI", "C0CARE", ts, "go"), line.next())
    assert seen.error is None
    assert payload["container"] == {
        "type": "message", "message_ts": ts, "channel_id": "C0CARE", "is_ephemeral": False, "thread_ts": root,
    }  # fmt: skip
    assert (payload["user"]["team_id"], payload["team"]["id"]) == ("T0OTHER", "T0ACME")
    assert payload["actions"][0]["value"] == "7"
    assert payload["message"]["ts"] == ts
    _, chosen = await meanwhile(slack.press("U0ANA", "C0CARE", ts, "more", selected="2"), line.next())
    assert chosen["actions"][0]["selected_option"]["text"]["text"] == "two"
    with pytest.raises(CannotDo):
        await slack.press("U0ANA", "C0CARE", ts, "more", selected="3")


async def test_a_press_on_a_whisper_says_so_and_carries_no_message(slack: SlackStandIn, raw: Raw, line: Line):
    ts = (await raw("chat.postEphemeral", channel="C0CARE", user="U0ANA", text="x", blocks=[actions(button())]))[
        "message_ts"
    ]
    _, payload = await meanwhile(slack.press("U0ANA", "C0CARE", ts, "go"), line.next())
    assert payload["container"]["is_ephemeral"]
    assert "message" not in payload
    with pytest.raises(CannotDo):
        await slack.press("U0BEA", "C0CARE", ts, "go")


async def test_a_shortcut_brings_the_colleagues_message(slack: SlackStandIn, line: Line):
    ts = await slack.say("U0BEA", "C0CARE", "say it so")
    _, payload = await meanwhile(slack.shortcut("U0ANA", "C0CARE", ts, "use_as_draft"), line.next())
    assert (payload["type"], payload["callback_id"]) == ("message_action", "use_as_draft")
    assert (payload["message"]["text"], payload["message_ts"]) == ("say it so", ts)


async def dialog(slack: SlackStandIn, raw: Raw, **more: object) -> str:
    view = {**MODAL, "blocks": [{**INPUT, "block_id": "words"}], **more}
    return (await raw("views.open", trigger_id=slack.new_trigger("U0ANA"), view=view))["view"]["id"]


async def test_slack_itself_asks_for_required_words_and_lengths(slack: SlackStandIn, raw: Raw):
    view = await dialog(slack, raw)
    assert (await slack.submit("U0ANA", view)).errors == {"words": "Please complete this required field."}
    assert "words" in (await slack.submit("U0ANA", view, {("words", "text"): "x" * 3001})).errors
    with pytest.raises(CannotDo):
        await slack.submit("U0ANA", view, {("words", "other"): "x"})
    assert not slack.delivery.log


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "words instead"},
        {"response_action": "errors", "errors": {"unknown": "x"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "vanish"},
    ],
)
async def test_a_wrong_answer_to_a_dialog_keeps_it_open_with_the_words(slack, raw: Raw, line: Line, answer: dict):
    view = await dialog(slack, raw)
    sent, _ = await meanwhile(slack.submit("U0ANA", view, {("words", "text"): "my words"}), line.next(answer))
    assert (sent.error, sent.closed) == (TROUBLE, False)
    assert slack.views("U0ANA")[0].values["words", "text"]["value"] == "my words"


async def test_silence_keeps_a_dialog_open(slack: SlackStandIn, raw: Raw, line: Line):
    slack.delivery.answer_limit = 0.05
    view = await dialog(slack, raw)
    sent, payload = await meanwhile(slack.submit("U0ANA", view, {("words", "text"): "x"}), line.next(ack=False))
    assert sent.error == TROUBLE
    assert payload["view"]["state"]["values"] == {"words": {"text": {"type": "plain_text_input", "value": "x"}}}
    assert slack.views("U0ANA")


async def test_a_dialog_is_updated_pushed_and_cleared_as_the_app_answers(slack, raw: Raw, line: Line):
    view = await dialog(slack, raw)
    words = {("words", "text"): "x"}
    new = {**MODAL, "title": plain("Again"), "blocks": [{**INPUT, "block_id": "words"}]}
    sent, _ = await meanwhile(slack.submit("U0ANA", view, words), line.next({"response_action": "update", "view": new}))
    assert sent.view.body["title"]["text"] == "Again"
    assert sent.view.values["words", "text"]["value"] == "x"
    sent, _ = await meanwhile(slack.submit("U0ANA", view, words), line.next({"response_action": "push", "view": new}))
    assert (len(slack.views("U0ANA")), sent.view.previous) == (2, view)
    with pytest.raises(CannotDo, match="on top"):
        await slack.submit("U0ANA", view, words)
    sent, _ = await meanwhile(slack.submit("U0ANA", sent.view.id, words), line.next({"response_action": "clear"}))
    assert sent.closed
    assert slack.views("U0ANA") == []


async def test_closing_a_dialog_is_told_to_an_app_that_asked(slack: SlackStandIn, raw: Raw, line: Line):
    view = await dialog(slack, raw, notify_on_close=True)
    _, payload = await meanwhile(slack.close_view("U0ANA", view), line.next())
    assert (payload["type"], payload["is_cleared"], payload["view"]["id"]) == ("view_closed", False, view)
    await slack.close_view("U0ANA", await dialog(slack, raw))
    assert len(slack.delivery.log) == 1


async def test_home_is_published_opened_and_pressed(slack: SlackStandIn, raw: Raw, line: Line):
    blocks = [section("my claims"), actions(button("next"))]
    await raw("views.publish", user_id="U0ANA", view={"type": "home", "blocks": blocks})
    home = await slack.open_home("U0ANA")
    assert home is not None
    assert slack.text_of(home) == "my claims\nGo"
    event = await line.event()
    assert (event["type"], event["tab"], event["view"]["id"]) == ("app_home_opened", "home", home.id)
    _, payload = await meanwhile(slack.press_in_view("U0ANA", home.id, "next"), line.next())
    assert payload["container"] == {"type": "view", "view_id": home.id}
    assert "response_url" not in payload
    with pytest.raises(CannotDo):
        await slack.close_view("U0ANA", home.id)


async def test_a_manifest_decides_scopes_commands_shortcuts_and_events(slack: SlackStandIn, line: Line):
    slack.install(
        {
            "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "reactions:read", "app_mentions:read"]}},
            "features": {
                "slash_commands": [{"command": "/claim", "should_escape": False}],
                "shortcuts": [{"type": "message", "callback_id": "use_as_draft"}],
            },
            "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
        }
    )
    assert (await slack.command("U0ANA", "C0CARE", "/release")).error == "/release is not a valid command."
    _, form = await meanwhile(slack.command("U0ANA", "C0CARE", "/claim", "@bea"), line.next())
    assert form["text"] == "@bea"
    ts = await slack.say("U0ANA", "C0CARE", "hello")
    await slack.react("U0ANA", "C0CARE", ts, "eyes")
    assert not slack.delivery.sent_events
    with pytest.raises(CannotDo):
        await slack.shortcut("U0ANA", "C0CARE", ts, "other")


async def test_a_private_message_to_a_person_goes_to_their_own_channel(slack: SlackStandIn, raw: Raw):
    opened = await raw("conversations.open", users="U0ANA")
    sent = await raw("chat.postMessage", channel="U0ANA", text="psst")
    assert sent["channel"] == opened["channel"]["id"] == "D0ANA"
    assert (await raw("conversations.open", users="U0ANA"))["already_open"]
    slack.add_channel(Channel("G0TEAM", "team", ["U0ANA", "U0TWOWAY"], is_private=True))
    private = await raw("conversations.list", types="private_channel")
    assert [c["id"] for c in private["channels"]] == ["G0TEAM"]

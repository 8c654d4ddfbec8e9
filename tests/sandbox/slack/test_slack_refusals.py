"""Every refusal of the Web API that the stand-in claims, provoked by a raw call."""

from __future__ import annotations

import pytest

from sandbox.slack import CannotDo, Channel, SlackStandIn
from sandbox.slack.core import SCOPES
from sandbox.slack.web_api import TABLE
from tests.sandbox.slack.conftest import Clock, Raw

TS = "1700000000.000100"
HOME = {"type": "home", "blocks": []}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Hello"}, "blocks": []}


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("chat.postMessage", {"channel": "C0NONE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0NOTIN", "text": "x"}, "not_in_channel"),
        ("chat.postMessage", {"channel": "C0CARE"}, "no_text"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "C0CARE", "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": "C0CARE", "text": "x", "blocks": "no json"}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": "C0CARE", "text": "x", "thread_ts": "1"}, "invalid_thread_ts"),
        ("chat.postMessage", {"channel": "C0CARE", "text": "x", "thread_ts": TS}, "thread_not_found"),
        ("chat.postMessage", {"channel": "C0CARE", "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
        ("chat.postMessage", {"channel": "U0NEL", "text": "x"}, "user_disabled"),
        ("chat.postMessage", {"channel": "U0BOB", "text": "x"}, "cannot_dm_bot"),
        ("chat.update", {"channel": "C0CARE", "ts": TS, "text": "x"}, "message_not_found"),
        ("chat.update", {"channel": "C0NONE", "ts": TS, "text": "x"}, "channel_not_found"),
        ("chat.delete", {"channel": "C0CARE", "ts": TS}, "message_not_found"),
        ("chat.postEphemeral", {"channel": "C0VIP", "user": "U0GIL", "text": "x"}, "user_not_in_channel"),
        ("chat.postEphemeral", {"channel": "C0NOTIN", "user": "U0ANA", "text": "x"}, "not_in_channel"),
        ("chat.getPermalink", {"channel": "C0CARE", "message_ts": TS}, "message_not_found"),
        ("reactions.add", {"name": "x"}, "no_item_specified"),
        ("reactions.add", {"name": "x", "channel": "C0CARE", "timestamp": "yesterday"}, "bad_timestamp"),
        ("reactions.add", {"name": "x", "channel": "C0CARE", "timestamp": TS}, "message_not_found"),
        ("reactions.get", {"channel": "C0CARE", "timestamp": TS}, "message_not_found"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("conversations.info", {"channel": "C0NONE"}, "channel_not_found"),
        ("conversations.members", {"channel": "C0CARE", "cursor": "!"}, "invalid_cursor"),
        ("conversations.members", {"channel": "C0CARE", "limit": 5000}, "invalid_limit"),
        ("conversations.list", {"types": "rooms"}, "invalid_types"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("usergroups.users.list", {"usergroup": "S0NONE"}, "no_such_subteam"),
        ("views.open", {"trigger_id": "1.2.3", "view": MODAL}, "invalid_arguments"),
        ("views.open", {"trigger_id": "1.2.3", "view": HOME}, "invalid_arguments"),
        ("views.update", {"view_id": "V1", "view": MODAL}, "not_found"),
        ("views.update", {"view": MODAL}, "invalid_arguments"),
        ("views.publish", {"user_id": "U0NOBODY", "view": HOME}, "user_not_found"),
        ("views.publish", {"user_id": "U0ANA", "view": HOME, "hash": "old"}, "hash_conflict"),
        ("apps.connections.open", {}, "not_allowed_token_type"),
        ("chat.shout", {}, "unknown_method"),
    ],
)
async def test_a_wrong_call_is_refused_in_slacks_words(raw: Raw, method: str, args: dict, error: str):
    answer = await raw(method, **args)
    assert (answer["ok"], answer["error"]) == (False, error)


@pytest.mark.parametrize("method", sorted(set(TABLE) - {"apps.connections.open"}))
async def test_no_method_works_without_a_good_token(raw: Raw, slack: SlackStandIn, method: str):
    assert (await raw(method, token=None))["error"] == "not_authed"
    assert (await raw(method, token="xoxb-other"))["error"] == "invalid_auth"
    assert (await raw(method, token=slack.app_token))["error"] == "not_allowed_token_type"


@pytest.mark.parametrize("method", sorted(name for name, row in TABLE.items() if row.scope))
async def test_every_method_needs_its_scope(raw: Raw, slack: SlackStandIn, method: str):
    needed = TABLE[method].scope.format(kind="channels")
    slack.scopes.discard(needed)
    answer = await raw(method, channel="C0CARE")
    assert (answer["error"], answer["needed"]) == ("missing_scope", needed)
    assert set(answer["provided"].split(",")) == SCOPES - {needed}


async def test_listing_channels_needs_the_scope_of_each_type(raw: Raw, slack: SlackStandIn):
    assert [c["id"] for c in (await raw("conversations.list"))["channels"]] == ["C0CARE", "C0VIP", "C0NOTIN"]
    slack.scopes.discard("groups:read")
    assert (await raw("conversations.list", types="private_channel"))["needed"] == "groups:read"


async def test_a_dead_token_is_refused_until_it_is_healed(raw: Raw, slack: SlackStandIn):
    slack.kill_token("token_revoked")
    assert (await raw("auth.test"))["error"] == "token_revoked"
    slack.kill_token(None)
    assert (await raw("auth.test"))["user_id"] == "U0TWOWAY"


async def test_only_its_own_messages_can_the_bot_alter(raw: Raw, slack: SlackStandIn):
    ts = await slack.say("U0ANA", "C0CARE", "mine")
    assert (await raw("chat.update", channel="C0CARE", ts=ts, text="x"))["error"] == "cant_update_message"
    assert (await raw("chat.delete", channel="C0CARE", ts=ts))["error"] == "cant_delete_message"


async def test_a_private_channel_without_the_bot_does_not_exist_for_it(raw: Raw, slack: SlackStandIn):
    slack.add_channel(Channel("G0DARK", "dark", ["U0ANA"], is_private=True))
    assert (await raw("conversations.info", channel="G0DARK"))["error"] == "channel_not_found"
    assert (await raw("chat.postMessage", channel="G0DARK", text="x"))["error"] == "channel_not_found"


async def test_an_archived_channel_takes_no_messages(raw: Raw, slack: SlackStandIn):
    slack.ws.channels["C0CARE"].is_archived = True
    assert (await raw("chat.postMessage", channel="C0CARE", text="x"))["error"] == "is_archived"


async def test_a_reaction_is_given_once_and_taken_back_once(raw: Raw, slack: SlackStandIn):
    ts = await slack.say("U0ANA", "C0CARE", "hello")
    item = {"channel": "C0CARE", "timestamp": ts, "name": "eyes"}
    assert (await raw("reactions.add", **item))["ok"]
    assert (await raw("reactions.add", **item))["error"] == "already_reacted"
    await slack.react("U0BEA", "C0CARE", ts, "eyes")
    got = await raw("reactions.get", channel="C0CARE", timestamp=ts)
    assert got["message"]["reactions"] == [{"name": "eyes", "users": ["U0TWOWAY", "U0BEA"], "count": 2}]
    assert (await raw("reactions.remove", **item))["ok"]
    assert (await raw("reactions.remove", **item))["error"] == "no_reaction"
    assert (await raw("reactions.add", **{**item, "name": "Not A Name"}))["error"] == "invalid_name"
    for n in range(49):
        assert (await raw("reactions.add", **{**item, "name": f"e{n}"}))["ok"]
    assert (await raw("reactions.add", **{**item, "name": "one_more"}))["error"] == "too_many_emoji"


async def test_a_body_that_is_no_json_and_a_body_of_another_kind_are_refused(slack: SlackStandIn, http):
    auth = {"Authorization": f"Bearer {slack.bot_token}"}
    for kind, body, error in (
        ("application/json", b"{", "invalid_json"),
        ("application/json", b"[1]", "json_not_object"),
        ("text/csv", b"a,b", "invalid_post_type"),
    ):
        async with http.post(slack.api_url + "auth.test", data=body, headers={**auth, "Content-Type": kind}) as answer:
            assert (await answer.json())["error"] == error


async def test_a_form_with_json_inside_and_its_token_in_it_works_as_well(slack: SlackStandIn, http):
    form = {
        "token": slack.bot_token,
        "channel": "C0CARE",
        "text": "x",
        "blocks": '[{"type": "divider", "block_id": "line"}]',
    }
    async with http.post(slack.api_url + "chat.postMessage", data=form) as answer:
        body = await answer.json()
    assert body["ok"]
    assert body["message"]["blocks"] == [{"type": "divider", "block_id": "line"}]


async def test_a_trigger_opens_one_dialog_within_three_seconds(raw: Raw, slack: SlackStandIn, clock: Clock):
    clock.stop()
    trigger = slack.new_trigger("U0ANA")
    opened = await raw("views.open", trigger_id=trigger, view=MODAL)
    assert opened["view"]["root_view_id"] == opened["view"]["id"]
    again = await raw("views.open", trigger_id=trigger, view=MODAL)
    assert again["error"] == "exchanged_trigger_id"
    late = slack.new_trigger("U0ANA")
    clock.forward(3.1)
    assert (await raw("views.open", trigger_id=late, view=MODAL))["error"] == "expired_trigger_id"


async def test_a_view_is_updated_only_over_the_hash_that_was_read(raw: Raw, slack: SlackStandIn):
    view = (await raw("views.open", trigger_id=slack.new_trigger("U0ANA"), view=MODAL))["view"]
    newer = await raw("views.update", view_id=view["id"], view=MODAL, hash=view["hash"])
    assert newer["ok"]
    stale = await raw("views.update", view_id=view["id"], view=MODAL, hash=view["hash"])
    assert stale["error"] == "hash_conflict"


async def test_three_dialogs_may_lie_on_each_other_and_no_more(raw: Raw, slack: SlackStandIn):
    nothing = await raw("views.push", trigger_id=slack.new_trigger("U0ANA"), view=MODAL)
    assert nothing["error"] == "not_found"
    for method in ("views.open", "views.push", "views.push"):
        assert (await raw(method, trigger_id=slack.new_trigger("U0ANA"), view=MODAL))["ok"]
    fourth = await raw("views.push", trigger_id=slack.new_trigger("U0ANA"), view=MODAL)
    assert fourth["error"] == "push_limit_reached"


async def test_an_external_id_is_used_once(raw: Raw, slack: SlackStandIn):
    named = {**MODAL, "external_id": "one"}
    assert (await raw("views.open", trigger_id=slack.new_trigger("U0ANA"), view=named))["ok"]
    twice = await raw("views.open", trigger_id=slack.new_trigger("U0BEA"), view=named)
    assert twice["error"] == "duplicate_external_id"
    assert (await raw("views.update", external_id="one", view=MODAL))["ok"]


async def test_with_real_limits_a_channel_takes_one_message_a_second(raw: Raw, slack: SlackStandIn, clock: Clock):
    clock.stop()
    slack.set_limits("real")
    for _ in range(3):
        assert (await raw("chat.postMessage", channel="C0CARE", text="x"))["ok"]
    status, body, headers = await raw.full("chat.postMessage", channel="C0CARE", text="x")
    assert (status, body, headers["Retry-After"]) == (429, {"ok": False, "error": "ratelimited"}, "1")
    assert (await raw("chat.postMessage", channel="C0VIP", text="x"))["ok"]
    clock.forward(1)
    assert (await raw("chat.postMessage", channel="C0CARE", text="x"))["ok"]


async def test_with_real_limits_updates_are_limited_for_the_whole_workspace(raw: Raw, slack: SlackStandIn, clock):
    ts = (await raw("chat.postMessage", channel="C0CARE", text="x"))["ts"]
    clock.stop()
    slack.set_limits("real")
    for n in range(50):
        assert (await raw("chat.update", channel="C0CARE", ts=ts, text=f"x{n}"))["ok"]
    status, _, headers = await raw.full("chat.update", channel="C0VIP", ts=ts, text="x")
    assert (status, headers["Retry-After"]) == (429, "2")
    with pytest.raises(CannotDo):
        slack.set_limits("strict")


async def test_a_response_url_lives_half_an_hour_and_for_five_answers(slack: SlackStandIn, http, clock: Clock):
    async def answer(url: str, **body: object) -> tuple[int, str]:
        async with http.post(url, json=body) as got:
            return got.status, await got.text()

    url = slack.new_response_url("C0CARE", "U0ANA")
    assert await answer(url, text="one") == (200, "ok")
    assert await answer(url, text="two", response_type="in_channel") == (200, "ok")
    assert "no_text" in (await answer(url))[1]
    for _ in range(2):
        await answer(url, text="more")
    status, words = await answer(url, text="sixth")
    assert status == 404
    assert "used_url" in words
    assert "invalid_url" in (await answer(url + "x", text="?"))[1]
    old = slack.new_response_url("C0CARE", "U0ANA")
    clock.forward(1801)
    assert "expired_url" in (await answer(old, text="late"))[1]
    assert [m.text for m in slack.messages("C0CARE")] == ["two"]
    async with http.post(slack.new_response_url("C0CARE", "U0ANA"), data=b"words") as got:
        assert got.status == 400


async def test_a_response_url_replaces_and_deletes_what_was_pressed(slack: SlackStandIn, http):
    whisper = slack.whisper("C0CARE", "U0ANA", {"text": "before"})
    url = slack.new_response_url("C0CARE", "U0ANA", original=whisper.ts, original_is_ephemeral=True)
    async with http.post(url, json={"text": "after", "replace_original": True}):
        assert [w.text for w in slack.ephemerals("U0ANA")] == ["after"]
    async with http.post(url, json={"delete_original": True}):
        assert slack.ephemerals("U0ANA") == []
    async with http.post(url, json={"text": "?", "replace_original": True}) as gone:
        assert (gone.status, (await gone.json())["error"]) == (404, "message_not_found")
    message = slack.bot_message(slack.ws.channels["C0CARE"], {"text": "card"})
    url = slack.new_response_url("C0CARE", "U0ANA", original=message.ts)
    async with http.post(url, json={"text": "other card", "replace_original": True}):
        assert [m.text for m in slack.messages("C0CARE")] == ["other card"]
    async with http.post(url, json={"delete_original": True}):
        assert slack.messages("C0CARE") == []

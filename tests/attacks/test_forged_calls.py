"""Calls that Slack never made, or made once: what is unsigned, old, repeated or out of range changes nothing."""

from __future__ import annotations

import hashlib
import hmac
import io
import itertools
import json
import time
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.chat.slack.people import name_of
from sandbox.slack.things import TEAM
from tests.stories.town import ANA, BEA, CARE, CYD, OUTSIDER, Town

NUMBERS = itertools.count()


def press(user: str, ts: str, value: object, *, verb: str = "approve", team: str = TEAM) -> dict[str, object]:
    """A click as Slack sends it, with any value."""
    return {
        "type": "block_actions",
        "user": {"id": user, "team_id": team},
        "team": {"id": team},
        "container": {"type": "message", "message_ts": ts, "channel_id": CARE},
        "channel": {"id": CARE},
        "trigger_id": f"forged.{next(NUMBERS)}",
        "actions": [{"action_id": f"press:{verb}:0", "type": "button", "value": value, "action_ts": f"{time.time()}"}],
    }


async def call(here: Town, payload: object, *, age: float = 0, secret: str | None = None) -> int:
    body = urlencode({"payload": json.dumps(payload)})
    stamp = str(int(time.time() - age))
    key = here.slack.signing_secret if secret is None else secret
    mac = hmac.new(key.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={mac}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    url = f"http://127.0.0.1:{here.port}/slack/events"
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def test_forged_and_repeated_clicks_approve_nothing(here: Town) -> None:
    await here.asks()
    draft = await here.waits("You are a fool, Lea!")
    await here.all_shown()
    good = press(BEA, draft.ts, "1:1:1")
    assert await call(here, good, secret="somebody else's") == 401
    assert await call(here, good, age=600) == 401
    assert await call(here, good, age=-600) == 401
    assert await call(here, press(OUTSIDER, draft.ts, "1:1:1", team="T0FAR")) == 200
    assert await call(here, press(BEA, draft.ts, "1:1:1", team="T0FAR")) == 200
    values = ("1:2:55", "2:1:1", "-1:1:1", "1:1:-1", "1:1", "1", "", ":::", "1:1:1e0", "0x1:1:1", "١:١:٢", None)
    huge = ("9" * 15, "9" * 300, "1:" + "9" * 15, "1:1:" + "9" * 15, "1:1:" + "9" * 16, "9" * 18 + ":1:1")
    for value in (*values, *huge, {"a": 1}, 7, "\ud800", "1:1:1\x00"):
        for verb in ("approve", "unobject"):
            assert await call(here, press(BEA, draft.ts, value, verb=verb)) == 200
    for verb in ("settle", "nonsense", "send", "draft", ""):
        assert await call(here, press(BEA, draft.ts, "1:1:1", verb=verb)) in {200, 400}
    await here.mention(CYD, "approve 999999999999")
    await here.mention(CYD, "approve 999999999999 999999999999")
    await here.told(CYD, "Nobody has the number")
    await here.mention(CYD, "note the last of all")
    await here.told(CYD, "Noted")
    assert here.public() == []
    await here.draft_message(1, "Approved 0 of 1.")
    assert await call(here, good) == 200
    assert await call(here, good) == 200
    await here.answered()
    assert await call(here, good) == 200
    await here.slack.settled(timeout=30)
    assert len(here.public()) == 1


@pytest.mark.parametrize("path", ["hooks/acme/x", "hooks/..%2facme/x", "hooks/%00/x", 'hooks/a"b%0a{}/x', "hooks/ä/"])
async def test_odd_calls_to_the_web_server_are_refused_in_peace(here: Town, path: str) -> None:
    root = f"http://127.0.0.1:{here.port}/"
    async with aiohttp.ClientSession() as session:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            async with session.request(method, root + path, data=b"x") as answer:
                assert answer.status in {400, 403, 404, 405}
        for where in (path, "slack/events"):
            async with session.post(root + where, data=io.BytesIO(b"x" * 3_000_000)) as answer:
                assert answer.status in {401, 404, 413}
        async with session.get(root + "metrics") as answer:
            lines = (await answer.text()).splitlines()
            assert answer.status == 200
            assert not [line for line in lines if path.split("/")[1] in line and "acme" not in line]
    await here.asks("kim", "@acme are you still there?")
    await here.mention(ANA, "draft Yes, Kim")
    await here.draft_message(1)


async def test_throwing_away_an_old_draft_leaves_the_newer_one(here: Town) -> None:
    await here.asks()
    old = await here.waits("Sorry, Lea!")
    await here.drafts(CYD, "Sorry, Lea! It comes today.", draft=2)
    await here.all_shown()
    assert await call(here, press(BEA, old.ts, "1:1:1", verb="discard")) == 200
    await here.told(BEA, "That draft is no longer current")
    await here.draft_message(2, "Approved 0 of 1.")


def test_a_name_that_no_database_takes_is_made_one_that_it_takes() -> None:
    """Whoever has such a name could do nothing at all, and nobody could hand them anything."""
    assert name_of({"profile": {"display_name": "B\x00e\ud800a"}}, "U0BEA") == "B\ufffde\ufffda"

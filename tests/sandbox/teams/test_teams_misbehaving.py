"""Redelivery, disorder, faults and limits on command; who is let in, and what is signed how."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta

import aiohttp
import jwt
import pytest

from sandbox.teams import CannotDo, TeamsStandIn
from sandbox.teams.signing import ISSUER
from sandbox.teams.tenant import ANA, BEA, CARE, VIP
from sandbox.teams.things import APP_ID, OTHER_TENANT, TENANT
from tests.sandbox.teams.conftest import Bot, Raw
from tests.sandbox.teams.test_teams_refusals import activities

# --- what the bot hears ---


async def test_a_message_that_is_not_answered_comes_again_with_the_same_id(teams: TeamsStandIn, bot: Bot):
    bot.status = 500
    await teams.mention(ANA, CARE, "hello")
    await teams.settled()
    assert len(bot.heard) == 3
    assert len({one["id"] for one in bot.heard}) == 1


async def test_a_message_that_is_refused_does_not_come_again(teams: TeamsStandIn, bot: Bot):
    bot.status = 403
    await teams.mention(ANA, CARE, "hello")
    await teams.settled()
    assert len(bot.heard) == 1


async def test_messages_are_duplicated_redelivered_and_reordered_on_command(teams: TeamsStandIn, bot: Bot):
    teams.duplicate()
    await teams.mention(ANA, CARE, "one")
    await teams.settled()
    assert len(bot.heard) == 2
    teams.duplicate(False)
    await teams.redeliver(times=2)
    assert len({one["id"] for one in bot.heard}) == 1
    teams.reorder(2)
    first = await teams.mention(ANA, CARE, "two")
    second = await teams.mention(ANA, CARE, "three")
    await teams.settled()
    assert [one["id"] for one in bot.heard[4:]] == [second, first]


async def test_an_answer_that_is_lost_brings_the_message_twice(teams: TeamsStandIn, bot: Bot):
    teams.drop_answers()
    await teams.mention(ANA, CARE, "one")
    await teams.settled()
    assert len(bot.heard) == 2


# --- what the bot meets ---


@pytest.mark.parametrize("kind", ["412", "429", "500", "502", "503", "504"])
async def test_the_next_calls_meet_what_was_ordered_with_a_time_to_wait(raw: Raw, teams: TeamsStandIn, kind: str):
    teams.fail_next("send", kind, retry_after=7)
    status, answer, headers = await raw.full("POST", activities(CARE), {"type": "message", "text": "x"})
    assert (status, headers["Retry-After"]) == (int(kind), "7")
    assert answer["error"]["code"]
    assert teams.messages(CARE) == []
    assert (await raw.send(CARE, text="x"))[0] == 201


async def test_a_fault_can_come_without_a_time_to_wait_and_for_any_call(raw: Raw, teams: TeamsStandIn):
    teams.fail_next("*", "429", retry_after=None)
    _, answer, headers = await raw.full("GET", f"v3/conversations/{CARE}/pagedmembers")
    assert answer["error"]["code"] == "Throttled"
    assert "Retry-After" not in headers
    teams.fail_next("member", "403")
    assert (await raw("GET", f"v3/conversations/{CARE}/members/{ANA}"))[1]["error"]["code"] == "BotDisabledByAdmin"
    teams.fail_next("send", "401")
    assert (await raw.send(CARE, text="x"))[0] == 401
    for operation, kind in (("fly", "429"), ("send", "418")):
        with pytest.raises(CannotDo, match="one of"):
            teams.fail_next(operation, kind)


@pytest.mark.parametrize("kind", ["cut", "hang_after", "504_after"])
async def test_a_message_is_taken_and_the_answer_never_comes(raw: Raw, teams: TeamsStandIn, kind: str):
    teams.fail_next("send", kind)
    limit = aiohttp.ClientTimeout(total=0.3)
    url = teams.service_url + activities(CARE)
    try:
        async with raw.http.post(url, json={"type": "message", "text": "x"}, timeout=limit) as answer:
            assert answer.status == 504
    except (TimeoutError, aiohttp.ClientError):
        assert kind != "504_after"
    assert [m.text for m in teams.messages(CARE)] == ["x"]


async def test_real_limits_are_seven_a_second_a_thread_and_thirty_for_all(http):
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)

    async with TeamsStandIn.serve(limits="real", clock=lambda: at) as teams:
        raw = Raw(teams, http)
        statuses = [(await raw.send(CARE, text=str(n)))[0] for n in range(8)]
        assert statuses == [201] * 7 + [429]
        _, answer, headers = await raw.full("POST", activities(CARE), {"type": "message", "text": "x"})
        assert (answer["error"]["code"], headers["Retry-After"]) == ("Throttled", "1")
        assert (await raw.send(VIP, text="another thread"))[0] == 201
        at += timedelta(seconds=1.1)
        assert (await raw.send(CARE, text="later"))[0] == 201
        at += timedelta(seconds=1.1)
        places = [teams.chat_with(one) for one in (ANA, BEA)]
        every = [(await raw.send(place, text="x"))[0] for place in (CARE, VIP, *places) for _ in range(7)]
        assert every == [201] * 28
        roster = [(await raw("GET", f"v3/conversations/{CARE}/members/{ANA}"))[0] for _ in range(3)]
        assert roster == [200, 200, 429]


async def test_real_limits_are_eight_in_two_seconds_and_sixty_in_thirty(http):
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    async with TeamsStandIn.serve(limits="real", clock=lambda: at) as teams:
        statuses = []
        for _ in range(61):
            statuses.append((await Raw(teams, http).send(CARE, text="x"))[0])
            at += timedelta(seconds=0.26)  # eight in two seconds may be sent
        assert statuses == [201] * 60 + [429]
        at += timedelta(seconds=60)
        statuses = [(await Raw(teams, http).send(CARE, text="x"))[0] for _ in range(7)]
        at += timedelta(seconds=1.1)
        statuses += [(await Raw(teams, http).send(CARE, text="x"))[0] for _ in range(2)]
        assert statuses == [201] * 8 + [429]
    with pytest.raises(CannotDo, match="real or off"):
        teams.set_limits("some")


async def test_a_targeted_message_is_gone_after_a_day(http):
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    async with TeamsStandIn.serve(clock=lambda: at) as teams:
        raw, query = Raw(teams, http), "?isTargetedActivity=true"
        body = {"type": "message", "text": "x", "recipient": {"id": ANA}}
        _, sent = await raw("POST", activities(CARE, query=query), body)
        at += timedelta(hours=25)
        assert teams.whispers(ANA) == []
        status, answer = await raw("PUT", activities(CARE, sent["id"], query), {"type": "message", "text": "y"})
        assert (status, answer["error"]["code"]) == (404, "ActivityNotFoundInConversation")


async def test_slow_calls_are_slow(raw: Raw, teams: TeamsStandIn):
    teams.slow("send", 0.05)
    before = time.monotonic()
    await raw.posted(CARE, text="x")
    assert time.monotonic() - before >= 0.05


# --- who is let in ---


async def key_of(raw: Raw) -> jwt.PyJWK:
    async with raw.http.get(raw.teams.openid_url) as answer:
        found = await answer.json()
    async with raw.http.get(found["jwks_uri"]) as answer:
        (jwk,) = (await answer.json())["keys"]
    assert jwk["endorsements"] == ["msteams"]
    return jwt.PyJWK(jwk)


async def test_signed_activities_carry_a_token_that_names_bot_and_service_url(raw: Raw, teams: TeamsStandIn, bot: Bot):
    teams.set_signed(True)
    await teams.mention(ANA, CARE, "hello")
    await teams.settled()
    scheme, _, token = bot.headers[0]["Authorization"].partition(" ")
    claims = jwt.decode(token, (await key_of(raw)).key, algorithms=["RS256"], audience=APP_ID)
    assert scheme == "Bearer"
    assert claims["iss"] == ISSUER
    assert claims["serviceurl"] == teams.service_url == bot.heard[0]["serviceUrl"]
    assert jwt.get_unverified_header(token)["kid"]


async def test_anonymous_activities_carry_no_token(teams: TeamsStandIn, bot: Bot):
    await teams.mention(ANA, CARE, "hello")
    await teams.settled()
    assert "Authorization" not in bot.headers[0]


async def test_tokens_can_be_wrong_in_one_thing(raw: Raw, teams: TeamsStandIn):
    key = (await key_of(raw)).key

    def read(authorization: str) -> dict[str, object]:
        return jwt.decode(authorization.removeprefix("Bearer "), key, algorithms=["RS256"], audience=APP_ID)

    assert read(teams.token())["iss"] == ISSUER
    assert read(teams.token(issuer="https://evil.example"))["iss"] == "https://evil.example"
    assert read(teams.token(service_url="https://evil.example/"))["serviceurl"] == "https://evil.example/"
    for wrong, error in (
        (teams.token(audience="somebody"), jwt.InvalidAudienceError),
        (teams.token(lifetime=-3600), jwt.ExpiredSignatureError),
        (teams.token(forged=True), jwt.InvalidSignatureError),
    ):
        with pytest.raises(error):
            read(wrong)


async def test_anything_can_be_sent_with_any_authorization(teams: TeamsStandIn, bot: Bot):
    teams.set_signed(True)
    await teams.mention(ANA, CARE, "hello")
    await teams.settled()
    forged = json.loads(json.dumps(bot.heard[0]))
    forged["conversation"]["tenantId"] = OTHER_TENANT
    await teams.send_raw(forged, "")
    await teams.send_raw(forged)
    assert "Authorization" not in bot.headers[1]
    assert bot.headers[2]["Authorization"].startswith("Bearer ")
    assert bot.heard[2]["conversation"]["tenantId"] == OTHER_TENANT


async def test_a_bot_gets_a_token_for_its_password_and_is_let_in_with_it(raw: Raw, teams: TeamsStandIn):
    teams.set_signed(True)
    form = {
        "grant_type": "client_credentials",
        "client_id": APP_ID,
        "client_secret": teams.password,
        "scope": "https://api.botframework.com/.default",
    }

    async def ask(url: str = teams.token_url, **wrong: str) -> tuple[int, dict[str, object]]:
        async with raw.http.post(url, data={**form, **wrong}) as answer:
            return answer.status, await answer.json()

    assert (await raw.send(CARE, text="x"))[0] == 401
    assert (await ask(client_secret="x"))[0] == 401
    assert (await ask(scope="x"))[0] == 400
    assert (await ask(teams.token_url.replace(TENANT, OTHER_TENANT)))[0] == 400
    teams.fail_next("token", "503")
    assert (await ask())[0] == 503
    status, given = await ask()
    assert (status, given["token_type"]) == (200, "Bearer")
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    send = (activities(CARE), {"type": "message", "text": "x"}, headers)
    assert (await raw.full("POST", *send))[0] == 201
    assert "client_secret" not in str(teams.calls("token"))
    teams.end_tokens()
    assert (await raw.full("POST", *send))[0] == 401


async def test_a_bot_that_hangs_is_given_up(teams: TeamsStandIn):
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    teams.set_endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    teams.set_patience(0.05)
    seen = await teams.search(ANA, CARE, "find", "bike")
    assert (seen.error, seen.why) == ("Unable to reach app. Please try again.", "timeout")
    server.close()
    await server.wait_closed()

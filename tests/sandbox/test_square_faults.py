"""Each way the square misbehaves on command, provoked by a raw request."""

import asyncio
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from sandbox.square import FAULTS, Fault
from tests.sandbox.square_client import Raw, raw_square

WHOAMI = "/api/v1/accounts/verify_credentials"


async def dropped(raw: Raw, text: str = "hello", key: str | None = None) -> None:
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await raw.reply(text, key=key)


async def test_it_ignores_the_key() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.IGNORE_KEY)
        await raw.reply("a", key="k")
        await raw.reply("a", key="k")
        assert len(raw.square.posted_by_us()) == 2


async def test_it_accepts_and_drops_the_line_once() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.ACCEPT_AND_DROP)
        await dropped(raw, key="k")
        assert len(raw.square.posted_by_us()) == 1
        (call,) = raw.square.publish_calls
        assert (call.answered, call.key, call.accepted) == ("dropped", "k", raw.square.posted_by_us()[0].id)
        status, again, _ = await raw.reply("hello", key="k")
        assert (status, again["id"]) == (200, call.accepted)


async def test_it_accepts_and_hangs_until_let_go() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.ACCEPT_AND_HANG)
        call = asyncio.create_task(raw.reply("hello"))
        await raw.square.wait_for(lambda square: square.posted_by_us())
        assert not call.done()
        raw.square.clear_faults()
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await call
        assert raw.square.publish_calls[0].answered == "hung"


async def test_it_hangs_without_accepting() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.HANG)
        call = asyncio.create_task(raw.reply("hello"))
        await raw.square.wait_for(lambda square: square.publish_calls and square.publish_calls[0].answered)
        assert not call.done()
        raw.square.clear_faults()
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await call
        assert raw.square.posted_by_us() == []


async def test_it_accepts_late_although_the_line_was_cut() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.ACCEPT_LATE, seconds=0.2)
        await dropped(raw)
        assert raw.square.posted_by_us() == []
        (late,) = await raw.square.wait_for(lambda square: square.posted_by_us())
        assert raw.square.publish_calls[0].accepted == late.id


async def test_it_fails_without_accepting() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.FAIL_BEFORE, status=502)
        status, body, _ = await raw.reply("hello")
        assert status == 502
        assert "<!DOCTYPE html>" in body
        assert raw.square.posted_by_us() == []
        assert raw.square.publish_calls[0].answered == "502"


async def test_it_fails_after_accepting() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.FAIL_AFTER)
        assert (await raw.reply("hello"))[0] == 503
        assert len(raw.square.posted_by_us()) == 1


async def test_it_throttles_the_next_two_and_says_until_when() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    async with raw_square(clock=lambda: now) as raw:
        raw.square.fault(Fault.THROTTLE, times=2, seconds=90)
        for _ in range(2):
            status, body, headers = await raw.reply("hello")
            assert (status, body) == (429, {"error": "Too many requests"})
            assert headers["X-RateLimit-Remaining"] == "0"
            assert headers["X-RateLimit-Reset"] == (now + timedelta(seconds=90)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert (await raw.reply("hello"))[0] == 200
        assert len(raw.square.posted_by_us()) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(422, "Validation failed: Text is not acceptable"), (403, "This action is not allowed")]
)
async def test_it_refuses(status: int, error: str) -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.REFUSE, status=status)
        assert (await raw.reply("hello"))[:2] == (status, {"error": error})
        assert raw.square.posted_by_us() == []
        assert raw.square.publish_calls[0].error == error
        assert (await raw.reply("hello"))[0] == 200


async def test_it_lists_our_own_posts_with_a_lag_but_knows_them_by_id() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    async with raw_square(clock=lambda: now) as raw:
        raw.square.fault(Fault.LAG, seconds=5)
        post = await raw.square.post("@lea", "@acme hello")
        _, reply, _ = await raw.reply("@lea hi", to=post.id)
        context, own = f"/api/v1/statuses/{post.id}/context", f"/api/v1/accounts/{reply['account']['id']}/statuses"
        assert (await raw.get(context))["descendants"] == []
        assert await raw.get(own) == []
        assert (await raw.get(f"/api/v1/statuses/{reply['id']}"))["id"] == reply["id"]
        now += timedelta(seconds=5)
        assert len((await raw.get(context))["descendants"]) == 1
        assert len(await raw.get(own)) == 1


async def test_it_has_no_streaming() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.NO_STREAM)
        assert (await raw.call("GET", "/api/v1/streaming/user"))[0] == 404
        assert (await raw.call("GET", "/api/v1/streaming/health"))[0] == 404


async def test_the_odd_one_answers_a_bad_token_with_400_and_plain_text_and_limits_with_400() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.ODD_ERRORS)
        status, body, headers = await raw.call("GET", WHOAMI, token="wrong")
        assert (status, body) == (400, "bad token\n")
        assert headers["Content-Type"].startswith("text/plain")
        assert (await raw.reply("x" * 501))[0] == 400


async def test_the_odd_one_writes_acct_with_the_domain_in_some_places() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.ODD_ACCT)
        post = await raw.square.post("@lea", "@acme hello")
        shown = await raw.get(f"/api/v1/statuses/{post.id}")
    assert shown["account"]["acct"] == f"lea@{raw.square.base_url.removeprefix('http://')}"
    assert shown["mentions"][0]["acct"] == "acme"


async def test_it_has_no_history_and_no_batch() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.NO_HISTORY)
        raw.square.fault(Fault.NO_BATCH)
        post = await raw.square.post("@lea", "@acme hello")
        assert (await raw.call("GET", f"/api/v1/statuses/{post.id}/history"))[0] == 404
        assert (await raw.call("GET", f"/api/v1/statuses?id[]={post.id}"))[0] == 404


async def test_it_writes_the_reset_as_a_unix_time() -> None:
    now = datetime(2026, 11, 21, 12, 1, tzinfo=UTC)
    async with raw_square(clock=lambda: now) as raw:
        raw.square.fault(Fault.UNIX_RESET)
        _, _, headers = await raw.call("GET", WHOAMI)
    assert headers["X-RateLimit-Reset"] == str(int(datetime(2026, 11, 21, 12, 5, tzinfo=UTC).timestamp()))


async def test_it_is_cut_off_and_comes_back_and_the_control_interface_stays() -> None:
    async with raw_square() as raw:
        raw.square.fault(Fault.CUT_OFF)
        for path in (WHOAMI, "/api/v1/streaming/user", "/@acme"):
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await raw.call("GET", path)
        await dropped(raw)
        assert raw.square.posted_by_us() == []
        assert raw.square.publish_calls == []
        assert (await raw.get("/control/state"))["cut"] is True
        raw.square.clear_faults()
        assert (await raw.call("GET", WHOAMI))[0] == 200


async def test_a_fault_can_meet_reading_or_changing_instead_of_publishing() -> None:
    async with raw_square() as raw:
        _, reply, _ = await raw.reply("hello")
        raw.square.fault(Fault.FAIL_BEFORE, where="read")
        raw.square.fault(Fault.ACCEPT_AND_DROP, where="change")
        assert (await raw.reply("hello again"))[0] == 200
        assert (await raw.call("GET", WHOAMI))[0] == 503
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await raw.call("PUT", f"/api/v1/statuses/{reply['id']}", json={"status": "hullo"})
        assert raw.square.posted_by_us()[0].now.text == "hullo"


def test_every_fault_says_what_it_does() -> None:
    assert set(FAULTS) == set(Fault)

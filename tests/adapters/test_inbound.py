"""A system of one's own, over HTTP on loopback: what it can be told by its settings, and calls that go wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest

from adapters.contract import (
    AsHeard,
    AuthFailed,
    CannotTell,
    Gone,
    Hook,
    HookAnswer,
    Lost,
    Malformed,
    Once,
    Posted,
    PostRef,
    PublicPost,
    Reason,
    Receipt,
    Refusal,
    Refused,
    Reply,
    Text,
    Unreachable,
)
from adapters.inbound import Inbound
from adapters.inbound_describe import description
from adapters.inbound_settings import Settings
from adapters.inbound_signing import headers_for, keys_of
from sandbox.inbound import Fault, Office, Where


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with Office.serve() as one:
        yield one


@asynccontextmanager
async def account(office: Office, **changed: object) -> AsyncIterator[Inbound]:
    table: dict[str, object] = {"webhook": office.webhook, "asks": True, "call_limit": timedelta(seconds=1), **changed}
    one = Inbound(Settings(secret=office.secret, **table))  # type: ignore[arg-type]
    try:
        yield one
    finally:
        await one.close()


async def told(one: Inbound, office: Office, at: int = -1) -> HookAnswer:
    event = office.outbox[at]
    headers = office.signed(event)
    return await one.hook(Hook(method="POST", path="events", query={}, headers=headers, body=event.body))


async def asked(one: Inbound, office: Office) -> Reply:
    """The reply to a message that was told."""
    await office.post("lea", "where is my bike?")
    (heard,) = (await told(one, office)).heard
    assert isinstance(heard, Posted)
    return Reply.to(heard.post, text=Text.of("Sorry, Lea!"))


async def test_the_door_has_one_path_to_tell_and_one_to_read_about_it(office: Office) -> None:
    async with account(office) as one:

        async def status(method: str, path: str) -> int:
            return (await one.hook(Hook(method=method, path=path, query={}, headers={}, body=b""))).status

        assert [await status("GET", path) for path in ("openapi.json", "events", "", "other")] == [200, 405, 404, 404]
        assert await status("POST", "openapi.json") == 405
        with pytest.raises(AuthFailed):
            await status("POST", "events")
        page = await one.hook(Hook(method="GET", path="openapi.json", query={}, headers={}, body=b""))
        assert json.loads(page.body)["openapi"] == "3.1.0"
        assert page.content_type == "application/json"


async def test_events_that_come_twice_late_or_changed(office: Office) -> None:
    async with account(office) as one:
        await office.post("lea", "hello")
        first, again = await told(one, office), await told(one, office)
        assert first.status == again.status == 204
        assert first.heard == again.heard
        office.tell("message.deleted", {"id": "m-1"}, id=office.outbox[0].id)
        assert (await told(one, office)).status == 409
        office.tell("message.sung", {"id": "m-1"})
        with pytest.raises(Malformed):
            await told(one, office)


async def test_every_answer_at_the_door_is_one_that_the_description_names(office: Office) -> None:
    data: dict[str, object] = {"id": "m", "author": {"name": "Lea"}, "text": "x"}
    described = cast(dict[str, Any], description())["paths"]["/events"]["post"]["responses"]
    bodies = [b"", b"[]", b"\xff", json.dumps({"type": "message.posted", "data": data}).encode()]
    wrong: tuple[tuple[str, object], ...] = (
        ("id", None),
        ("id", ""),
        ("id", 7.5),
        ("text", 7),
        ("at", "soon"),
        ("author", []),
        ("media", {}),
    )
    for name, value in wrong:
        bodies.append(json.dumps({"type": "message.posted", "data": {**data, name: value}}).encode())
    async with account(office) as one:
        said = []
        for number, body in enumerate(bodies):
            headers = headers_for(keys_of(office.secret)[0], body, id=f"e{number}", at=office.clock())
            asked = Hook(method="POST", path="events", query={}, headers=headers, body=body)
            try:
                said.append((await one.hook(asked)).status)
            except Malformed:
                said.append(400)  # as the door says it
        assert [status for status in said if str(status) not in described] == []
        assert said == [400, 400, 400, 204] + [400] * (len(bodies) - 4)


async def test_without_a_webhook_it_hears_and_people_answer_by_hand(office: Office) -> None:
    async with account(office, webhook="", asks=False) as one:
        await one.open()
        assert "No webhook" in one.notes()[0]
        assert not one.can.replies
        reply = await asked(one, office)
        assert isinstance(refusal := await one.preflight(reply), Refusal)
        assert refusal.reason is Reason.UNSUPPORTED
        with pytest.raises(Refused):
            await one.publish(reply, "k1")
        assert await one.fetch([reply.parent]) == {reply.parent: AsHeard(reply.parent)}


async def test_a_webhook_that_answers_no_questions_leaves_what_is_unknown_to_a_person(office: Office) -> None:
    async with account(office, asks=False) as one:
        await one.open()
        assert "a person has to say" in one.notes()[0]
        assert (one.can.once, one.can.finds) == (Once.NEVER, False)
        reply = await asked(one, office)
        office.fault(Fault.ACCEPT_AND_DROP)
        with pytest.raises(Lost):
            await one.publish(reply, "k1")
        assert isinstance(await one.find_own_reply(reply, "k1"), CannotTell)
        receipt = Receipt(ref=PostRef("m-2"), url=None, at=office.clock())
        with pytest.raises(Unreachable):
            await one.look(receipt)
        with pytest.raises(Refused):
            await one.correct(receipt, reply.text, "k2")
        with pytest.raises(Refused):
            await one.retract(receipt)


@pytest.mark.parametrize("fault", [Fault.ACCEPT_AND_DROP, Fault.FAIL_AFTER, Fault.ACCEPT_AND_HANG, Fault.FAIL_BEFORE])
async def test_where_a_repeat_is_one_reply_it_is_repeated_until_it_is_answered(office: Office, fault: Fault) -> None:
    async with account(office, idempotent=True) as one:
        assert one.can.once is Once.KEY
        reply = await asked(one, office)
        office.fault(fault)
        receipt = await one.publish(reply, "k1")
        (stands,) = office.posted_by_us()
        assert receipt.ref == PostRef(stands.id)
        assert [call.key for call in office.publish_calls] == ["k1", "k1"]


async def test_a_repeat_that_is_refused_leaves_it_unknown(office: Office) -> None:
    async with account(office, idempotent=True) as one:
        reply = await asked(one, office)
        office.fault(Fault.FAIL_AFTER)
        office.fault(Fault.REFUSE)
        with pytest.raises(Lost):
            await one.publish(reply, "k1")
        office.fault(Fault.FAIL_BEFORE, times=9)
        began = asyncio.get_running_loop().time()
        with pytest.raises(Lost):
            await one.publish(reply, "k2")
        assert asyncio.get_running_loop().time() - began < 2


async def test_an_answer_that_is_none_is_not_taken_for_a_no(office: Office) -> None:
    async with account(office) as one:
        reply = await asked(one, office)
        office.fault(Fault.NONSENSE)
        with pytest.raises(Malformed):
            await one.fetch([reply.parent])
        assert isinstance(await one.find_own_reply(reply, "k1"), CannotTell)
        office.clear_faults()
        for fault in (Fault.REFUSE, Fault.FAIL_BEFORE):
            office.fault(fault, where=Where.ASK, status=404)
            with pytest.raises((Unreachable, AuthFailed)):
                await one.fetch([reply.parent])
        await office.delete(reply.parent.id)
        assert await one.fetch([reply.parent]) == {reply.parent: Gone(reply.parent)}


async def test_a_webhook_with_another_secret_is_told_at_once(office: Office) -> None:
    async with account(office) as one:
        office.secret = "another-secret-that-is-long-enough"
        with pytest.raises(AuthFailed):
            await one.open()
        with pytest.raises(Refused) as caught:
            await one.publish(Reply(parent=PostRef("m-1"), text=Text.of("x")), "k1")
        assert caught.value.reason is Reason.AUTH


async def test_listening_goes_on_while_the_webhook_is_away(office: Office) -> None:
    async with account(office) as one:
        office.fault(Fault.CUT_OFF)
        ears = one.listen(None)
        assert (await anext(ears)).heard == ()
        await ears.aclose()  # type: ignore[attr-defined]


async def test_a_colleagues_answer_there_is_ours(office: Office) -> None:
    async with account(office) as one:
        post = await office.post("lea", "help")
        await office.answer_by_hand(post, "I called you.")
        (heard,) = (await told(one, office)).heard
        assert isinstance(heard, Posted)
        assert heard.post.ours
        assert isinstance((await one.fetch([heard.post.ref]))[heard.post.ref], PublicPost)

"""X calls us: challenges, signatures over the raw bytes, events that come again, late, in another order, or broken."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters.contract import BY_HAND, AuthFailed, Edited, Hook, Malformed, Posted, PostRef, Removed, Unreachable
from adapters.x import X
from sandbox.x import Fault
from tests.adapters.xs import AT, Here, here, hook, refs

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def at() -> AsyncIterator[Here]:
    async with here() as one:
        yield one


@pytest.fixture
def account(at: Here) -> X:
    return at.account()


async def test_a_challenge_is_answered_with_the_apps_secret(at: Here, account: X) -> None:
    asked = Hook(method="GET", path="x", query={"crc_token": "abc"}, headers={}, body=b"")
    answer = await account.hook(asked)
    assert answer.status == 200
    assert answer.content_type == "application/json"
    assert json.loads(answer.body) == {"response_token": at.x.hooks.sign(b"abc")}
    nothing = Hook(method="GET", path="x", query={}, headers={}, body=b"")
    assert (await account.hook(nothing)).status == 400
    assert (await account.hook(Hook(method="PUT", path="x", query={}, headers={}, body=b""))).status == 405
    without = at.account(connected=True)  # no consumer secret: nobody is believed
    assert (await without.hook(asked)).status == 404
    with pytest.raises(AuthFailed):
        await without.hook(hook(at.x, b"{}"))


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=AAAA", "sha256=äöü", "sha1=AAAA", "%%"])
async def test_what_x_has_not_signed_is_not_heard(at: Here, account: X, signature: str) -> None:
    post = await at.x.post("lea", f"{AT} hello", tell=False)
    body = at.x.hooks.spoken("post.mention.create", post)
    with pytest.raises(AuthFailed):
        await account.hook(hook(at.x, body, signature=signature))
    with pytest.raises(AuthFailed):  # the signature of other bytes that say the same
        await account.hook(hook(at.x, body + b" ", signature=at.x.hooks.sign(body)))
    with pytest.raises(AuthFailed):
        await account.hook(Hook(method="POST", path="x", query={}, headers={}, body=body))


async def test_a_mention_is_heard_whole_and_asks_nothing_more(at: Here, account: X) -> None:
    at.x.person("lea", followers=97)
    post = await at.x.post("lea", f"{AT} where is it? https://acme.com/4711", pictures=("a box",), tell=False)
    await account.open()
    at.x.fault(Fault.FAIL_BEFORE, where="read", times=9)
    answer = await account.hook(hook(at.x, at.x.hooks.spoken("post.mention.create", post)))
    assert answer.status == 200
    (heard,) = answer.heard
    assert isinstance(heard, Posted)
    assert heard.post.ref == PostRef(post.first)
    assert heard.post.text.plain == f"{AT} where is it? https://acme.com/4711"
    assert (heard.post.author.handle, heard.post.author.followers) == ("lea", 97)
    assert [one.description for one in heard.post.media] == ["a box"]


async def test_an_event_is_in_the_ledger(at: Here, account: X) -> None:
    await account.open()
    before = await at.keeper.spent(LONG_AGO)
    body = at.x.hooks.spoken("post.mention.create", await at.x.post("lea", f"{AT} hello", tell=False))
    await account.hook(hook(at.x, body))
    await account.hook(hook(at.x, at.x.hooks.event("like.create", {}, {})))
    assert (await at.keeper.spent(LONG_AGO)).money - before.money == Decimal("0.005")


async def test_an_answer_without_its_author_is_asked_for_and_a_quote_may_be_answered(at: Here, account: X) -> None:
    ours = await at.x.answer_by_hand(await at.x.post("kim", f"{AT} hello"), "Hello, Kim!")
    reply = await at.x.post("lea", "me too", reply_to=ours, tell=False)
    answer = await account.hook(hook(at.x, at.x.hooks.spoken("post.reply.create", reply, bare=True)))
    (heard,) = answer.heard
    assert isinstance(heard, Posted)
    assert heard.post.author.handle == "lea"
    assert heard.post.root is not None
    quote = await at.x.post("lea", "look at this", quotes=ours, tell=False)
    (heard,) = (await account.hook(hook(at.x, at.x.hooks.spoken("post.quote.create", quote)))).heard
    assert isinstance(heard, Posted)
    assert BY_HAND not in heard.post.extra


async def test_what_cannot_be_asked_for_just_now_shall_come_again(at: Here, account: X) -> None:
    ours = await at.x.answer_by_hand(await at.x.post("kim", f"{AT} hello"), "Hello, Kim!")
    reply = await at.x.post("lea", "me too", reply_to=ours, tell=False)
    await account.open()
    body = at.x.hooks.spoken("post.reply.create", reply, bare=True)
    at.x.fault(Fault.FAIL_BEFORE, where="read", times=3)
    with pytest.raises(Unreachable):
        await account.hook(hook(at.x, body))
    assert refs(await account.hook(hook(at.x, body))) == [f"Posted {reply.first}"]
    await at.x.delete(reply, tell=False)
    assert refs(await account.hook(hook(at.x, body))) == []


async def test_events_may_come_again_and_in_another_order(at: Here, account: X) -> None:
    post = await at.x.post("lea", f"{AT} frist", tell=False)
    before = at.x.hooks.spoken("post.mention.create", post)
    await at.x.edit(post, f"{AT} first", tell=False)
    after = at.x.hooks.spoken("post.mention.create", post)
    gone = at.x.hooks.deleted(post)  # names the newest version
    late, early = [(await account.hook(hook(at.x, body))).heard[0] for body in (after, before)]
    assert isinstance(late, Posted)
    assert isinstance(early, Posted)
    assert late.post.ref == early.post.ref == PostRef(post.first)
    assert late.post.root == early.post.root
    assert early.post.edited_at is None  # whoever stores them sees that this one is the older
    assert late.post.edited_at is not None
    for _ in range(2):
        assert (await account.hook(hook(at.x, gone))).heard == (Removed(PostRef(post.first)),)


async def test_a_deletion_that_comes_before_the_edit_it_names_deletes_the_post(at: Here, account: X) -> None:
    await account.open()
    post = await at.x.post("lea", f"{AT} first", tell=False)
    before = at.x.hooks.spoken("post.mention.create", post)
    after = at.x.hooks.spoken("post.mention.create", await at.x.edit(post, f"{AT} second", tell=False))
    gone = at.x.hooks.deleted(post)
    heard = [(await account.hook(hook(at.x, body))).heard for body in (gone, after, before, after)]
    assert heard[1] == heard[3] == (Removed(PostRef(post.first)),)
    assert refs(await account.hook(hook(at.x, gone))) == [f"Removed {post.first}"]


async def test_a_call_is_not_called_forged_because_our_own_token_ended(at: Here) -> None:
    account = at.account()
    body = at.x.hooks.spoken("post.mention.create", await at.x.post("lea", f"{AT} hello", tell=False))
    at.x.server.token = "another"
    with pytest.raises(Unreachable):  # then X is told to come again
        await account.hook(hook(at.x, body))


async def test_an_answer_to_an_edited_post_is_of_its_conversation(at: Here, account: X) -> None:
    post = await at.x.post("lea", f"{AT} frist", tell=False)
    await at.x.edit(post, f"{AT} first", tell=False)
    answer = await at.x.post("kim", f"{AT} me too", reply_to=post, tell=False)
    answer.conversation = post.id  # by the name of the newest version
    (heard,) = (await account.hook(hook(at.x, at.x.hooks.spoken("post.mention.create", answer)))).heard
    assert isinstance(heard, Posted)
    assert heard.post.root == heard.post.parent == PostRef(post.first)


async def test_answers_by_hand_are_heard_and_strangers_talk_is_not(at: Here, account: X) -> None:
    post = await at.x.post("lea", f"{AT} hello")
    by_hand = await at.x.answer_by_hand(post, "I called you.")
    (heard,) = (await account.hook(hook(at.x, at.x.hooks.spoken("post.create", by_hand)))).heard
    assert isinstance(heard, Posted)
    assert heard.post.ours
    assert heard.post.text.plain == "I called you."
    watched = await at.x.post("lea", "nice weather", tell=False)
    assert (await account.hook(hook(at.x, at.x.hooks.spoken("post.create", watched)))).heard == ()


@pytest.mark.parametrize("kind", ["like.create", "follow.follow", "dm.received", "chat.received", "a.kind.of.tomorrow"])
async def test_kinds_that_say_nothing_to_us_pass(at: Here, account: X, kind: str) -> None:
    answer = await account.hook(hook(at.x, at.x.hooks.event(kind, {"id": "x", "text": 5}, {})))
    assert (answer.status, answer.heard) == (200, ())


async def test_what_is_no_event_is_named_as_such(at: Here, account: X) -> None:
    post = {"event_type": "post.mention.create"}
    for body in (b"", b"{", b"[]", b"5", b'"x"', b"{}", b'{"data": 5}', b"\xff\xfe", b'{"data": {"event_type": 5}}'):
        with pytest.raises(Malformed):
            await account.hook(hook(at.x, body))
    for payload in ({}, {"id": 5}, {"id": "abc", "text": "x"}, {"id": "1", "text": "x"}, {"id": "1" * 20}):
        broken = {"data": {**post, "payload": payload}}
        if payload == {}:
            assert (await account.hook(hook(at.x, broken))).heard == ()
            continue
        with pytest.raises(Malformed):
            await account.hook(hook(at.x, broken))


async def test_ten_thousand_characters_right_to_left_zero_width_and_html_come_through(at: Here, account: X) -> None:
    words = f"{AT} \u202eשלום\u202c \u200b<b onclick=x>&amp;</b> " + "水" * 10_000
    post = await at.x.post("lea", words, tell=False)
    (heard,) = (await account.hook(hook(at.x, at.x.hooks.spoken("post.mention.create", post)))).heard
    assert isinstance(heard, Posted)
    assert heard.post.text.plain == words


async def test_an_edit_heard_by_asking_and_by_call_is_one_post(at: Here, account: X) -> None:
    post = await at.x.post("lea", f"{AT} frist", tell=False)
    await at.x.edit(post, f"{AT} first", tell=False)
    (heard,) = (await account.hook(hook(at.x, at.x.hooks.spoken("post.mention.create", post)))).heard
    assert isinstance(heard, Posted | Edited)
    assert (await account.fetch([heard.post.ref]))[heard.post.ref] == heard.post

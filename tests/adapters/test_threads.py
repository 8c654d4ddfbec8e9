"""What is particular to Threads: containers, webhooks, quotas, tokens for sixty days, whose conversation it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from adapters.conformance.world import Ears, refs
from adapters.contract import (
    Absent,
    AuthFailed,
    CannotTell,
    Edited,
    Hook,
    Lost,
    Malformed,
    Posted,
    PostRef,
    PublicPost,
    Ready,
    Reason,
    Receipt,
    Refusal,
    Refused,
    Removed,
    Reply,
    Text,
    Throttled,
    Unavailable,
    Unreachable,
    Visibility,
)
from adapters.keeping import Forgetful
from adapters.oauth import begin, finish, keep
from adapters.threads import Threads, count_links
from adapters.tokens import read_kept
from sandbox.threads import Fault, ThreadsStandIn, Where
from tests.adapters.strings import MADE, call, reply_to, threads


@pytest.fixture
async def strings() -> AsyncIterator[ThreadsStandIn]:
    async with ThreadsStandIn.serve() as one:
        yield one
        while MADE:
            await MADE.pop().close()


@pytest.fixture
async def platform(strings: ThreadsStandIn) -> Threads:
    one = threads(strings)
    await one.open()
    return one


def tried(reply: Reply) -> Reply:
    return replace(reply, attempts=(datetime.now(UTC),))


# Two steps


async def test_a_reply_is_made_and_kept_before_it_is_published(strings: ThreadsStandIn) -> None:
    kept: list[bool] = []

    class Keeper(Forgetful):
        async def keep(self, secret: str, *, ends: datetime | None = None) -> None:
            (container,) = strings.world.containers.values()
            kept.append(container.post is not None)
            await super().keep(secret, ends=ends)

    platform = threads(strings, keeper=Keeper())
    post = await strings.post("lea", "@acme hello")
    await platform.publish(await reply_to(platform, post), "k")
    assert kept == [False, True]  # once before it is public, once with what came of it
    (sent,) = strings.publish_calls
    assert sent.body == {"creation_id": next(iter(strings.world.containers))}


async def test_killed_between_the_steps_nothing_is_public_and_the_same_container_goes_on(
    strings: ThreadsStandIn,
) -> None:
    keeper = Forgetful()
    first = threads(strings, keeper=keeper)
    post = await strings.post("lea", "@acme hello")
    reply = await reply_to(first, post)
    strings.world.slow = 3600
    dying = asyncio.create_task(first.publish(reply, "k"))
    while not strings.world.containers or await keeper.load() is None:
        await asyncio.sleep(0.01)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert strings.posted_by_us() == []
    strings.world.slow = 0
    again = threads(strings, keeper=keeper)  # another life
    assert isinstance(await again.find_own_reply(tried(reply), "k"), Absent)
    await again.publish(reply, "k")
    assert len(strings.posted_by_us()) == 1
    assert len(strings.world.containers) == 1


@pytest.mark.parametrize("fault", [Fault.ACCEPT_AND_DROP, Fault.FAIL_AFTER, Fault.ACCEPT_AND_HANG])
async def test_a_second_publish_of_what_was_published_is_no_second_reply(strings: ThreadsStandIn, fault: Fault) -> None:
    keeper = Forgetful()
    platform = threads(strings, keeper=keeper, call_limit="3s")
    post = await strings.post("lea", "@acme hello")
    reply = await reply_to(platform, post)
    strings.fault(fault)
    with pytest.raises(Lost):
        await platform.publish(reply, "k")
    again = threads(strings, keeper=keeper)
    receipts = {(await again.publish(reply, "k")).ref for _ in range(3)}
    assert receipts == {PostRef(one.id) for one in strings.posted_by_us()}
    assert len(receipts) == 1
    assert len(strings.publish_calls) == 1


async def test_a_container_that_was_published_late_is_told_by_its_status_also_where_the_list_lags(
    strings: ThreadsStandIn, platform: Threads
) -> None:
    post = await strings.post("lea", "@acme hello")
    reply = tried(await reply_to(platform, post))
    strings.fault(Fault.ACCEPT_AND_DROP)
    with pytest.raises(Lost):
        await platform.publish(reply, "k")
    (ours,) = strings.posted_by_us()
    ours.gone = True  # not in the list
    assert isinstance(await platform.find_own_reply(reply, "k"), CannotTell)
    with pytest.raises(Lost):
        await platform.publish(reply, "k")
    ours.gone = False
    assert isinstance(await platform.find_own_reply(reply, "k"), Receipt)


async def test_what_fails_before_the_second_step_is_a_certain_no(strings: ThreadsStandIn, platform: Threads) -> None:
    reply = await reply_to(platform, await strings.post("lea", "@acme hello"))
    for fault in (Fault.ACCEPT_AND_DROP, Fault.FAIL_BEFORE, Fault.FAIL_AFTER, Fault.GARBLE):
        strings.fault(fault, where=Where.CHANGE)
        with pytest.raises(Throttled):
            await platform.publish(reply, "k")
    strings.fault(Fault.REFUSE, where=Where.CHANGE, error="368")
    with pytest.raises(Refused):
        await platform.publish(reply, "k")
    assert strings.publish_calls == []
    await platform.publish(reply, "k")
    assert len(strings.posted_by_us()) == 1


async def test_a_container_that_is_not_ready_in_time_is_waited_for_and_kept(strings: ThreadsStandIn) -> None:
    platform = threads(strings, call_limit="1500ms")
    reply = await reply_to(platform, await strings.post("lea", "@acme hello"))
    strings.world.slow = 3600
    for _ in range(2):
        with pytest.raises(Throttled, match="not ready"):
            await platform.publish(reply, "k")
    strings.world.slow = 0
    await platform.publish(reply, "k")
    assert (len(strings.world.containers), len(strings.posted_by_us())) == (1, 1)


async def test_a_container_that_threads_lost_is_made_anew(strings: ThreadsStandIn, platform: Threads) -> None:
    reply = await reply_to(platform, await strings.post("lea", "@acme hello"))
    strings.world.forgetful = True
    with pytest.raises(Throttled):
        await platform.publish(reply, "k")
    strings.world.forgetful = False
    await platform.publish(reply, "k")
    assert (len(strings.world.containers), len(strings.posted_by_us())) == (2, 1)


async def test_one_of_an_earlier_attempt_that_is_lost_may_have_been_published(
    strings: ThreadsStandIn, platform: Threads
) -> None:
    reply = await reply_to(platform, await strings.post("lea", "@acme hello"))
    strings.fault(Fault.FAIL_BEFORE)
    with pytest.raises(Lost):
        await platform.publish(reply, "k")
    strings.world.forgetful = True
    with pytest.raises(Lost):
        await platform.publish(reply, "k")


async def test_an_expired_container_is_made_anew_and_one_that_failed_says_why(strings: ThreadsStandIn) -> None:
    now = datetime.now(UTC)
    platform = threads(strings)
    reply = await reply_to(platform, await strings.post("lea", "@acme hello"))
    strings.fault(Fault.FAIL_BEFORE)
    with pytest.raises(Lost):
        await platform.publish(reply, "k")
    (container,) = strings.world.containers.values()
    container.made = now - timedelta(hours=25)
    await platform.publish(reply, "k")
    assert (len(strings.world.containers), len(strings.posted_by_us())) == (2, 1)
    strings.world.slow = 3600
    other = await reply_to(platform, await strings.post("kim", "@acme hello"))
    publishing = asyncio.create_task(platform.publish(other, "k2"))
    while len(strings.world.containers) < 3:
        await asyncio.sleep(0.01)
    last = list(strings.world.containers.values())[-1]
    last.status, last.error = "ERROR", "UNKNOWN"
    with pytest.raises(Refused, match="UNKNOWN"):
        await publishing


async def test_other_words_under_the_same_key_are_another_container(strings: ThreadsStandIn, platform: Threads) -> None:
    post = await strings.post("lea", "@acme hello")
    await platform.publish(await reply_to(platform, post), "k")
    other = tried(await reply_to(platform, post, "Something else."))
    assert isinstance(await platform.find_own_reply(other, "k"), CannotTell)


# Counting


@pytest.mark.parametrize(
    ("words", "length"),
    [("hello", 5), ("héllo", 5), ("😀", 4), ("👨‍👩‍👧‍👦", 25), ("🇩🇪", 8), ("1️⃣", 7), ("日本語", 3), ("\u202e\u200b", 2)],
)
def test_emoji_count_by_their_bytes(strings: ThreadsStandIn, words: str, length: int) -> None:
    assert threads(strings).fit(Text.of(words)).length == length


async def test_more_than_five_links_are_refused_beforehand_as_threads_would(
    strings: ThreadsStandIn, platform: Threads
) -> None:
    post = await strings.post("lea", "@acme hello")
    words = " ".join(f"https://shop.example/{number}" for number in range(6))
    assert count_links(words + " https://shop.example/0.") == 6
    reply = await reply_to(platform, post, words)
    refusal = await platform.preflight(reply)
    assert isinstance(refusal, Refusal)
    assert "6 links" in refusal.sentence
    with pytest.raises(Refused):
        await platform.publish(reply, "k")


async def test_the_draft_hears_of_quotas_and_a_reply_waits_when_they_are_used_up(
    strings: ThreadsStandIn, platform: Threads
) -> None:
    strings.world.most_replies = 2
    post = await strings.post("lea", "@acme hello")
    reply = await reply_to(platform, post)
    assert await platform.preflight(reply) == Ready()
    await platform.publish(reply, "k1")
    strings.world.most_replies = 10
    for number in range(8):
        await strings.answer_by_hand(post, f"by hand {number}")
    ready = await platform.preflight(reply)
    assert isinstance(ready, Ready)
    assert "takes 1 more" in ready.notes[0]
    await strings.answer_by_hand(post, "the last")
    ready = await platform.preflight(reply)
    assert isinstance(ready, Ready)
    assert "used up" in ready.notes[0]
    with pytest.raises(Throttled):
        await platform.publish(await reply_to(platform, post, "Another."), "k2")
    assert len(strings.publish_calls) == 1


async def test_deletions_have_a_limit_of_their_own(strings: ThreadsStandIn, platform: Threads) -> None:
    post = await strings.post("lea", "@acme hello")
    receipts = [await platform.publish(await reply_to(platform, post, f"number {n}"), f"k{n}") for n in range(2)]
    strings.world.most_deletions = 1
    await platform.retract(receipts[0])
    with pytest.raises(Throttled):
        await platform.retract(receipts[1])
    assert await platform.look(receipts[0]) is Visibility.REJECTED
    foreign = Receipt(ref=PostRef(post.id), url=None, at=post.at)
    strings.world.most_deletions = 100
    await platform.retract(foreign)  # nothing of ours stands there
    assert post in strings.posts()


async def test_answers_are_hidden_and_shown_again(strings: ThreadsStandIn, platform: Threads) -> None:
    ours = strings.world.post(strings.account, "News")
    answer = await strings.post("kim", "buy followers", reply_to=ours)
    await platform.hide(PostRef(answer.id))
    assert answer.hidden
    await platform.hide(PostRef(answer.id), hidden=False)
    assert not answer.hidden
    with pytest.raises(Refused):
        await platform.hide(PostRef(ours.id))
    mine = await platform.publish(await reply_to(platform, answer), "k")
    strings.world.posts[mine.ref.id].hidden = True
    assert await platform.look(mine) is Visibility.HIDDEN


# Hearing


async def test_webhooks_are_heard_and_what_is_not_for_us_is_passed_over(
    strings: ThreadsStandIn, platform: Threads
) -> None:
    ours = strings.world.post(strings.account, "News")
    strings.webhooks.clear()
    answer = await strings.post("lea", "mine is broken", reply_to=ours)
    mention = await strings.post("kim", "ask @acme")
    mine = await strings.answer_by_hand(answer, "Which one?")
    await strings.delete(mine)
    heard = [(await platform.hook(call(strings, raw))).heard for raw in strings.webhooks]
    (first,), (second,), (third,), (fourth,) = heard
    assert isinstance(first, Posted)
    assert (first.post.ref, first.post.root, first.post.parent) == (PostRef(answer.id), PostRef(answer.id), None)
    assert isinstance(second, Posted)
    assert second.post.root == PostRef(mention.id)
    assert isinstance(third, Posted)
    assert third.post.ours
    assert fourth == Removed(PostRef(mine.id))
    # Another account of the same app.
    other = {"id": "9", "username": "x", "text": "hi", "timestamp": "2026-11-22T10:00:00+0000"}
    other |= {"replied_to": {"id": answer.id}, "root_post": {"id": "8", "username": "somebody_else"}}
    body = {"app_id": "1", "values": {"field": "replies", "value": other}}
    assert (await platform.hook(call(strings, body))).heard == ()


async def test_webhooks_are_taken_in_any_order_and_as_often_as_they_come(
    strings: ThreadsStandIn, platform: Threads
) -> None:
    root = await strings.post("lea", "@acme hello")
    ours = await strings.answer_by_hand(root, "Yes?")
    await strings.post("lea", "it broke", reply_to=ours)
    for raw in [*reversed(strings.webhooks), *strings.webhooks]:
        (heard,) = (await platform.hook(call(strings, raw))).heard
        assert isinstance(heard, Posted)
        assert heard.post.root == PostRef(root.id)


async def test_a_call_that_is_not_signed_or_not_readable_is_refused_by_name(
    strings: ThreadsStandIn, platform: Threads
) -> None:
    await strings.post("lea", "@acme hello")
    (raw,) = strings.webhooks
    for signature in ("sha256=00", "sha256=" + "0" * 64, "sha1=" + "0" * 40, strings.server.sign(raw + b" ")):
        with pytest.raises(AuthFailed):
            await platform.hook(call(strings, raw, signature=signature))
    for body in (b"", b"[", b"[]", b"{}", b'"x"', b"\xff"):
        with pytest.raises(Malformed):
            await platform.hook(call(strings, body))
    for odd in (
        {"values": {"field": "likes", "value": {}}},
        {"values": {"field": "replies", "value": {"id": "1"}}},
        {"values": [None, {"field": 7}, {"field": "mentions", "value": []}]},
    ):
        answer = await platform.hook(call(strings, odd))
        assert (answer.status, answer.heard) == (200, ())
    without = threads(strings)
    object.__setattr__(without._settings, "app_secret", "")
    with pytest.raises(AuthFailed):  # no secret signs nothing
        await without.hook(call(strings, raw, signature="sha256="))
    strings.fault(Fault.EXPIRED)
    with pytest.raises(Unreachable):  # ours to mend: they call again
        await threads(strings).hook(call(strings, raw))


async def test_the_check_of_our_address_is_answered_with_its_challenge_only(
    strings: ThreadsStandIn, platform: Threads
) -> None:
    def check(token: str) -> Hook:
        query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
        return Hook(method="GET", path="/", query=query, headers={}, body=b"")

    assert (await platform.hook(check(strings.server.verify_token))).body == b"1158201444"
    assert (await platform.hook(check("wrong"))).status == 403
    assert (await platform.hook(replace(check("x"), method="PUT"))).status == 405


async def test_answers_under_our_posts_that_no_webhook_told_are_found_by_the_sweep(strings: ThreadsStandIn) -> None:
    ours = strings.world.post(strings.account, "News")
    first = await strings.post("lea", "mine is broken", reply_to=ours)
    below = await strings.answer_by_hand(first, "Which one?")
    deep = await strings.post("lea", "the red one", reply_to=below)
    second = await strings.post("kim", "mine is lovely", reply_to=ours)
    platform = threads(strings, sweep_every="100ms")
    async with Ears(platform) as ears:
        await ears.until(lambda heard: len(heard) >= 4)
    heard = {one.post.ref.id: one.post for one in ears.heard if isinstance(one, Posted)}
    assert set(heard) == {first.id, below.id, deep.id, second.id}
    assert heard[first.id].root == PostRef(first.id)
    assert heard[second.id].root == PostRef(second.id)
    assert heard[deep.id].root is None
    for post in (first, below, deep):
        thread = await platform.thread(PostRef(post.id))
        assert [one.ref.id for one in thread] == [first.id, below.id, deep.id]
        assert {one.root for one in thread} == {PostRef(first.id)}
    assert [one.ref.id for one in await platform.thread(PostRef(ours.id))] == [ours.id]


async def test_posts_that_are_shown_in_lists_only_can_be_answered(strings: ThreadsStandIn, platform: Threads) -> None:
    post = await strings.post("lea", "@acme hello")
    strings.world.shy = True
    reply = await reply_to(platform, post)
    assert isinstance(await platform.preflight(reply), Ready)
    await strings.delete(post)
    refusal = await platform.preflight(reply)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.GONE
    assert await platform.fetch([PostRef("../me")]) == {
        PostRef("../me"): Unavailable(PostRef("../me"), "deleted, or not visible to us any more")
    }


async def test_who_somebody_is_is_told_where_the_app_may_ask(strings: ThreadsStandIn) -> None:
    strings.person("lea", name="Lea L.", followers=4200)
    post = await strings.post("lea", "@acme hello")
    for finders, followers in ((True, 4200), (False, None)):
        strings.world.finders = finders
        platform = threads(strings)
        await platform.open()
        found = (await platform.fetch([PostRef(post.id)]))[PostRef(post.id)]
        assert isinstance(found, PublicPost)
        assert (found.author.ref, found.author.followers) == ("lea", followers)
        assert found.author.avatar is not None


async def test_words_that_try_to_be_clever_come_and_go_as_they_are(strings: ThreadsStandIn, platform: Threads) -> None:
    for number, words in enumerate(
        (
            "\u202eright to left\u202c and \u200bzero\u200d width",
            '<script>alert(1)</script> <a href="javascript:x">x</a> &amp; *bold* <!channel>',
            "x" * 500,
        )
    ):
        post = await strings.post("lea", f"@acme {words}")
        reply = await reply_to(platform, post, words)
        heard = (await platform.fetch([PostRef(post.id)]))[PostRef(post.id)]
        assert isinstance(heard, PublicPost)
        assert heard.text.plain == f"@acme {words}"
        receipt = await platform.publish(reply, f"k{number}")
        assert strings.replies_to(post)[0].words == words == receipt.text
    long = await strings.post("lea", "@acme " + "x" * 10_000)
    heard = (await platform.fetch([PostRef(long.id)]))[PostRef(long.id)]
    assert isinstance(heard, PublicPost)
    assert len(heard.text.plain) == 10_006


async def test_an_answer_by_hand_is_heard_as_ours(strings: ThreadsStandIn, platform: Threads) -> None:
    post = await strings.post("lea", "@acme hello")
    async with Ears(platform) as ears:
        await ears.post(PostRef(post.id))
        mine = await strings.answer_by_hand(post, "I called you.")
        heard = await ears.post(PostRef(mine.id))
    assert heard.post.ours
    assert heard.post.root == PostRef(post.id)
    assert refs(ears.heard) == [PostRef(post.id), PostRef(mine.id)]


async def test_storms_and_cut_answers_lose_nothing(strings: ThreadsStandIn, platform: Threads) -> None:
    strings.fault(Fault.GARBLE, where=Where.READ, times=2)
    post = await strings.post("lea", "@acme hello")
    async with Ears(platform) as ears:
        await ears.post(PostRef(post.id))
    assert refs(ears.heard) == [PostRef(post.id)]


async def test_an_edit_is_told_as_such_also_after_a_restart(strings: ThreadsStandIn, platform: Threads) -> None:
    post = await strings.post("lea", "@acme I love it")
    async with Ears(platform) as ears:
        await ears.post(PostRef(post.id))
        cursor = ears.cursors[-1]
    await strings.edit(post, "@acme I hate it")
    again = threads(strings)
    async with Ears(again, cursor) as ears:
        await ears.until(lambda heard: any(isinstance(one, Edited) for one in heard))
    (edited,) = ears.heard
    assert isinstance(edited, Edited)
    assert edited.post.edited_at is not None


# Tokens and limits


async def test_somebody_connects_the_account_and_its_token_is_renewed_by_itself(strings: ThreadsStandIn) -> None:
    keeper = Forgetful()
    platform = threads(strings, token="", keeper=keeper)
    with pytest.raises(AuthFailed, match="twoway connect"):
        await platform.open()
    grant = Threads.grant(platform._settings)
    assert grant is not None
    redirect = "http://127.0.0.1:8080/connect/callback"
    begun = begin(grant, state="s", redirect=redirect)
    async with aiohttp.ClientSession() as browser, browser.get(begun.address, allow_redirects=False) as page:
        code = page.headers["Location"].partition("code=")[2].partition("&")[0]
    tokens = await finish(grant, code=code, verifier=begun.verifier, redirect=redirect)
    await keep(keeper, tokens)
    assert tokens.connect_by is not None
    assert timedelta(days=59) < tokens.connect_by - datetime.now(UTC) <= timedelta(days=60)
    await platform.open()
    post = await strings.post("lea", "@acme hello")
    await platform.publish(await reply_to(platform, post), "k")
    late = threads(strings, token="", keeper=keeper, clock=lambda: datetime.now(UTC) + timedelta(days=31))
    await late.open()
    assert strings.renewed == 1
    kept = read_kept(await keeper.load() or "")
    assert kept.access == strings.token
    assert any(key.startswith("container:") for key in kept.more)  # renewing loses no container


async def test_an_expired_token_and_a_restricted_account_are_told(strings: ThreadsStandIn, platform: Threads) -> None:
    reply = await reply_to(platform, await strings.post("lea", "@acme hello"))
    strings.fault(Fault.SUSPENDED)
    with pytest.raises(Refused) as caught:
        await platform.publish(reply, "k")
    assert caught.value.reason is Reason.NOT_ALLOWED
    strings.clear_faults()
    strings.fault(Fault.EXPIRED)
    with pytest.raises(AuthFailed):
        await platform.open()
    with pytest.raises(Refused) as caught:
        await platform.publish(reply, "k")
    assert caught.value.reason is Reason.AUTH
    refusal = await platform.preflight(reply)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.AUTH


async def test_when_calls_are_used_up_it_says_until_when(strings: ThreadsStandIn, platform: Threads) -> None:
    reply = await reply_to(platform, await strings.post("lea", "@acme hello"))
    strings.fault(Fault.THROTTLE, where=Where.READ, seconds=120)
    with pytest.raises(Throttled) as caught:
        await platform.publish(reply, "k")
    assert timedelta(0) < caught.value.until - datetime.now(UTC) <= timedelta(minutes=2)
    assert strings.publish_calls == []


async def test_the_operator_hears_what_is_missing(strings: ThreadsStandIn) -> None:
    platform = threads(strings)
    await platform.open()
    assert platform.notes() == ()
    bare = threads(strings)
    object.__setattr__(bare._settings, "verify_token", "")
    await bare.open()
    assert len(bare.notes()) == 1

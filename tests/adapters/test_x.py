"""What is particular to X: refusals that mean "look", versions, money, tokens that open once, who may be answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest

from adapters.capabilities import Notices
from adapters.conformance.world import Ears
from adapters.contract import (
    BY_HAND,
    Absent,
    AuthFailed,
    CannotTell,
    Cursor,
    Edited,
    Gone,
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
    Reply,
    Text,
    Throttled,
    Unavailable,
    Visibility,
)
from adapters.keeping import Forgetful, Spent
from adapters.oauth import begin, finish, keep
from adapters.settings import SettingError, build
from adapters.x import X
from adapters.x_settings import Settings
from sandbox.x import Fault
from tests.adapters.xs import AT, Here, here, reply_to, the_post

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TRIED = {"attempts": (datetime.now(UTC),)}


@pytest.fixture
async def at() -> AsyncIterator[Here]:
    async with here() as one:
        yield one


@pytest.fixture
async def account(at: Here) -> X:
    one = at.account()
    await one.open()
    return one


# Answering


async def test_a_text_that_stands_there_already_is_looked_for_and_never_refused(at: Here, account: X) -> None:
    reply = await reply_to(account, await at.x.post("lea", f"{AT} hello"), **TRIED)
    at.x.fault(Fault.ACCEPT_AND_DROP)
    with pytest.raises(Lost):
        await account.publish(reply, "k")
    with pytest.raises(Lost) as caught:
        await account.publish(reply, "k")
    assert "already" in str(caught.value)
    assert at.x.publish_calls[-1].error == "You are not allowed to create a Tweet with duplicate content."
    found = await account.find_own_reply(reply, "k")
    assert isinstance(found, Receipt)
    assert [found.ref.id] == [post.first for post in at.x.posted_by_us()]


async def test_the_same_words_elsewhere_are_lost_and_not_found_here(at: Here, account: X) -> None:
    """X refuses a text that the account has posted lately anywhere: then it is certain only that we have to look."""
    first, second = [await at.x.post(who, f"{AT} hello") for who in ("lea", "kim")]
    await account.publish(await reply_to(account, first), "k")
    reply = await reply_to(account, second, **TRIED)
    with pytest.raises(Lost):
        await account.publish(reply, "l")
    assert isinstance(await account.find_own_reply(reply, "l"), Absent)


async def test_where_nobody_mentioned_us_it_is_said_before_anybody_writes(at: Here, account: X) -> None:
    ours = await at.x.answer_by_hand(await at.x.post("lea", f"{AT} hello"), "Hello!")
    strange = await at.x.post("kim", "hello world")
    quote = await at.x.post("kim", "look", quotes=ours)
    post = await the_post(account, strange)
    hint = str(post.extra[BY_HAND])
    assert f"https://x.com/kim/status/{strange.id}" in hint
    refusal = await account.preflight(await reply_to(account, strange))
    assert refusal == Refusal(Reason.NOT_ALLOWED, hint)
    with pytest.raises(Refused) as caught:
        await account.publish(await reply_to(account, strange), "k")
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert "mentioned or quoted" in caught.value.sentence
    assert isinstance(await account.preflight(await reply_to(account, quote)), Ready)
    await account.publish(await reply_to(account, quote), "k")
    enterprise = at.account(summoned_only=False)
    assert isinstance(await enterprise.preflight(await reply_to(enterprise, strange)), Ready)


@pytest.mark.parametrize(
    ("detail", "status", "reason"),
    [
        ("The original Tweet author restricted who can reply to this Tweet.", 403, Reason.NOT_ALLOWED),
        ("You attempted to reply to a Tweet that is deleted or not visible to you.", 403, Reason.GONE),
        ("Your account is suspended and is not permitted to access this feature.", 403, Reason.AUTH),
        ("To protect our users from spam, your account is temporarily locked.", 403, Reason.AUTH),
        ("You are not permitted to perform this action.", 403, Reason.NOT_ALLOWED),
        ("Words of tomorrow.", 403, Reason.NOT_ALLOWED),
        ("Your Tweet text is too long.", 400, Reason.TOO_LONG),
        ("Words of tomorrow.", 400, Reason.INVALID),
        ("No such thing.", 404, Reason.GONE),
    ],
)
async def test_a_refusal_has_its_reason(at: Here, account: X, detail: str, status: int, reason: Reason) -> None:
    reply = await reply_to(account, await at.x.post("lea", f"{AT} hello"))
    at.x.fault(Fault.REFUSE, error=detail, status=status)
    with pytest.raises(Refused) as caught:
        await account.publish(reply, "k")
    assert caught.value.reason is reason
    assert caught.value.sentence
    assert at.x.posted_by_us() == []


async def test_an_author_who_lets_few_people_answer_refuses_us(at: Here, account: X) -> None:
    reply = await reply_to(account, await at.x.post("lea", f"{AT} hello", reply_settings="following"))
    with pytest.raises(Refused) as caught:
        await account.publish(reply, "k")
    assert caught.value.reason is Reason.NOT_ALLOWED


async def test_a_parent_that_is_gone_and_a_suspended_author_are_refused_beforehand(at: Here, account: X) -> None:
    gone, suspended = [await at.x.post(who, f"{AT} hello") for who in ("lea", "kim")]
    replies = [await reply_to(account, post) for post in (gone, suspended)]
    await at.x.delete(gone)
    at.x.person("kim").suspended = True
    for reply in replies:
        refusal = await account.preflight(reply)
        assert isinstance(refusal, Refusal)
        assert refusal.reason is Reason.GONE
    with pytest.raises(Refused) as caught:
        await account.publish(replies[0], "k")
    assert caught.value.reason is Reason.GONE


async def test_when_our_account_is_suspended_only_a_person_can_help(at: Here, account: X) -> None:
    reply = await reply_to(account, await at.x.post("lea", f"{AT} hello"))
    at.x.fault(Fault.SUSPENDED)
    with pytest.raises(AuthFailed, match="suspended"):
        await account.fetch([reply.parent])
    with pytest.raises(Refused) as caught:
        await account.publish(reply, "k")
    assert caught.value.reason is Reason.AUTH
    refusal = await account.preflight(reply)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.AUTH


async def test_a_reply_goes_to_the_newest_version_and_is_found_under_any(at: Here, account: X) -> None:
    post = await at.x.post("lea", f"{AT} frist")
    old = await reply_to(account, post, **TRIED)
    await at.x.edit(post, f"{AT} first")
    new = await reply_to(account, post, **TRIED)
    receipt = await account.publish(new, "k")
    assert at.x.publish_calls[-1].body["reply"] == {"in_reply_to_tweet_id": post.id}
    for reply in (old, new):
        found = await account.find_own_reply(reply, "k")
        assert isinstance(found, Receipt)
        assert found.ref == receipt.ref


@pytest.mark.parametrize(
    "words",
    [
        "More at https://acme.com/help?a=1&b=2 <now>!",
        "2 < 3 & 5 > 4",
        "\u202eשלום\u202c 👩🏽‍💻 \u200bok",
        "line\n\nline",
        "@lea hello",
    ],
)
async def test_our_words_are_found_whatever_x_makes_of_them(at: Here, account: X, words: str) -> None:
    reply = await reply_to(account, await at.x.post("lea", f"{AT} hello"), words, **TRIED)
    receipt = await account.publish(reply, "k")
    assert at.x.posted_by_us()[-1].text == words
    found = await account.find_own_reply(reply, "k")
    assert isinstance(found, Receipt)
    assert found.ref == receipt.ref
    assert receipt.url == f"https://x.com/acme/status/{receipt.ref.id}"
    assert int(receipt.ref.id) > 2**53


async def test_while_lists_lag_it_is_not_there_and_the_bounds_say_how_long_that_counts(at: Here, account: X) -> None:
    reply = await reply_to(account, await at.x.post("lea", f"{AT} hello"), **TRIED)
    at.x.fault(Fault.LAG, seconds=0.2)
    await account.publish(reply, "k")
    assert isinstance(await account.find_own_reply(reply, "k"), Absent)
    async with asyncio.timeout(60):
        while not isinstance(await account.find_own_reply(reply, "k"), Receipt):
            await asyncio.sleep(0.05)
    assert account.can.listing_lag is None  # X does not say: a person decides
    assert at.account(listing_lag="2m", late_bound="1m").can.listing_lag == timedelta(minutes=2)


async def test_a_look_that_fails_tells_nothing(at: Here, account: X) -> None:
    reply = await reply_to(account, await at.x.post("lea", f"{AT} hello"), **TRIED)
    at.x.fault(Fault.NO_CREDIT)
    found = await account.find_own_reply(reply, "k")
    assert isinstance(found, CannotTell)
    assert "credits" in found.why


async def test_where_what_we_posted_cannot_all_be_read_nobody_says_that_it_is_not_there(at: Here, account: X) -> None:
    reply = await reply_to(account, await at.x.post("lea", f"{AT} hello"), **TRIED)
    await account.publish(reply, "k")
    at.x.fault(Fault.GARBLED)
    assert isinstance(await account.find_own_reply(reply, "k"), CannotTell)
    at.x.clear_faults()
    assert isinstance(await account.find_own_reply(reply, "k"), Receipt)
    nowhere = Reply(parent=PostRef("at://somewhere/else"), text=Text.of("x"))
    assert isinstance(await account.find_own_reply(nowhere, "k"), CannotTell)


async def test_a_post_that_cannot_be_read_is_told_and_hides_no_other(at: Here) -> None:
    account = at.account()
    broken = await at.x.post("lea", f"{AT} hello")
    at.x.fault(Fault.GARBLED)
    async with Ears(account) as ears:
        await ears.until(lambda all_: [one.ref.id for one in all_ if isinstance(one, Unavailable)] == [broken.first])
        at.x.clear_faults()
        await ears.post(PostRef((await at.x.post("kim", f"{AT} hello")).first))
        await ears.post(PostRef(broken.first))


async def test_a_retraction_is_a_deletion_and_twice_is_once(at: Here, account: X) -> None:
    receipt = await account.publish(await reply_to(account, await at.x.post("lea", f"{AT} hello")), "k")
    assert await account.look(receipt) is Visibility.VISIBLE
    await account.retract(receipt)
    await account.retract(receipt)
    assert at.x.posted_by_us() == []
    assert await account.look(receipt) is Visibility.REJECTED
    others = Receipt(ref=PostRef((await at.x.post("lea", "x")).first), url=None, at=LONG_AGO)
    with pytest.raises(Refused):
        await account.retract(others)
    with pytest.raises(Refused):
        await account.retract(Receipt(ref=PostRef("no id"), url=None, at=LONG_AGO))


async def test_what_x_never_takes_is_said_beforehand(at: Here, account: X) -> None:
    parent = await the_post(account, await at.x.post("lea", f"{AT} hello"))
    for words, reason in (
        ("", Reason.INVALID),
        (" \n", Reason.INVALID),
        ("a\ufeff", Reason.INVALID),
        ("水" * 141, Reason.TOO_LONG),
    ):
        refusal = await account.preflight(Reply.to(parent, text=Text.of(words)))
        assert isinstance(refusal, Refusal)
        assert refusal.reason is reason
    too_long = await account.preflight(Reply.to(parent, text=Text.of("x" * 10_000)))
    assert too_long == Refusal(Reason.TOO_LONG, "The reply counts 10000 on X, which allows 280.")
    premium = at.account(most=25_000)
    assert isinstance(await premium.preflight(Reply.to(parent, text=Text.of("x" * 10_000))), Ready)


async def test_words_that_stand_elsewhere_already_are_named_before_x_refuses_them(at: Here, account: X) -> None:
    first, second = [await at.x.post(who, f"{AT} hello") for who in ("lea", "kim")]
    receipt = await account.publish(await reply_to(account, first), "k")
    ready = await account.preflight(await reply_to(account, second))
    assert isinstance(ready, Ready)
    (note,) = ready.notes
    assert str(receipt.url) in note
    for other in (await reply_to(account, first), await reply_to(account, second, "We are on it, Kim.")):
        ready = await account.preflight(other)
        assert isinstance(ready, Ready)
        assert ready.notes == ()


# Money


async def test_every_call_is_in_the_ledger_and_a_link_has_its_price(at: Here, account: X) -> None:
    post = await at.x.post("lea", f"{AT} hello")
    spent = await at.keeper.spent(LONG_AGO)
    assert spent == Spent(calls=1, money=Decimal("0.010"))  # who we are
    plain, linked = await reply_to(account, post), await reply_to(account, post, "See acme.com/help")
    ready = await account.preflight(plain)
    assert isinstance(ready, Ready)
    assert ready.notes == ()
    assert ready.cost is not None
    assert ready.cost.reply == Decimal("0.010")
    ready = await account.preflight(linked)
    assert isinstance(ready, Ready)
    assert ready.notes == ("Posting this costs 0.200 USD, because there is a link in it; without one 0.010.",)
    assert ready.cost is not None
    assert ready.cost.reply == Decimal("0.200")
    before = await at.keeper.spent(LONG_AGO)
    # The post was asked for four times, and X charges it once a day; our own posts were looked through twice.
    assert before == Spent(calls=7, money=Decimal("0.010") + Decimal("0.005"))
    receipt = await account.publish(linked, "k")
    await account.retract(receipt)
    after = await at.keeper.spent(LONG_AGO)
    assert after == before + Spent(calls=2, money=Decimal("0.210"))


async def test_what_a_lost_call_cost_is_in_the_ledger_too(at: Here, account: X) -> None:
    reply = await reply_to(account, await at.x.post("lea", f"{AT} hello"))
    before = await at.keeper.spent(LONG_AGO)
    at.x.fault(Fault.ACCEPT_AND_DROP)
    with pytest.raises(Lost):
        await account.publish(reply, "k")
    assert (await at.keeper.spent(LONG_AGO)).money - before.money == Decimal("0.010")


async def test_without_credits_nothing_is_posted_and_somebody_is_told(at: Here, account: X) -> None:
    reply = await reply_to(account, await at.x.post("lea", f"{AT} hello"))
    at.x.fault(Fault.NO_CREDIT)
    with pytest.raises(Refused) as caught:
        await account.publish(reply, "k")
    assert "credits" in caught.value.sentence
    with pytest.raises(AuthFailed, match="credits"):
        await account.fetch([reply.parent])


# Hearing


async def test_an_edit_is_one_post_and_one_conversation(at: Here, account: X) -> None:
    async with Ears(account) as ears:
        post = await at.x.post("lea", f"{AT} I love it")
        await ears.post(PostRef(post.first))
        await at.x.edit(post, f"{AT} I hate it")
        await at.x.edit(post, f"{AT} I hate it so")
        heard = await ears.until(
            lambda all_: any(isinstance(one, Edited) and "hate it so" in one.post.text.plain for one in all_)
        )
        answer = await at.x.post("kim", f"{AT} me too", reply_to=post)
        reply = (await ears.post(PostRef(answer.first))).post
    assert {one.post.ref.id for one in heard if isinstance(one, Posted | Edited)} == {post.first}
    assert {one.post.root for one in heard if isinstance(one, Posted | Edited)} == {PostRef(post.first)}
    assert reply.parent == PostRef(post.first)  # it names the newest version
    assert reply.root == PostRef(post.first)
    # After a restart the newest is still known as the one that was told.
    async with Ears(account, ears.cursors[-1]) as again:
        later = await at.x.post("lea", f"{AT} and now?")
        heard = await again.until(lambda all_: bool(all_))
    assert [one.post.ref.id for one in heard if isinstance(one, Posted | Edited)] == [later.first]


async def test_a_post_that_enters_the_list_late_is_heard_all_the_same(at: Here, account: X) -> None:
    lea = await at.x.post("lea", f"{AT} one", tell=False)
    kept = {version.id: lea for version in lea.versions}
    at.x.server.world.posts.clear()
    async with Ears(account) as ears:
        kim = await at.x.post("kim", f"{AT} two")
        await ears.post(PostRef(kim.first))
        at.x.server.world.posts.update(kept)
        await ears.post(PostRef(lea.first))


async def test_what_colleagues_answer_by_hand_is_heard(at: Here, account: X) -> None:
    async with Ears(account) as ears:
        by_hand = await at.x.answer_by_hand(await at.x.post("lea", f"{AT} hello"), "I called you.")
        heard = (await ears.post(PostRef(by_hand.first))).post
    assert heard.ours
    assert heard.text.plain == "I called you."


async def test_a_cursor_that_is_none_of_ours_is_named_as_such(account: X) -> None:
    for words in (
        "",
        "{}",
        "[]",
        '{"start": 5}',
        '{"start": "2026-01-01", "until": "2026-01-01", "seen": [["x", "y"]]}',
    ):
        with pytest.raises(Malformed):
            await anext(account.listen(Cursor(words)))


async def test_a_storm_of_429_is_waited_out(at: Here) -> None:
    account = at.account()
    at.x.fault(Fault.THROTTLE, where="read", times=3, seconds=1)
    post = await at.x.post("lea", f"{AT} hello")
    async with Ears(account) as ears:
        await ears.post(PostRef(post.first))


async def test_the_limits_of_one_kind_of_call_are_not_those_of_another(at: Here, account: X) -> None:
    reply = await reply_to(account, await at.x.post("lea", f"{AT} hello"))
    at.x.fault(Fault.THROTTLE, where="read", seconds=30)
    with pytest.raises(Throttled) as caught:
        await account.fetch([reply.parent])
    assert timedelta(seconds=20) < caught.value.until - datetime.now(UTC) < timedelta(seconds=31)
    with pytest.raises(Throttled):  # not even asked
        await account.fetch([reply.parent])
    await account.publish(reply, "k")


async def test_with_a_webhook_events_are_asked_for_once_and_deletions_of_those_who_write(at: Here) -> None:
    assert at.account().can.sees_deletions is Notices.POLL
    for life in range(2):
        account = at.account(webhook_id=at.x.hooks.id)
        assert account.can.sees_deletions is Notices.PUSH
        post = await at.x.post("lea", f"{AT} hello {life}")
        async with Ears(account) as ears:
            await ears.post(PostRef(post.first))
            await at.x.wait_for(lambda x: len(x.hooks.subscriptions) == 5)
    us = at.x.account.id
    kinds = {f"post.{kind}" for kind in ("mention.create", "reply.create", "quote.create", "create")}
    assert at.x.hooks.subscriptions == {(kind, us) for kind in kinds} | {("post.delete", post.author.id)}


async def test_what_x_does_not_let_us_watch_is_heard_by_asking(at: Here) -> None:
    account = at.account(webhook_id="5")  # no such webhook
    async with Ears(account) as ears:
        await ears.post(PostRef((await at.x.post("lea", f"{AT} hello")).first))
        await ears.post(PostRef((await at.x.post("lea", f"{AT} hello again")).first))
    assert at.x.hooks.subscriptions == set()


async def test_no_more_is_watched_than_the_settings_say(at: Here) -> None:
    account = at.account(webhook_id=at.x.hooks.id, watch=4)
    async with Ears(account) as ears:
        for who in ("lea", "kim", "ida"):
            await ears.post(PostRef((await at.x.post(who, f"{AT} hello")).first))
    assert len(at.x.hooks.subscriptions) == 4


# What became of a post


async def test_not_found_is_a_deletion_only_when_x_says_so_again_later(at: Here) -> None:
    now = datetime.now(UTC)
    account = at.account(clock=lambda: now)
    ref = PostRef((await at.x.post("lea", f"{AT} hello")).first)
    await at.x.delete(ref.id)
    assert isinstance((await account.fetch([ref]))[ref], Unavailable)
    now += timedelta(minutes=59)
    assert isinstance((await account.fetch([ref]))[ref], Unavailable)
    now += timedelta(minutes=2)
    assert isinstance((await account.fetch([ref]))[ref], Gone)


async def test_what_is_protected_or_no_id_is_not_visible_and_never_deleted(at: Here) -> None:
    account = at.account(gone_after="0s")
    post = await at.x.post("lea", f"{AT} hello")
    at.x.person("lea").protected = True
    refs = [PostRef(post.first), PostRef("not an id"), PostRef("9" * 30)]
    assert all(isinstance(one, Unavailable) for one in (await account.fetch(refs)).values())


async def test_more_than_a_hundred_are_asked_for_in_several_calls(at: Here, account: X) -> None:
    refs = [PostRef((await at.x.post("lea", f"{AT} {number}")).first) for number in range(101)]
    found = await account.fetch(refs)
    assert [one.text.plain for one in found.values() if isinstance(one, PublicPost)] == [
        f"{AT} {n}" for n in range(101)
    ]


# Signing in


async def connected(at: Here, keeper: Forgetful) -> X:
    """A person says yes in the browser; the code is exchanged, and the tokens are kept."""
    account = at.account(connected=True, keeper=keeper, authorise=f"{at.x.base_url}/i/oauth2/authorize")
    grant = X.grant(account._settings)
    assert grant is not None
    callback = "http://127.0.0.1:1/connect/callback"
    begun = begin(grant, state="s", redirect=callback)
    async with aiohttp.ClientSession() as browser, browser.get(begun.address, allow_redirects=False) as back:
        code = aiohttp.client.URL(back.headers["Location"]).query["code"]
    await keep(keeper, await finish(grant, code=code, verifier=begun.verifier, redirect=callback))
    return account


async def test_an_account_is_connected_renewed_once_and_cut_off(at: Here) -> None:
    keeper = Forgetful()
    account = await connected(at, keeper)
    assert (await account.open()).handle == "acme"
    post = await at.x.post("lea", f"{AT} hello")
    kept = await keeper.load()
    at.x.server.expire()  # eight readers meet it at the same time; the refresh token opens once
    found = await asyncio.gather(*[account.fetch([PostRef(post.first)]) for _ in range(8)])
    assert all(isinstance(next(iter(one.values())), PublicPost) for one in found)
    assert at.x.server.renewals == 1
    assert await keeper.load() != kept
    # A token that ends just before a reply: nothing was sent, the new one is at hand.
    reply = await reply_to(account, post)
    at.x.server.expire()
    with pytest.raises(Throttled):
        await account.publish(reply, "k")
    assert at.x.posted_by_us() == []
    await account.publish(reply, "k")
    # Another life of the process goes on with what was kept.
    assert (await at.account(connected=True, keeper=keeper).open()).handle == "acme"
    at.x.server.withdraw()
    with pytest.raises(AuthFailed, match="connect"):
        await account.fetch([PostRef(post.first)])
    with pytest.raises(Refused) as caught:
        await account.publish(reply, "l")
    assert caught.value.reason is Reason.AUTH


async def test_an_account_that_nobody_connected_says_how(at: Here) -> None:
    with pytest.raises(AuthFailed, match="connect"):
        await at.account(connected=True, keeper=Forgetful()).open()


async def test_each_attempt_to_read_is_signed_anew(at: Here, account: X) -> None:
    post = await at.x.post("lea", f"{AT} hello")
    at.x.fault(Fault.FAIL_BEFORE, where="read", times=2)
    assert (await the_post(account, post)).ref.id == post.first


@pytest.mark.parametrize(
    ("table", "secrets", "key"),
    [
        ({}, {}, "client_id"),
        ({"consumer_key": "k"}, {"token": "t"}, "consumer_key"),
        ({"client_id": "c", "server": "api.x.com"}, {}, "server"),
        ({"client_id": "c", "server": "http://api.x.example"}, {}, "server"),
        ({"client_id": "c", "authorise": "http://x.example"}, {}, "authorise"),
        ({"client_id": "c", "price_link": "cheap"}, {}, "price_link"),
        ({"client_id": "c", "price_read": "-1"}, {}, "price_read"),
        ({"client_id": "c", "price_reply": "NaN"}, {}, "price_reply"),
        ({"client_id": "c", "most": 0}, {}, "most"),
        ({"client_id": "c", "webhook_id": "5"}, {}, "webhook_id"),
        ({"client_id": "c", "spelling": "toot"}, {}, "spelling"),
        ({"client_id": "c", "call_limit": "0s"}, {}, "call_limit"),
    ],
)
def test_a_wrong_setting_is_named(table: dict[str, object], secrets: dict[str, str], key: str) -> None:
    with pytest.raises(SettingError) as caught:
        build(Settings, table, secrets)
    assert caught.value.key == key


def test_secrets_are_not_shown() -> None:
    shown = repr(build(Settings, {"consumer_key": "k"}, {"consumer_secret": "s1", "token": "s2", "token_secret": "s3"}))
    assert not any(secret in shown for secret in ("s1", "s2", "s3"))

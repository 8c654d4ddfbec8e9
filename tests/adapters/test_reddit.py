"""What is particular to Reddit: its inbox, whose conversation it is, its refusals with status 200, its Markdown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from adapters.conformance.world import Ears, refs
from adapters.contract import (
    Absent,
    AuthFailed,
    CannotTell,
    Gone,
    Lost,
    Posted,
    PostRef,
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
from adapters.keeping import Forgetful
from adapters.oauth import begin, finish, keep
from adapters.reddit import Reddit
from sandbox.reddit import Fault, RedditStandIn, Where
from tests.adapters.forum import MADE, post_of, reddit, reply_to

US = "u/acme_support"


@pytest.fixture
async def forum() -> AsyncIterator[RedditStandIn]:
    async with RedditStandIn.serve(rate_limit=100_000) as one:
        yield one
        while MADE:
            await MADE.pop().close()


@pytest.fixture
async def platform(forum: RedditStandIn) -> Reddit:
    one = reddit(forum)
    await one.open()
    return one


# Hearing


async def test_mentions_and_answers_come_by_the_inbox_whole_and_messages_do_not(
    forum: RedditStandIn, platform: Reddit
) -> None:
    post = await forum.post("kim", "What do you think of acme?", place="bikes")
    mention = await forum.post("lea", f"Ask **{US}**, see https://shop.example/a_b", reply_to=post)
    ours = await forum.answer_by_hand(mention, "Here we are.")
    answer = await forum.post("lea", "Thanks, [look](https://x.example)!", reply_to=ours)
    await forum.message()
    await forum.post("kim", "nobody is named here", reply_to=post)
    async with Ears(platform) as ears:
        await ears.post(PostRef(answer.name))
        heard = {one.post.ref.id: one.post for one in ears.heard if isinstance(one, Posted)}
    assert list(heard) == [mention.name, ours.name, answer.name]
    assert {one.root for one in heard.values()} == {PostRef(post.name)}
    assert heard[ours.name].ours
    assert heard[mention.name].text.plain == "Ask u/acme_support, see https://shop.example/a_b"
    assert [span.target for span in heard[mention.name].text.spans if span.target] == [
        f"https://www.reddit.com/{US}",
        "https://shop.example/a_b",
    ]
    assert heard[answer.name].text.plain == "Thanks, look (https://x.example)!"
    assert heard[answer.name].author.avatar == f"{forum.base_url}/img/lea.png"
    assert heard[answer.name].url == f"https://www.reddit.com{answer.page}"


async def test_under_our_own_post_every_comment_at_the_top_begins_a_conversation(
    forum: RedditStandIn, platform: Reddit
) -> None:
    ours = await forum.post("acme_support", "News")
    first = await forum.post("lea", "mine is broken", reply_to=ours)
    second = await forum.post("kim", "mine is lovely", reply_to=ours)
    below = await forum.answer_by_hand(first, "Which one?")
    deep = await forum.post("lea", "the red one", reply_to=below)
    async with Ears(platform) as ears:
        await ears.post(PostRef(deep.name))
        heard = {one.post.ref.id: one.post for one in ears.heard if isinstance(one, Posted)}
    assert (heard[first.name].root, heard[first.name].parent) == (PostRef(first.name), None)
    assert (heard[second.name].root, heard[second.name].parent) == (PostRef(second.name), None)
    assert heard[deep.name].root is None
    for thing in (first, below, deep):
        thread = await platform.thread(PostRef(thing.name))
        assert [post.ref.id for post in thread] == [first.name, below.name, deep.name]
        assert {post.root for post in thread} == {PostRef(first.name)}


async def test_answers_that_do_not_go_to_the_inbox_are_found_by_the_sweep(forum: RedditStandIn) -> None:
    ours = await forum.post("acme_support", "News")
    ours.silent = True
    platform = reddit(forum, sweep_every="200ms")
    async with Ears(platform) as ears:
        first = await forum.post("lea", "mine is broken", reply_to=ours)
        await ears.post(PostRef(first.name))
        second = await forum.post("kim", "and mine", reply_to=first)
        await ears.post(PostRef(second.name))
    assert refs(ears.heard) == [PostRef(first.name), PostRef(second.name)]


async def test_named_subreddits_are_heard_and_one_that_is_closed_stops_nobody(forum: RedditStandIn) -> None:
    forum.place("secret").private = True
    platform = reddit(forum, subreddits="secret, r/acme")
    async with Ears(platform) as ears:
        post = await forum.post("lea", "My bike\n\nis *late*", url="https://pics.example/1")
        comment = await forum.post("kim", "mine too", reply_to=post)
        await ears.post(PostRef(post.name))
        await ears.post(PostRef(comment.name))
        mention = await forum.post("kim", f"{US} hello", reply_to=await forum.post("kim", "x", place="bikes"))
        await ears.post(PostRef(mention.name))
        await forum.edit(comment, "mine as well")
        await ears.until(lambda heard: "mine as well" in repr(heard))
        await forum.remove(mention)
    assert (await post_of(platform, post)).text.plain == "My bike\n\nis late\n\nhttps://pics.example/1"
    assert await platform.fetch([PostRef(mention.name)]) == {PostRef(mention.name): Gone(PostRef(mention.name))}


async def test_what_a_moderator_lets_through_late_is_heard_where_it_stands(forum: RedditStandIn) -> None:
    platform = reddit(forum, subreddits="acme")
    held = await forum.post("lea", "held by a filter")
    held.filtered = True
    later = await forum.post("kim", "not held")
    async with Ears(platform) as ears:
        await ears.post(PostRef(later.name))
        held.filtered = False
        await ears.post(PostRef(held.name))


async def test_a_conversation_of_a_thousand_comments_is_read_in_parts(forum: RedditStandIn, platform: Reddit) -> None:
    post = await forum.post("kim", "What do you think?")
    for number in range(505):
        await forum.post("kim", f"number {number}", reply_to=post)
    thread = await platform.thread(PostRef(post.name))
    assert len(thread) == 506
    chain = post
    for number in range(14):  # deeper than a page shows
        chain = await forum.post("lea", f"deeper {number}", reply_to=chain)
    assert PostRef(chain.name) in [one.ref for one in await platform.thread(PostRef(chain.name))]


async def test_an_answer_in_html_with_status_200_is_an_outage_and_no_loss(
    forum: RedditStandIn, platform: Reddit
) -> None:
    async with Ears(platform) as ears:
        forum.fault(Fault.NONSENSE)
        post = await forum.post("kim", "x", place="bikes")
        mention = await forum.post("lea", f"{US} hello", reply_to=post)
        await asyncio.sleep(0.2)  # some polls
        assert ears.heard == []
        forum.clear_faults()
        await ears.post(PostRef(mention.name))


async def test_a_storm_of_429_loses_nothing(forum: RedditStandIn, platform: Reddit) -> None:
    forum.fault(Fault.THROTTLE, where=Where.READ, seconds=0, times=2)
    post = await forum.post("kim", "x", place="bikes")
    mention = await forum.post("lea", f"{US} hello", reply_to=post)
    async with Ears(platform) as ears:
        await ears.post(PostRef(mention.name))
    assert refs(ears.heard) == [PostRef(mention.name)]


async def test_an_account_that_is_kept_from_its_inbox_stops_loudly(forum: RedditStandIn, platform: Reddit) -> None:
    forum.fault(Fault.SUSPENDED)
    with pytest.raises(AuthFailed, match="suspended"):
        async for _ in platform.listen(None):
            pass


# Markdown and words


@pytest.mark.parametrize(
    "words",
    [
        "\u202eright to left\u202c and \u200bzero\u200d width",
        '<script>alert(1)</script> <a href="javascript:x">x</a> &amp; *bold* <!channel> &lt;b&gt;',
        "1. not a list\n2) neither\n- nor this\n+ or this\n# no heading\n> no quote\n>!no spoiler!<",
        "a_b_c *x* **y** ~~z~~ `code` ^up | a | b |\n|---|---|\n\\escaped\\ [label](https://x.example)",
        "Heading?\n===\nAnother?\n---\n\n***",
        "https://x.example/a_(b)_c?d=e&f=g, (https://y.example/z) https://z.example/*",
        f"Dear u/lea_x, see r/acme_help and {US}. #tag @name",
        "👩🏽‍💻" * 500,
        "x" * 10_000,
    ],
)
async def test_what_was_approved_is_what_stands_there(forum: RedditStandIn, platform: Reddit, words: str) -> None:
    post = await forum.post("lea", "hello")
    receipt = await platform.publish(await reply_to(platform, post, words), "k")
    (reply,) = forum.replies_to(post)
    assert "".join(forum.seen(reply).split()) == "".join(words.split())
    assert receipt.text is not None
    assert "".join(receipt.text.split()) == "".join(words.split())
    found = await platform.find_own_reply(await reply_to(platform, post, words), "k")
    assert isinstance(found, Receipt)


async def test_the_draft_says_what_it_loses_and_counts_as_reddit_does(forum: RedditStandIn, platform: Reddit) -> None:
    fit = platform.fit(Text.of("  a *\n\n\n\nb"))
    assert fit.length == len("a \\*\n\nb")
    assert fit.lost == ("spaces at the beginning of lines go", "several empty lines become one")
    post = await forum.post("lea", "hello")
    stars = await reply_to(platform, post, "*" * 5001)
    assert not platform.fit(stars.text).fits
    with pytest.raises(Refused) as caught:
        await platform.publish(stars, "k")
    assert caught.value.reason is Reason.TOO_LONG


# Refusals


REFUSALS = {
    "THREAD_LOCKED": Reason.NOT_ALLOWED,
    "TOO_OLD": Reason.CLOSED,
    "DELETED_COMMENT": Reason.GONE,
    "SUBREDDIT_NOTALLOWED": Reason.NOT_ALLOWED,
    "USER_BLOCKED": Reason.NOT_ALLOWED,
    "NO_TEXT": Reason.INVALID,
    "A_CODE_OF_TOMORROW": Reason.OTHER,
}


async def test_errors_that_come_with_status_200_are_refusals_by_their_codes(
    forum: RedditStandIn, platform: Reddit
) -> None:
    reply = await reply_to(platform, await forum.post("lea", "hello"))
    for code, reason in REFUSALS.items():
        forum.fault(Fault.REFUSE, error=code)
        with pytest.raises(Refused) as caught:
            await platform.publish(reply, "k")
        assert caught.value.reason is reason, code
    forum.fault(Fault.REFUSE, error="SOMETHING_IS_BROKEN")
    with pytest.raises(Lost):
        await platform.publish(reply, "k")
    assert forum.posted_by_us() == []


@pytest.mark.parametrize(("seconds", "least", "most"), [(540, 540, 660), (53, 53, 60)])
async def test_take_a_break_means_later_and_for_how_long(
    forum: RedditStandIn, platform: Reddit, seconds: int, least: int, most: int
) -> None:
    reply = await reply_to(platform, await forum.post("lea", "hello"))
    forum.fault(Fault.PACE, seconds=seconds)
    with pytest.raises(Throttled) as caught:
        await platform.publish(reply, "k")
    wait = (caught.value.until - datetime.now(UTC)).total_seconds()
    assert least - 5 <= wait <= most
    await platform.publish(reply, "k")
    assert len(forum.posted_by_us()) == 1


async def test_preflight_names_what_keeps_us_out(forum: RedditStandIn, platform: Reddit) -> None:
    post = await forum.post("lea", "hello", place="bikes")
    comment = await forum.post("lea", f"{US} hello", reply_to=post)
    reply = await reply_to(platform, comment)
    assert isinstance(await platform.preflight(reply), Ready)
    place = forum.place("bikes")
    for thing, name, reason in (
        (post, "archived", Reason.CLOSED),
        (post, "locked", Reason.NOT_ALLOWED),
        (comment, "locked", Reason.NOT_ALLOWED),
        (place, "bans_us", Reason.NOT_ALLOWED),
        (place, "members_only", Reason.NOT_ALLOWED),
        (place, "private", Reason.GONE),
    ):
        setattr(thing, name, True)
        refusal = await platform.preflight(reply)
        assert isinstance(refusal, Refusal), name
        assert refusal.reason is reason
        with pytest.raises(Refused):  # and Reddit itself would say so too
            await platform.publish(reply, "k")
        setattr(thing, name, False)
    place.quarantined = True
    ready = await platform.preflight(reply)
    assert isinstance(ready, Ready)
    assert ready.notes == ("r/bikes is in quarantine.",)
    assert forum.posted_by_us() == []


async def test_a_blocking_author_cannot_be_answered_and_is_unavailable(forum: RedditStandIn, platform: Reddit) -> None:
    post = await forum.post("lea", "hello")
    reply = await reply_to(platform, post)
    forum.block("lea")
    assert isinstance((await platform.fetch([PostRef(post.name)]))[PostRef(post.name)], Unavailable)
    with pytest.raises(Refused) as caught:
        await platform.publish(reply, "k")
    assert caught.value.reason is Reason.NOT_ALLOWED


# Found again, hidden, taken back


async def test_our_reply_is_found_in_the_thread_where_our_own_list_lags_and_the_other_way_round(
    forum: RedditStandIn, platform: Reddit
) -> None:
    post = await forum.post("lea", "hello")
    reply = await reply_to(platform, post, attempts=(datetime.now(UTC),))
    forum.fault(Fault.LAG, seconds=60)
    await platform.publish(reply, "k")
    # Within the lag nobody sees it: that is what `listing_lag` has to cover.
    assert isinstance(await platform.find_own_reply(reply, "k"), Absent)
    forum.clear_faults()
    for _ in range(101):  # a busy account
        await forum.answer_by_hand(await forum.post("kim", "x"), "y")
    bare = Reply(parent=reply.parent, text=reply.text, attempts=(datetime.now(UTC) - timedelta(days=1),))
    assert isinstance(await platform.find_own_reply(bare, "k"), Receipt)


async def test_a_colleagues_answer_is_left_to_a_person(forum: RedditStandIn, platform: Reddit) -> None:
    post = await forum.post("lea", "hello")
    reply = await reply_to(platform, post, attempts=(datetime.now(UTC),))
    theirs = await forum.answer_by_hand(post, "I called you.")
    assert isinstance(await platform.find_own_reply(reply, "k"), CannotTell)
    known = Reply(
        parent=reply.parent, text=reply.text, attempts=reply.attempts, known=frozenset({PostRef(theirs.name)})
    )
    assert isinstance(await platform.find_own_reply(known, "k"), Absent)


async def test_a_reply_that_a_filter_hides_from_others_is_told(forum: RedditStandIn, platform: Reddit) -> None:
    post = await forum.post("lea", "hello")
    receipt = await platform.publish(await reply_to(platform, post), "k")
    assert await platform.look(receipt) is Visibility.VISIBLE
    forum.fault(Fault.FILTER)
    hidden = await platform.publish(await reply_to(platform, post, "Another."), "k2")
    assert await platform.look(hidden) is Visibility.HIDDEN


async def test_a_foreign_comment_is_not_corrected_and_a_post_is_not_taken_back(
    forum: RedditStandIn, platform: Reddit
) -> None:
    post = await forum.post("lea", "hello")
    comment = await forum.post("kim", "hello", reply_to=post)
    with pytest.raises(Refused):
        await platform.correct(Receipt(ref=PostRef(comment.name), url=None, at=comment.at), Text.of("x"), "k")
    with pytest.raises(Refused):
        await platform.retract(Receipt(ref=PostRef(post.name), url=None, at=post.at))
    assert comment.source == "hello"


# Tokens, names, limits


async def test_every_call_says_who_we_are(forum: RedditStandIn) -> None:
    platform = reddit(forum, contact="acme_ops")
    await platform.open()
    (agent,) = forum.server.agents
    assert agent.startswith("server:sandbox-app:")
    assert agent.endswith(" (by /u/acme_ops)")


async def test_a_token_that_has_ended_is_renewed_and_a_reply_waits_for_it(
    forum: RedditStandIn, platform: Reddit
) -> None:
    post = await forum.post("lea", "hello")
    made = forum.server.tokens_made
    forum.server.expire()
    await asyncio.gather(*[platform.fetch([PostRef(post.name)]) for _ in range(8)])
    assert forum.server.tokens_made == made + 1
    reply = await reply_to(platform, post)
    forum.server.expire()
    with pytest.raises(Throttled):
        await platform.publish(reply, "k")
    assert forum.posted_by_us() == []
    await platform.publish(reply, "k")
    forum.server.revoke()
    with pytest.raises(AuthFailed):
        await platform.open()
    with pytest.raises(Refused) as caught:
        await platform.publish(reply, "k")
    assert caught.value.reason is Reason.AUTH


async def test_somebody_connects_the_account_in_the_browser(forum: RedditStandIn) -> None:
    keeper = Forgetful()
    platform = reddit(forum, token="", keeper=keeper)
    with pytest.raises(AuthFailed, match="twoway connect"):
        await platform.open()
    grant = Reddit.grant(platform._settings)
    assert grant is not None
    redirect = "http://127.0.0.1:8080/connect/callback"
    begun = begin(grant, state="s", redirect=redirect)
    async with aiohttp.ClientSession() as browser, browser.get(begun.address, allow_redirects=False) as page:
        back = page.headers["Location"]
    assert back.startswith(f"{redirect}?state=s&code=")
    tokens = await finish(grant, code=back.partition("&code=")[2], verifier=begun.verifier, redirect=redirect)
    await keep(keeper, tokens)
    assert (await platform.open()).handle == "acme_support"


async def test_a_suspended_account_is_told_as_such(forum: RedditStandIn, platform: Reddit) -> None:
    reply = await reply_to(platform, await forum.post("lea", "hello"))
    forum.fault(Fault.SUSPENDED)
    with pytest.raises(AuthFailed, match="suspended"):
        await platform.open()
    with pytest.raises(Refused):
        await platform.publish(reply, "k")


async def test_the_last_calls_of_the_ten_minutes_are_kept_for_replies() -> None:
    async with RedditStandIn.serve(rate_limit=30) as forum:
        platform = reddit(forum)
        post = await forum.post("lea", "hello")
        reply = await reply_to(platform, post)
        while (left := 30 - sum(forum.server._used.values())) > 3:
            await platform.fetch([PostRef(post.name)])
        assert left == 3
        with pytest.raises(Throttled) as caught:
            await platform.fetch([PostRef(post.name)])
        assert caught.value.until <= datetime.now(UTC) + timedelta(minutes=10)
        await platform.publish(reply, "k")
        while MADE:
            await MADE.pop().close()


async def test_login_that_fails_is_an_outage_and_no_lost_password(forum: RedditStandIn) -> None:
    forum.fault(Fault.FAIL_BEFORE, where=Where.LOGIN)
    platform = reddit(forum)
    reply = Reply(parent=PostRef("t1_abc"), text=Text.of("x"))
    with pytest.raises(Throttled):
        await platform.publish(reply, "k")
    await platform.open()


async def test_a_token_of_somebody_else_is_told_to_the_operator(forum: RedditStandIn) -> None:
    platform = reddit(forum, username="other")
    await platform.open()
    assert platform.notes() == ("The token is u/acme_support's, the settings name u/other.",)
    assert reddit(forum).can.late_bound is None

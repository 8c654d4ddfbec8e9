"""What is particular to Bluesky: keys, gates, blocks, dates that lie, a stream of changes, and sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.bluesky import Bluesky
from adapters.bluesky_session import Forgetful, Session
from adapters.bluesky_settings import Settings
from adapters.contract import (
    AuthFailed,
    CannotTell,
    Edited,
    Gone,
    Lost,
    Malformed,
    Notices,
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
    Visibility,
)
from adapters.http import Clock, utc_now
from adapters.settings import build
from sandbox.bluesky import Fault, Post, SkyStandIn, Where
from tests.conformance.world import Ears, refs

AT = "@acme.test"


def bluesky(
    sky: SkyStandIn,
    *,
    password: str = "",
    keeper: Forgetful | None = None,
    clock: Clock = utc_now,
    **table: object,
) -> Bluesky:
    """Our account, not yet opened; what a test makes here is closed with its network."""
    fast = {
        "server": sky.base_url,
        "identifier": sky.account.handle,
        "jetstream": sky.jetstream_url,
        "poll": "50ms",
        "sweep_every": "1h",
        "streaming": False,
        "call_limit": "2s",
    }
    settings = build(Settings, {**fast, **table}, {"token": password or sky.token})
    made = Bluesky(settings, clock=clock, keeper=keeper)
    _MADE.append(made)
    return made


_MADE: list[Bluesky] = []  # in the test that runs: they are closed with its network


@pytest.fixture
async def sky() -> AsyncIterator[SkyStandIn]:
    async with SkyStandIn.serve(rate_limit=100_000) as one:
        yield one
        while _MADE:
            await _MADE.pop().close()


@pytest.fixture
async def platform(sky: SkyStandIn) -> Bluesky:
    one = bluesky(sky)
    await one.open()
    return one


async def reply_to(platform: Bluesky, post: Post, words: str = "We are on it.", **more: object) -> Reply:
    parent = (await platform.fetch([PostRef(post.uri)]))[PostRef(post.uri)]
    assert isinstance(parent, PublicPost)
    return Reply.to(parent, text=Text.of(words), **more)  # type: ignore[arg-type]


# What goes out


async def test_links_mentions_and_tags_are_marked_and_the_root_is_carried_on(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    sky.person("kim")
    root = await sky.post("lea", f"{AT} hello")
    post = await sky.post("kim", "me too", reply_to=root)
    words = "👩🏽‍💻 @kim.test and @nobody.test: https://shop.example/a #late"
    receipt = await platform.publish(await reply_to(platform, post, words, language="en"), "k")
    (reply,) = sky.replies_to(post)
    assert reply.value["reply"] == {"root": root.ref(), "parent": post.ref()}
    assert reply.value["langs"] == ["en"]
    raw = words.encode()
    assert [
        (raw[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(), one["features"][0])
        for one in reply.value["facets"]  # type: ignore[attr-defined]
    ] == [
        ("@kim.test", {"$type": "app.bsky.richtext.facet#mention", "did": sky.person("kim").did}),
        ("https://shop.example/a", {"$type": "app.bsky.richtext.facet#link", "uri": "https://shop.example/a"}),
        ("#late", {"$type": "app.bsky.richtext.facet#tag", "tag": "late"}),
    ]
    assert receipt.url == f"https://bsky.app/profile/acme.test/post/{reply.key}"
    assert receipt.extra["cid"] == reply.cid


async def test_eight_tries_at_once_with_one_key_are_one_reply(sky: SkyStandIn, platform: Bluesky) -> None:
    reply = await reply_to(platform, await sky.post("lea", f"{AT} hello"))
    receipts = await asyncio.gather(*[platform.publish(reply, "k") for _ in range(8)])
    assert len({one.ref for one in receipts}) == 1
    assert len(sky.posted_by_us()) == 1
    assert sum(call.made for call in sky.publish_calls) == 1


async def test_a_later_try_with_the_same_key_is_answered_with_the_first(sky: SkyStandIn, platform: Bluesky) -> None:
    post = await sky.post("lea", f"{AT} hello")
    first = await platform.publish(await reply_to(platform, post), "k")
    tried = datetime.now(UTC) - timedelta(minutes=5)
    again = await platform.publish(await reply_to(platform, post, attempts=(tried,)), "k")
    assert again == first
    assert sky.publish_calls[-1].error == "InvalidSwap"
    assert len(sky.posted_by_us()) == 1


async def test_other_words_under_the_same_key_change_nothing_and_are_left_to_a_look(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    post = await sky.post("lea", f"{AT} hello")
    await platform.publish(await reply_to(platform, post), "k")
    other = await reply_to(platform, post, "Something else.", attempts=(datetime.now(UTC),))
    with pytest.raises(Lost):
        await platform.publish(other, "k")
    assert [one.text for one in sky.posted_by_us()] == ["We are on it."]
    assert isinstance(await platform.find_own_reply(other, "k"), CannotTell)


async def test_a_reply_is_found_by_its_key_also_when_its_post_and_what_we_knew_of_it_are_erased(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    post = await sky.post("lea", f"{AT} hello")
    receipt = await platform.publish(await reply_to(platform, post), "k")
    await sky.delete(post)
    bare = Reply(parent=PostRef(post.uri), text=Text.of("We are on it."))
    found = await platform.find_own_reply(bare, "k")
    assert isinstance(found, Receipt)
    assert found.ref == receipt.ref


async def test_a_busy_account_is_not_read_to_the_end_where_the_key_says_enough(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    post = await sky.post("lea", f"{AT} hello")
    reply = await reply_to(platform, post, attempts=(datetime.now(UTC),))
    receipt = await platform.publish(reply, "k")
    for number in range(250):
        await sky.answer_by_hand(post if number % 50 == 0 else sky.posted_by_us()[-1], f"by hand {number}")
    found = await platform.find_own_reply(reply, "k")
    assert isinstance(found, Receipt)
    assert found.ref == receipt.ref
    assert isinstance(await platform.find_own_reply(reply, "another"), Receipt)


async def test_without_its_content_hash_a_post_is_asked_for_and_one_that_is_gone_refused(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    post = await sky.post("lea", f"{AT} hello")
    bare = Reply(parent=PostRef(post.uri), text=Text.of("We are on it."))
    await platform.publish(bare, "k")
    assert sky.replies_to(post)[0].value["reply"] == {"root": post.ref(), "parent": post.ref()}
    await sky.delete(post)
    with pytest.raises(Refused) as caught:
        await platform.publish(bare, "k2")
    assert caught.value.reason is Reason.GONE


async def test_a_foreign_post_is_not_taken_back(sky: SkyStandIn, platform: Bluesky) -> None:
    post = await sky.post("lea", f"{AT} hello")
    with pytest.raises(Refused):
        await platform.retract(Receipt(ref=PostRef(post.uri), url=None, at=datetime.now(UTC)))
    assert sky.posts() == [post]


async def test_a_reply_that_was_deleted_by_hand_is_certainly_gone(sky: SkyStandIn, platform: Bluesky) -> None:
    receipt = await platform.publish(await reply_to(platform, await sky.post("lea", f"{AT} hello")), "k")
    await sky.delete(receipt.ref.id)
    assert await platform.fetch([receipt.ref]) == {receipt.ref: Gone(receipt.ref)}
    assert await platform.look(receipt) is Visibility.REJECTED


# May we answer there?


async def refused(platform: Bluesky, reply: Reply) -> Refusal:
    refusal = await platform.preflight(reply)
    assert isinstance(refusal, Refusal)
    return refusal


async def test_a_gate_shuts_us_out_unless_it_lets_those_in_whom_the_root_mentions(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    root = await sky.post("kim", "what do you think of acme?")
    post = await sky.post("lea", f"ask {AT}", reply_to=root)
    reply = await reply_to(platform, post)
    assert isinstance(await platform.preflight(reply), Ready)
    sky.gate(root, allow=["mentioned"])
    assert (await refused(platform, reply)).reason is Reason.NOT_ALLOWED
    mine = await sky.post("lea", f"{AT} hello")
    sky.gate(mine, allow=["mentioned"])
    assert isinstance(await platform.preflight(await reply_to(platform, mine)), Ready)
    sky.gate(mine, allow=None)
    assert isinstance(await platform.preflight(await reply_to(platform, mine)), Ready)


async def test_blocks_are_seen_whoever_blocked_whom(sky: SkyStandIn, platform: Bluesky) -> None:
    root = await sky.post("kim", "hello")
    post = await sky.post("lea", f"ask {AT}", reply_to=root)
    reply = await reply_to(platform, post)
    sky.block("kim")  # who began the thread
    refusal = await refused(platform, reply)
    assert refusal.reason is Reason.NOT_ALLOWED
    assert "began this thread" in refusal.sentence
    sky.server.world.block(sky.account, sky.person("lea"))
    assert (await refused(platform, reply)).reason is Reason.NOT_ALLOWED


async def test_a_post_whose_root_is_deleted_can_still_be_answered(sky: SkyStandIn, platform: Bluesky) -> None:
    root = await sky.post("kim", "hello")
    post = await sky.post("lea", f"ask {AT}", reply_to=root)
    await sky.delete(root)
    assert isinstance(await platform.preflight(await reply_to(platform, post)), Ready)
    assert [one.ref.id for one in await platform.thread(PostRef(post.uri))] == [post.uri]


async def test_an_account_that_left_cannot_be_answered(sky: SkyStandIn, platform: Bluesky) -> None:
    reply = await reply_to(platform, await sky.post("lea", f"{AT} hello"))
    sky.leave("lea", "suspended")
    assert (await refused(platform, reply)).reason is Reason.GONE


async def test_the_draft_hears_of_mentions_of_nobody_and_of_posts_for_the_signed_in(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    sky.person("lea").labels.add("!no-unauthenticated")
    post = await sky.post("lea", f"{AT} hello")
    ready = await platform.preflight(await reply_to(platform, post, "Dear @lea.test, ask @nobody.test!"))
    assert isinstance(ready, Ready)
    assert len(ready.notes) == 2
    assert "Nobody is @nobody.test" in ready.notes[0]


async def test_a_reply_that_the_author_hides_or_the_appview_does_not_show_is_told(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    post = await sky.post("lea", f"{AT} hello")
    receipt = await platform.publish(await reply_to(platform, post), "k")
    assert await platform.look(receipt) is Visibility.VISIBLE
    sky.gate(post, allow=None, hide=[receipt.ref.id])
    assert await platform.look(receipt) is Visibility.HIDDEN
    sky.fault(Fault.LAG, seconds=60)
    assert await platform.look(receipt) is Visibility.PENDING


# Hearing


async def test_posts_that_are_dated_back_are_heard_near_by_at_once_and_far_back_by_the_sweep(sky: SkyStandIn) -> None:
    now = datetime.now(UTC)
    for number in range(120):  # more than a page, over four hours
        await sky.post("lea", f"{AT} {number}", created_at=now - timedelta(minutes=2 * (120 - number)))
    platform = bluesky(sky)
    async with Ears(platform) as ears:
        await ears.until(lambda heard: len(heard) == 120)
        far = await sky.post("kim", f"{AT} far", created_at=now - timedelta(days=5))
        near = await sky.post("kim", f"{AT} near", created_at=now - timedelta(minutes=20))
        await ears.post(PostRef(near.uri))
        assert PostRef(far.uri) not in refs(ears.heard)
        cursor = ears.cursors[-1]
    sweeping = bluesky(sky, sweep_every="100ms")
    async with Ears(sweeping, cursor) as ears:
        await ears.post(PostRef(far.uri))
        assert refs(ears.heard) == [PostRef(far.uri)]


async def test_what_came_before_we_began_is_no_news_however_it_is_dated(sky: SkyStandIn) -> None:
    await sky.post("kim", f"{AT} before")
    platform = bluesky(sky, look_back="0s")
    async with Ears(platform) as ears:
        await asyncio.sleep(0.1)  # a poll
        new = await sky.post("lea", f"{AT} after", created_at=datetime(2020, 1, 1, tzinfo=UTC))
        await ears.post(PostRef(new.uri))
        assert len(ears.heard) == 1


async def test_likes_are_passed_over_page_by_page(sky: SkyStandIn) -> None:
    ours = await sky.answer_by_hand(await sky.post("lea", "hello"), "hi")
    first = await sky.post("lea", f"{AT} first")
    for number in range(250):
        sky.server.world.notify("like", await sky.post("kim", f"like {number}"), subject=ours.uri)
    platform = bluesky(sky)
    async with Ears(platform) as ears:
        await ears.post(PostRef(first.uri))
        last = await sky.post("lea", "and again", reply_to=ours)
        await ears.post(PostRef(last.uri))
        assert refs(ears.heard) == [PostRef(first.uri), PostRef(last.uri)]


async def test_quotes_and_answers_deep_in_a_thread_are_heard_with_followers_and_quoted_post(sky: SkyStandIn) -> None:
    platform = bluesky(sky)
    sky.person("kim", followers=70_000)
    ours = await sky.answer_by_hand(await sky.post("lea", "hello"), "hi")
    async with Ears(platform) as ears:
        quote = await sky.post("kim", "look at this", quotes=ours)
        heard = (await ears.post(PostRef(quote.uri))).post
        assert heard.author.followers == 70_000
        assert [one.description for one in heard.media] == ["A quoted post of @acme.test"]
        one = await sky.post("lea", "one", reply_to=ours)
        two = await sky.post("kim", "two", reply_to=one)
        deep = (await ears.post(PostRef(two.uri))).post
        assert deep.parent == PostRef(one.uri)
        assert deep.root == (await ears.post(PostRef(one.uri))).post.root


@pytest.mark.parametrize("streaming", [True, False])
async def test_an_edit_is_told_once_with_its_time_and_again_after_a_restart(sky: SkyStandIn, streaming: bool) -> None:
    platform = bluesky(sky, streaming=streaming)
    assert platform.can.sees_edits is (Notices.PUSH if streaming else Notices.POLL)
    post = await sky.post("lea", f"{AT} I love it")
    async with Ears(platform) as ears:
        await ears.post(PostRef(post.uri))
        await sky.edit(post, f"{AT} I hate it")
        await ears.until(lambda heard: any(isinstance(one, Edited) for one in heard))
        (edited,) = [one for one in ears.heard if isinstance(one, Edited)]
        assert edited.post.edited_at is not None
        cursor = ears.cursors[-1]
    await sky.edit(post, f"{AT} I like it")
    again = bluesky(sky, streaming=streaming)
    async with Ears(again, cursor) as ears:
        await ears.until(lambda heard: bool(heard))
        (edited,) = [one for one in ears.heard if isinstance(one, Edited)]
        assert "I like it" in edited.post.text.plain
        assert edited.post.edited_at is not None


async def test_a_deletion_while_we_were_away_is_told_when_the_stream_is_back(sky: SkyStandIn) -> None:
    platform = bluesky(sky, streaming=True)
    post = await sky.post("lea", f"{AT} hello")
    async with Ears(platform) as ears:
        await ears.post(PostRef(post.uri))
        await sky.wait_for(lambda sky: sky.person("lea").did in sky.watched())
        await sky.post("lea", f"{AT} again")  # moves the stream's place in the cursor
        await ears.until(lambda heard: len(heard) == 2)
        await asyncio.sleep(0.05)
        await sky.post("kim", f"{AT} and I")
        await ears.until(lambda heard: len(heard) == 3)
        cursor = ears.cursors[-1]
    await sky.delete(post)
    again = bluesky(sky, streaming=True)
    async with Ears(again, cursor) as ears:
        await ears.until(lambda heard: Removed(PostRef(post.uri)) in heard)


async def test_the_stream_is_asked_for_ourselves_and_those_who_wrote_and_tells_of_our_own_posts(
    sky: SkyStandIn,
) -> None:
    platform = bluesky(sky, streaming=True)
    async with Ears(platform) as ears:
        await sky.wait_for(lambda sky: sky.watched() == {sky.account.did})
        post = await sky.post("lea", f"{AT} hello")
        await ears.post(PostRef(post.uri))
        await sky.wait_for(lambda sky: sky.watched() == {sky.account.did, sky.person("lea").did})
        by_hand = await sky.answer_by_hand(post, "I called you.")
        heard = (await ears.post(PostRef(by_hand.uri))).post
        assert heard.ours
        assert heard.parent == PostRef(post.uri)
        await sky.delete(by_hand)
        await ears.until(lambda heard: Removed(PostRef(by_hand.uri)) in heard)


async def test_what_the_stream_says_is_waited_for_until_the_appview_has_it(sky: SkyStandIn) -> None:
    platform = bluesky(sky, streaming=True)
    async with Ears(platform) as ears:
        post = await sky.post("lea", f"{AT} hello")
        await ears.post(PostRef(post.uri))
        await sky.wait_for(lambda sky: sky.person("lea").did in sky.watched())
        sky.fault(Fault.LAG, seconds=0.3)
        by_hand = await sky.answer_by_hand(post, "I called you.")
        await ears.post(PostRef(by_hand.uri))


@pytest.mark.parametrize(("status", "kind"), [("deleted", Removed), ("deactivated", Unavailable)])
async def test_an_account_that_leaves_takes_its_posts_with_it(sky: SkyStandIn, status: str, kind: type) -> None:
    platform = bluesky(sky, streaming=True)
    async with Ears(platform) as ears:
        post = await sky.post("lea", f"{AT} hello")
        await ears.post(PostRef(post.uri))
        await sky.wait_for(lambda sky: sky.person("lea").did in sky.watched())
        sky.leave("lea", status)
        heard = await ears.until(lambda heard: any(isinstance(one, kind) for one in heard))
        (gone,) = [one for one in heard if not isinstance(one, Posted)]
        assert getattr(gone, "ref", None) == PostRef(post.uri)


async def test_a_record_that_no_client_would_write_does_not_dam_up_the_others(sky: SkyStandIn) -> None:
    odd = await sky.post("lea", f"{AT} odd")
    odd.value = {**odd.value, "text": 7}
    platform = bluesky(sky)
    async with Ears(platform) as ears:
        good = await sky.post("kim", f"{AT} good")
        await ears.post(PostRef(good.uri))
        assert Unavailable(PostRef(odd.uri), "we cannot read what the server sends for this post") in ears.heard
        assert isinstance((await platform.fetch([PostRef(odd.uri)]))[PostRef(odd.uri)], Unavailable)


@pytest.mark.parametrize(
    "words",
    [
        "‮right to left‬ and \u200bzero\u200d width",
        '<script>alert(1)</script> <a href="javascript:x">x</a> &amp; *bold* <!channel>',
        "👩🏽‍💻" * 190,
        "x" * 280,
        "at://did:plc:x/app.bsky.feed.post/1 @ # $ ( ) @@ ## ..",
    ],
)
async def test_strange_words_come_as_they_are(sky: SkyStandIn, platform: Bluesky, words: str) -> None:
    post = await sky.post("lea", f"{AT} {words}")
    heard = (await platform.fetch([PostRef(post.uri)]))[PostRef(post.uri)]
    assert isinstance(heard, PublicPost)
    assert heard.text.plain == f"{AT} {words}"
    ours = await platform.publish(Reply.to(heard, text=Text.of(words)), "k")
    assert sky.replies_to(post)[0].text == words
    assert ours.text == words


async def test_a_cursor_of_somebody_else_is_refused_by_name(sky: SkyStandIn) -> None:
    platform = bluesky(sky)
    with pytest.raises(Malformed):
        await anext(aiter(platform.listen("117")))  # type: ignore[arg-type]


# Who we are


async def test_one_session_serves_everybody_and_is_made_once(sky: SkyStandIn) -> None:
    platform = bluesky(sky)
    await asyncio.gather(*[platform.open() for _ in range(8)])
    assert sky.server.sessions_made == 1


async def test_a_session_that_has_ended_is_renewed_once_and_reading_goes_on(sky: SkyStandIn, platform: Bluesky) -> None:
    post = await sky.post("lea", f"{AT} hello")
    sky.server.expire()
    await asyncio.gather(*[platform.fetch([PostRef(post.uri)]) for _ in range(8)])
    assert sky.server.sessions_made == 2


async def test_a_session_that_ends_right_before_a_reply_makes_it_wait_not_repeat(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    reply = await reply_to(platform, await sky.post("lea", f"{AT} hello"))
    sky.server.expire()
    with pytest.raises(Throttled):
        await platform.publish(reply, "k")
    assert sky.posted_by_us() == []
    await platform.publish(reply, "k")
    assert len(sky.posted_by_us()) == 1


async def test_a_session_that_nobody_renews_is_made_anew(sky: SkyStandIn, platform: Bluesky) -> None:
    sky.server.end_sessions()
    await platform.open()
    assert sky.server.sessions_made == 2


async def test_a_session_is_renewed_before_it_ends_and_kept_before_it_is_used(sky: SkyStandIn) -> None:
    kept: list[str] = []

    class Keeper(Forgetful):
        async def keep(self, session: str) -> None:
            kept.append(session)
            await super().keep(session)

    keeper = Keeper()
    platform = bluesky(sky, keeper=keeper)
    me = await platform.open()
    assert len(kept) == 1
    # Another life of the process: no signing in.
    again = bluesky(sky, keeper=keeper)
    assert await again.open() == me
    assert sky.server.sessions_made == 1
    # Close to the end of the token, the clock says, it is renewed without being refused first.
    late = bluesky(sky, clock=lambda: datetime.now(UTC) + timedelta(minutes=116), keeper=keeper)
    await late.open()
    assert sky.server.sessions_made == 2
    assert kept[1] != kept[0]


@pytest.mark.parametrize("kept", ["", "{}", "7", '{"did": "did:plc:x"}', "[" * 10_000])
async def test_a_kept_session_that_cannot_be_read_is_made_anew(sky: SkyStandIn, kept: str) -> None:
    keeper = Forgetful()
    await keeper.keep(kept)
    platform = bluesky(sky, keeper=keeper)
    await platform.open()
    assert sky.server.sessions_made == 1


async def test_a_kept_session_of_another_account_is_not_used(sky: SkyStandIn) -> None:
    keeper = Forgetful()
    await keeper.keep(Session("did:plc:x", "other.test", "a", "b", sky.base_url).to_json())
    platform = bluesky(sky, keeper=keeper)
    assert (await platform.open()).handle == "acme.test"


async def test_a_wrong_password_is_told_and_not_tried_again_soon(sky: SkyStandIn) -> None:
    platform = bluesky(sky, password="wrong")
    for _ in range(40):
        with pytest.raises(AuthFailed, match="app password"):
            await platform.open()
    good = bluesky(sky)
    await good.open()  # the 30 in five minutes are not used up


async def test_too_many_sign_ins_are_a_pause_and_no_lost_password(sky: SkyStandIn) -> None:
    sky.fault(Fault.THROTTLE, where=Where.SESSION)
    platform = bluesky(sky)
    with pytest.raises(Throttled):
        await platform.open()


async def test_a_suspended_account_is_told_as_such_while_reading_and_writing(
    sky: SkyStandIn, platform: Bluesky
) -> None:
    reply = await reply_to(platform, await sky.post("lea", f"{AT} hello"))
    sky.fault(Fault.TAKEDOWN)
    with pytest.raises(AuthFailed, match="suspended"):
        await platform.open()
    with pytest.raises(Refused, match="suspended") as caught:
        await platform.publish(reply, "k")
    assert caught.value.reason is Reason.AUTH


async def test_what_our_own_settings_leave_out_is_told_to_the_operator(sky: SkyStandIn) -> None:
    sky.server.quiet = {"mention"}
    sky.account.labels.clear()
    platform = bluesky(sky)
    await platform.open()
    labelled, quiet = platform.notes()
    assert "bot" in labelled
    assert "(mention)" in quiet


async def test_a_storm_of_429_is_waited_out_and_nothing_is_lost(sky: SkyStandIn) -> None:
    platform = bluesky(sky)
    await platform.open()
    async with Ears(platform) as ears:
        await ears.post(PostRef((await sky.post("lea", f"{AT} before")).uri))
        sky.fault(Fault.THROTTLE, where=Where.READ, seconds=1, times=2)
        during = await sky.post("lea", f"{AT} during")
        await ears.post(PostRef(during.uri))

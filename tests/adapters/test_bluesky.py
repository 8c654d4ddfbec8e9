"""What is particular to answering on Bluesky: keys, facets, gates, blocks, replies that nobody sees."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.bluesky import Bluesky
from adapters.contract import (
    CannotTell,
    Gone,
    Lost,
    PostRef,
    PublicPost,
    Ready,
    Reason,
    Receipt,
    Refusal,
    Refused,
    Reply,
    Text,
    Visibility,
)
from sandbox.bluesky import Fault, SkyStandIn
from tests.adapters.sky import AT, reply_to

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

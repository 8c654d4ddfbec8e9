"""What is particular to hearing on YouTube: answers in old threads, their numbers, what is held, edits by asking."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.conformance.world import Ears, refs
from adapters.contract import (
    Audience,
    AuthFailed,
    Cursor,
    Edited,
    Malformed,
    MediaKind,
    Posted,
    PostRef,
    PublicPost,
    Refusal,
    Refused,
    Reply,
    Text,
    Throttled,
    Unavailable,
    Visibility,
)
from adapters.youtube import YouTube
from adapters.youtube_listen import Watched
from sandbox.youtube import Fault, TubeStandIn, Where
from tests.adapters.tube import youtube


def ago(**duration: float) -> datetime:
    return datetime.now(UTC) - timedelta(**duration)


async def rounds(tube: TubeStandIn, count: int = 2) -> None:
    """Until the listener has asked that often for the newest threads."""
    wanted = len(tube.server.asked) + count * 4
    async with asyncio.timeout(60):
        while len(tube.server.asked) < wanted:
            await asyncio.sleep(0.01)


async def test_an_answer_to_an_old_thread_is_heard_though_the_thread_does_not_come_up(tube: TubeStandIn) -> None:
    old = await tube.post("lea", "old", at=ago(seconds=4))
    for number in range(120):  # more than a page of newer ones
        await tube.post("kim", f"newer {number}", at=ago(seconds=3))
    platform = youtube(tube, look_back="0s")
    async with Ears(platform) as ears:
        await rounds(tube)
        answer = await tube.post("lea", "is anybody there?", reply_to=old)
        heard = (await ears.post(PostRef(answer.id))).post
        assert heard.parent == heard.root == PostRef(old.id)
        assert refs(ears.heard) == [PostRef(answer.id)], "what was said before we began is no news"


async def test_answers_that_a_thread_does_not_show_are_asked_for_when_their_number_changes(tube: TubeStandIn) -> None:
    first = await tube.post("lea", "help")
    answers = [await tube.post("kim", f"me too {number}", reply_to=first) for number in range(12)]
    platform = youtube(tube)
    async with Ears(platform) as ears:
        await ears.until(lambda heard: len(heard) == 13)
        assert refs(ears.heard) == [PostRef(one.id) for one in (first, *answers)]
        await rounds(tube)
        asked = tube.server.asked.count("comments.list")
        await rounds(tube)
        assert tube.server.asked.count("comments.list") == asked, "nothing changed, nothing is asked for"
        last = await tube.post("lea", "thank you", reply_to=first)
        await ears.post(PostRef(last.id))
        assert len(ears.heard) == 14


async def test_a_number_of_answers_that_is_wrong_is_not_asked_about_for_ever(tube: TubeStandIn) -> None:
    """Seen of YouTube: it counts answers that it does not give."""
    first = await tube.post("lea", "help")
    hidden = await tube.post("kim", "hidden", reply_to=first)
    platform = youtube(tube)
    async with Ears(platform) as ears:
        await ears.post(PostRef(hidden.id))
        tube.server.shapes.thread = _counting_more(tube.server.shapes.thread)  # type: ignore[method-assign]  # as seen
        await rounds(tube)
        asked = tube.server.asked.count("comments.list")
        await rounds(tube)
        assert tube.server.asked.count("comments.list") == asked


def _counting_more(thread: object) -> object:
    def more(*args: object, **named: object) -> object:
        shape = thread(*args, **named)  # type: ignore[operator]  # the method that it stands before
        shape["snippet"]["totalReplyCount"] += 3
        return shape

    return more


async def test_an_edit_is_told_once_and_again_after_a_restart(tube: TubeStandIn) -> None:
    comment = await tube.post("lea", "I love it")
    async with Ears(youtube(tube)) as ears:
        await ears.post(PostRef(comment.id))
        await tube.edit(comment, "I hate it")
        await ears.until(lambda heard: any(isinstance(one, Edited) for one in heard))
        (edited,) = [one for one in ears.heard if isinstance(one, Edited)]
        assert edited.post.edited_at is not None
        cursor = ears.cursors[-1]
    await tube.edit(comment, "I like it")
    async with Ears(youtube(tube), cursor) as ears:
        await ears.until(lambda heard: bool(heard))
        (edited,) = [one for one in ears.heard if isinstance(one, Edited)]
        assert edited.post.text.plain == "I like it"


async def test_what_youtube_holds_is_heard_as_not_public_and_once(tube: TubeStandIn) -> None:
    held = await tube.post("lea", "you scoundrels", status="heldForReview")
    spam = await tube.post("kim", "buy this", status="likelySpam")
    async with Ears(youtube(tube)) as ears:
        post = (await ears.post(PostRef(held.id))).post
        assert post.visibility is Audience.DIRECT
        assert post.shown is Visibility.PENDING
        await ears.post(PostRef(spam.id))
        tube.moderate(held, "published")
        await rounds(tube)
        assert len(ears.heard) == 2
    async with Ears(youtube(tube, held=False)) as ears:
        await ears.post(PostRef(held.id))
        assert PostRef(spam.id) not in refs(ears.heard)


async def test_what_was_held_and_is_published_days_later_is_found_by_the_sweep(tube: TubeStandIn) -> None:
    late = await tube.post("lea", "held for long", status="heldForReview", at=ago(days=5))
    for number in range(120):
        await tube.post("kim", f"newer {number}", at=ago(days=2))
    platform = youtube(tube, held=False, look_back="7d", sweep_every="100ms")
    async with Ears(platform) as ears:
        await ears.until(lambda heard: len(heard) == 120)
        tube.moderate(late, "published")
        await ears.post(PostRef(late.id))


async def test_authors_come_with_name_picture_and_subscribers_and_comments_with_their_video(tube: TubeStandIn) -> None:
    tube.person("kim", name="Kim on Bikes", followers=70_000)
    tube.person("lea").hides_subscribers = True
    comment = await tube.post("kim", "look", picture=True)
    async with Ears(youtube(tube)) as ears:
        post = (await ears.post(PostRef(comment.id))).post
        assert (post.author.handle, post.author.name, post.author.followers) == ("kim", "Kim on Bikes", 70_000)
        assert [one.kind for one in post.media] == [MediaKind.IMAGE, MediaKind.OTHER]
        assert post.media[1].description == "On the video: How to ride a bike"
        assert (await ears.post(PostRef((await tube.post("lea", "and me")).id))).post.author.followers is None
        before = tube.server.asked.count("channels.list")
        await ears.post(PostRef((await tube.post("kim", "again")).id))
        assert tube.server.asked.count("channels.list") == before, "a profile holds for a day"


async def test_comments_are_heard_also_where_profiles_cannot_be_had(tube: TubeStandIn) -> None:
    platform = youtube(tube, quota=100, reserve=98)  # enough for a round, not for profiles
    comment = await tube.post("kim", "help")
    async with Ears(platform) as ears:
        assert (await ears.post(PostRef(comment.id))).post.author.handle == "kim"


async def test_our_own_answers_by_hand_are_heard_as_ours(tube: TubeStandIn) -> None:
    comment = await tube.post("lea", "help")
    async with Ears(youtube(tube)) as ears:
        await ears.post(PostRef(comment.id))
        by_hand = await tube.answer_by_hand(comment, "I called you.")
        assert (await ears.post(PostRef(by_hand.id))).post.ours


async def test_other_videos_and_the_channel_itself_are_heard_too(tube: TubeStandIn) -> None:
    elsewhere = await tube.post("lea", "elsewhere", video=tube.new_video("Another"))
    itself = await tube.post("kim", "on the channel", channel=True)
    async with Ears(youtube(tube)) as ears:
        await ears.post(PostRef(elsewhere.id))
        assert (await ears.post(PostRef(itself.id))).post.media == ()


async def test_a_thread_that_cannot_be_read_does_not_dam_up_the_others(tube: TubeStandIn) -> None:
    odd = await tube.post("lea", "odd")
    odd.author = None  # type: ignore[assignment]  # a shape that nobody expects
    tube.server.shapes.comment = _breaking(tube.server.shapes.comment)  # type: ignore[method-assign]  # see below
    async with Ears(youtube(tube)) as ears:
        good = await tube.post("kim", "good")
        await ears.post(PostRef(good.id))
        await ears.post(PostRef((await tube.post("kim", "and another")).id))
        why = "we cannot read what YouTube sends for this comment"
        assert ears.heard.count(Unavailable(PostRef(odd.id), why)) == 1
        cursor = ears.cursors[-1]
    odd.author = tube.person("lea")
    async with Ears(youtube(tube), cursor) as ears:
        assert isinstance(await ears.post(PostRef(odd.id)), Posted)


def _breaking(comment: object) -> object:
    """Whose author is missing gets a snippet that is none."""

    def shape(one: object, **named: object) -> object:
        if getattr(one, "author", None) is None:
            return {"kind": "youtube#comment", "id": getattr(one, "id", ""), "snippet": 7}
        return comment(one, **named)  # type: ignore[operator]  # the method that it stands before

    return shape


@pytest.mark.parametrize("cursor", ["117", "nothing", "[]", '{"start": 1}'])
async def test_a_cursor_of_somebody_else_is_refused_by_name(tube: TubeStandIn, cursor: str) -> None:
    with pytest.raises(Malformed):
        await anext(aiter(youtube(tube).listen(Cursor(cursor))))


@pytest.mark.parametrize(("status", "times"), [(429, 3), (403, 3)])
async def test_a_storm_of_refusals_is_waited_out_and_nothing_is_lost(
    tube: TubeStandIn, status: int, times: int
) -> None:
    platform = youtube(tube)
    await platform.open()
    async with Ears(platform) as ears:
        await ears.post(PostRef((await tube.post("lea", "before")).id))
        tube.fault(Fault.THROTTLE, where=Where.READ, seconds=0.1, times=times, status=status)
        during = await tube.post("lea", "during")
        await ears.post(PostRef(during.id))


async def test_a_token_that_ends_while_listening_ends_it_with_the_way_out(tube: TubeStandIn) -> None:
    platform = youtube(tube)
    async with Ears(platform) as ears:
        await ears.post(PostRef((await tube.post("lea", "before")).id))
        tube.fault(Fault.EXPIRED)
        with pytest.raises(AuthFailed):
            await ears.until(lambda heard: False)


def test_threads_that_are_quiet_are_looked_at_ever_more_rarely() -> None:
    now, often = datetime(2026, 7, 1, tzinfo=UTC), timedelta(minutes=10)
    pauses = [
        Watched(total=0, video=None, spoken=now - quiet, looked=now).due_at(often) - now
        for quiet in (timedelta(0), timedelta(hours=1), timedelta(hours=20), timedelta(days=10), timedelta(days=40))
    ]
    assert pauses == [often, often, timedelta(minutes=24), timedelta(hours=4.8), timedelta(hours=6)]


async def test_search_finds_comments_by_words(tube: TubeStandIn, channel: YouTube) -> None:
    first = await tube.post("lea", "the zanzibar parcel", at=ago(hours=2))
    batch = await channel.search("zanzibar", None)
    assert refs(list(batch.heard)) == [PostRef(first.id)]
    second = await tube.post("kim", "zanzibar again")
    again = await channel.search("zanzibar", batch.cursor)
    assert PostRef(second.id) in refs(list(again.heard))
    assert all(isinstance(one, Posted) and isinstance(one.post, PublicPost) for one in again.heard)


async def test_a_video_that_speaks_of_us_is_found_whole_followed_and_answered_by_hand(
    tube: TubeStandIn, channel: YouTube
) -> None:
    about = "I bought an akme & rode it <home>. " + "And on it went. " * 20
    video = tube.new_video('My "first" bike', by="lea", about=about)
    tube.new_video("akme: how we build them")  # our own
    batch = await channel.search("akme", None)
    (post,) = [one.post for one in batch.heard if isinstance(one, Posted)]
    assert post.text.plain == f'My "first" bike\n\n{about.strip()}'
    assert (post.author.name, post.url) == ("Lea", f"https://www.youtube.com/watch?v={video.id}")
    reply = Reply.to(post, text=Text.of("Nice!"))
    assert isinstance(await channel.preflight(reply), Refusal)
    with pytest.raises(Refused):
        await channel.publish(reply, "k")
    video.about = "I sold it."
    now = (await channel.fetch([post.ref]))[post.ref]
    assert isinstance(now, PublicPost)
    assert now.text.plain == 'My "first" bike\n\nI sold it.'
    video.gone = True
    assert isinstance((await channel.fetch([post.ref]))[post.ref], Unavailable)
    assert list(await channel.thread(post.ref)) == []


async def test_searches_that_are_used_up_leave_the_quota_to_listening_and_answering(
    tube: TubeStandIn, channel: YouTube
) -> None:
    tube.server.most_searches = 1
    await channel.search("akme", None)
    with pytest.raises(Throttled):
        await channel.search("akme", None)
    comment = await tube.post("lea", "is it late?")
    assert PostRef(comment.id) in await channel.fetch([PostRef(comment.id)])

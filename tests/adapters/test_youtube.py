"""What is particular to answering on YouTube: threads of one level, moderation, reasons of errors, tokens that end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.contract import (
    Absent,
    Audience,
    AuthFailed,
    CannotTell,
    Gone,
    Lost,
    Platform,
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
    Unreachable,
    Visibility,
)
from adapters.keeping import Forgetful
from adapters.oauth import Tokens, begin, finish, keep
from adapters.settings import SettingError, build
from adapters.youtube import YouTube
from adapters.youtube_settings import Settings
from sandbox.youtube import Fault, TubeStandIn, Where
from tests.adapters.tube import Clockwork, reply_to, the_post, youtube

# What goes out


async def test_an_answer_to_an_answer_stands_in_the_thread_and_names_its_author(
    tube: TubeStandIn, channel: YouTube
) -> None:
    first = await tube.post("lea", "help")
    second = await tube.post("kim", "me too", reply_to=first)
    reply = await reply_to(channel, second)
    assert reply.text.plain == "@kim We are on it."
    receipt = await channel.publish(reply, "k")
    (ours,) = tube.posted_by_us()
    assert (ours.parent, ours.text) == (first.id, "@kim We are on it.")
    assert receipt.url == f"https://www.youtube.com/watch?v={tube.video.id}&lc={ours.id}"
    assert (await reply_to(channel, first)).text.plain == "We are on it."


@pytest.mark.parametrize(
    ("words", "composed"),
    [
        ("Yes.", "@kim.b Yes."),
        ("Yes, @Kim.B.", "Yes, @Kim.B."),
        ("@kim.b: yes", "@kim.b: yes"),
        ("@kim.bo yes", "@kim.b @kim.bo yes"),
        ("x@kim.b yes", "@kim.b x@kim.b yes"),
    ],
)
async def test_whom_it_answers_is_named_once(tube: TubeStandIn, channel: YouTube, words: str, composed: str) -> None:
    parent = await the_post(channel, await tube.post("kim.b", "me too", reply_to=await tube.post("lea", "help")))
    once = channel.compose(Text.of(words), parent)
    assert once.plain == composed
    assert channel.compose(once, parent) == once


async def test_the_same_words_sent_twice_stand_there_twice_so_we_look_first(
    tube: TubeStandIn, channel: YouTube
) -> None:
    comment = await tube.post("lea", "help")
    reply = await reply_to(channel, comment, attempts=(datetime.now(UTC),))
    await channel.publish(reply, "k")
    await channel.publish(reply, "k")
    assert len(tube.posted_by_us()) == 2, "YouTube drops no repeat"
    assert isinstance(await channel.find_own_reply(reply, "k"), Receipt)


async def test_our_reply_is_found_beyond_the_first_page_of_a_thread(tube: TubeStandIn, channel: YouTube) -> None:
    comment = await tube.post("lea", "help")
    reply = await reply_to(channel, comment, attempts=(datetime.now(UTC),))
    receipt = await channel.publish(reply, "k")
    for number in range(230):
        await tube.post("kim", f"me too {number}", reply_to=comment)
    found = await channel.find_own_reply(reply, "k")
    assert isinstance(found, Receipt)
    assert found.ref == receipt.ref
    known = Reply.to(await the_post(channel, comment), text=reply.text, known=frozenset({receipt.ref}))
    assert isinstance(await channel.find_own_reply(known, "k"), Absent)


async def test_where_we_cannot_look_or_not_at_everything_we_say_so(tube: TubeStandIn, channel: YouTube) -> None:
    comment = await tube.post("lea", "help")
    reply = await reply_to(channel, comment)
    assert isinstance(await channel.find_own_reply(reply, "k"), Absent)
    answer = await tube.post("kim", "me too", reply_to=comment)
    answer.text = 7  # type: ignore[assignment]  # what cannot be read may be ours
    tube.server.shapes._displayed = lambda words, *, html: words  # type: ignore[method-assign]  # as it is
    assert isinstance(await channel.find_own_reply(reply, "k"), CannotTell)
    tube.fault(Fault.THROTTLE, where=Where.READ)
    assert isinstance(await channel.find_own_reply(reply, "k"), CannotTell)


async def test_a_comment_of_somebody_else_is_neither_corrected_nor_taken_back(
    tube: TubeStandIn, channel: YouTube
) -> None:
    comment = await tube.post("lea", "help")
    wrong = Receipt(ref=PostRef(comment.id), url=None, at=datetime.now(UTC))
    for act in (channel.retract(wrong), channel.correct(wrong, Text.of("mine"), "k")):
        with pytest.raises(Refused) as caught:
            await act
        assert caught.value.reason is Reason.INVALID
    assert comment.text == "help"
    assert tube.server.asked.count("comments.delete") == tube.server.asked.count("comments.update") == 0


async def test_what_is_away_cannot_be_corrected_and_is_taken_back_already(tube: TubeStandIn, channel: YouTube) -> None:
    receipt = await channel.publish(await reply_to(channel, await tube.post("lea", "help")), "k")
    await tube.delete(receipt.ref.id)
    await channel.retract(receipt)
    with pytest.raises(Refused) as caught:
        await channel.correct(receipt, Text.of("better"), "k")
    assert caught.value.reason is Reason.GONE
    assert await channel.look(receipt) is Visibility.REJECTED


@pytest.mark.parametrize("fault", [Fault.ACCEPT_AND_DROP, Fault.FAIL_AFTER, Fault.FAIL_BEFORE])
async def test_a_correction_whose_fate_is_unknown_is_lost(tube: TubeStandIn, channel: YouTube, fault: Fault) -> None:
    receipt = await channel.publish(await reply_to(channel, await tube.post("lea", "help")), "k")
    tube.fault(fault, where=Where.CHANGE)
    with pytest.raises(Lost):
        await channel.correct(receipt, Text.of("better"), "k")


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        ("published", Visibility.VISIBLE),
        ("heldForReview", Visibility.PENDING),
        ("likelySpam", Visibility.HIDDEN),
        ("rejected", Visibility.REJECTED),
    ],
)
async def test_what_became_of_a_reply_is_told(
    tube: TubeStandIn, channel: YouTube, status: str, seen: Visibility
) -> None:
    receipt = await channel.publish(await reply_to(channel, await tube.post("lea", "help")), "k")
    tube.moderate(receipt.ref.id, status)
    assert await channel.look(receipt) is seen


async def test_a_reply_taken_for_spam_or_under_a_hidden_comment_is_seen_by_nobody(
    tube: TubeStandIn, channel: YouTube
) -> None:
    comment = await tube.post("lea", "help")
    tube.fault(Fault.SPAM)
    assert await channel.look(await channel.publish(await reply_to(channel, comment), "k")) is Visibility.HIDDEN
    tube.clear_faults()
    receipt = await channel.publish(await reply_to(channel, comment, "again"), "k")
    tube.moderate(comment, "heldForReview")
    assert await channel.look(receipt) is Visibility.HIDDEN


# May we answer there?


async def refused(platform: Platform, reply: Reply) -> Refusal:
    refusal = await platform.preflight(reply)
    assert isinstance(refusal, Refusal)
    assert refusal.sentence.endswith(".")
    return refusal


async def test_before_anybody_drafts_it_is_said_why_not(tube: TubeStandIn, channel: YouTube) -> None:
    comment = await tube.post("lea", "help")
    reply = await reply_to(channel, comment)
    assert isinstance(await channel.preflight(reply), Ready)
    tube.video.for_kids = True
    assert (await refused(channel, reply)).reason in (Reason.GONE, Reason.NOT_ALLOWED)
    tube.video.for_kids, tube.video.privacy = False, "private"
    assert "private" in (await refused(channel, reply)).sentence
    tube.video.privacy, comment.can_reply = "public", False
    assert (await refused(channel, reply)).reason is Reason.NOT_ALLOWED
    comment.can_reply = True
    tube.moderate(comment, "heldForReview")
    assert "YouTube Studio" in (await refused(channel, reply)).sentence
    tube.moderate(comment, "published")
    tube.video.gone = True
    assert (await refused(channel, reply)).reason is Reason.GONE


async def test_switched_off_comments_and_videos_for_kids_are_named(tube: TubeStandIn, channel: YouTube) -> None:
    """Also where YouTube still gives the thread."""
    comment = await tube.post("lea", "help")
    reply = await reply_to(channel, comment)
    comment.can_reply = False
    stands = tube.server.world.stands
    tube.server.world.stands = lambda one: True  # type: ignore[method-assign]  # a YouTube that still shows it
    tube.video.comments_on = False
    assert (await refused(channel, reply)).sentence == "Comments are switched off on this video."
    tube.video.for_kids = True
    assert "made for kids" in (await refused(channel, reply)).sentence
    tube.server.world.stands = stands  # type: ignore[method-assign]


async def test_an_answer_that_is_gone_cannot_be_answered_though_its_thread_stands(
    tube: TubeStandIn, channel: YouTube
) -> None:
    first = await tube.post("lea", "help")
    second = await tube.post("kim", "me too", reply_to=first)
    reply = await reply_to(channel, second)
    await tube.delete(second)
    assert (await refused(channel, reply)).reason is Reason.GONE


async def test_drafts_hear_what_youtube_makes_of_stars(tube: TubeStandIn, channel: YouTube) -> None:
    comment = await tube.post("lea", "help")
    for words, warned in (("It is *really* late.", True), ("-gone-", True), ("2 * 3 - 1 * 4", False), ("a_b_c", False)):
        ready = await channel.preflight(await reply_to(channel, comment, words))
        assert isinstance(ready, Ready)
        assert bool(ready.notes) is warned, words


async def test_an_empty_reply_and_one_that_is_too_long_are_refused(tube: TubeStandIn, channel: YouTube) -> None:
    parent = await the_post(channel, await tube.post("lea", "x" * 10_000))
    assert len(parent.text.plain) == 10_000
    assert (await refused(channel, Reply.to(parent, text=Text.of(" \n")))).reason is Reason.INVALID
    for words, reason in (("", Reason.INVALID), ("x" * 10_001, Reason.TOO_LONG)):
        with pytest.raises(Refused) as caught:
            await channel.publish(Reply.to(parent, text=Text.of(words)), "k")
        assert caught.value.reason is reason


# Certainty


@pytest.mark.parametrize(
    ("status", "error", "kind", "reason"),
    [
        (400, "commentTextTooLong", Refused, Reason.TOO_LONG),
        (400, "invalidCommentMetadata", Refused, Reason.INVALID),
        (400, "parentCommentIsPrivate", Refused, Reason.NOT_ALLOWED),
        (400, "operationNotSupported", Refused, Reason.NOT_ALLOWED),
        (400, "processingFailure", Lost, None),
        (403, "commentsDisabled", Refused, Reason.NOT_ALLOWED),
        (403, "forbidden", Refused, Reason.NOT_ALLOWED),
        (403, "ineligibleAccount", Refused, Reason.AUTH),
        (403, "insufficientPermissions", Refused, Reason.AUTH),
        (403, "accessNotConfigured", Refused, Reason.AUTH),
        (403, "rateLimitExceeded", Throttled, None),
        (403, "userRateLimitExceeded", Throttled, None),
        (429, "somethingNew", Throttled, None),
        (404, "parentCommentNotFound", Refused, Reason.GONE),
        (400, "somethingNew", Refused, Reason.INVALID),
        (403, "somethingNew", Refused, Reason.NOT_ALLOWED),
        (409, "somethingNew", Lost, None),
        (500, "backendError", Lost, None),
        (503, "quotaExceeded", Lost, None),
    ],
)
async def test_each_reason_has_its_certainty(
    tube: TubeStandIn, channel: YouTube, status: int, error: str, kind: type[Exception], reason: Reason | None
) -> None:
    reply = await reply_to(channel, await tube.post("lea", "help"))
    tube.fault(Fault.REFUSE, status=status, error=error)
    with pytest.raises(kind) as caught:
        await channel.publish(reply, "k")
    if isinstance(caught.value, Refused):
        assert caught.value.reason is reason
        assert "<code>" not in caught.value.sentence
    assert len(tube.publish_calls) == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [("backendError", Unreachable), ("insufficientPermissions", AuthFailed), ("rateLimitExceeded", Throttled)],
)
async def test_reading_tells_reasons_as_well(
    tube: TubeStandIn, channel: YouTube, error: str, kind: type[Exception]
) -> None:
    comment = await tube.post("lea", "help")
    tube.fault(Fault.REFUSE, status=403, error=error, where=Where.READ)
    with pytest.raises(kind):
        await channel.fetch([PostRef(comment.id)])


@pytest.mark.parametrize(
    "words",
    [
        "‮right to left‬ and \u200bzero\u200d width",
        '<script>alert(1)</script> <a href="javascript:x">x</a> &amp; *bold* <!channel>',
        "👩🏽‍💻" * 190,
        "https://www.youtube.com/watch?v=x&t=62 @ # $ ( ) @@ ## ..",
    ],
)
async def test_strange_words_come_and_go_as_they_are(tube: TubeStandIn, channel: YouTube, words: str) -> None:
    comment = await tube.post("lea", words)
    heard = await the_post(channel, comment)
    assert heard.text.plain == words
    ours = await channel.publish(Reply.to(heard, text=Text.of(words)), "k")
    assert tube.posted_by_us()[0].text == words
    assert ours.text == words
    tube.fault(Fault.NO_ORIGINALS)
    shown = (await the_post(channel, comment)).text.plain
    assert shown.split() == words.split() or "\u200d" in words


async def test_a_link_to_a_video_keeps_its_address_where_the_typed_words_are_not_given(
    tube: TubeStandIn, channel: YouTube
) -> None:
    address = f"https://www.youtube.com/watch?v={tube.video.id}"
    comment = await tube.post("lea", f"as in {address}")
    tube.fault(Fault.NO_ORIGINALS)
    assert (await the_post(channel, comment)).text.plain == f"as in How to ride a bike ({address})"


# What is there and what is not


async def test_a_comment_counts_as_deleted_only_while_all_around_it_is_there(
    tube: TubeStandIn, channel: YouTube
) -> None:
    comments = [await tube.post("lea", f"{number}") for number in range(2)]
    answer = await tube.post("kim", "me too", reply_to=comments[0])
    lone = await tube.post("lea", "on the channel itself", channel=True)
    everything = [PostRef(one.id) for one in (*comments, answer, lone)]
    assert all(isinstance(one, PublicPost) for one in (await channel.fetch(everything)).values())
    await tube.delete(answer)
    await tube.delete(comments[1])
    await tube.delete(lone)
    found = await channel.fetch(everything)
    assert isinstance(found[everything[0]], PublicPost)
    assert all(isinstance(found[ref], Gone) for ref in everything[1:])
    tube.video.comments_on = False
    hidden = (await channel.fetch(everything[:1]))[everything[0]]
    assert isinstance(hidden, Unavailable)
    assert hidden.why == "comments are switched off on this video"
    tube.video.comments_on, tube.video.gone = True, True
    found = await channel.fetch(everything[:3])
    assert all(isinstance(one, Unavailable) for one in found.values())


async def test_a_comment_of_which_we_know_no_place_is_not_called_deleted(tube: TubeStandIn, channel: YouTube) -> None:
    assert isinstance((await channel.fetch([PostRef("Ugnobody")]))[PostRef("Ugnobody")], Unavailable)
    strange = PostRef("a,b")
    assert isinstance((await channel.fetch([strange]))[strange], Unavailable)


async def test_what_is_missing_because_youtube_took_it_for_spam_is_not_called_deleted(
    tube: TubeStandIn, channel: YouTube
) -> None:
    comment = await tube.post("lea", "help")
    await the_post(channel, comment)
    tube.moderate(comment, "likelySpam")
    tube.fault(Fault.OMIT_HELD)
    found = await the_post(channel, comment)
    assert found.visibility is Audience.DIRECT


async def test_comments_on_the_channel_itself_lead_to_the_channel(tube: TubeStandIn, channel: YouTube) -> None:
    comment = await tube.post("lea", "hello", channel=True)
    (post,) = await channel.thread(PostRef(comment.id))
    assert post.url == f"https://www.youtube.com/channel/{tube.account.id}"
    assert isinstance(await channel.preflight(await reply_to(channel, comment)), Ready)


# Tokens


def connectable(tube: TubeStandIn, keeper: Forgetful, **more: object) -> YouTube:
    secret = tube.server.client_secret
    return youtube(tube, token="", secret=secret, keeper=keeper, client_id=tube.server.client_id, **more)


async def connected(tube: TubeStandIn, keeper: Forgetful) -> Tokens:
    """What `twoway connect` does, with a person who says yes."""
    settings = connectable(tube, keeper)._settings
    grant = YouTube.grant(settings)
    assert grant is not None
    redirect = "http://127.0.0.1:8080/connect/callback"
    begun = begin(grant, state="s", redirect=redirect)
    async with (
        aiohttp.ClientSession() as session,
        session.get(begun.address, allow_redirects=False) as answer,
    ):
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["s"]
    tokens = await finish(grant, code=back["code"][0], verifier=begun.verifier, redirect=redirect)
    await keep(keeper, tokens)
    return tokens


async def test_a_channel_is_connected_and_its_token_renewed_and_kept_before_use(tube: TubeStandIn) -> None:
    keeper = Forgetful()
    first = await connected(tube, keeper)
    assert first.connect_by is None
    platform = connectable(tube, keeper)
    assert (await platform.open()).ref == tube.account.id
    comment = await tube.post("lea", "help")
    tube.fault(Fault.EXPIRED)
    assert isinstance(await the_post(platform, comment), PublicPost)
    assert first.access not in (await keeper.load() or "")
    reply = await reply_to(platform, comment)
    tube.server.expire()
    with pytest.raises(Throttled):
        await platform.publish(reply, "k")
    await platform.publish(reply, "k")
    assert len(tube.posted_by_us()) == 1


async def test_while_the_consent_screen_is_in_testing_the_end_is_known(tube: TubeStandIn) -> None:
    tube.server.testing = True
    tokens = await connected(tube, Forgetful())
    assert tokens.connect_by is not None
    assert timedelta(days=6) < tokens.connect_by - datetime.now(UTC) <= timedelta(days=7)


async def test_a_connection_that_was_withdrawn_is_a_refusal_with_the_way_out(tube: TubeStandIn) -> None:
    keeper = Forgetful()
    await connected(tube, keeper)
    platform = connectable(tube, keeper)
    reply = await reply_to(platform, await tube.post("lea", "help"))
    tube.fault(Fault.EXPIRED)
    tube.fault(Fault.REVOKED)
    assert (await refused(platform, reply)).reason is Reason.AUTH
    with pytest.raises(Refused) as caught:
        await platform.publish(reply, "k")
    assert "twoway connect" in caught.value.sentence
    assert tube.posted_by_us() == []


async def test_a_suspended_account_is_told_by_name(tube: TubeStandIn) -> None:
    tube.fault(Fault.SUSPENDED)
    with pytest.raises(AuthFailed) as caught:
        await youtube(tube).open()
    assert "suspended" in caught.value.sentence


async def test_nobody_has_connected_it_yet(tube: TubeStandIn) -> None:
    with pytest.raises(AuthFailed) as caught:
        await connectable(tube, Forgetful()).open()
    assert "twoway connect" in caught.value.sentence


async def test_opening_again_soon_costs_nothing_unless_the_token_failed(tube: TubeStandIn) -> None:
    clock = Clockwork(datetime.now(UTC))
    platform = youtube(tube, clock=clock)
    await platform.open()
    asked = len(tube.server.asked)
    await platform.open()
    assert len(tube.server.asked) == asked
    tube.fault(Fault.EXPIRED)
    with pytest.raises(AuthFailed):
        async with asyncio.timeout(60):
            await anext(aiter(platform.listen(None)))
    with pytest.raises(AuthFailed):
        await platform.open()


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"server": "youtube"}, "server"),
        ({"server": "http://api.example"}, "server"),
        ({"token_server": "http://127.0.0.1.evil.example"}, "token_server"),
        ({"quota": 0}, "quota"),
        ({"quota": 100, "reserve": 100}, "reserve"),
        ({"longest": 0}, "longest"),
        ({"poll": "0s"}, "poll"),
    ],
)
def test_a_setting_that_cannot_be_is_one_sentence(table: dict[str, object], key: str) -> None:
    with pytest.raises(SettingError) as caught:
        build(Settings, table, {})
    assert caught.value.key == key


def test_connecting_needs_a_client() -> None:
    assert YouTube.grant(build(Settings, {}, {"token": "t"})) is None
    for table, key in (({}, "client_id"), ({"client_id": "x"}, "client_secret")):
        with pytest.raises(SettingError) as caught:
            YouTube.grant(build(Settings, table, {}))
        assert caught.value.key == key

"""What is particular to Facebook: webhooks, two ways of answering, windows, hidden comments, odd answers."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from adapters.capabilities import Notices
from adapters.conformance.world import Ears
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
from adapters.facebook_settings import CAPABILITIES
from adapters.keeping import Forgetful
from adapters.posts import Audience
from adapters.tokens import Tokens
from sandbox.facebook import Fault, PageStandIn, Where
from tests.adapters.page import called, facebook, privately, ref, reply_to
from tests.conftest import Clock

ODD = "\u202eevil\u200b\u2066 <b onclick='x'>&amp;</b> 👩🏽‍💻 \u0000end"


async def told(page: PageStandIn, at: int = -1) -> object:
    """What a new account of ours makes of one of Meta's calls."""
    (one,) = (await facebook(page).hook(called(page, page.webhooks[at]))).heard
    return one


# Webhooks


async def test_metas_check_of_our_address_is_answered_and_no_other(page: PageStandIn) -> None:
    platform = facebook(page)
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158", "hub.verify_token": page.server.verify_token}
    answer = await platform.hook(Hook(method="GET", path="", query=asked, headers={}, body=b""))
    assert (answer.status, answer.body) == (200, b"1158")
    wrong = {**asked, "hub.verify_token": "guess"}
    assert (await platform.hook(Hook(method="GET", path="", query=wrong, headers={}, body=b""))).status == 403
    assert (await platform.hook(Hook(method="PUT", path="", query={}, headers={}, body=b""))).status == 405


@pytest.mark.parametrize("signature", ["", "sha256=00", "sha1=00", "sha256=zz"])
async def test_a_call_that_is_not_signed_is_not_heard(page: PageStandIn, signature: str) -> None:
    await page.post("lea", "help")
    with pytest.raises(AuthFailed):
        await facebook(page).hook(called(page, page.webhooks[-1], signature=signature))


async def test_a_call_whose_bytes_were_changed_is_not_heard(page: PageStandIn) -> None:
    await page.post("lea", "help")
    raw = page.webhooks[-1]
    with pytest.raises(AuthFailed):
        await facebook(page).hook(called(page, raw + b" ", signature=page.server.sign(raw)))


async def test_a_signed_call_that_is_no_json_is_malformed(page: PageStandIn) -> None:
    for body in (b"", b"{", b"[" * 5000, b"[]", b'{"object": "page"}'):
        with pytest.raises(Malformed):
            await facebook(page).hook(called(page, body))


async def test_what_is_pushed_is_what_is_found_by_asking(page: PageStandIn) -> None:
    """One post heard twice must be one post: the same words, media, place and author."""
    comment = await page.post("lea", ODD)
    answer = await page.post("kim", "me too", under=comment)
    picture = await page.post("lea", "look", pictures=["a wet floor"])
    visit = page.visit("lea", "where is my bike?", pictures=["an empty shed"])
    below = await page.post("kim", "mine as well", under=visit)
    message = page.write("lea", "psst", pictures=["a secret"])
    mention = page.mention("lea", "never again @Acme")
    things = [comment, answer, picture, visit, below, message, mention]
    platform = facebook(page)
    pushed = [one for raw in page.webhooks for one in (await platform.hook(called(page, raw))).heard]
    asker = facebook(page)
    async with Ears(asker) as ears:
        heard = await ears.until(lambda all_: len(all_) >= len(things))
    by_ref = {one.post.ref: one.post for one in heard if isinstance(one, Posted)}
    assert {ref(one) for one in things} == set(by_ref)
    fetched = await facebook(page).fetch(list(by_ref))
    for one in pushed:
        assert isinstance(one, Posted)
        for other in (by_ref[one.post.ref], fetched[one.post.ref]):
            assert isinstance(other, PublicPost)
            assert one.post.text.plain == other.text.plain
            assert (one.post.root, one.post.parent) == (other.root, other.parent)
            assert one.post.author.ref == other.author.ref
            assert [(m.kind, m.url, m.description) for m in one.post.media] == [
                (m.kind, m.url, m.description) for m in other.media
            ]
            assert one.post.visibility is other.visibility


async def test_an_edit_a_deletion_and_hiding_are_told(page: PageStandIn) -> None:
    comment = await page.post("lea", "I love it")
    platform = facebook(page)
    await page.edit(comment, "I hate it")
    page.hide(comment)
    page.hide(comment, False)
    await page.delete(comment)
    heard = [one for raw in page.webhooks for one in (await platform.hook(called(page, raw))).heard]
    said, edited, hidden, shown, removed = heard
    assert isinstance(said, Posted)
    assert isinstance(edited, Edited)
    assert edited.post.text.plain == "I hate it"
    assert edited.post.edited_at is not None
    assert edited.post.edited_at >= edited.post.at
    assert hidden == Unavailable(ref(comment), "hidden on the Page")
    assert isinstance(shown, Posted)
    assert removed == Removed(ref(comment))


async def test_calls_that_come_twice_or_in_another_order_say_the_same(page: PageStandIn) -> None:
    comment = await page.post("lea", "first")
    await page.edit(comment, "second")
    platform = facebook(page)
    for raw in (*reversed(page.webhooks), *page.webhooks):
        (one,) = (await platform.hook(called(page, raw))).heard
        assert isinstance(one, Posted | Edited)
        assert one.post.ref == ref(comment)
    both = json.loads(page.webhooks[0])
    both["entry"] += json.loads(page.webhooks[1])["entry"]
    assert len((await platform.hook(called(page, both))).heard) == 2


async def test_our_own_comments_come_back_as_ours_and_our_posts_are_passed_over(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    await page.answer_by_hand(comment, "I called you.")
    one = await told(page)
    assert isinstance(one, Posted)
    assert one.post.ours
    assert one.post.root == one.post.parent == ref(comment)
    page.world.post(page.account, "Sale!")
    assert (await facebook(page).hook(called(page, page.webhooks[-1]))).heard == ()


async def test_a_review_is_heard_answered_and_taken_away(page: PageStandIn) -> None:
    review = page.review("lea", "too slow", positive=False)
    platform = facebook(page)
    (one,) = (await platform.hook(called(page, page.webhooks[-1]))).heard
    assert isinstance(one, Posted)
    assert [media.description for media in one.post.media] == ["Does not recommend the Page"]
    reply = await reply_to(platform, review, attempts=(datetime.now(UTC),))
    assert isinstance(await platform.preflight(reply), Ready)
    assert isinstance(await platform.preflight(privately(reply)), Refusal)
    receipt = await platform.publish(reply, "k")
    assert [shown.words for shown in page.replies_to(review)] == ["We are on it."]
    found = await platform.find_own_reply(reply, "k")
    assert isinstance(found, Receipt)
    assert found.ref == receipt.ref
    (echo,) = (await platform.hook(called(page, page.webhooks[-1]))).heard
    assert isinstance(echo, Posted)
    assert echo.post.root == ref(review)
    assert [post.ours for post in await platform.thread(ref(review))] == [False, True]
    await page.delete(review)
    assert await told(page) == Removed(ref(review))


async def test_who_does_not_want_to_be_seen_is_heard_all_the_same(page: PageStandIn) -> None:
    comment = await page.post("lea", "help", shy=True)
    one = await told(page)
    assert isinstance(one, Posted)
    assert one.post.author.name == "Somebody on Facebook"
    assert comment.id in one.post.author.ref


async def test_a_call_that_needs_what_cannot_be_asked_now_is_not_taken(page: PageStandIn) -> None:
    """Meta calls again for everything but a 200; what was said must not be lost."""
    platform = facebook(page)
    await platform.open()
    await page.post("lea", "look", pictures=["a wet floor"])
    page.fault(Fault.EXPIRED)
    with pytest.raises(Unreachable):
        await platform.hook(called(page, page.webhooks[-1]))
    page.clear_faults()
    page.fault(Fault.CUT_OFF)
    with pytest.raises(Unreachable):
        await platform.hook(called(page, page.webhooks[-1]))


async def test_a_comment_that_is_gone_before_we_could_ask_is_told_as_the_call_has_it(page: PageStandIn) -> None:
    comment = await page.post("lea", "look", pictures=["a wet floor"])
    await page.delete(comment)
    one = await told(page, 0)
    assert isinstance(one, Posted)
    assert one.post.text.plain == "look"


# Hearing by asking


async def test_without_a_single_webhook_everything_but_reviews_is_heard(page: PageStandIn) -> None:
    platform = facebook(page)
    things = [await page.post("lea", "under our post"), page.visit("kim", "on the Page"), page.mention("lea", "else")]
    things += [page.write("lea", "in Messenger")]  # type: ignore[list-item]
    async with Ears(platform) as ears:
        for thing in things:
            await ears.post(ref(thing))
        await page.edit(things[0], "under our post, changed")
        heard = await ears.until(lambda all_: any(isinstance(one, Edited) for one in all_))
    assert sum(isinstance(one, Edited) for one in heard) == 1


async def test_a_hidden_comment_is_heard_and_said_to_be_hidden(page: PageStandIn) -> None:
    comment = await page.post("lea", "damn bike")
    comment.hidden = True  # the Page's own filter
    async with Ears(facebook(page)) as ears:
        heard = await ears.until(lambda all_: len(all_) >= 2)
        assert isinstance(heard[0], Posted)
        assert heard[1] == Unavailable(ref(comment), "hidden on the Page")
        page.hide(comment, False)
        await ears.until(lambda all_: len(all_) == 3 and isinstance(all_[2], Posted))


async def test_what_the_token_may_not_read_is_left_out_and_the_rest_is_heard(page: PageStandIn) -> None:
    page.world.closed |= {"conversations", "tagged"}
    async with Ears(facebook(page)) as ears:
        await ears.post(ref(await page.post("lea", "help")))


async def test_a_token_that_has_expired_ends_hearing_with_what_to_do(page: PageStandIn) -> None:
    platform = facebook(page)
    async with Ears(platform) as ears:
        await ears.post(ref(await page.post("lea", "help")))
        page.fault(Fault.EXPIRED)
        with pytest.raises(AuthFailed):
            await ears.until(lambda _: False, seconds=5)


async def test_garbled_answers_and_limits_are_waited_out(page: PageStandIn) -> None:
    page.fault(Fault.GARBLE, where=Where.READ, times=2)
    platform = facebook(page)
    async with Ears(platform) as ears:
        await ears.post(ref(await page.post("lea", "help")))


# Two ways of answering


async def test_an_answer_to_an_answer_stands_beside_it_and_is_found(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    ours = await page.answer_by_hand(comment, "Which number?")
    second = await page.post("lea", "4711", under=ours)
    platform = facebook(page)
    reply = await reply_to(platform, second, "Thank you!", attempts=(datetime.now(UTC),))
    receipt = await platform.publish(reply, "k")
    assert [one.words for one in page.replies_to(comment)] == ["Which number?", "4711", "Thank you!"]
    known = frozenset({ref(ours)})
    again = Reply.to(
        (await platform.fetch([ref(second)]))[ref(second)],  # type: ignore[arg-type]
        text=reply.text,
        attempts=reply.attempts,
        known=known,
    )
    found = await platform.find_own_reply(again, "k")
    assert isinstance(found, Receipt)
    assert found.ref == receipt.ref


async def test_a_visitors_post_is_answered_under_it(page: PageStandIn) -> None:
    visit = page.visit("lea", "where is my bike?")
    platform = facebook(page)
    receipt = await platform.publish(await reply_to(platform, visit), "k")
    (shown,) = page.replies_to(visit)
    assert ref(shown) == receipt.ref
    assert [post.root for post in await platform.thread(ref(visit))] == [ref(visit)] * 2


async def test_a_private_reply_goes_to_the_author_alone_and_only_once(page: PageStandIn) -> None:
    comment = await page.post("lea", "my number is 4711, help")
    platform = facebook(page)
    reply = await reply_to(platform, comment, "Dear Lea, …", private=True, attempts=(datetime.now(UTC),))
    ready = await platform.preflight(reply)
    assert isinstance(ready, Ready)
    assert ready.until is not None
    assert ready.until - datetime.now(UTC) < timedelta(days=7)
    assert "Only its author sees it" in ready.notes[0]
    assert isinstance(await platform.find_own_reply(reply, "k"), Absent)
    receipt = await platform.publish(reply, "k")
    assert page.posted_by_us() == []
    assert [one.words for one in page.written_by_us()] == ["Dear Lea, …"]
    found = await platform.find_own_reply(reply, "k")
    assert isinstance(found, Receipt)
    assert found.ref == receipt.ref
    assert await platform.look(receipt) is Visibility.VISIBLE
    refusal = await platform.preflight(reply)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_ALLOWED
    with pytest.raises(Lost):  # "already replied to" may be our own first try
        await platform.publish(reply, "k")
    for change in (platform.retract(receipt), platform.correct(receipt, Text.of("x"), "k")):
        with pytest.raises(Refused) as caught:
            await change  # type: ignore[misc]
        assert caught.value.reason is Reason.UNSUPPORTED


async def test_a_private_reply_that_was_taken_without_an_answer_is_found(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    platform = facebook(page)
    reply = await reply_to(platform, comment, private=True, attempts=(datetime.now(UTC),))
    page.fault(Fault.ACCEPT_AND_DROP)
    with pytest.raises(Lost):
        await platform.publish(reply, "k")
    assert isinstance(await platform.find_own_reply(reply, "k"), Receipt)
    assert len(page.publish_calls) == 1


async def test_a_private_reply_can_be_given_for_seven_days(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    platform = facebook(page)
    reply = await reply_to(platform, comment, private=True)
    for age, fits in ((timedelta(days=6, hours=23), True), (timedelta(days=7, minutes=1), False)):
        clock = Clock(datetime.now(UTC) + age)
        answer = await facebook(page, clock=clock).preflight(reply)
        assert isinstance(answer, Ready if fits else Refusal)
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.CLOSED


async def test_what_was_said_between_two_is_never_answered_in_public(page: PageStandIn) -> None:
    message = page.write("lea", "psst")
    platform = facebook(page)
    reply = await reply_to(platform, message, "Hush.", attempts=(datetime.now(UTC),))
    assert reply.visibility is Audience.DIRECT
    receipt = await platform.publish(reply, "k")
    public = Reply(parent=reply.parent, text=reply.text, extra=reply.extra)  # whoever forgot its audience
    await platform.publish(public, "k")
    assert page.posted_by_us() == []
    assert [one.words for one in page.written_by_us()] == ["Hush.", "Hush."]
    found = await platform.find_own_reply(reply, "k")
    assert isinstance(found, Receipt)
    assert {post.root for post in await platform.thread(receipt.ref)} == {PostRef(f"chat/{message.author.id}")}


@pytest.mark.parametrize(
    ("age", "human", "fits"),
    [
        (timedelta(hours=23), False, True),
        (timedelta(hours=25), False, False),
        (timedelta(hours=25), True, True),
        (timedelta(days=6, hours=23), True, True),
        (timedelta(days=7, minutes=1), True, False),
    ],
)
async def test_messages_are_answered_in_their_window(
    page: PageStandIn, age: timedelta, human: bool, fits: bool
) -> None:
    message = page.write("lea", "psst")
    chat = page.world.of(message)
    message.at, chat.heard = message.at - age, message.at - age
    platform = facebook(page, human_agent=human)
    reply = await reply_to(platform, message, "Hush.")
    answer = await platform.preflight(reply)
    if not fits:
        assert isinstance(answer, Refusal)
        assert answer.reason is Reason.CLOSED
        with pytest.raises(Refused) as caught:
            await platform.publish(reply, "k")
        assert caught.value.reason is Reason.CLOSED
        return
    assert isinstance(answer, Ready)
    await platform.publish(reply, "k")
    assert [one.tag for one in page.written_by_us()] == ["HUMAN_AGENT" if age > timedelta(hours=24) else None]


async def test_a_private_message_has_its_own_length(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    platform = facebook(page)
    long = "x" * 2001
    assert isinstance(await platform.preflight(await reply_to(platform, comment, long)), Ready)
    answer = await platform.preflight(await reply_to(platform, comment, long, private=True))
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.TOO_LONG
    with pytest.raises(Refused):
        await platform.publish(await reply_to(platform, comment, long, private=True), "k")
    empty = await platform.preflight(await reply_to(platform, comment, " \n "))
    assert isinstance(empty, Refusal)


# Certainty


async def test_the_same_words_once_more_mean_look_not_no(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    platform = facebook(page)
    reply = await reply_to(platform, comment)
    await platform.publish(reply, "k")
    with pytest.raises(Lost):
        await platform.publish(reply, "k")
    assert len(page.posted_by_us()) == 1


@pytest.mark.parametrize(
    ("fault", "error", "reason"),
    [
        (Fault.EXPIRED, Refused, Reason.AUTH),
        (Fault.SUSPENDED, Refused, Reason.NOT_ALLOWED),
    ],
)
async def test_a_token_that_ended_and_an_account_that_is_restricted_are_a_clear_no(
    page: PageStandIn, fault: Fault, error: type[Exception], reason: Reason
) -> None:
    comment = await page.post("lea", "help")
    platform = facebook(page)
    reply = await reply_to(platform, comment)
    page.fault(fault)
    with pytest.raises(error) as caught:
        await platform.publish(reply, "k")
    assert getattr(caught.value, "reason", None) is reason
    assert page.posted_by_us() == []


async def test_a_storm_of_limits_loses_nothing_and_sends_nothing(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    platform = facebook(page)
    reply = await reply_to(platform, comment)
    page.fault(Fault.THROTTLE, times=5, seconds=120)
    for _ in range(5):
        with pytest.raises(Throttled) as caught:
            await platform.publish(reply, "k")
        assert timedelta(0) < caught.value.until - datetime.now(UTC) <= timedelta(minutes=2)
    assert len(page.publish_calls) == 1  # the rest waited by themselves: nothing was sent


async def test_ten_thousand_odd_characters_are_refused_by_length_and_shorter_ones_stand_as_approved(
    page: PageStandIn,
) -> None:
    comment = await page.post("lea", ODD * 300)
    platform = facebook(page)
    words = ("\u202e\u200bשלום <i>&lt;</i> 👩🏽‍💻 " * 500)[:7999].strip() + "."
    reply = await reply_to(platform, comment, words)
    await platform.publish(reply, "k")
    assert [one.words for one in page.posted_by_us()] == [words]
    assert isinstance(await platform.preflight(await reply_to(platform, comment, "ש" * 10_000)), Refusal)


async def test_where_comments_are_off_preflight_says_so(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    platform = facebook(page)
    reply = await reply_to(platform, comment)
    comment.closed = True
    answer = await platform.preflight(reply)
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.NOT_ALLOWED
    page.hide(comment)
    answer = await platform.preflight(reply)
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.GONE


async def test_a_hidden_answer_is_seen_to_be_hidden(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    platform = facebook(page)
    receipt = await platform.publish(await reply_to(platform, comment), "k")
    page.hide(page.posted_by_us()[0])
    assert await platform.look(receipt) is Visibility.HIDDEN


async def test_what_no_one_of_ours_made_is_refused_everywhere(page: PageStandIn) -> None:
    platform = facebook(page)
    strange = Reply(parent=PostRef("../me/feed?x=1"), text=Text.of("x"))
    assert isinstance(await platform.preflight(strange), Refusal)
    with pytest.raises(Refused):
        await platform.publish(strange, "k")
    assert await platform.thread(strange.parent) == ()
    assert isinstance((await platform.fetch([strange.parent]))[strange.parent], Unavailable)
    assert isinstance(await platform.find_own_reply(strange, "k"), Absent)


async def test_after_a_comment_was_deleted_nobody_can_tell_what_stood_under_it(page: PageStandIn) -> None:
    comment = await page.post("lea", "help")
    platform = facebook(page)
    reply = await reply_to(platform, comment, attempts=(datetime.now(UTC),))
    await platform.publish(reply, "k")
    await page.delete(comment)
    assert isinstance(await platform.find_own_reply(reply, "k"), CannotTell)


# Who we are


async def test_somebody_elses_token_is_exchanged_for_the_pages(page: PageStandIn) -> None:
    platform = facebook(page, page=page.account.id)
    me = await platform.open()
    assert me.ref == page.account.id
    assert me.followers == 12


async def test_a_token_that_somebody_connected_is_used(page: PageStandIn) -> None:
    keeper = Forgetful()
    platform = facebook(page, token="-", keeper=keeper)
    with pytest.raises(AuthFailed):
        await platform.open()
    await keeper.keep(Tokens(access=page.token, made=datetime.now(UTC)).to_json())
    assert (await facebook(page, token="-", keeper=keeper).open()).name == "Acme"


async def test_without_the_apps_secret_an_operator_is_told_and_edits_are_asked_for(page: PageStandIn) -> None:
    page.server.proofs = False
    platform = facebook(page, secret=False)
    await platform.open()
    assert "Webhooks need" in " ".join(platform.notes())
    assert platform.can.sees_edits is Notices.POLL
    with pytest.raises(AuthFailed):
        await platform.hook(called(page, {"object": "page", "entry": []}))


async def test_a_page_that_is_not_subscribed_is_told_to_the_operator(page: PageStandIn) -> None:
    platform = facebook(page)
    await platform.open()
    assert platform.notes() == ()
    await platform._graph.write(
        "POST", f"/{page.account.id}/subscribed_apps", {"subscribed_fields": "leadgen"}, limit=timedelta(seconds=2)
    )
    await platform.open()
    assert "not subscribed" in " ".join(platform.notes())


def test_what_meta_does_not_document_is_not_declared() -> None:
    assert CAPABILITIES.late_bound is None
    assert CAPABILITIES.listing_lag is None


async def test_many_hooks_at_once_are_heard_each(page: PageStandIn) -> None:
    platform = facebook(page)
    things = [await page.post("lea", f"number {n}", pictures=["x"]) for n in range(12)]
    answers = await asyncio.gather(*(platform.hook(called(page, raw)) for raw in page.webhooks))
    assert [one.heard[0].post.ref for one in answers] == [ref(one) for one in things]  # type: ignore[union-attr]

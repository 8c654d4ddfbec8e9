"""What fits, whether we may answer, what stands there then, and what may become of it."""

from __future__ import annotations

import pytest

from adapters.capabilities import Once
from adapters.conformance.parts import Part, new_key, reply_to, skip_unless, the_post
from adapters.conformance.world import Trick, World
from adapters.contract import (
    BY_HAND,
    THE_ANSWER,
    Absent,
    CannotTell,
    Platform,
    Ready,
    Reason,
    Receipt,
    Refusal,
    Refused,
    Reply,
    Text,
    Visibility,
)
from adapters.posts import Audience, narrower


class Answering(Part):
    # Composing

    async def test_composing_is_pure_and_twice_is_once(self, world: World, platform: Platform) -> None:
        parent = await the_post(platform, await world.post("help"))
        once = platform.compose(Text.of("We are on it."), parent)
        assert "We are on it." in once.plain
        assert platform.compose(once, parent) == once

    async def test_what_just_fits_is_accepted_and_one_more_is_not(self, world: World, platform: Platform) -> None:
        skip_unless(world.can.replies, "declares no replies")
        parent = await the_post(platform, await world.post("help"))
        start = platform.compose(Text.of("👩🏽‍💻 https://shop.example/a/long/way/to/go "), parent)
        text = Text.of(start.plain + "x" * (platform.limits().length - platform.fit(start).length))
        assert platform.fit(text).fits
        assert platform.fit(text).length == platform.limits().length
        longer = Text.of(text.plain + "x")
        assert not platform.fit(longer).fits
        assert isinstance(refusal := await platform.preflight(Reply.to(parent, text=longer)), Refusal)
        assert refusal.reason is Reason.TOO_LONG
        world.need(Trick.LENGTH)  # from here on the server has to count as this platform does
        with pytest.raises(Refused):
            await platform.publish(Reply.to(parent, text=longer), key=new_key())
        await platform.publish(Reply.to(parent, text=text), key=new_key())
        assert [shown.words for shown in await world.replies(parent.ref)] == [text.plain]

    async def test_preflight_says_yes_where_we_may_answer(self, world: World, platform: Platform) -> None:
        ref = await world.post("help")
        assert isinstance(await platform.preflight(await reply_to(platform, ref, "We are on it.")), Ready)

    async def test_preflight_refuses_what_has_gone(self, world: World, platform: Platform) -> None:
        world.need(Trick.DELETE)
        ref = await world.post("help")
        reply = await reply_to(platform, ref, "We are on it.")
        await world.delete(ref)
        refusal = await platform.preflight(reply)
        assert isinstance(refusal, Refusal)
        assert refusal.reason is Reason.GONE
        assert refusal.sentence.endswith(".")

    async def test_preflight_refuses_where_we_are_blocked(self, world: World, platform: Platform) -> None:
        world.need(Trick.BLOCK)
        ref = await world.post("go away", author="kim")
        reply = await reply_to(platform, ref, "Sorry.")
        await world.block("kim")
        refusal = await platform.preflight(reply)
        assert isinstance(refusal, Refusal)
        assert refusal.reason in (Reason.NOT_ALLOWED, Reason.GONE)

    # Answering

    async def test_who_declares_no_replies_says_what_to_do_instead_and_sends_nothing(
        self, world: World, platform: Platform
    ) -> None:
        skip_unless(not world.can.replies, "declares replies")
        post = await the_post(platform, await world.post("help"))
        assert post.extra[BY_HAND]
        reply = Reply.to(post, text=Text.of("We are on it."))
        assert isinstance(refusal := await platform.preflight(reply), Refusal)
        assert refusal.reason is Reason.UNSUPPORTED
        receipt = Receipt(ref=post.ref, url=None, at=post.at)
        for call in (
            platform.publish(reply, new_key()),
            platform.correct(receipt, reply.text, new_key()),
            platform.retract(receipt),
        ):
            with pytest.raises(Refused) as caught:
                await call
            assert caught.value.reason is Reason.UNSUPPORTED
        assert isinstance(await platform.find_own_reply(reply, new_key()), CannotTell)

    async def test_an_answer_stands_there_exactly_as_approved(self, world: World, platform: Platform) -> None:
        ref = await world.post("help")
        reply = await reply_to(platform, ref, 'We’re on it: 2 < 3 & "fine".\n\nMore: https://shop.example/help ^LM')
        receipt = await platform.publish(reply, key=new_key())
        (shown,) = await world.replies(ref)
        assert shown.words == reply.text.plain
        assert shown.ref == receipt.ref
        assert await platform.look(receipt) is Visibility.VISIBLE
        assert Receipt.from_json(receipt.to_json()) == receipt

    @pytest.mark.parametrize("audience", list(Audience))
    async def test_no_answer_is_seen_by_more_people_than_the_post(self, world: World, audience: Audience) -> None:
        world.need(Trick.AUDIENCES)
        for at_most in ("public", "unlisted", "direct"):
            platform = world.platform(table={"reply_visibility": at_most})
            await platform.open()
            ref = await world.post("between us", audience=audience)
            await platform.publish(await reply_to(platform, ref, "Sure."), key=new_key())
            (shown,) = await world.replies(ref)
            assert narrower(shown.audience, audience) is shown.audience
            assert narrower(shown.audience, Audience(at_most)) is shown.audience

    async def test_a_warning_is_kept_over_the_answer(self, world: World, platform: Platform) -> None:
        skip_unless(world.can.warnings, "declares no warnings")
        ref = await world.post("it leaks", warning="water damage")
        await platform.publish(await reply_to(platform, ref, "Sorry!"), key=new_key())
        (shown,) = await world.replies(ref)
        assert shown.warning == "water damage"

    async def test_a_repeat_with_the_same_key_is_one_answer(self, world: World, platform: Platform) -> None:
        skip_unless(world.can.once is Once.KEY, "declares no keys")
        ref = await world.post("help")
        reply = await reply_to(platform, ref, "We are on it.")
        key = new_key()
        receipts = {(await platform.publish(reply, key=key)).ref for _ in range(3)}
        assert len(receipts) == 1
        assert len(await world.replies(ref)) == 1

    async def test_our_answer_is_found_and_no_other_is_taken_for_it(self, world: World, platform: Platform) -> None:
        skip_unless(world.can.finds, "declares that own replies cannot be found")
        ref = await world.post("help")
        other = await world.post("help as well")
        reply = await reply_to(platform, ref, "We are on it.", tried=True)
        assert isinstance(await platform.find_own_reply(reply, new_key()), Absent)
        receipt = await platform.publish(reply, key=new_key())
        await world.settled()
        found = await platform.find_own_reply(reply, new_key())
        assert isinstance(found, Receipt)
        assert found.ref == receipt.ref
        elsewhere = await reply_to(platform, other, "We are on it.", tried=True)
        assert isinstance(await platform.find_own_reply(elsewhere, new_key()), Absent)
        again = Reply.to(await the_post(platform, ref), text=reply.text, known=frozenset({receipt.ref}))
        assert isinstance(await platform.find_own_reply(again, new_key()), Absent)

    async def test_an_answer_with_other_words_leaves_the_decision_to_a_person(
        self, world: World, platform: Platform
    ) -> None:
        skip_unless(world.can.finds, "declares that own replies cannot be found")
        ref = await world.post("help")
        by_hand = await reply_to(platform, ref, "A colleague wrote this.", tried=True)
        await platform.publish(by_hand, key=new_key())
        await world.settled()
        ours = await reply_to(platform, ref, "We wrote that.", tried=True)
        assert isinstance(await platform.find_own_reply(ours, new_key()), CannotTell)

    async def test_it_is_found_also_when_the_post_it_answers_is_gone(self, world: World, platform: Platform) -> None:
        world.need(Trick.DELETE)
        skip_unless(world.can.finds, "declares that own replies cannot be found")
        ref = await world.post("help")
        reply = await reply_to(platform, ref, "We are on it.", tried=True)
        receipt = await platform.publish(reply, key=new_key())
        await world.settled()
        await world.delete(ref)
        found = await platform.find_own_reply(reply, new_key())
        if Trick.TAKES_ANSWERS in world.tricks:
            assert isinstance(found, Absent | CannotTell)
            assert await world.replies(ref) == []
            return
        assert isinstance(found, Receipt)
        assert found.ref == receipt.ref

    # One place for an answer

    async def test_where_a_second_answer_would_take_the_firsts_place_it_is_refused(
        self, world: World, platform: Platform
    ) -> None:
        skip_unless(world.can.once is Once.REPLACES, "declares that answers stand beside each other")
        ref = await world.post("help")
        reply = await reply_to(platform, ref, "We are on it.")
        first = await platform.publish(reply, key=new_key())
        assert (await platform.publish(reply, key=new_key())).ref == first.ref
        other = await reply_to(platform, ref, "Other words.")
        assert isinstance(refusal := await platform.preflight(other), Refusal)
        with pytest.raises(Refused) as caught:
            await platform.publish(other, key=new_key())
        assert refusal.reason is caught.value.reason is Reason.CLOSED
        assert [shown.words for shown in await world.replies(ref)] == ["We are on it."]
        standing = await the_post(platform, first.ref)
        assert (standing.ours, standing.parent, standing.extra[THE_ANSWER]) == (True, ref, True)

    async def test_what_a_colleague_wrote_elsewhere_is_never_written_over(
        self, world: World, platform: Platform
    ) -> None:
        world.need(Trick.ANSWER_ELSEWHERE)
        ref = await world.post("help")
        receipt = await platform.publish(await reply_to(platform, ref, "We are on it."), key=new_key())
        await world.answer_elsewhere(ref, "A colleague wrote this.")
        with pytest.raises(Refused) as caught:
            await platform.correct(receipt, Text.of("We were on it."), new_key())
        assert caught.value.reason is Reason.DIFFERENT
        if world.can.retracts:
            with pytest.raises(Refused) as caught:
                await platform.retract(receipt)
            assert caught.value.reason is Reason.DIFFERENT
        assert [shown.words for shown in await world.replies(ref)] == ["A colleague wrote this."]

    # Afterwards

    async def test_an_answer_can_be_corrected_if_that_is_declared(self, world: World, platform: Platform) -> None:
        ref = await world.post("help", warning="water" if world.can.warnings else None)
        receipt = await platform.publish(await reply_to(platform, ref, "We are on it."), key=new_key())
        better = Text.of("@lea We were on it, and it is done.")
        if not world.can.corrects:
            with pytest.raises(Refused) as caught:
                await platform.correct(receipt, better, key=new_key())
            assert caught.value.reason is Reason.UNSUPPORTED
            return
        corrected = await platform.correct(receipt, better, key=new_key())
        assert corrected.ref == receipt.ref
        (shown,) = await world.replies(ref)
        assert shown.words == better.plain
        assert shown.warning == ("water" if world.can.warnings else "")

    async def test_an_answer_can_be_taken_back_if_that_is_declared(self, world: World, platform: Platform) -> None:
        ref = await world.post("help")
        receipt = await platform.publish(await reply_to(platform, ref, "We are on it."), key=new_key())
        if not world.can.retracts:
            with pytest.raises(Refused) as caught:
                await platform.retract(receipt)
            assert caught.value.reason is Reason.UNSUPPORTED
            return
        await platform.retract(receipt)
        await platform.retract(receipt)
        assert await world.replies(ref) == []
        assert await platform.look(receipt) is Visibility.REJECTED

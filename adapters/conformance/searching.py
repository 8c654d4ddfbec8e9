"""What a search finds is what it was asked for, the same post as everywhere else, and nothing that is not public."""

from __future__ import annotations

import pytest

from adapters.capabilities import MayAnswer
from adapters.conformance.hearing import what_is_said
from adapters.conformance.parts import Part, new_key, new_word, reply_to, skip_unless, the_post
from adapters.conformance.world import Trick, World, refs
from adapters.contract import Platform, PlatformError, Posted
from adapters.posts import BY_HAND, Audience


class Searching(Part):
    @pytest.fixture
    def word(self) -> str:
        """Said in no other test: a server may live longer than one."""
        return new_word()

    async def test_searching_finds_if_that_is_declared(self, world: World, platform: Platform, word: str) -> None:
        skip_unless(world.can.searches, "declares no search")
        ref = await world.post(f"the {word} parcel is lost")
        await world.post("something else")
        batch = await platform.search(word, None)
        assert refs(list(batch.heard)) == [ref]
        (found,) = batch.heard
        assert isinstance(found, Posted)
        now = await the_post(platform, ref)
        assert what_is_said(found.post) == what_is_said(now), "it would look changed"
        assert (found.post.root, found.post.author.ref, found.post.at) == (now.root, now.author.ref, now.at)

    async def test_a_search_goes_on_where_it_ended(self, world: World, platform: Platform, word: str) -> None:
        skip_unless(world.can.searches, "declares no search")
        first = await world.post(f"the {word} parcel is lost")
        cursor = (await platform.search(word, None)).cursor
        later = [await world.post(f"{word} number {number}") for number in range(3)]
        batch = await platform.search(word, cursor)
        found = refs(list(batch.heard))
        assert {*found, first} == {*later, first}  # it may repeat, and not skip
        again = await platform.search(word, batch.cursor)
        assert set(refs(list(again.heard))) <= {first, *later}

    async def test_a_platform_without_search_finds_nothing(self, world: World, platform: Platform, word: str) -> None:
        skip_unless(not world.can.searches, "declares search")
        assert world.can.search_pace is None
        await world.post(f"the {word} parcel is lost")
        try:
            assert (await platform.search(word, None)).heard == ()
        except PlatformError:
            return

    async def test_what_names_us_nowhere_is_found_and_can_be_asked_for(
        self, world: World, platform: Platform, word: str
    ) -> None:
        skip_unless(world.can.search_pace is not None, "declares that a search finds only what is heard anyway")
        world.need(Trick.ASIDE)
        async with world.ears(platform) as ears:
            ref = await world.aside(f"my {word} bike squeaks")
            named = await world.post("and this one names you")
            assert ref not in refs(await ears.told([named]))
        (found,) = (await platform.search(word, None)).heard
        assert isinstance(found, Posted)
        assert found.post.ref == ref
        assert found.post.visibility in (Audience.PUBLIC, Audience.UNLISTED)
        assert what_is_said(await the_post(platform, ref)) == what_is_said(found.post)
        if world.can.threads:
            assert ref in [post.ref for post in await platform.thread(ref)]
        if world.can.may_answer is MayAnswer.ANYONE:
            await platform.publish(await reply_to(platform, ref, "Bring it in, we look at it"), key=new_key())
            assert [reply.words for reply in await world.replies(ref)] != []
        else:
            assert found.post.extra.get(BY_HAND), "nobody says beforehand that a person has to answer it"

    @pytest.mark.parametrize("audience", [Audience.FOLLOWERS, Audience.DIRECT])
    async def test_a_search_shows_nothing_that_is_not_public(
        self, world: World, platform: Platform, word: str, audience: Audience
    ) -> None:
        skip_unless(world.can.search_pace is not None, "declares that a search finds only what is heard anyway")
        world.need(Trick.AUDIENCES)
        await world.post(f"the {word} parcel, between us", audience=audience)
        assert (await platform.search(word, None)).heard == ()

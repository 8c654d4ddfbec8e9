"""What nobody told us is found by the saved searches: once, from then on, and never more than everybody may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.contract import Audience, AuthFailed, Batch, Cost, Cursor, Posted, PublicPost, Throttled, Unreachable
from bot.hearing.receive import receive
from bot.hearing.searching import Search, Searcher
from models.journal import Event
from models.reading.card import card_facts
from models.searches import SavedSearch, WantedSearch, settle_searches
from tests.hearing.conftest import MORNING, Team, batch, post
from tests.hearing.hand import Hand
from tests.hearing.looking import kinds, one, rows, states, words

EVERY = timedelta(minutes=15)


class Seeker(Hand):
    """A platform that also finds."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Sequence[PublicPost] = ()
        self.asked: list[tuple[str, Cursor | None]] = []

    async def search(self, words: str, since: Cursor | None) -> Batch:
        self._check()
        self.asked.append((words, since))
        return Batch(tuple(map(Posted, self.found)), Cursor(f"after {len(self.asked)}"))


async def searching(team: Team, platform: Seeker, *looked_for: str) -> Searcher:
    async with team.store.work() as work:
        settled = await settle_searches(work, [WantedSearch(team.account, one) for one in looked_for])
    wanted = {row: Search(team.account, "acme", search.words, EVERY) for row, search in settled.items()}
    return Searcher(team.store, {"acme": platform}, wanted, policies=team.policies)


@pytest.fixture
def platform() -> Seeker:
    return Seeker()


async def found_by(team: Team, number: int) -> str | None:
    async with team.store.reading() as session:
        facts = await card_facts(session, number)
    assert facts is not None
    return facts.search


async def test_what_a_search_finds_is_a_conversation_whose_card_names_it(team: Team, platform: Seeker, clock):
    searcher = await searching(team, platform, "akme bikes")
    platform.found = [post("p1", "my akme bikes me around", at=clock())]
    assert await searcher.once()
    assert await words(team.store) == {"p1": "my akme bikes me around"}
    assert await found_by(team, 1) == "akme bikes"
    row, event = await one(team.store, SavedSearch), (await rows(team.store, Event))[0]
    assert event.data["search"] == row.id  # the journal holds references
    assert row.due_at == clock() + EVERY
    assert not await searcher.once()
    await receive(team.store, team.account, batch(post("p2", at=clock())), policies=team.policies)
    assert await found_by(team, 2) is None


async def test_a_post_that_a_mention_brings_too_stands_once(team: Team, platform: Seeker, clock):
    searcher = await searching(team, platform, "akme")
    named, unnamed = post("p1", "akme, hear @acme", at=clock()), post("p2", "only akme", at=clock())
    await receive(team.store, team.account, batch(named), policies=team.policies)
    platform.found = [named, unnamed]
    await searcher.once()
    await receive(team.store, team.account, batch(named, unnamed), policies=team.policies)
    assert await kinds(team.store) == ["heard", "heard"]
    assert [await found_by(team, 1), await found_by(team, 2)] == [None, "akme"]


async def test_what_is_found_under_a_known_thread_joins_it(team: Team, platform: Seeker, clock):
    searcher = await searching(team, platform, "akme")
    await receive(team.store, team.account, batch(post("p1", at=clock())), policies=team.policies)
    platform.found = [post("p2", "akme did so too", by="lou", root="p1", parent="p1", at=clock())]
    await searcher.once()
    assert await states(team.store) == ["open"]
    assert [event.data.get("search") for event in await rows(team.store, Event)] == [None, 1]


async def test_what_is_old_ours_or_not_for_everybody_is_not_heard(team: Team, platform: Seeker, clock):
    searcher = await searching(team, platform, "akme")
    platform.found = [
        post("old", at=clock() - timedelta(hours=2)),
        post("ours", at=clock(), ours=True),
        post("followers", at=clock(), visibility=Audience.FOLLOWERS),
        post("direct", at=clock(), visibility=Audience.DIRECT),
        post("quiet", at=clock(), visibility=Audience.UNLISTED),
    ]
    await searcher.once()
    assert list(await words(team.store)) == ["quiet"]


@pytest.mark.parametrize("free", [True, False])
async def test_a_search_goes_on_where_it_ended_and_looks_twice_where_that_is_free(
    team: Team, platform: Seeker, clock, free: bool
):
    if not free:
        platform.can = replace(platform.can, cost=Cost(Decimal("0.005"), Decimal(0), "USD"))
    searcher = await searching(team, platform, "akme")
    for _ in range(4):
        await searcher.once()
        clock.forward(EVERY)
    since = [cursor for _, cursor in platform.asked]
    assert since == ([None, None, "after 1", "after 2"] if free else [None, "after 1", "after 2", "after 3"])


async def test_a_search_that_fails_is_asked_later_and_skips_nothing(team: Team, platform: Seeker, clock):
    searcher = await searching(team, platform, "akme")
    await searcher.once()
    clock.forward(EVERY)
    for failure in (Unreachable("down"), AuthFailed("no"), ValueError("a mistake of ours")):
        platform.failing = failure
        assert await searcher.once()
        row = await one(team.store, SavedSearch)
        assert row.cursor == "after 1"
        assert row.due_at is not None
        assert clock() < row.due_at < clock() + timedelta(minutes=10)
        clock.forward(row.due_at - clock())
    until = clock() + timedelta(hours=5)
    platform.failing = Throttled(until)
    await searcher.once()
    assert (await one(team.store, SavedSearch)).due_at == until
    platform.failing = None
    clock.forward(timedelta(hours=5))
    await searcher.once()
    assert (await one(team.store, SavedSearch)).cursor == "after 2"


async def test_what_the_settings_no_longer_name_is_not_asked_and_begins_anew_later(team: Team, platform: Seeker, clock):
    both = await searching(team, platform, "akme", "acmee")
    assert [await both.once(), await both.once(), await both.once()] == [True, True, False]
    clock.forward(EVERY)
    less = await searching(team, platform, "acmee")
    assert [await less.once(), await less.once()] == [True, False]
    assert [asked for asked, _ in platform.asked] == ["akme", "acmee", "acmee"]
    clock.forward(timedelta(days=3))
    again = await searching(team, platform, "akme")
    akme = await one(team.store, SavedSearch, words="akme")
    assert (akme.cursor, akme.since) == (None, clock())
    platform.found = [post("p1", at=MORNING)]
    await again.once()
    assert await words(team.store) == {}, "that was written while nobody searched"

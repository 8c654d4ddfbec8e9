"""Ideas as rows and as the journal's sum: who asks, what is one with what, who is to be told, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.desk import ideas, joining, leaving_alone
from bot.desk.outcomes import Actor, IdeaChanged, Shipped, Supported, Why
from models.conversation import VOTES, Post
from models.erasing import erase_customer
from models.ideas import READER, Idea, News, Support
from models.journal import Event
from models.people import Identity
from models.reading.asked_for import AskedFor, asked_for
from models.reading.ideas import IdeaFacts, idea
from models.reading.ledger import Ledger, ledger
from models.reading.supporters import Trend, Voice, people, trend
from models.store import Work
from tests.conftest import Clock
from tests.desk.conftest import Desk

DAY = timedelta(days=1)


async def asks(desk: Desk, words: str, handle: str = "lou") -> int:
    """Somebody new suggests something; the number of the conversation."""
    desk.number = await desk.world.heard(words, handle=handle)
    return desk.number


async def bulb(desk: Desk, who: Actor, number: int, *, given: bool = True, at: Any = None) -> Any:
    desk.number = number
    return await desk.asks(ideas.support, who, given=given, at=at or desk.world.store.clock())


async def on(desk: Desk, verb: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    async with desk.world.store.work() as work:
        return await verb(work, *args)


async def seen(desk: Desk, number: int) -> IdeaFacts:
    async with desk.world.store.reading() as session:
        now = desk.world.store.clock()
        found = await idea(session, number, now=now, channels=[desk.world.channel])
    assert found is not None
    return found


async def post_of(desk: Desk, number: int) -> int:
    desk.number = number
    post: int = await desk.sees(lambda dossier: dossier.customer_posts[-1].id)
    return post


async def told(desk: Desk) -> list[tuple[int, int]]:
    async with desk.world.store.reading() as session:
        rows = await session.scalars(select(News).order_by(News.conversation_id))
        return [(row.idea_id, row.conversation_id) for row in rows]


async def test_a_bulb_makes_an_idea_the_same_words_join_it_and_near_ones_are_offered(desk: Desk) -> None:
    first = await bulb(desk, desk.ana, await asks(desk, "@acme dark mode please"))
    assert first == Supported(desk.number, 1, given=True, new=True)
    joined = await bulb(desk, desk.ana, await asks(desk, "Dark mode, please!", "noor"))
    assert joined == Supported(desk.number, 1, given=True)
    near = await bulb(desk, desk.bea, await asks(desk, "could you add a dark mode?", "kim"))
    assert near == Supported(desk.number, 2, given=True, new=True, near=(1,))
    other = await bulb(desk, desk.bea, await asks(desk, "a map of the stations", "sam"))
    assert other == Supported(desk.number, 3, given=True, new=True)
    assert ((await seen(desk, 1)).people, (await seen(desk, 2)).people) == (2, 1)


async def test_support_stands_as_long_as_one_mark_does_and_the_latest_sign_wins(desk: Desk, clock: Clock) -> None:
    number = await asks(desk, "dark mode please")
    at = clock()
    await bulb(desk, desk.ana, number, at=at)
    await bulb(desk, desk.bea, number, at=at)
    await bulb(desk, desk.ana, number, given=False, at=at + timedelta(seconds=5))
    assert (await seen(desk, 1)).people == 1
    late = await bulb(desk, desk.ana, number, at=at + timedelta(seconds=3))
    assert late == Supported(number, 1, given=False, changed=False)
    await bulb(desk, desk.bea, number, given=False, at=at + timedelta(seconds=6))
    assert (await seen(desk, 1)).people == 0
    again = await bulb(desk, desk.bea, number, at=at + timedelta(seconds=9))
    assert again == Supported(number, 1, given=True), "the idea that it had"
    assert (await bulb(desk, desk.cyd, number, given=False)).why is Why.NOT_ASKED_FOR
    assert (await bulb(desk, desk.gil, number)).why is Why.NO_RIGHT
    hint = await bulb(desk, None, number)  # type: ignore[arg-type]  # the reader's
    assert hint == Supported(number, 1, given=True)
    async with desk.world.store.reading() as session:
        assert READER in (await session.scalars(select(Support.source))).all()


async def test_people_are_counted_once_across_accounts_and_merged_ideas(desk: Desk) -> None:
    one = await asks(desk, "dark mode please", "lea")
    await bulb(desk, desk.ana, one)
    two = await asks(desk, "a black screen at night", "lea@tube")
    await bulb(desk, desk.ana, two)
    assert await on(desk, ideas.merge, desk.ana, 2, 1) == IdeaChanged(1)
    assert (await seen(desk, 2)).people == 2
    async with desk.world.store.work() as work:
        dossiers = [await desk.world.open(work, number) for number in (one, two)]
        await joining.join(dossiers[0], dossiers[1], desk.ana, desk.ana)
    merged = await seen(desk, 1)
    assert (merged.people, merged.merged, len(merged.asking)) == (1, (2,), 2)
    assert await on(desk, ideas.split, desk.ana, 2) == IdeaChanged(2)
    assert ((await seen(desk, 1)).people, (await seen(desk, 2)).people) == (1, 1)
    assert (await on(desk, ideas.split, desk.ana, 2)).why is Why.NOT_MERGED
    assert (await on(desk, ideas.merge, desk.ana, 2, 2)).why is Why.ONE_IDEA
    assert (await on(desk, ideas.merge, desk.ana, 2, 9)).why is Why.NO_SUCH_IDEA


async def test_who_deleted_it_counts_no_more_and_their_words_are_nowhere(desk: Desk) -> None:
    number = await asks(desk, "a xylophone bell please")
    await bulb(desk, desk.ana, number)
    await on(desk, ideas.vote, desk.ana, 1, 41, "Canny")
    assert (await seen(desk, 1)).line == "a xylophone bell please"
    await desk.world.deletes(await post_of(desk, number))
    shown = await seen(desk, 1)
    assert (shown.people, shown.line, shown.asking[0].words) == (0, None, None)
    assert shown.weight == 41


async def test_who_is_erased_leaves_titles_and_texts_too(desk: Desk) -> None:
    number = await asks(desk, "a xylophone bell please", "xavier")
    await bulb(desk, desk.ana, number)
    await on(desk, ideas.name, desk.ana, 1, "The bell of Xavier")
    await on(desk, ideas.ship, desk.ana, 1, "Here it is, xavier!")
    store = desk.world.store
    async with store.reading() as session:
        customer = (await session.scalars(select(Identity.customer_id).where(Identity.handle == "xavier"))).one()
    await erase_customer(store, customer, policies=desk.world.policies)
    shown = await seen(desk, 1)
    assert (shown.title, shown.line, shown.people) == ("The bell of …", None, 0)
    async with store.reading() as session:
        assert (await session.scalars(select(News.text))).one() == "Here it is, …!"
        assert (await session.scalars(select(Idea.text))).one() == "Here it is, …!"


async def test_a_conversation_changes_its_idea_and_leaves_it(desk: Desk) -> None:
    one = await asks(desk, "dark mode please")
    await bulb(desk, desk.ana, one)
    two = await asks(desk, "a map of the stations", "noor")
    await bulb(desk, desk.bea, two)
    assert await desk.asks(ideas.join, desk.ana, 1) == Supported(two, 1, given=True)
    assert ((await seen(desk, 1)).people, (await seen(desk, 2)).people) == (2, 0)
    assert await desk.asks(ideas.split_off, desk.ana, 1) == Supported(two, 3, given=True, new=True)
    assert (await desk.asks(ideas.drop, desk.ana, 1)).why is Why.NOT_ASKED_FOR
    assert await desk.asks(ideas.drop, desk.ana, 3) == Supported(two, 3, given=False)
    assert (await seen(desk, 3)).people == 0


async def test_shipping_prepares_one_draft_a_person_and_nobody_is_told_twice(desk: Desk, clock: Clock) -> None:
    lea = await asks(desk, "dark mode please", "lea")
    await bulb(desk, desk.ana, lea)
    clock.forward(DAY)
    again = await asks(desk, "where is the dark mode?", "lea@tube")
    await bulb(desk, desk.ana, again)
    await desk.asks(ideas.join, desk.ana, 1)
    async with desk.world.store.work() as work:
        dossiers = [await desk.world.open(work, number) for number in (lea, again)]
        await joining.join(dossiers[0], dossiers[1], desk.ana, desk.ana)
    gone = await asks(desk, "dark mode please", "gus")
    await bulb(desk, desk.ana, gone)
    await desk.world.deletes(await post_of(desk, gone))
    shy = await asks(desk, "dark mode please", "shy")
    await bulb(desk, desk.ana, shy)
    await desk.asks(leaving_alone.quiet, desk.ana)
    assert (await on(desk, ideas.ship, desk.ana, 1, "  ")).why is Why.EMPTY
    assert await on(desk, ideas.ship, desk.ana, 1, "It is there!") == Shipped(1, 1, deleted=1, quiet=1)
    assert await told(desk) == [(1, again)], "in the thread where Lea asked last"
    assert (await on(desk, ideas.ship, desk.ana, 1, "It is there!")).why is Why.ALL_TOLD
    late = await asks(desk, "dark mode please", "late")
    await bulb(desk, desk.ana, late)
    assert (await seen(desk, 1)).untold == 1
    desk.number = shy
    await desk.asks(leaving_alone.welcome, desk.ana)
    assert await on(desk, ideas.ship, desk.ana, 1, "It is there!") == Shipped(1, 2, deleted=1)
    assert await told(desk) == [(1, again), (1, shy), (1, late)]


async def test_who_was_told_of_one_of_two_merged_ideas_is_not_told_of_the_other(desk: Desk) -> None:
    lea = await asks(desk, "dark mode please", "lea")
    await bulb(desk, desk.ana, lea)
    async with desk.world.store.work() as work:
        identity = (await work.session.scalars(select(Identity).where(Identity.handle == "lea"))).one()
        mine = identity.id
    both = await asks(desk, "a black screen at night", "lea two")
    async with desk.world.store.work() as work:
        dossiers = [await desk.world.open(work, number) for number in (lea, both)]
        await joining.join(dossiers[0], dossiers[1], desk.ana, desk.ana)
    await bulb(desk, desk.ana, both)
    noor = await asks(desk, "a black screen at night", "noor")
    await bulb(desk, desk.ana, noor)
    assert await on(desk, ideas.ship, desk.ana, 1, "There.") == Shipped(1, 1)
    await on(desk, ideas.merge, desk.ana, 1, 2)
    assert await told(desk) == [(2, lea)], "what Lea was told is told of both"
    assert await on(desk, ideas.ship, desk.ana, 2, "There.") == Shipped(2, 1)
    assert await told(desk) == [(2, lea), (2, noor)]
    async with desk.world.store.reading() as session:
        assert (await session.scalars(select(News.identity_id).where(News.conversation_id == lea))).one() == mine
    await on(desk, ideas.split, desk.ana, 1)
    assert await told(desk) == [(1, lea), (2, noor)]
    assert (await on(desk, ideas.ship, desk.ana, 1, "There.")).why is Why.ALL_TOLD


async def test_two_machines_that_mark_it_shipped_at_once_make_one_set_of_drafts(desk: Desk) -> None:
    for handle in ("lea", "noor"):
        await bulb(desk, desk.ana, await asks(desk, "dark mode please", handle))
    both = await asyncio.gather(*(on(desk, ideas.ship, who, 1, "There.") for who in (desk.ana, desk.bea)))
    assert sorted(type(one).__name__ for one in both) == ["Refused", "Shipped"]
    assert len(await told(desk)) == 2


async def test_taking_shipped_back_tells_nobody_who_has_no_draft_yet(desk: Desk) -> None:
    await bulb(desk, desk.ana, await asks(desk, "dark mode please"))
    await on(desk, ideas.ship, desk.ana, 1, "There.")
    assert await on(desk, ideas.reopen, desk.ana, 1) == IdeaChanged(1)
    assert await told(desk) == []
    assert (await on(desk, ideas.reopen, desk.ana, 1)).why is Why.DECIDED
    assert await on(desk, ideas.ship, desk.ana, 1, "There.") == Shipped(1, 1)


async def test_a_title_a_link_and_votes_are_kept_and_their_refusals_say_why(desk: Desk) -> None:
    await bulb(desk, desk.ana, await asks(desk, "dark mode please"))
    await on(desk, ideas.name, desk.ana, 1, "  Dark \n mode ")
    await on(desk, ideas.link, desk.ana, 1, "https://tracker.example/ACME-7")
    await on(desk, ideas.vote, desk.ana, 1, 41, "Canny")
    await on(desk, ideas.vote, desk.ana, 1, 43, "Canny")
    await on(desk, ideas.decline, desk.bea, 1)
    shown = await seen(desk, 1)
    assert (shown.title, shown.url, shown.weight, shown.state) == (
        "Dark mode",
        "https://tracker.example/ACME-7",
        44,
        "declined",
    )
    assert shown.by is not None
    assert shown.by.name == "bea"
    await on(desk, ideas.vote, desk.ana, 1, 0, "Canny")
    await on(desk, ideas.link, desk.ana, 1, "")
    assert (await seen(desk, 1)).votes == ()
    refusals: list[Callable[[Work], Awaitable[Any]]] = [
        lambda work: ideas.link(work, desk.ana, 1, "javascript:alert(1)"),
        lambda work: ideas.name(work, desk.ana, 1, "  "),
        lambda work: ideas.name(work, desk.ana, 9, "x"),
        lambda work: ideas.name(work, desk.gil, 1, "x"),
    ]
    found = []
    for refusal in refusals:
        async with desk.world.store.work() as work:
            found.append((await refusal(work)).why)
    assert found == [Why.NO_LINK, Why.EMPTY, Why.NO_SUCH_IDEA, Why.NO_RIGHT]


async def test_votes_on_boards_that_we_hear_count_of_themselves(desk: Desk) -> None:
    numbers = []
    for votes in (41, 30, 0):
        number = await asks(desk, "dark mode please", f"lou{votes}")
        numbers.append(number)
        await bulb(desk, desk.ana, number)
        async with desk.world.store.work() as work:
            for post in await work.session.scalars(select(Post).where(Post.conversation_id == number)):
                post.extra = {VOTES: votes}
    shown = await seen(desk, 1)
    # Two suggestions on one board: the greater, for the same people may have voted for both.
    assert [(one.source, one.count) for one in shown.votes] == [("acme", 41)]
    assert shown.weight == 44
    await bulb(desk, desk.ana, numbers[0], given=False)
    assert [one.count for one in (await seen(desk, 1)).votes] == [30]


async def test_the_rows_are_what_the_journal_adds_up_to_and_it_holds_nobodys_words(desk: Desk, clock: Clock) -> None:
    numbers = []
    for handle, words in (("a", "xylophone dark mode"), ("b", "a xylophone map"), ("c", "xylophone dark mode")):
        numbers.append(await asks(desk, words, handle))
        await bulb(desk, desk.ana, numbers[-1])
        await bulb(desk, desk.bea, numbers[-1])
        clock.forward(DAY)
    await bulb(desk, desk.bea, numbers[0], given=False)
    desk.number = numbers[2]
    await desk.asks(ideas.split_off, desk.ana, 1)
    await on(desk, ideas.name, desk.ana, 1, "xylophone")
    await on(desk, ideas.vote, desk.ana, 1, 41, "Canny")
    await on(desk, ideas.link, desk.ana, 2, "https://tracker.example/7")
    await on(desk, ideas.merge, desk.ana, 2, 1)
    await on(desk, ideas.merge, desk.ana, 1, 3)
    await on(desk, ideas.split, desk.ana, 1)
    await on(desk, ideas.decline, desk.ana, 3)
    desk.number = numbers[1]
    await desk.asks(ideas.drop, desk.cyd, 2)
    await on(desk, ideas.ship, desk.ana, 1, "xylophone")
    async with desk.world.store.reading() as session:
        summed = await ledger(session)
        rows = {row.id: row for row in await session.scalars(select(Idea))}
        marks = (await session.scalars(select(Support).where(Support.given.is_(True)))).all()
        assert summed == Ledger(
            roots={id: row.root_id for id, row in rows.items()},
            states={id: row.state for id, row in rows.items()},
            urls={id: row.url for id, row in rows.items() if row.url},
            votes={(1, "Canny"): 41},
            marks={(mark.conversation_id, mark.source): mark.idea_id for mark in marks},
        )
        assert "xylophone" not in repr([row.data for row in await session.scalars(select(Event))])


async def test_a_days_summary_tells_what_was_asked_for_in_it(desk: Desk, clock: Clock) -> None:
    old = await asks(desk, "dark mode please")
    await bulb(desk, desk.ana, old)
    clock.forward(DAY)
    start = clock()
    new = await asks(desk, "dark mode please")
    await bulb(desk, desk.ana, new)
    back = await asks(desk, "dark mode please")
    await bulb(desk, desk.ana, back)
    await bulb(desk, desk.ana, back, given=False)
    moved = await asks(desk, "dark mode please")
    await bulb(desk, desk.ana, moved)
    await desk.asks(ideas.split_off, desk.ana, 1)
    await on(desk, ideas.name, desk.ana, 1, "Dark mode")
    async with desk.world.store.reading() as session:
        found = await asked_for(session, desk.world.channel, start, start + DAY)
        elsewhere = await asked_for(session, desk.world.channel + 1, start, start + DAY)
    assert found == (AskedFor(1, "Dark mode", (new,), 2), AskedFor(2, "", (moved,), 1))
    assert elsewhere == ()


def test_the_trend_counts_each_person_where_they_first_asked(clock: Clock) -> None:
    now = clock()

    def voice(customer: int, days: float, *, gone: bool = False) -> Voice:
        return Voice(1, 1, customer, 1, 1, 1, 1, "", gone, now - days * DAY)

    voices = [voice(1, 1), voice(1, 8), voice(2, 6.9), voice(3, 7), voice(4, 14), voice(5, 1, gone=True), voice(6, 20)]
    assert people(voices) == 5
    assert trend(voices, now) == Trend(week=1, before=2)
    assert trend([], now) == Trend(0, 0)

"""Many say the same: found after any start, folded while nothing is their own, answered together and each alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from bot.desk import drafting
from bot.desk import storms as desk_of
from bot.desk.drafting import Writing
from bot.desk.outcomes import Actor, LeftStorm, ListApproved, ListPrepared, Outcome, Refused, Why
from bot.settings.triage import Watching
from bot.triage.storms import Storms
from models.chat import Card, CardKind
from models.conversation import Conversation
from models.people import Identity
from models.places import Channel
from models.reading import storm_answers
from models.reading import storms as reading
from models.reading.storm_digest import digest_facts
from models.reply import Approval, Delivery
from models.steps import Dossier
from models.storms import Storm, StormMember
from tests.conftest import Clock
from tests.desk.conftest import Desk, compose

SAID = "The app of Acme shows me the invoices of other customers, with names and addresses and all"
THREE = Watching(people=3, reach=5_000)


async def storm(desk: Desk, count: int = 5) -> list[int]:
    """So many who say the same, looked at; their numbers."""
    numbers = [await desk.world.heard(SAID, handle=f"c{nth}") for nth in range(count)]
    await Storms(desk.world.store, THREE).look()
    return numbers


async def folded(desk: Desk, numbers: Sequence[int]) -> list[int]:
    async with desk.world.store.reading() as session:
        return [number for number in numbers if await reading.folded_into(session, number) is not None]


async def prepared(desk: Desk, who: Actor, numbers: Sequence[int] | None = None) -> ListPrepared | Refused:
    async with desk.world.store.work() as work:
        row = await work.session.get(Storm, 1)
        assert row is not None
        chosen = await storm_answers.answerable(work.session, 1, who.rep, limit=20) if numbers is None else numbers

        async def open_one(number: int) -> Dossier:
            return await desk.world.open(work, number)

        async def save(dossier: Dossier) -> Outcome:
            base = dossier.revision.number if dossier.revision is not None else None
            return await drafting.draft(dossier, who, Writing("We closed it.", base=base), compose)

        return await desk_of.prepare_answers(work, who, row, chosen, open_one, save)


async def approved(desk: Desk, who: Actor, answer: int, shown: set[int] | None = None) -> ListApproved | Refused:
    async with desk.world.store.work() as work:
        facts = await storm_answers.answer_facts(work.session, answer)
        assert facts is not None

        async def open_one(number: int) -> Dossier:
            return await desk.world.open(work, number)

        messages = shown if shown is not None else {draft.message for draft in facts.drafts}
        return await desk_of.approve_listed(who, facts, messages, open_one, at=work.now, channel=desk.world.channel)


async def rows(desk: Desk, table: type) -> list:
    async with desk.world.store.reading() as session:
        return list((await session.scalars(select(table).order_by(table.id))).all())


async def test_the_same_text_from_enough_people_is_one_storm_also_after_a_new_start(desk: Desk, clock: Clock):
    numbers = await storm(desk, 2)
    assert await rows(desk, Storm) == []
    numbers += [
        await desk.world.heard(SAID.upper() + "!!", handle="d"),
        await desk.world.heard("Something else, a bike"),
    ]
    eye = Storms(desk.world.store, THREE)
    await eye.look()
    await eye.look()
    (found,) = await rows(desk, Storm)
    assert [row.conversation_id for row in await rows(desk, StormMember)] == numbers[:3]
    async with desk.world.store.work() as work:
        dossier = await desk.world.open(work, numbers[1])
        assert await desk_of.leave(dossier, desk.mia, found.id) == LeftStorm(numbers[1], found.id)
        again = await desk_of.leave(dossier, desk.mia, found.id)
    assert isinstance(again, Refused)
    assert again.why is Why.NOT_IN_STORM
    clock.forward(timedelta(hours=1))
    later = await desk.world.heard(f"RT @c1: {SAID}", handle="e")
    await Storms(desk.world.store, THREE).look()  # a new process: it remembers nothing, the store does
    assert [row.id for row in await rows(desk, Storm)] == [found.id]
    inside = {row.conversation_id for row in await rows(desk, StormMember) if row.out_at is None}
    assert inside == {numbers[0], numbers[2], later}


async def test_only_those_of_whom_nothing_is_their_own_have_no_card_of_their_own(desk: Desk):
    own = f"{SAID}. My mother found her own address there and is afraid now, what shall we tell her?"
    more = {
        "plain": await desk.world.heard(SAID, handle="a"),
        "shown": await desk.world.heard(SAID, handle="b"),
        "urgent": await desk.world.heard(SAID, handle="c", urgency=2),
        "says more": await desk.world.heard(own, handle="d"),
        "wrote again": await desk.world.heard(SAID, handle="e"),
        "claimed": await desk.world.heard(SAID, handle="f"),
        "drafted": await desk.world.heard(SAID, handle="g"),
        "followed": await desk.world.heard(SAID, handle="star"),
        "moved": await desk.world.heard(SAID, handle="h"),
    }
    async with desk.world.store.work() as work:
        root = (Card.kind == CardKind.CONVERSATION.value) & (Card.ref == more["shown"])
        await work.session.execute(update(Card).where(root).values(ts="1.0"))
        await work.session.execute(update(Identity).where(Identity.handle == "star").values(followers=9_000))
    await Storms(desk.world.store, THREE).look()
    assert sorted(await folded(desk, list(more.values()))) == sorted(
        more[name] for name in ("plain", "wrote again", "claimed", "drafted", "moved")
    )
    await desk.world.says_more(more["wrote again"], "And my phone number, too.")
    await desk.world.claims(more["claimed"], desk.ana.rep)
    await desk.world.drafts(more["drafted"], desk.ana.rep)
    async with desk.world.store.work() as work:
        other = Channel(name="press", surface="slack", chat_id="C-press")
        work.add(other)
        await work.flush()
        moved = await work.session.get(Conversation, more["moved"])
        assert moved is not None
        moved.channel_id = other.id
    assert await folded(desk, list(more.values())) == [more["plain"]]
    async with desk.world.store.reading() as session:
        facts = await reading.storm_facts(session, 1, desk.world.store.clock())
    assert facts is not None
    assert (facts.people, dict(facts.platforms), [number for number, _ in facts.apart]) == (
        9,
        {"mastodon": 9},
        [more["urgent"], more["says more"], more["followed"]],
    )


async def test_one_answer_is_a_draft_a_yes_and_an_order_for_each(desk: Desk):
    numbers = await storm(desk)
    made = await prepared(desk, desk.ana)
    assert isinstance(made, ListPrepared)
    assert list(made.drafted) == numbers
    assert sorted(await folded(desk, numbers)) == numbers
    own = await approved(desk, desk.ana, made.answer)
    assert isinstance(own, ListApproved)
    assert [one.uncounted is not None for one in own.approved] == [True] * 5
    assert await rows(desk, Delivery) == []
    taken = await approved(desk, desk.bea, made.answer)
    assert isinstance(taken, ListApproved)
    assert [one.number for one in taken.approved] == numbers
    orders = await rows(desk, Delivery)
    assert [order.conversation_id for order in orders] == numbers
    assert len({order.key for order in orders}) == len({order.message_id for order in orders}) == 5
    yes = [row for row in await rows(desk, Approval) if row.rep_id == desk.bea.rep]
    assert [row.message_id for row in yes] == [order.message_id for order in orders]
    again = await approved(desk, desk.bea, made.answer)
    assert isinstance(again, ListApproved)
    assert len(await rows(desk, Delivery)) == 5


async def test_what_changed_since_the_list_was_made_drops_out_and_is_named(desk: Desk):
    numbers = await storm(desk, 6)
    made = await prepared(desk, desk.ana)
    assert isinstance(made, ListPrepared)
    async with desk.world.store.reading() as session:
        facts = await storm_answers.answer_facts(session, made.answer)
    assert facts is not None
    shown = {draft.message for draft in facts.drafts if draft.number != numbers[5]}
    desk.number = numbers[1]
    await desk.drafts(desk.cyd, "Another answer.", base=1)
    async with desk.world.store.work() as work:
        dossier = await desk.world.open(work, numbers[2])
        dossier.posts[0].version += 1  # the customer edits, and hearing has shown nothing anew yet
    async with desk.world.store.work() as work:
        claim = (await desk.world.open(work, numbers[3])).claim
        assert claim is not None
        claim.rep_id = desk.cyd.rep
    async with desk.world.store.work() as work:
        await desk_of.leave(await desk.world.open(work, numbers[4]), desk.mia, 1)
    taken = await approved(desk, desk.bea, made.answer, shown)
    assert isinstance(taken, ListApproved)
    assert [one.number for one in taken.approved] == [numbers[0]]
    assert dict(taken.dropped) == {
        numbers[1]: "draft",
        numbers[2]: "old_draft",
        numbers[3]: "claimed",
        numbers[4]: "out",
    }
    assert [row.conversation_id for row in await rows(desk, Delivery)] == [numbers[0]]
    assert set(numbers[1:5]).isdisjoint(await folded(desk, numbers))


async def test_who_may_not_approve_approves_nothing_of_a_list(desk: Desk):
    await storm(desk)
    made = await prepared(desk, desk.ana)
    assert isinstance(made, ListPrepared)
    refused = await approved(desk, desk.mia, made.answer)
    assert isinstance(refused, Refused)
    assert refused.why is Why.NO_RIGHT
    assert [row.state for row in await rows(desk, Conversation) if row.revision_id] == ["drafted"] * 5
    guest = await prepared(desk, desk.gil, [])
    assert isinstance(guest, Refused)
    nobody = await prepared(desk, desk.bea)
    assert isinstance(nobody, Refused)
    assert nobody.why is Why.NOTHING_TO_ANSWER
    anew = await prepared(desk, desk.ana)  # the same words: nothing to save
    assert isinstance(anew, Refused)


async def test_one_person_alone_is_no_storm_however_often(desk: Desk):
    for _ in range(4):
        await desk.world.heard(SAID)
    async with desk.world.store.work() as work:
        first = await work.session.scalar(select(Identity.customer_id).where(Identity.handle == "lou").limit(1))
        await work.session.execute(update(Identity).values(customer_id=first))
    await Storms(desk.world.store, Watching(people=2)).look()
    assert await rows(desk, Storm) == []


async def test_a_storm_that_is_over_is_summed_up_once_by_whichever_machine(desk: Desk, clock: Clock) -> None:
    over = Watching(people=3, over_after=timedelta(minutes=30), digest_from=5)

    async def due() -> list[object]:
        async with desk.world.store.reading() as session:
            query = select(Card.due_at).where(Card.kind == CardKind.STORM_DIGEST.value)
            return list((await session.scalars(query)).all())

    for nth in range(4):
        await desk.world.heard(SAID, handle=f"c{nth}")

    async def two_look() -> None:
        # Anew each time: who has just counted for long counts again only a while later.
        for machine in (Storms(desk.world.store, over), Storms(desk.world.store, over)):
            await machine.look()

    await two_look()
    assert await due() == []  # four are not many
    clock.forward(timedelta(minutes=5))
    await desk.world.heard(SAID, handle="c4")
    fifth = clock()
    await two_look()
    assert await due() == [fifth + timedelta(minutes=30)]
    clock.forward(timedelta(minutes=20))
    await desk.world.heard(SAID, handle="c5")
    await two_look()
    assert await due() == [fifth + timedelta(minutes=50)]

    clock.forward(timedelta(minutes=31))
    async with desk.world.store.reading() as session:
        facts = await digest_facts(session, 1, clock())
    assert facts is not None
    assert (facts.posts, facts.storm.people, facts.answered, facts.waiting) == (6, 6, 0, 6)
    assert (facts.others, facts.others_waiting) == (1, 1)  # whom the desk has from the beginning
    async with desk.world.store.work() as work:
        shown = update(Card).where(Card.kind == CardKind.STORM_DIGEST.value).values(ts="1.0", shown=1, due_at=None)
        await work.session.execute(shown)
    await desk.world.heard(SAID, handle="c6")
    await Storms(desk.world.store, over).look()
    assert await due() == [None]  # it was said

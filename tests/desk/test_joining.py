"""Two accounts are one person because a rep says so, and are not when a rep takes it back; both journals remember."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.desk import joining
from bot.desk.outcomes import Actor, Joined, Parted, Refused, Why
from models.conversation import Conversation
from models.erasing import erase_customer
from models.journal import Event
from models.people import Customer, Identity
from models.permits import Standing
from models.reading.people import earlier_conversations
from models.reading.profile import ProfileFacts, profile_facts
from models.telling import EventKind
from tests.desk.conftest import Desk


async def joins(desk: Desk, number: int, other: int, who: Actor, there: Actor | None = None) -> Joined | Refused:
    async with desk.world.store.work() as work:
        one, two = await desk.world.open(work, number), await desk.world.open(work, other)
        return await joining.join(one, two, who, there or who)


async def parts(desk: Desk, number: int, who: Actor) -> Parted | Refused:
    async with desk.world.store.work() as work:
        return await joining.part(await desk.world.open(work, number), who)


async def profile(desk: Desk, number: int, **more: object) -> ProfileFacts:
    async with desk.world.store.reading() as session:
        facts = await profile_facts(session, number, channels=more.get("channels", [desk.world.channel]))  # type: ignore[arg-type]  # as given
        assert facts is not None
        return facts


async def of_whom(desk: Desk, *numbers: int) -> list[int]:
    async with desk.world.store.reading() as session:
        query = select(Conversation.id, Identity.customer_id).join(Identity, Identity.id == Conversation.identity_id)
        found = {number: customer for number, customer in await session.execute(query)}  # noqa: C416  # rows, no pairs
    return [found[number] for number in numbers]


async def events(desk: Desk, number: int) -> list[Event]:
    async with desk.world.store.reading() as session:
        kinds = [EventKind.CUSTOMERS_JOINED.value, EventKind.CUSTOMER_PARTED.value]
        query = select(Event).where(Event.chain == number, Event.kind.in_(kinds)).order_by(Event.seq)
        return list(await session.scalars(query))


async def test_joined_conversations_are_one_persons_and_both_journals_say_who_said_so(desk: Desk) -> None:
    one, two = await desk.world.heard(handle="lou"), await desk.world.heard(handle="loureed")
    assert len(set(await of_whom(desk, one, two))) == 2
    assert await joins(desk, one, two, desk.ana) == Joined(one, two)
    assert len(set(await of_whom(desk, one, two))) == 1
    for number, other in ((one, two), (two, one)):
        (event,) = await events(desk, number)
        assert (event.rep_id, event.data["with"]) == (desk.ana.rep, other)
        facts = await profile(desk, number)
        assert [account.who.handle for account in facts.accounts] == ["lou", "loureed"]
        assert [past.number for past in facts.past] == [two, one]
        assert facts.joined_by is not None
        assert facts.joined_by.id == desk.ana.rep
    async with desk.world.store.reading() as session:
        assert [past.number for past in await earlier_conversations(session, two)] == [one]
        everybody = set(await session.scalars(select(Customer.id)))
        assert everybody == set(await session.scalars(select(Identity.customer_id))), "who has no account is nobody"


async def test_parting_from_either_side_undoes_the_last_joining_whole(desk: Desk) -> None:
    for side in (0, 1):
        numbers = [await desk.world.heard(handle=name) for name in ("lou", "a", "b")]
        await joins(desk, numbers[1], numbers[2], desk.ana)  # a and b, before they turn out to be lou
        await joins(desk, numbers[0], numbers[1], desk.ana)
        assert len(set(await of_whom(desk, *numbers))) == 1
        assert await parts(desk, numbers[side], desk.bea) == Parted(numbers[side])
        lou, a, b = await of_whom(desk, *numbers)
        assert lou != a == b
        assert (await events(desk, numbers[side]))[-1].rep_id == desk.bea.rep
        assert await parts(desk, numbers[2], desk.bea) == Parted(numbers[2])
        assert len(set(await of_whom(desk, *numbers))) == 3


async def test_who_came_by_no_joining_leaves_alone(desk: Desk) -> None:
    numbers = [await desk.world.heard(handle=name) for name in ("lou", "a", "b")]
    await joins(desk, numbers[0], numbers[1], desk.ana)
    await joins(desk, numbers[0], numbers[2], desk.ana)
    await parts(desk, numbers[1], desk.ana)
    lou, a, b = await of_whom(desk, *numbers)
    assert lou == b != a


async def test_what_cannot_be_joined_or_parted_is_refused_and_changes_nothing(desk: Desk) -> None:
    one, two = await desk.world.heard(handle="lou"), await desk.world.heard(handle="loureed")
    guest = replace(desk.ana, standing=Standing.GUEST)

    async def why(outcome: Joined | Parted | Refused) -> Why:
        assert isinstance(outcome, Refused)
        return outcome.why

    assert await why(await joins(desk, one, two, guest)) is Why.NO_RIGHT
    assert await why(await joins(desk, one, two, desk.ana, guest)) is Why.NO_RIGHT
    assert await why(await parts(desk, one, guest)) is Why.NO_RIGHT
    assert await why(await parts(desk, one, desk.ana)) is Why.ONE_ACCOUNT
    await joins(desk, one, two, desk.ana)
    assert await why(await joins(desk, two, one, desk.ana)) is Why.ONE_ALREADY
    gone = await desk.world.heard(handle="gone")
    (customer,) = await of_whom(desk, gone)
    await erase_customer(desk.world.store, customer)
    assert await why(await joins(desk, one, gone, desk.ana)) is Why.NOBODY_KNOWN


async def test_erasing_one_of_them_erases_the_person(desk: Desk) -> None:
    one, two = await desk.world.heard("xylophone", handle="lou"), await desk.world.heard("zanzibar", handle="loureed")
    await joins(desk, one, two, desk.ana)
    (customer,) = await of_whom(desk, one)
    erased = await erase_customer(desk.world.store, customer)
    assert erased.conversations == (one, two)
    facts = await profile(desk, one)
    assert all(account.who.erased for account in facts.accounts)


async def test_what_was_said_where_the_asker_is_not_is_counted_and_not_shown(desk: Desk) -> None:
    one, two = await desk.world.heard(handle="lou"), await desk.world.heard(handle="loureed")
    await joins(desk, one, two, desk.ana)
    facts = await profile(desk, one, channels=[])
    assert (facts.past, facts.elsewhere) == ((), 2)
    assert (await profile(desk, one)).elsewhere == 0


async def test_there_is_no_profile_of_no_conversation(desk: Desk) -> None:
    async with desk.world.store.reading() as session:
        assert await profile_facts(session, 4711, channels=[desk.world.channel]) is None


@pytest.mark.parametrize("count", [12])
async def test_a_long_history_is_cut_and_the_rest_counted(desk: Desk, count: int) -> None:
    numbers = [await desk.world.heard(handle=f"lou{number}") for number in range(count)]
    for number in numbers[1:]:
        await joins(desk, numbers[0], number, desk.ana)
    facts = await profile(desk, numbers[0])
    assert [past.number for past in facts.past] == numbers[:-9:-1]
    assert facts.more == count - 8

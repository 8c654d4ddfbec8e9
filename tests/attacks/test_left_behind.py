"""What an erased customer leaves behind: nothing that names them, in any table."""

from __future__ import annotations

from sqlalchemy import select

from models.conversation import Conversation
from models.erasing import erase_customer
from models.people import Identity
from models.reading.history import history
from models.reply import Delivery, DraftMessage
from models.tables import Base


async def test_a_platforms_sentence_about_an_erased_customer_leaves_the_store(world) -> None:
    """Why a reply was refused, and what a pre-flight said, come from the platform and may name people."""
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard("my number is 555-0199")
    await world.answered(number, ana, bea)
    async with world.store.work() as work:
        person = await work.session.scalar(select(Identity))
        person.handle, person.name = "xylophone@far.example", "Xylophone"
        for delivery in await work.session.scalars(select(Delivery)):
            delivery.why = "Xylophone has blocked you"
        for message in await work.session.scalars(select(DraftMessage)):
            message.ready = {"ok": False, "reason": "blocked", "sentence": "@xylophone@far.example has blocked you"}
        customer = person.customer_id
    await erase_customer(world.store, customer, policies=world.policies)
    async with world.store.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(select(table)):
                assert "xylophone" not in repr(tuple(row)).lower(), table.name


async def test_where_a_customer_allowed_a_quote_leaves_with_them_and_never_stood_in_the_journal(desk) -> None:
    """It is an address of theirs, and may name them. The journal, which nobody can change, holds its hash."""
    from bot.desk import praising

    number = desk.number = await desk.world.heard("You are the best!")
    await desk.asks(praising.mark, desk.ana, given=True, at=desk.world.store.clock())
    await desk.asks(praising.answered, desk.ana, allowed=True, address="https://square.example/@xylophone/7")
    async with desk.world.store.reading() as session:
        told = await history(session, number)
        assert told.events[-1].data["address"] == "https://square.example/@xylophone/7", "`twoway show` tells it"
        theirs = select(Identity.customer_id).join(Conversation, Conversation.identity_id == Identity.id)
        customer = await session.scalar(theirs.where(Conversation.id == number))
    await erase_customer(desk.world.store, customer, policies=desk.world.policies)
    async with desk.world.store.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(select(table)):
                assert "xylophone" not in repr(tuple(row)), table.name
        assert not [one for one in (await history(session, number)).events if "address" in one.data]

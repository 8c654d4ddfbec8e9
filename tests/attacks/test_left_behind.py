"""What an erased customer leaves behind: nothing that names them, in any table."""

from __future__ import annotations

from sqlalchemy import select

from models.erasing import erase_customer
from models.people import Identity
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

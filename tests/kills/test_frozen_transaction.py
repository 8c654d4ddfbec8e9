"""A machine that froze in the middle of a transaction: the database lets go of its rows after one lease."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from sqlalchemy.exc import DBAPIError

from models.places import Channel
from models.store import LEASE, Store
from models.worklist import hold
from tests.kills.city import ON_POSTGRES


@ON_POSTGRES
async def test_who_freezes_in_a_transaction_keeps_nothing_locked(database: str) -> None:
    frozen, other = Store(database, owner="frozen"), Store(database, owner="other")
    try:
        async with other.work() as work:
            work.add(Channel(name="care", surface="slack", chat_id="C0CARE"))
        with suppress(DBAPIError):
            async with frozen.work() as stuck:
                assert await hold(stuck, Channel, 1) is not None
                async with other.work() as work:
                    assert await hold(work, Channel, 1) is None
                async with asyncio.timeout(2 * LEASE.total_seconds()):
                    while True:
                        async with other.work() as work:
                            if await hold(work, Channel, 1) is not None:
                                break
                        await asyncio.sleep(0.1)
        async with other.reading() as session:
            row = await session.get_one(Channel, 1)
        assert row.lease_owner == "other"
    finally:
        await frozen.close()
        await other.close()

"""The journal's proof: whatever is changed in it afterwards is found and named."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, text, update

from bot.desk.drafting import digest_of
from models.audit import Wrong, revision_digest, verify
from models.conversation import Conversation, Post
from models.journal import Event
from models.reply import Delivery, Revision
from models.telling import EventKind


async def a_busy_week(world, clock):
    """Two conversations that were answered, one that was not, and something that concerns none."""
    ana, bea = await world.rep("ana"), await world.rep("bea")
    for words in ("Where is it?", "It broke."):
        number = await world.heard(words)
        clock.forward(timedelta(minutes=1))
        await world.claims(number, ana)
        await world.drafts(number, ana, "One moment.")
        await world.answered(number, bea, ana)
        await world.says_more(number, "Thanks!")
    async with world.store.work() as work:
        await work.write_down_service(EventKind.HELD, rep=ana, data={"scope": "all"})
        await work.write_down_service(EventKind.RESUMED, rep=ana, data={"scope": "all"})
    await world.heard("Hello?")
    return ana, bea


async def test_what_nobody_touched_is_whole(world, clock):
    await a_busy_week(world, clock)
    told = []
    report = await verify(world.store, progress=lambda done, in_all: told.append((done, in_all)))
    assert report.faults == ()
    assert (report.chains, report.unproven) == (4, 0)
    assert told[-1] == (report.events, report.events)


async def test_an_empty_journal_is_whole(world):
    report = await verify(world.store)
    assert report.whole
    assert (report.chains, report.events) == (0, 0)


def flipped(value):
    """The same value with one byte changed."""
    if value is None:
        return 1
    if isinstance(value, int):
        return value + 1
    return ("0" if value[0] != "0" else "1") + value[1:]


async def events_of(session):
    columns = "id, chain, seq, CAST(at AS TEXT) AS at, kind, rep_id, CAST(data AS TEXT) AS data, before, digest"
    return (await session.execute(text(f"SELECT {columns} FROM event ORDER BY chain, seq"))).mappings().all()


CHANGES = {
    "chain": lambda row: 4711,
    "seq": lambda row: row["seq"] + 40,
    "at": lambda row: row["at"].replace("10:", "11:"),
    "kind": lambda row: flipped(row["kind"]),
    "rep_id": lambda row: 2 if row["rep_id"] == 1 else 1,
    "data": lambda row: '{"post": 99}',
    "before": lambda row: flipped(row["before"] or "0"),
    "digest": lambda row: flipped(row["digest"]),
}


@pytest.mark.parametrize("column", CHANGES)
async def test_a_change_in_any_column_of_any_event_is_found_and_named(world, clock, column):
    await a_busy_week(world, clock)
    async with world.store.reading() as session:
        rows = await events_of(session)
    for row in rows:
        if row["chain"] not in (0, 1):
            continue  # chain 2 is like chain 1
        value = {"seq": "CAST(:new AS BIGINT)", "at": "CAST(:new AS TIMESTAMPTZ)", "data": "CAST(:new AS JSONB)"}
        how = ":new" if world.store.embedded else value.get(column, ":new")
        change = text(f"UPDATE event SET {column} = {how} WHERE id = :id")
        new = CHANGES[column](row)
        async with world.store.work() as work:
            await work.session.execute(change, {"new": new, "id": row["id"]})
        report = await verify(world.store)
        assert not report.whole, (column, dict(row))
        if column not in {"chain", "seq"}:
            first = next(fault for fault in report.faults if fault.chain == row["chain"])
            assert first.event == row["id"]
        back = {"new": row[column], "id": row["id"]}
        async with world.store.work() as work:
            await work.session.execute(change, back)
    assert (await verify(world.store)).whole


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)  # PostgreSQL keeps JSON that is JSON
@pytest.mark.parametrize("damage", ['{"post": 1', "[]", "", "null"])
async def test_data_that_is_no_json_any_more_is_a_fault_and_no_crash(world, clock, damage):
    await world.heard()
    async with world.store.work() as work:
        await work.session.execute(text("UPDATE event SET data = :damage"), {"damage": damage})
    (fault,) = (await verify(world.store)).faults
    assert (fault.wrong, fault.chain, fault.seq) == (Wrong.CHANGED, 1, 1)


async def test_every_single_event_is_missed(world, clock):
    await a_busy_week(world, clock)
    async with world.store.reading() as session:
        chain = (await session.scalars(select(Event).where(Event.chain == 1).order_by(Event.seq))).all()
    for event in chain:
        async with world.store.work() as work:
            await work.session.execute(delete(Event).where(Event.id == event.id))
        (fault,) = (await verify(world.store)).faults
        last = event.seq == len(chain)
        assert (fault.wrong, fault.chain) == (Wrong.CUT if last else Wrong.GAP, 1)
        assert fault.seq == (event.seq - 1 if last else event.seq + 1)
        async with world.store.work() as work:
            columns = {c.key: getattr(event, c.key) for c in Event.__table__.columns}
            work.add(Event(**columns))
    assert (await verify(world.store)).whole


async def test_a_chain_rewritten_with_right_hashes_is_cut_from_its_conversation(world):
    number = await world.heard()
    async with world.store.work() as work:
        await work.session.execute(update(Conversation).values(head="0" * 64))
    (fault,) = (await verify(world.store)).faults
    assert (fault.wrong, fault.chain) == (Wrong.CUT, number)


async def test_other_words_than_were_approved_are_found(world, clock):
    await a_busy_week(world, clock)
    async with world.store.work() as work:
        changed = update(Revision).where(Revision.conversation_id == 1, Revision.number == 2)
        await work.session.execute(changed.values(final="@lou Go away."))
    (fault,) = (await verify(world.store)).faults
    assert (fault.wrong, fault.chain) == (Wrong.REVISION, 1)
    assert "draft 2" in fault.what
    assert "Go away" not in fault.what


async def test_other_words_with_a_hash_to_match_are_found_too(world, clock):
    await a_busy_week(world, clock)
    async with world.store.work() as work:
        revision = await work.session.scalar(
            select(Revision).where(Revision.conversation_id == 1, Revision.number == 2)
        )
        assert revision is not None
        parent = await work.session.get_one(Post, revision.parent_id)
        revision.final = "@lou Go away."
        revision.digest = digest_of(kind="reply", account=world.account, parent=parent, final=revision.final)
    (fault,) = (await verify(world.store)).faults
    assert (fault.wrong, fault.chain) == (Wrong.REVISION, 1)


async def test_a_delivery_that_nobody_approved_is_found(world, clock):
    await a_busy_week(world, clock)
    async with world.store.work() as work:
        order = await work.session.scalar(select(Delivery).where(Delivery.conversation_id == 1))
        assert order is not None
        work.add(
            Delivery(
                conversation_id=1,
                account_id=order.account_id,
                revision_id=order.revision_id,
                message_id=order.message_id,
                key="forged",
                approved_at=work.now,
                hold_until=work.now,
            )
        )
    (fault,) = (await verify(world.store)).faults
    assert (fault.wrong, fault.chain) == (Wrong.UNORDERED, 1)


async def test_an_order_without_the_approvals_that_it_names_is_found(world, clock):
    """Somebody with the database's password and our own code orders what nobody approved."""
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    message = await world.drafts(number, ana)
    async with world.store.work() as work:
        dossier = await world.open(work, number)
        assert dossier.revision is not None
        order = Delivery(
            conversation_id=number,
            account_id=world.account,
            revision_id=dossier.revision.id,
            message_id=message,
            key="forged",
            approved_at=work.now,
            hold_until=work.now,
        )
        work.add(order)
        await work.flush()
        data = {
            "delivery": order.id,
            "message": message,
            "revision": 1,
            "digest": dossier.revision.digest,
            "approved_by": [bea],
        }
        await work.write_down(dossier.conversation, EventKind.ORDERED, data=data)
    (fault,) = (await verify(world.store)).faults
    assert (fault.wrong, fault.chain) == (Wrong.ORDER, number)


async def test_events_of_no_conversation_are_found(world):
    await world.heard()
    async with world.store.work() as work:
        await work.session.execute(text("UPDATE event SET chain = 77"))
    report = await verify(world.store)
    assert {(fault.wrong, fault.chain) for fault in report.faults} == {(Wrong.CUT, 1), (Wrong.STRAY, 77)}


async def test_a_parent_seen_by_others_since_is_no_fault(world, clock):
    """An edit may change who sees a post, and the warning over it, after the draft was written."""
    await a_busy_week(world, clock)
    async with world.store.reading() as session:
        posts = (await session.scalars(select(Post.id).where(Post.ours.is_(False)))).all()
    for post in posts:
        await world.edits(post, "Where is it, please?", warning="long", visibility="unlisted")
    assert (await verify(world.store)).faults == ()


async def test_the_hash_here_is_the_hash_that_the_desk_binds_approvals_to():
    parent = Post(ref="1", visibility="unlisted", warning="cw")
    here = revision_digest(kind="reply", account=3, parent="1", visibility="unlisted", warning="cw", final="Hi")
    assert here == digest_of(kind="reply", account=3, parent=parent, final="Hi")


async def test_a_long_chain_is_walked_in_pieces(world):
    number = await world.heard()
    async with world.store.work() as work:
        conversation = await work.session.get_one(Conversation, number)
        for _ in range(1200):
            await work.write_down(conversation, EventKind.READY, data={"draft": 1})
    async with world.store.reading() as session:
        assert await session.scalar(select(func.count(Event.id))) == 1201
    report = await verify(world.store)
    assert (report.whole, report.events) == (True, 1201)

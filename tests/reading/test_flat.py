"""A million answered conversations cost a question nothing: no plan walks through a whole table that grows."""

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.engine import Engine

from models import learning, triage
from models.chat import CardKind
from models.drawings import digest_of, latest, png_of, ready
from models.paragraphs import paragraph_of, paragraph_of_day
from models.reading import known, newcomers, offers, people, queue, shifts
from models.reading.asked_for import asked_for
from models.reading.card import card_facts
from models.reading.day import day_of_channel, usual_between
from models.reading.dossier import reply_dossier
from models.reading.draft import draft_facts
from models.reading.history import history
from models.reading.notice import notice_facts
from models.reading.praised import praised
from models.reading.profile import profile_facts
from models.reading.search import search
from models.reading.storms import in_such_hours
from models.reading.storms_of_days import stormed
from models.showing import take_next
from models.waiting import unwatched
from models.words import asked

NOW = datetime(2026, 11, 23, tzinfo=UTC)

QUESTIONS = {
    "queue": lambda session: queue.queue(session, 1, languages=["en"], now=NOW),
    "count_waiting": lambda session: queue.count_waiting(session, 1),
    "next_unclaimed": lambda session: queue.next_unclaimed(session, 1, now=NOW),
    "longest_waiting": lambda session: queue.longest_waiting(session, 1, now=NOW),
    "mine": lambda session: queue.mine(session, 1, now=NOW),
    "to_approve": lambda session: queue.to_approve(session, 1, 1, now=NOW),
    "card_facts": lambda session: card_facts(session, 1),
    "draft_facts": lambda session: draft_facts(session, 1),
    "notice_facts": lambda session: notice_facts(session, 5),
    "history": lambda session: history(session, 1),
    "reply_dossier": lambda session: reply_dossier(session, 1),
    "a day": lambda session: day_of_channel(session, 1, NOW, NOW + timedelta(days=1), now=NOW),
    "posts of a day": lambda session: usual_between(session, 1, NOW, NOW + timedelta(days=1)),
    "unwatched": lambda session: unwatched(session, [1], limit=100),
    "search": lambda session: search(session, 1, asked("parcel came*")),
    "customer_of": lambda session: people.customer_of(session, 1),
    "profile_facts": lambda session: profile_facts(session, 1, channels=[1]),
    "unread": lambda session: triage.unread(session, now=NOW, with_model=True, limit=32),
    "what a channel learnt": lambda session: learning.judged(session, 1),
    "how much was read": lambda session: learning.read_count(session, 1),
    "asleep": lambda session: queue.asleep(session, 1, now=NOW),
    "count_asleep": lambda session: queue.count_asleep(session, 1),
    "acquaintances": lambda session: known.acquaintances(session, 1, besides=False),
    "newest": lambda session: newcomers.newest(session),
    "returning": lambda session: newcomers.returning(session, after=0),
    "offer_facts": lambda session: offers.offer_facts(session, 1),
    "held_since_before": lambda session: shifts.held_since_before(session, 1, NOW),
    "lost_by_shift": lambda session: shifts.lost_by_shift(session, 1, rep=1),
    "asked_for": lambda session: asked_for(session, 1, NOW, NOW + timedelta(days=1)),
    "storms of a day": lambda session: stormed(session, 1, NOW, NOW + timedelta(days=1)),
    "a storm's hours": lambda session: in_such_hours(session, 1, NOW),
    "praised": lambda session: praised(session, 1, NOW, NOW + timedelta(days=1)),
    "a card's last picture": lambda session: latest(session, kind=CardKind.SUMMARY.value, ref=1),
    "a picture that is drawn": lambda session: ready(session, [digest_of("{}")]),
    "a picture by its name": lambda session: png_of(session, "unknown"),
    "a day's paragraph": lambda session: paragraph_of(session, 1),
    "a paragraph by date": lambda session: paragraph_of_day(session, 1, "2026-11-23"),
    "earlier_conversations": lambda session: people.earlier_conversations(session, 2),
}

#: What is asked about some hours or days of a channel.
OF_DAYS = ("a day", "posts of a day", "asked_for", "storms of a day", "praised", "a storm's hours")

#: These grow for as long as the bot runs. (Reps, accounts, channels and holds do not.)
GROW = ("conversation", "post", "post_version", "identity", "claim", "note", "card", "event")
GROW += ("revision", "draft_message", "approval", "delivery", "attempt", "watch", "offer", "support", "news")
GROW += ("praise", "quiet", "drawing", "paragraph", "sentence", "summary")
GROW += ("reading", "correction")


#: What ANALYZE says of ten million events, of which one channel has them all (sqlite.org/fileformat2.html#stat1tab).
A_YEAR = (
    ("event", "ix_event_at_id_kind_chain", "10000000 2 1 1 1"),
    ("event", "sqlite_autoindex_event_1", "10000000 7 1"),
    ("conversation", "ix_conversation_queue", "1400000 1400000 350000 1"),
    ("conversation", "ix_conversation_identity", "1400000 3"),
    ("conversation", "sqlite_autoindex_conversation_1", "1400000 470000 1"),
    ("post", "ix_post_conversation_id", "1400000 1"),
    ("post", "sqlite_autoindex_post_1", "1400000 470000 1"),
    ("channel", "sqlite_autoindex_channel_1", "1 1"),
)


async def one_answered(world):
    ana, bea = await world.rep("ana"), await world.rep("bea")
    number = await world.heard()
    await world.claims(number, ana)
    await world.answered(number, ana, bea)


@contextlib.contextmanager
def heard_by_the_database():
    """What is asked of the database meanwhile, with its parameters."""
    asked: list[tuple[str, object]] = []

    def heard(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", heard)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", heard)


async def statements(world, question):
    with heard_by_the_database() as asked:
        async with world.store.reading() as session:
            await QUESTIONS[question](session)
    assert asked
    return asked


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
async def test_a_day_is_found_by_its_time_however_long_the_history(world, database):
    """A plan that begins with the channel's conversations reads a year of them for a day's few ideas."""
    await one_answered(world)
    path = make_url(database).database
    with contextlib.closing(sqlite3.connect(path)) as file, file:
        file.execute("ANALYZE")
        file.execute("DELETE FROM sqlite_stat1")
        file.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", A_YEAR)
    wrong = []
    with contextlib.closing(sqlite3.connect(path)) as file:
        for question in OF_DAYS:
            for statement, parameters in await statements(world, question):
                plan = [row[3] for row in file.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
                wrong += [f"{question}: {one}" for one in plan if one.endswith(("(channel_id=?)", "(kind=?)"))]
                if "event.at >= ?" in statement and not any("ix_event_at_id_kind_chain (at>?" in one for one in plan):
                    wrong.append(f"{question}: {plan}")
    assert wrong == []


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)  # PostgreSQL plans by the size of the tables
@pytest.mark.parametrize("question", QUESTIONS)
async def test_no_question_walks_through_a_table_that_grows(world, question):
    await one_answered(world)
    asked = await statements(world, question)
    async with world.store.reading() as session:
        names = {row.tbl_name for row in await session.execute(text("SELECT tbl_name FROM sqlite_master"))}
        assert names.issuperset(GROW)
        connection = await session.connection()
        for statement, parameters in asked:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            walks = [row.detail for row in plan if row.detail.startswith(tuple(f"SCAN {name}" for name in GROW))]
            # A channel has a million of each.
            walks += [row.detail for row in plan if row.detail.endswith(("(channel_id=?)", "(kind=?)", "(state=?)"))]
            assert walks == [], statement


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
async def test_the_next_card_is_found_without_a_look_at_all_cards_of_its_channel(world):
    await one_answered(world)
    with heard_by_the_database() as asked:
        async with world.store.work() as work:
            await take_next(work, 1, new=True)
    async with world.store.reading() as session:
        connection = await session.connection()
        plans = [
            (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
            for statement, parameters in asked
        ]
    details = [row.detail for plan in plans for row in plan]
    assert any("card" in one for one in details)
    assert [one for one in details if one.endswith("(channel_id=?)")] == []

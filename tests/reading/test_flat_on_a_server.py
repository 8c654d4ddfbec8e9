"""PostgreSQL plans by how much there is: what a question reads there does not grow with what was answered before."""

import json

import psycopg
import pytest

from bench.history import LIFE, fill
from models.store import Store
from models.triage import WINDOW
from tests.reading.test_flat import GROW, NOW, QUESTIONS, heard_by_the_database

#: Conversations on the day itself and before it. Each has seven events and a post.
TODAY, BEFORE = 40, 8_000
#: Rows that one look into a table that grows may read. All of `TODAY`'s events are 280.
MOST = 600
#: What looks at the last posts, so many of them whatever there is.
WINDOWS = {"unread": WINDOW}


def looks(node):
    """Every look into a table: which, how, and how many rows it read in all."""
    if "Relation Name" in node:
        left_out = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        rows = (node["Actual Rows"] + left_out) * node["Actual Loops"]
        yield node["Relation Name"], node["Node Type"], rows
    for inner in node.get("Plans", ()):
        yield from looks(inner)


@pytest.mark.parametrize(
    "new_database", [pytest.param("postgresql", marks=pytest.mark.needs("postgres"))], indirect=True
)
async def test_no_question_reads_more_because_more_was_answered(new_database, monkeypatch):
    monkeypatch.setattr("models.reading.search.LATELY", (100, 500))  # of eight thousand, as of a million
    url = new_database()
    fill(url, day=TODAY * len(LIFE), year=BEFORE * len(LIFE))
    store, wrong = Store(url, clock=lambda: NOW), []
    try:
        with psycopg.connect(url) as server:
            for name, question in QUESTIONS.items():
                with heard_by_the_database() as asked:
                    async with store.reading() as session:
                        await question(session)
                assert asked, name
                for statement, parameters in asked:
                    ((plan,),) = server.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).fetchall()
                    (whole,) = json.loads(plan) if isinstance(plan, str) else plan
                    wrong += [
                        (name, table, how, int(rows))
                        for table, how, rows in looks(whole["Plan"])
                        if table in GROW and rows > WINDOWS.get(name, MOST)
                    ]
    finally:
        await store.close()
    assert wrong == []

"""Whatever the order, the repetitions and the cuts between batches: the same posts, words and threads."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.contract import Edited, Heard, Posted, PostRef, Removed
from bot.hearing.receive import receive
from models.conversation import Conversation, Post
from models.store import Store
from tests.hearing.conftest import MORNING, batch, make_team, post
from tests.hearing.looking import rows

#: What happened, in the order in which it did: threads with edits, removals, our own words.
STORY: tuple[Heard, ...] = (
    Posted(post("a1", "The lamp flickers", minutes=0)),
    Posted(post("a2", "Mine too", parent="a1", root="a1", by="bo", minutes=1)),
    Edited(post("a1", "The lamp flickers at night", minutes=0, edited=2)),
    Edited(post("a1", "The lamp is dead", minutes=0, edited=3)),
    Posted(post("a3", "Have you tried a new bulb?", parent="a2", root="a1", ours=True, minutes=4)),
    Posted(post("a4", "Yes", parent="a3", root="a1", by="bo", minutes=5)),
    Posted(post("b1", "Where is my parcel", by="cy", minutes=6)),
    Removed(PostRef("b1")),
    Posted(post("c1", "Hello", by="di", minutes=7)),
    Posted(post("c2", "Hello again", parent="c1", root="c1", by="di", minutes=8)),
    Removed(PostRef("c1")),
    Edited(post("c2", "Hello all", parent="c1", root="c1", by="di", minutes=8, edited=9)),
)


async def ending(path: Path, cuts: list[list[Heard]]) -> object:
    """What the store says of the customers' posts after these batches: words by post, threads by key."""
    store = Store(f"sqlite:///{path}", clock=lambda: MORNING.replace(hour=12))
    try:
        team = await make_team(store)
        for heard in cuts:
            await receive(store, team.account, batch(*heard), policies=team.policies)
        keys = {row.id: row.key for row in await rows(store, Conversation)}
        return {
            row.ref: (row.words, row.digest, keys[row.conversation_id])
            for row in await rows(store, Post)
            if row.gone_at is None and not row.ours
        }
    finally:
        await store.close()


@given(
    order=st.permutations(range(len(STORY))),
    again=st.lists(st.integers(0, len(STORY) - 1), max_size=6),
    cuts=st.lists(st.integers(0, len(STORY) + 6), max_size=5),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_repetition_and_splitting_ends_in_the_same_posts(sqlite_template, order, again, cuts):
    heard = [STORY[index] for index in [*order, *again]]
    edges = sorted({0, len(heard), *(cut for cut in cuts if cut < len(heard))})
    batches = [heard[start:end] for start, end in itertools.pairwise(edges)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "twoway.db")
        path.write_bytes(sqlite_template.read_bytes())
        found = asyncio.run(ending(path, batches))
    assert {ref: words for ref, (words, _, _) in found.items()} == {
        "a1": "The lamp is dead",
        "a2": "Mine too",
        "a4": "Yes",
        "c2": "Hello all",
    }
    assert {ref: key for ref, (_, _, key) in found.items()} == {"a1": "a1", "a2": "a1", "a4": "a1", "c2": "c1"}


@pytest.mark.parametrize("size", [1, 3, 12])
async def test_the_story_as_it_happened_ends_so_on_both_databases(store, size):
    team = await make_team(store)
    for start in range(0, len(STORY), size):
        await receive(store, team.account, batch(*STORY[start : start + size]), policies=team.policies)
    live = {row.ref: row.words for row in await rows(store, Post) if row.gone_at is None}
    assert live["a1"] == "The lamp is dead"
    assert live["a3"] == "Have you tried a new bulb?"
    assert "c1" not in live
    assert {row.words for row in await rows(store, Post) if row.gone_at is not None} <= {""}


async def test_an_edit_that_is_told_late_does_not_undo_words_that_were_seen_before_they_were_told(
    tmp_path: Path, sqlite_template: Path
) -> None:
    """The words of now are read where nobody says when they were edited; then the edits are told, in any order."""
    seen = Posted(post("a1", "The lamp is dead", minutes=0))
    first = Edited(post("a1", "The lamp flickers at night", minutes=0, edited=2))
    last = Edited(post("a1", "The lamp is dead", minutes=0, edited=3))
    late = Posted(post("a1", "The lamp flickers", minutes=0))
    for number, told in enumerate(([[last], [first]], [[first, last]], [[last, first]], [[last], [late], [first]])):
        path = tmp_path / f"{number}.db"
        path.write_bytes(sqlite_template.read_bytes())
        found = await ending(path, [[seen], *told])
        assert isinstance(found, dict)
        assert found["a1"][0] == "The lamp is dead", number

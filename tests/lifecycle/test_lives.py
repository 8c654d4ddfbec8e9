"""Random lives of conversations on the real store, held step by step against a naive model of the design."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.audit import verify
from models.store import Store
from tests.conftest import Clock
from tests.lifecycle.life import Life, Team, life
from tests.plugins.runs import runs, tell

WHO = st.integers(0, 3)
ANY = st.booleans()
WHICH = st.integers(0, 3)
#: Approving people come often, so that many lives reach the wire.
SIGN = st.tuples(st.just("sign"), WHO, st.just(True), st.just(True), st.integers(0, 3), st.just(False))
MOVE = st.one_of(
    st.tuples(st.just("draft"), WHO, WHICH, ANY),
    st.tuples(st.just("draft"), WHO, WHICH, st.just(False)),
    SIGN,
    SIGN,
    st.tuples(st.just("sign"), WHO, ANY, ANY, st.integers(0, 3), ANY),
    st.tuples(st.sampled_from(["discard", "take_back", "overrule", "close", "reopen", "by_hand", "claim"]), WHO),
    st.tuples(st.just("move"), WHO),
    st.tuples(st.just("settle"), WHO),
    st.tuples(st.just("hold"), WHO, ANY),
    st.tuples(st.just("wait"), st.integers(1, 5)),
    st.tuples(st.just("send"), st.one_of(st.none(), st.none(), WHO), ANY),
    st.tuples(st.just("send"), st.none(), ANY),
    st.tuples(st.just("reported"), st.sampled_from(["sent", "throttled", "refused", "lost"])),
    st.tuples(st.just("looked")),
    st.tuples(st.just("wrote")),
    st.tuples(st.sampled_from(["edited", "removed"]), WHICH),
    st.tuples(st.just("elsewhere")),
)
#: A start that brings most lives to an order; what is random comes on top.
PATHS = st.sampled_from(
    [
        (),
        (("draft", 0, 0, False), ("sign", 1, True, True, 0, False), ("sign", 2, True, True, 0, False)),
        (
            ("draft", 3, 1, False),
            ("sign", 1, True, True, 0, False),
            ("sign", 2, True, True, 0, False),
            ("wait", 5),
            ("send", None, False),
        ),
        (
            ("draft", 3, 1, False),
            ("sign", 0, True, True, 0, False),
            ("sign", 2, True, True, 0, False),
            ("wait", 5),
            ("send", None, True),
        ),
    ]
)


async def live(one: Life, clock: Clock, moves: tuple[tuple[object, ...], ...]) -> None:
    await one.begins()
    for name, *args in moves:
        clock.forward(timedelta(seconds=1))
        if name == "wait":
            assert isinstance(args[0], int)
            clock.forward(timedelta(seconds=args[0]))
        else:
            await getattr(one, str(name))(*args)
        await one.check()
    await one.judge()


#: How many moves each life had.
LIVED: list[int] = []


@pytest.fixture(scope="module", autouse=True)
def lived() -> Iterator[None]:
    yield
    tell(f"{len(LIVED)} lives of {sum(LIVED)} moves")


@pytest.fixture
async def team(store: Store, clock: Clock) -> AsyncIterator[Team]:
    """Whatever was lived, the journal proves itself afterwards, and what customers said is what was heard."""
    yield await Team(store, clock).begin()
    report = await verify(store)
    assert report.faults == ()
    assert (report.posts > 0, report.unproven_posts) == (True, 0)


@pytest.mark.torture
@pytest.mark.timeout(1800)
@settings(
    max_examples=runs(1000),  # on each of the two databases: two thousand lives
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    needed=st.integers(1, 2),
    own_words=st.sampled_from(["refuse", "refuse", "refuse-all", "allow"]),
    path=PATHS,
    moves=st.lists(MOVE, min_size=4, max_size=18),
)
async def test_every_life_is_as_the_design_says(
    team: Team, clock: Clock, needed: int, own_words: str, path: tuple, moves: list
) -> None:
    await live(life(team, needed, own_words), clock, (*path, *moves))
    LIVED.append(len(path) + len(moves))

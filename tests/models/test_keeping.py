"""What accounts keep: sealed, one holder at a time, and a ledger that adds up; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from models.cipher import CannotOpen, Cipher
from models.keeping import (
    RENEWAL,
    Bill,
    Keeping,
    Kept,
    Superseded,
    answer_consent,
    ask_consent,
    consent_of,
    end_consent,
    next_step,
    seal_anew,
    take_answer,
)
from models.setup import WantedAccount, settle_places
from models.store import Store
from models.worklist import adopt
from tests.conftest import Clock

OLD, NEW = "A" * 43 + "=", "B" * 42 + "A="
SECRET = "hush-hush-refresh-token"
PLACES = [WantedAccount("acme", "mastodon"), WantedAccount("other", "mastodon")]


@pytest.fixture
async def store(database: str, clock: Clock) -> AsyncIterator[Store]:
    opened = Store(database, clock=clock, owner="here")
    async with opened.work() as work:
        await settle_places(work, PLACES, [])
    yield opened
    await opened.close()


@pytest.fixture
async def there(database: str, clock: Clock, store: Store) -> AsyncIterator[Store]:
    """Another process on the same database."""
    opened = Store(database, clock=clock, owner="there")
    yield opened
    await opened.close()


def keeping(store: Store, key: str = OLD, account: str = "acme") -> Keeping:
    return Keeping(store, account, Cipher.of(key))


async def everything(store: Store) -> str:
    """All that the three tables hold, as a thief reads it."""
    async with store.reading() as session:
        rows = [await session.execute(text(f"SELECT * FROM {name}")) for name in ("kept", "consent", "spending")]
        return repr([found.all() for found in rows])


async def test_what_is_kept_is_there_in_another_process_and_a_thief_reads_nothing(store: Store, there: Store) -> None:
    one = keeping(store)
    assert await one.load() is None
    await one.keep(SECRET, ends=None)
    assert await keeping(there).load() == SECRET
    assert await keeping(there, account="other").load() is None
    found = await everything(store)
    assert "gAAAA" in found
    assert SECRET not in found


async def test_without_the_key_nothing_opens_and_no_words_of_one_account_open_for_another(store: Store) -> None:
    await keeping(store).keep(SECRET, ends=None)
    with pytest.raises(CannotOpen):
        await keeping(store, key=NEW).load()
    async with store.work() as work:
        await work.session.execute(
            text(
                "INSERT INTO kept (id, words, version, fence, tries) SELECT a.id, k.words, 0, 0, 0 "
                "FROM account a, kept k WHERE a.name = 'other'"
            )
        )
    with pytest.raises(CannotOpen):
        await keeping(store, account="other").load()


async def test_a_key_is_changed_while_we_run(store: Store) -> None:
    await keeping(store).keep(SECRET, ends=None)
    both = f"{NEW}, {OLD}"
    assert await keeping(store, key=both).load() == SECRET
    async with store.work() as work:
        assert await seal_anew(work, Cipher.of(both)) == (1, [])
    assert await keeping(store, key=NEW).load() == SECRET
    with pytest.raises(CannotOpen):
        await keeping(store).load()
    async with store.work() as work:
        assert await seal_anew(work, Cipher.of(OLD)) == (0, ["acme"])
    assert await keeping(store, key=NEW).load() == SECRET


def test_a_key_is_32_random_bytes_in_either_alphabet() -> None:
    sealed = Cipher.of("+/" * 21 + "A=").seal("x", about="a")
    assert Cipher.of("-_" * 21 + "A=").open(sealed, about="a") == "x"
    for wrong in ("", "short", "A" * 44, f"{OLD},", f"{OLD},short"):
        with pytest.raises(ValueError, match="32"):
            Cipher.of(wrong)


async def test_one_holder_at_a_time_in_one_process_and_over_two(store: Store, there: Store) -> None:
    inside = 0
    most = 0

    async def hold(one: Keeping) -> None:
        nonlocal inside, most
        async with one.alone():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.02)
            inside -= 1

    here, other = keeping(store), keeping(there)
    await asyncio.gather(*[hold(one) for one in (here, other) for _ in range(3)])
    assert most == 1


async def test_whoever_died_while_renewing_is_replaced_and_whoever_only_froze_overwrites_nothing(
    store: Store, there: Store, clock: Clock
) -> None:
    frozen, other = keeping(store), keeping(there)
    await frozen.keep("first", ends=None)
    async with frozen.alone():
        clock.forward(RENEWAL + timedelta(seconds=1))
        async with other.alone():
            await other.keep("second", ends=None)
            await other.keep("third", ends=None)  # its own change does not stop it
        with pytest.raises(Superseded):
            await frozen.keep("late", ends=None)
    assert await frozen.load() == "third"
    async with frozen.alone():
        await frozen.keep("now", ends=None)


async def test_what_a_dead_process_held_is_free_when_the_one_process_of_sqlite_starts(
    store: Store, there: Store
) -> None:
    held = keeping(store).alone()
    await held.__aenter__()
    await adopt(there)
    if store.embedded:
        async with asyncio.timeout(60), keeping(there).alone():
            pass
    await held.__aexit__(None, None, None)
    async with asyncio.timeout(60), keeping(there).alone():
        pass


async def test_the_ledger_adds_up_by_hours_over_processes(store: Store, there: Store, clock: Clock) -> None:
    one, two = keeping(store), keeping(there)
    now = clock()
    for at, cost in [
        (now - timedelta(days=1), Bill(1, 50, Decimal("9"))),
        (now - timedelta(hours=2), Bill(1, 1, Decimal("0.005"))),
        (now, Bill(1, 0, Decimal("0.1"))),
        (now, Bill(2, 100, Decimal("0.0000000001"))),
    ]:
        await one.spend(cost, at=at)
    await asyncio.gather(*[spender.spend(Bill(calls=1), at=now) for spender in (one, two) for _ in range(5)])
    await keeping(store, account="other").spend(Bill(7, 7, Decimal(7)), at=now)
    assert await two.spent(now - timedelta(hours=2)) == Bill(14, 101, Decimal("0.105000001"))
    assert await one.spent(now) == Bill(13, 100, Decimal("0.100000001"))
    assert await one.spent(now + timedelta(hours=1)) == Bill()


async def test_units_are_taken_by_one_at_a_time_over_processes(store: Store, there: Store, clock: Clock) -> None:
    now = clock()
    cost = Bill(calls=1, units=3)
    await keeping(store).spend(Bill(units=1000), at=now - timedelta(hours=2))  # of the day before
    takers = [keeping(one) for one in (store, there, store, there)]
    taken = await asyncio.gather(*[one.take(cost, at=now, since=now, most=10) for one in takers])
    assert sorted(taken) == [False, True, True, True]
    assert await keeping(there).spent(now) == Bill(calls=3, units=9)
    assert await keeping(store, account="other").take(cost, at=now, since=now, most=10)
    assert await keeping(there).take(Bill(units=1), at=now, since=now, most=10)
    assert not await keeping(store).take(Bill(units=1), at=now, since=now, most=10)


async def test_what_ends_is_due_before_it_does(store: Store, clock: Clock) -> None:
    now = clock()
    one = keeping(store)
    for left, due in [(60, 53), (7, 4), (2, 1), (0.5, None)]:
        ends = now + timedelta(days=left)
        await one.keep("x", ends=ends)
        async with store.reading() as session:
            row = (await session.execute(text("SELECT id FROM kept"))).scalar_one()
            kept = await session.get(Kept, row)
            assert kept is not None
            assert (kept.ends, kept.due_at) == (ends, None if due is None else now + timedelta(days=due))
    assert next_step(now, None) is None


async def consent(store: Store, state: str) -> None:
    async with store.work() as work:
        await ask_consent(work, 1, state, lasts=timedelta(minutes=10))


async def test_an_answer_is_taken_once_for_a_word_that_we_said_and_in_time(
    store: Store, there: Store, clock: Clock
) -> None:
    cipher = Cipher.of(OLD)

    async def answers(state: str) -> bool | None:
        async with there.work() as work:
            return await answer_consent(work, state, f"code of {state}", cipher)

    async def taken(state: str) -> str | None:
        async with store.reading() as session:
            row = await consent_of(session, state)
        if row is None or row.answer is None:
            return None
        async with store.work() as work:
            return await take_answer(work, state, cipher)

    await consent(store, "word")
    assert await taken("word") is None
    assert await answers("another") is None
    assert await answers("word") is True
    found = await everything(store)
    assert "code of" not in found
    assert "word" not in found
    assert await answers("word") is False
    assert await taken("word") == "code of word"
    assert await taken("word") is None
    assert await answers("word") is False  # a replay, after it was taken
    async with store.work() as work:
        await end_consent(work, "word")
    assert await answers("word") is None
    await consent(store, "late")
    clock.forward(timedelta(minutes=11))
    assert await answers("late") is None
    await consent(store, "new")
    assert "'" + "late" not in await everything(store)


@pytest.mark.parametrize("many", [2])
async def test_two_who_answer_at_once_are_one(store: Store, there: Store, many: int) -> None:
    cipher = Cipher.of(OLD)
    await consent(store, "word")

    async def answers(where: Store) -> bool | None:
        async with where.work() as work:
            return await answer_consent(work, "word", "code", cipher)

    found = await asyncio.gather(*[answers(where) for where in (store, there) for _ in range(many)])
    assert sorted(map(str, found)) == ["False"] * (2 * many - 1) + ["True"]

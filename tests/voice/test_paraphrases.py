"""An answer that says the same in other words is remarked, once a model has compared; nobody waits for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from bot.chat.channels import ChannelRules
from bot.chat.pictures import Pictures
from bot.settings.triage import Listening, Remark
from bot.triage.engine import building
from bot.triage.engine.frames import Head as FrameHead
from bot.triage.engine.process import Patience, ReaderProcess, Tongue
from bot.triage.heads import Heads
from bot.triage.paraphrases import FLOOR, TOGETHER, WAITING, Paraphrases, level, long_enough
from bot.triage.shelf import Likeness
from bot.triage.vectors import WIDTH, Matrix, Unavailable
from models.chat import Card, CardKind
from models.permits import Policy
from models.store import Store
from models.wakes import Topic
from tests.conftest import Clock
from tests.reading.world import World

DRAFT = "Customs still has your parcel, and you hear from us once it is released."
SAME = "Your parcel is held at customs. We'll write as soon as it moves on."
OTHER = "The shop at the station is open until eight, on Sundays too."


class Standing:
    """A model that reads what it is told to: texts with the same word in them have the same vector."""

    def __init__(self) -> None:
        self.is_open = True
        self.falls = False
        self.likeness: Likeness | None = Likeness("ours", WIDTH, np.zeros(WIDTH))
        self.heads: Heads | None = None
        self.asked: list[list[str]] = []

    async def of(self, texts: Sequence[str]) -> Matrix:
        self.asked.append(list(texts))
        if self.falls:
            raise Unavailable("it fell")
        rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for nth, text in enumerate(texts):
            rows[nth, 0 if "parcel" in text else 1] = 1
        return rows

    async def read(self, texts: Sequence[str]) -> tuple[Matrix, list[Tongue]]:
        raise NotImplementedError

    async def ask(self, head: FrameHead, body: bytes = b"") -> tuple[FrameHead, bytes]:
        raise NotImplementedError

    async def close(self) -> None: ...


@asynccontextmanager
async def running(store: Store, model: Standing) -> AsyncIterator[Paraphrases]:
    found, stop = Paraphrases(store, model), asyncio.Event()
    task = asyncio.create_task(found.run(stop))
    try:
        yield found
    finally:
        stop.set()
        store.wakes.rouse([Topic.TIME])
        await task


async def until(store: Store, there: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not there():
            store.wakes.rouse([Topic.TIME])
            await asyncio.sleep(0.01)


async def test_what_says_the_same_is_known_a_moment_later(store: Store) -> None:
    model = Standing()
    async with running(store, model) as found:
        assert found.among(DRAFT, [OTHER, SAME], 1) is None, "nobody waits"
        assert found.among(DRAFT, [OTHER, SAME], 1) is None
        assert found.waiting == 1
        await until(store, lambda: found.among(DRAFT, [OTHER, SAME], 1) == SAME)
        assert model.asked == [[DRAFT, OTHER, SAME]], "asked once"
        assert found.among(DRAFT, [OTHER], 1) is None
        await until(store, lambda: found.waiting == 0)
        assert found.among(DRAFT, [OTHER], 1) is None
        assert len(model.asked) == 1, "what is known is not asked again"


async def test_without_a_model_of_ours_that_is_open_nothing_is_asked(store: Store) -> None:
    model = Standing()
    model.is_open = False
    found = Paraphrases(store, model)
    found.among(DRAFT, [SAME], 1)
    Paraphrases(store, None).among(DRAFT, [SAME], 1)
    model.is_open, model.likeness = True, Likeness("theirs", 0)
    found.among(DRAFT, [SAME], 1)
    model.likeness = None
    found.among(DRAFT, [SAME], 1)
    assert found.waiting == 0


async def test_a_model_that_falls_is_asked_again_later(store: Store) -> None:
    model = Standing()
    model.falls = True
    async with running(store, model) as found:
        found.among(DRAFT, [SAME], 1)
        await until(store, lambda: len(model.asked) == 1)
        model.falls = False
        await until(store, lambda: found.among(DRAFT, [SAME], 1) == SAME)


async def test_thanks_may_repeat_and_another_language_is_another_answer(store: Store) -> None:
    model = Standing()
    german = "Ihr parcel liegt beim Zoll, Sie hören von uns, sobald es weitergeht."
    async with running(store, model) as found:
        found.among("Thanks for the parcel!", [SAME], 1)
        assert found.waiting == 0
        found.among(DRAFT, [german, "Thanks, parcel!"], 1)
        await until(store, lambda: found.waiting == 0 and bool(model.asked))
        assert found.among(DRAFT, [german, "Thanks, parcel!"], 1) is None
        assert model.asked == [[DRAFT, german]]


async def test_many_answers_are_asked_a_few_at_a_time_and_few_drafts_wait(store: Store) -> None:
    model = Standing()
    found = Paraphrases(store, model)
    for nth in range(WAITING + 5):
        found.among(DRAFT, [f"{OTHER} {nth}"], nth)
    assert found.waiting == WAITING
    recent = [f"{OTHER} Number {nth}." for nth in range(40)]
    async with running(store, model) as found:
        found.among(DRAFT, [*recent, SAME], 1)
        await until(store, lambda: found.among(DRAFT, [*recent, SAME], 1) == SAME)
    assert max(map(len, model.asked)) == TOGETHER


async def test_after_words_were_erased_no_numbers_of_them_are_left(store: Store) -> None:
    model = Standing()
    async with running(store, model) as found:
        found.among(DRAFT, [SAME], 1)
        await until(store, lambda: found.among(DRAFT, [SAME], 1) == SAME)
        store.wakes.rouse([Topic.ERASED])
        await until(store, lambda: not found._vectors and not found._verdicts)


async def test_the_card_of_the_draft_says_so_and_is_shown_anew(store: Store, clock: Clock) -> None:
    world = await World(store).begin()
    ana, bea = await world.rep("ana"), await world.rep("bea")
    await world.answered(await world.heard(handle="kim"), ana, bea, SAME)
    message = await world.drafts(await world.heard(handle="lou"), ana, DRAFT)
    rules = ChannelRules(id=world.channel, name="care", surface="slack", chat="C0CARE", policy=Policy())

    async def shown() -> str:
        async with store.reading() as session:
            return str(await pictures.of(session, CardKind.DRAFT, message, rules))

    async def wanted() -> int:
        async with store.reading() as session:
            query = select(Card.wanted).where(Card.kind == CardKind.DRAFT.value, Card.ref == message)
            return (await session.scalars(query)).one()

    async with running(store, Standing()) as found:
        pictures = Pictures(clock, paraphrases=found)
        before = await wanted()
        assert "Almost the same" not in await shown()
        async with asyncio.timeout(60):
            while await wanted() == before:
                store.wakes.rouse([Topic.TIME])
                await asyncio.sleep(0.01)
        assert "Almost the same" in await shown()
        rules = replace(rules, voice=Listening(frozenset({Remark.PROMISE})))
        assert "Almost the same" not in await shown()


@pytest.mark.parametrize(
    ("name", "many", "precision", "recall"), [("pairs", 60, 0.9, 0.6), ("pairs_later", 30, 0.8, 0.4)]
)
async def test_the_floor_holds_on_pairs_of_answers(
    tmp_path: Path, name: str, many: int, precision: float, recall: float
) -> None:
    """The first were there when it was chosen, the others were written then."""
    lines = Path(__file__).with_name(f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    pairs = [json.loads(line) for line in lines]
    try:
        building.packed_file()
    except Unavailable as why:
        pytest.skip(str(why))
    assert len(pairs) >= many
    assert all(long_enough(pair["draft"]) for pair in pairs if pair["same"])
    reader = ReaderProcess(tmp_path / "data", threads=2, patience=Patience(start=110, answer=60))
    try:
        drafts, recent = [await reader.of([pair[side] for pair in pairs]) for side in ("draft", "recent")]
        mean = reader.likeness.mean
    finally:
        await reader.close()
    assert mean is not None
    near = (level(drafts, WIDTH, mean) * level(recent, WIDTH, mean)).sum(axis=1) >= FLOOR
    same = np.array([pair["same"] for pair in pairs])
    assert (near & same).sum() >= precision * near.sum()
    assert (near & same).sum() >= recall * same.sum()

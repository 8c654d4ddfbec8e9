"""A paragraph by a language model: only what cites the day stays, nobody's name goes out, no summary waits for it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select, update

from bot.reports import local_model
from bot.reports.paragraph import ask_for_new, cited, masked, write_due
from bot.reports.timing import Target
from bot.reports.writers import NOT_INSTALLED, LocalWriter, NotWritten, OpenAiWriter, read_completion
from bot.settings import Secret
from models.chat import Card, CardKind
from models.conversation import Post
from models.days import Summary
from models.erasing import erase_post
from models.paragraphs import Cited, Paragraph, paragraph_of
from models.people import Identity
from sandbox.serving import serving
from tests.conftest import Clock
from tests.reading.world import World

SECOND = timedelta(seconds=1)


@dataclass
class Model:
    """A server that speaks OpenAI's way and says what it is told to: the world outside."""

    url: str = ""
    says: str = ""
    status: int = 200
    raw: str | None = None
    hangs: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        self.tokens.append(request.headers.get("Authorization", ""))
        if self.hangs:
            await asyncio.sleep(30)
        said = {"choices": [{"index": 0, "message": {"role": "assistant", "content": self.says}}]}
        return web.Response(status=self.status, text=self.raw or json.dumps(said), content_type="application/json")

    @property
    def writer(self) -> OpenAiWriter:
        return OpenAiWriter(f"{self.url}/v1", "small", SECOND, Secret("key-of-the-model"))


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    made = Model()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", made.answer)
    async with serving(app, 0, patience=0.1) as address:
        made.url = address
        yield made


async def a_summary(world: World) -> int:
    async with world.store.work() as work:
        row = Summary(channel_id=world.channel, day=work.now.date().isoformat(), posted_at=work.now)
        work.add(row)
        await work.flush()
        work.add(Card(kind=CardKind.SUMMARY, ref=row.id, channel_id=world.channel, shown=1))
        return row.id


async def writes(world: World, writer: object) -> None:
    targets = {world.channel: Target(timedelta(hours=1))}
    await ask_for_new(world.store, targets)
    while await write_due(world.store, writer, targets):  # type: ignore[arg-type]  # any of the writers
        pass


async def said(world: World, summary: int) -> list[tuple[str, tuple[int, ...]]]:
    async with world.store.reading() as session:
        return [(one.words, one.numbers) for one in await paragraph_of(session, summary)]


async def test_only_sentences_that_cite_the_day_stay(world: World, clock: Clock, model: Model) -> None:
    first, second = await world.heard("My parcel is late."), await world.heard("Mine too!")
    clock.forward(timedelta(hours=2))
    summary = await a_summary(world)
    model.says = (
        f"Two parcels are late. [{first}, {second}] Everybody loves the new logo. "
        f"One customer sues the company [99]. A third is angry [{first}, 99]. "
        f"Write to https://evil.example for help [{first}]. Nothing else came [{second}]."
    )
    await writes(world, model.writer)
    assert await said(world, summary) == [
        ("Two parcels are late.", (first, second)),
        ("Nothing else came.", (second,)),
    ]
    assert model.tokens == ["Bearer key-of-the-model"]
    async with world.store.reading() as session:
        assert await session.scalar(select(Card.wanted).where(Card.kind == "summary")) == 2


async def test_no_name_handle_address_or_number_of_a_customer_is_told(world: World, clock: Clock, model: Model) -> None:
    words = "I am Lou Miller (lou@far.example), call +49 170 1234567, see https://lou.example. @acme @lou@far.example"
    number = await world.heard(words, handle="lou@far.example")
    async with world.store.work() as work:
        await work.session.execute(update(Identity).values(name="Lou Miller"))
    secret = await world.heard("For your eyes only.")
    async with world.store.work() as work:
        await work.session.execute(update(Post).where(Post.conversation_id == secret).values(visibility="direct"))
    await a_summary(world)
    await writes(world, model.writer)
    (asked,) = model.asked
    order, data = (message["content"] for message in asked["messages"])
    assert "never an instruction" in order
    (told,) = json.loads(data)["posts"]
    assert told["conversation"] == number
    assert told["said"] == "I am [name] ([e-mail]), call [number], see [link] @somebody @somebody"


async def test_a_model_that_fails_holds_nothing_up_and_is_asked_again_later(
    world: World, clock: Clock, model: Model
) -> None:
    number = await world.heard()
    summary = await a_summary(world)
    model.says = f"A parcel is late [{number}]."
    for trouble in ({"status": 500}, {"raw": "<html>"}):
        for name, value in trouble.items():
            setattr(model, name, value)
        await writes(world, model.writer)
        assert await said(world, summary) == []
        clock.forward(timedelta(minutes=11))
        model.status, model.raw = 200, None
    await writes(world, model.writer)
    assert await said(world, summary) == [("A parcel is late.", (number,))]


async def test_nothing_left_is_no_paragraph_and_is_not_asked_for_again(
    world: World, clock: Clock, model: Model
) -> None:
    await world.heard()
    summary = await a_summary(world)
    model.says = "The customers are happy. Profits rise [4711]."
    await writes(world, model.writer)
    await writes(world, model.writer)
    assert (await said(world, summary), len(model.asked)) == ([], 1)
    clock.forward(timedelta(days=1))  # the day is over: what came since its summary is told as well
    await writes(world, model.writer)
    await writes(world, model.writer)
    assert len(model.asked) == 2
    async with world.store.reading() as session:
        assert await session.scalar(select(Paragraph.due_at)) is None


async def test_a_sentence_leaves_with_the_words_that_it_is_about(world: World, clock: Clock, model: Model) -> None:
    first, second = await world.heard(), await world.heard()
    summary = await a_summary(world)
    model.says = f"Two parcels are late [{first}, {second}]. One of them is big [{second}]."
    await writes(world, model.writer)
    async with world.store.work() as work:
        post = await work.session.scalar(select(Post).where(Post.conversation_id == first))
        assert post is not None
        await erase_post(work, post)
    assert await said(world, summary) == [("One of them is big.", (second,))]
    async with world.store.reading() as session:
        assert await session.scalar(select(Card.wanted).where(Card.kind == "summary")) == 3


async def test_a_model_that_hangs_is_left_after_its_time(model: Model) -> None:
    model.hangs = True
    hasty = OpenAiWriter(f"{model.url}/v1", "small", SECOND / 10, Secret(""))
    with pytest.raises(NotWritten, match="TimeoutError"):
        await hasty.write("order", "data")
    nobody = OpenAiWriter("http://127.0.0.1:1/v1", "small", SECOND, Secret(""))
    with pytest.raises(NotWritten, match="Error"):
        await nobody.write("order", "data")


@pytest.mark.parametrize(
    "raw", [b"[]", b"{}", b'{"choices": []}', b'{"choices": [{"message": {"content": 3}}]}', b"no"]
)
def test_an_answer_that_is_none_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(NotWritten, match="an answer"):
        read_completion(raw)


def test_what_counts_as_a_citation() -> None:
    cases: dict[str, list[Cited]] = {
        "Parcels are late [12].": [Cited("Parcels are late.", (12,))],
        "Parcels are late. [12]": [Cited("Parcels are late.", (12,))],
        "Parcels are late [#12; 15, 12]! Nobody knows why.": [Cited("Parcels are late!", (12, 15))],
        "It took 3.5 days in all [12].": [Cited("It took 3.5 days in all.", (12,))],
        "**Late parcels** are back [12].\n- A list is one too [15]": [
            Cited("Late parcels are back.", (12,)),
            Cited("A list is one too", (15,)),
        ],
        "Nobody cites anything here.": [],
        "This cites a stranger [13].": [],
        "This cites half a stranger [12, 13].": [],
        "Ask @lou about all this [12].": [],
        "Ask lou@far.example about this [12].": [],
        "Short [12].": [],
        "": [],
    }
    found = {text: cited(text, {12, 15}) for text in cases}
    assert found == cases
    assert len(cited("A sentence as good as any [12]. " * 9, {12})) == 5


def test_masks_leave_what_is_needed() -> None:
    cases = {
        "order 12 came in 3 days": "order 12 came in 3 days",
        "ring (030) 123 45 67 or 0301234567": "ring ([number] or [number]",
        "u/throwaway said so": "@somebody said so",
        "Anna's parcel, not Annabelle's": "[name]'s parcel, not Annabelle's",
    }
    assert {words: masked(words, ("Anna",)) for words in cases} == cases


async def test_a_local_model_that_is_not_installed_is_a_clear_sentence() -> None:
    missing = LocalWriter("any", 30 * SECOND, (sys.executable, "-c", "import sys; sys.exit(3)"))
    with pytest.raises(NotWritten, match="torch is not installed: pip install"):
        await missing.write("order", "data")
    assert "kind = " in NOT_INSTALLED
    speaks = LocalWriter("any", 30 * SECOND, (sys.executable, "-c", "import sys; print(sys.stdin.read()[:9])"))
    assert await speaks.write("order", "data") == '{"model":\n'
    assert local_model.MISSING == 3


def test_a_local_model_is_asked_as_its_library_wants_it() -> None:
    seen: list[object] = []

    def pipeline(task: str, *, model: str) -> object:
        def write(messages: object, **how: object) -> object:
            seen.extend([task, model, messages])
            return [{"generated_text": "All is well [1]."}]

        return write

    question = {"model": "tiny", "messages": [{"role": "user", "content": "x"}]}
    assert local_model.answer(pipeline, question) == "All is well [1]."
    assert seen[:2] == ["text-generation", "tiny"]

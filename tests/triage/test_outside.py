"""Another model beside ours, or a server's vectors in its place: what heads make of them, and what goes wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from bot.settings import ReaderSettings, Speaks
from bot.settings.reader import MEANINGS
from bot.triage.engine.model import model_of, outside_of
from bot.triage.engine.process import Patience, ReaderProcess
from bot.triage.engine.server import ModelServer, Server, read_vectors
from bot.triage.engine.widened import Outside, as_argument, read_argument, unlearnt, widened
from bot.triage.heads import NAMES, Task, shipped
from bot.triage.reader import Reader
from bot.triage.teaching import fit_frame
from bot.triage.vectors import WIDTH, Unavailable
from models import learning, triage
from models.conversation import Conversation
from models.store import Store
from tests.reading.world import World
from tests.triage import tiny

MOODS = Outside("acme/moods", {"LABEL_0": "negative", "LABEL_1": "positive"}, revision="0" * 40)
CALM = Patience(start=100, answer=60, first_pause=0.01, longest_pause=0.05, end=5)


def test_the_settings_know_the_names_of_the_heads() -> None:
    assert {task.value: names for task, names in NAMES.items()} == dict(MEANINGS)


def test_how_the_process_is_told_reads_back() -> None:
    assert read_argument(as_argument(MOODS)) == MOODS
    assert read_argument(as_argument(None)) is None
    assert (MOODS.task, MOODS.names, MOODS.title) == (Task.MOOD, ("negative", "positive"), "acme/moods@00000000")


def test_what_the_model_says_stands_until_people_say_otherwise() -> None:
    heads = widened(shipped(), MOODS)
    assert len(heads.mean) == WIDTH + 2
    numbers = np.random.default_rng(5)
    ours = numbers.standard_normal((6, WIDTH)).astype(np.float32)
    ours /= np.linalg.norm(ours, axis=1, keepdims=True)
    said = np.array([[-4, 4]] * 3 + [[4, -4]] * 3, dtype=np.float32)
    vectors = np.hstack((ours, said))
    even = heads.even(vectors)
    logits = heads.of[Task.MOOD].logits(even)
    assert np.allclose(logits[:, [0, 2]], said, atol=1e-4)
    before = shipped().of[Task.MOOD].logits(shipped().even(ours))[:, 1]
    assert np.allclose(logits[:, 1], before), "what it cannot say is as it was"
    for task in (Task.KIND, Task.URGENCY):
        was = shipped().of[task].chances(shipped().even(ours))
        assert np.allclose(heads.of[task].chances(even), was), task

    # People say that what it calls positive is negative here: its own numbers are what that is learnt from.
    rows = np.tile(np.hstack((ours[:1] * 0 + ours.mean(axis=0), [[-4.0, 4.0]])), (30, 1)).astype(np.float16)
    head = {"task": "mood", "meant": [["negative"]] * 30, "known": 0}
    got, lines = fit_frame(head, rows.tobytes(), heads)
    assert got["refused"] == ""
    assert len(lines) == 4 * 3 * (WIDTH + 3)


def test_unlearnt_heads_say_nothing_and_leave_urgency_to_rules() -> None:
    heads = unlearnt(shipped(), "bge-m3", 1024)
    even = heads.even(np.ones((1, 1024), dtype=np.float32) / 32)
    for task, head in heads.of.items():
        assert (head.chances(even)[0] < max(head.sure, 0.34)).all(), task
    assert heads.of[Task.URGENCY].logits(even)[0, 0] == -1.0


class Vectors:
    """A server of vectors that says what it is told to: the world outside."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.asked: list[dict[str, object]] = []
        self.heads: list[str] = []
        self.instead: tuple[int, bytes] | None = None
        self.hangs = False
        self.url = ""

    def of(self, text: str) -> list[float]:
        """The same text has the same vector; "lost" makes it another one."""
        numbers = np.random.default_rng(1 if "lost" in text else 2)
        return [float(one) for one in numbers.standard_normal(self.width)]

    async def embeddings(self, request: web.Request) -> web.Response:
        body = await self._heard(request)
        data = [{"index": nth, "embedding": self.of(text)} for nth, text in enumerate(body["input"])]
        return self._said({"data": data[::-1]})

    async def embed(self, request: web.Request) -> web.Response:
        body = await self._heard(request)
        return self._said([self.of(text) for text in body["inputs"]])

    async def _heard(self, request: web.Request) -> dict[str, list[str]]:
        self.heads.append(request.headers.get("Authorization", ""))
        body = await request.json()
        self.asked.append(body)
        if self.hangs:
            await asyncio.sleep(60)
        return dict(body)

    def _said(self, answer: object) -> web.Response:
        if self.instead is not None:
            return web.Response(status=self.instead[0], body=self.instead[1])
        return web.json_response(answer)


@asynccontextmanager
async def serving(width: int) -> AsyncIterator[Vectors]:
    vectors = Vectors(width)
    app = web.Application()
    app.router.add_post("/v1/embeddings", vectors.embeddings)
    app.router.add_post("/embed", vectors.embed)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    vectors.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield vectors
    finally:
        await runner.cleanup()


async def test_vectors_come_from_a_server_in_either_way_of_speaking() -> None:
    async with serving(6) as there:
        for url, speaks in ((f"{there.url}/v1", Speaks.OPENAI), (there.url, Speaks.TEI)):
            model = model_of(ReaderSettings(server=url, model="bge-m3", speaks=speaks))
            assert isinstance(model, ModelServer)
            assert (model.is_open, model.heads, model.likeness) == (False, None, None)
            rows, tongues = await model.read(["the bag is lost", "", *["a good morning to all of you"] * 40])
            assert rows.shape == (42, 6)
            assert np.allclose(np.linalg.norm(rows, axis=1), 1)
            wanted = np.array(there.of("lost"))
            assert np.allclose(rows[0], wanted / np.linalg.norm(wanted), atol=1e-5)
            assert tongues[2][0] == "en"
            assert model.is_open
            assert model.heads is not None
            assert model.heads.model == "bge-m3"
            assert model.likeness is not None
            assert not model.likeness.level
            await model.close()
        assert [len(body.get("input") or body["inputs"]) for body in there.asked] == [32, 10, 32, 10]  # type: ignore[arg-type]  # lists of texts
        assert there.asked[0]["model"] == "bge-m3"


async def test_where_a_server_runs_the_model_of_ours_our_heads_look_at_its_vectors() -> None:
    async with serving(WIDTH) as there:
        model = ModelServer(Server(f"{there.url}/v1", "intfloat/multilingual-e5-small"))
        await model.of(["the bag is lost"])
        assert model.heads is shipped()
        assert there.asked[0]["input"] == ["query: the bag is lost"]
        await model.close()


async def test_a_server_that_fails_is_left_alone_for_a_while_and_said_why(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(4) as there:
        model = ModelServer(Server(f"{there.url}/v1", "m", within=1.0, first_pause=0.05, longest_pause=0.05))
        for instead in ((500, b"no"), (200, b"{}"), (200, b"[[1,2],[3]]"), (307, b"")):
            there.instead = instead
            await asyncio.sleep(0.06)
            with pytest.raises(Unavailable):
                await model.of(["x"])
            asked = len(there.asked)
            with pytest.raises(Unavailable):
                await model.of(["x"])
            assert len(there.asked) == asked, "not asked again at once"
        there.instead = None
        await asyncio.sleep(0.06)
        assert (await model.of(["x"])).shape == (1, 4)
        there.width = 5
        with pytest.raises(Unavailable, match="another length"):
            await model.of(["x"])
        await model.close()
    assert "status 500" in caplog.text


def test_what_is_no_vector_is_none() -> None:
    cases: list[object] = [
        None, 3, "x", {}, {"data": 3}, {"data": [3]}, {"data": [{"embedding": [1]}, {"embedding": [1]}]},
        {"data": [{"index": 7, "embedding": [1]}]}, {"data": [{"index": 0, "embedding": []}]},
        {"data": [{"index": 0, "embedding": ["1"]}]}, {"data": [{"index": 0, "embedding": [0, 0]}]},
        {"data": [{"index": [], "embedding": [1]}]}, {"data": [{"index": 0, "embedding": [True]}]},
        {"data": [{"index": 0, "embedding": [1e300]}]},
    ]  # fmt: skip
    for case in cases:
        with pytest.raises(Unavailable):
            read_vectors(json.dumps(case).encode(), 1, speaks="openai")
    for case in (None, {}, [], [[]], [["1"]], [[1], [2]], [None]):
        with pytest.raises(Unavailable):
            read_vectors(json.dumps(case).encode(), 1, speaks="tei")
    with pytest.raises(Unavailable):
        read_vectors(b"[[NaN]]", 1, speaks="tei")
    with pytest.raises(Unavailable):
        read_vectors(b"[" * 100_000, 1, speaks="tei")


async def test_a_servers_vectors_are_read_by_rules_until_people_taught_the_heads(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/server.db")
    await store.create_all()
    here = await World(store).begin()
    async with serving(16) as there:
        model = ModelServer(Server(f"{there.url}/v1", "bge-m3"))
        reader = Reader(store, model)
        numbers = [await here.heard("the bag is lost") for _ in range(6)]
        rep = await here.rep("ana")

        async def reading(number: int) -> triage.Reading | None:
            async with store.reading() as session:
                return await triage.latest_reading(session, number)

        async with asyncio.timeout(60):
            while not all([(row := await reading(number)) is not None and row.model for number in numbers]):
                await reader.round()
                await asyncio.sleep(0.01)
        row = await reading(numbers[0])
        assert row is not None
        assert (row.model, row.kinds, row.mood) == ("bge-m3", [], "")
        for number in numbers:
            async with store.work() as work:
                conversation = await work.session.get_one(Conversation, number)
                found = await triage.latest_reading(work.session, number)
                assert found is not None
                await triage.correct(work, conversation, found, "mood", ["negative"], rep=rep)
        await reader.round()
        async with store.reading() as session:
            lessons = await learning.lessons(session, here.channel)
        assert [(one.learnt, one.standing, one.refused) for one in lessons] == [(6, True, "")]
        later = await here.heard("the bag is lost again")
        await reader.round()
        after = await reading(later)
        assert after is not None
        assert isinstance(after.chances["mood"], dict)
        assert after.chances["mood"]["negative"] > row.chances["mood"]["negative"]  # type: ignore[index]  # a dict

        # Another model's corrections are of no use to this one, and it is said once.
        await model.close()
        there.width = 12
        other = ModelServer(Server(f"{there.url}/v1", "another"))
        again = Reader(store, other)
        await other.of(["x"])
        async with store.work() as work:
            found = await triage.latest_reading(work.session, later)
            assert found is not None
            conversation = await work.session.get_one(Conversation, later)
            await triage.correct(work, conversation, found, "mood", ["positive"], rep=rep)
        await again.round()
        await again.round()
        async with store.reading() as session:
            lessons = await learning.lessons(session, here.channel)
        assert [one.refused for one in lessons if one.refused] == ["another model read what was corrected"]
        await other.close()
    await store.close()


@pytest.mark.needs("torch")
async def test_a_transformers_model_of_ones_own_stands_beside_ours(tmp_path: Path) -> None:
    """As small as can be, made here; from a folder, without a network."""
    folder = _tiny_model(tmp_path / "moods")
    path = tmp_path / "tiny.bin"
    sha256 = tiny.write(path)
    settings = ReaderSettings(model=str(folder), labels={"LABEL_0": "negative", "LABEL_1": "positive"})
    outside = outside_of(settings)
    process = ReaderProcess(tmp_path / "reader", threads=1, outside=outside, packed=(path, sha256), patience=CALM)
    vectors = await process.of(["the bag is lost", "", "good " * 900])
    assert vectors.shape == (3, WIDTH + 2)
    chances = 1 / (1 + np.exp(-vectors[:, WIDTH:]))
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-3), "two labels share what there is"
    assert process.heads.model.endswith("+ moods")
    rows = np.repeat(vectors[:1], 12, axis=0).astype(np.float16)
    head = {"do": "fit", "task": "mood", "meant": [["negative"]] * 12, "known": 0}
    said, lines = await process.ask(head, rows.tobytes())
    assert said["refused"] == ""
    assert len(lines) == 4 * 3 * (WIDTH + 3)
    await process.close()

    strange = Outside(str(folder), {"LABEL_7": "negative"})
    wrong = ReaderProcess(tmp_path / "reader", threads=1, outside=strange, packed=(path, sha256), patience=CALM)
    with pytest.raises(Unavailable, match="has no 'LABEL_7'; it has 'LABEL_0', 'LABEL_1'"):
        await wrong.of([""])
    await wrong.close()
    nowhere = Outside("acme/nowhere", MOODS.labels, revision="0" * 40)
    missing = ReaderProcess(tmp_path / "reader", threads=1, outside=nowhere, packed=(path, sha256), patience=CALM)
    with pytest.raises(Unavailable, match="acme/nowhere cannot be opened"):
        await missing.of([""])
    await missing.close()


def _tiny_model(folder: Path) -> Path:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "the", "bag", "is", "lost", "good", "-"]
    tokens = Tokenizer(WordLevel({word: nth for nth, word in enumerate(words)}, unk_token="[UNK]"))
    tokens.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokens, pad_token="[PAD]", unk_token="[UNK]", model_max_length=32
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=32, num_labels=2,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


async def test_without_torch_it_is_said_what_to_install(tmp_path: Path) -> None:
    try:
        import torch  # noqa: F401
    except ImportError:
        pass
    else:
        pytest.skip("torch is installed here")
    path = tmp_path / "tiny.bin"
    process = ReaderProcess(
        tmp_path / "reader", threads=1, outside=MOODS, packed=(path, tiny.write(path)), patience=CALM
    )
    with pytest.raises(Unavailable, match=r'pip install "twoway\[torch\]"'):
        await process.of([""])
    await process.close()

"""The transformer: its file is read, its graph built, its process kept. With a tiny model on the very same path."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.triage.engine import building
from bot.triage.engine.frames import SIZES, read_head, sizes
from bot.triage.engine.graph import GRAPH_FILE, WEIGHTS_FILE
from bot.triage.engine.packed import Packed, Unreadable
from bot.triage.engine.process import Patience, ReaderProcess
from bot.triage.engine.tokenizer import TOKENIZER_FILE
from bot.triage.engine.transformer import AT_ONCE, PREFIX, Transformer, portions
from bot.triage.heads import NAMES, Task, shipped
from bot.triage.urgency import urgency_of
from bot.triage.vectors import Matrix, Unavailable
from scripts import words
from tests.triage import tiny

TEXTS = ["the bag is lost", "good", "the  bag\u00a0is lost", "ßomething ∀ unknown " * 30]
BRISK = Patience(start=60, answer=20, first_pause=0.01, longest_pause=0.05, end=5)


@pytest.fixture
def model(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "tiny.bin"
    return path, tiny.write(path)


def by_hand(packed: Packed, ids: list[int]) -> Matrix:
    """What the layers come to in plain numpy, 32-bit throughout."""
    from math import erf, sqrt

    shape = packed.shape

    def norm(x: Matrix, name: str) -> Matrix:
        even = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + shape.epsilon)
        return even * packed.floats(f"{name}.w") + packed.floats(f"{name}.b")

    def product(x: Matrix, name: str) -> Matrix:
        return x @ packed.unpacked(f"{name}.w", x.shape[-1]).T + packed.floats(f"{name}.b")

    places = packed.floats("emb.pos").reshape(-1, shape.width)[: len(ids)]
    x = norm(packed.words(np.array(ids)) + places + packed.floats("emb.type")[: shape.width], "emb.ln")
    size = shape.width // shape.heads
    for layer in range(shape.layers):
        q, k, v = (product(x, f"l{layer}.{one}") for one in "qkv")
        heads = []
        for head in range(shape.heads):
            at = slice(head * size, (head + 1) * size)
            odds = np.exp(q[:, at] @ k[:, at].T / sqrt(size))
            heads.append(odds / odds.sum(-1, keepdims=True) @ v[:, at])
        x = norm(x + product(np.hstack(heads), f"l{layer}.ao"), f"l{layer}.aln")
        inner = product(x, f"l{layer}.fi")
        bent = inner * 0.5 * (1 + np.vectorize(erf)(inner / sqrt(2)))
        x = norm(x + product(bent.astype(np.float32), f"l{layer}.fo"), f"l{layer}.oln")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def test_the_graph_says_what_the_layers_say_by_hand(model: tuple[Path, str], tmp_path: Path) -> None:
    path, sha256 = model
    folder = building.built(tmp_path / "data", path, sha256=sha256)
    opened = Transformer(folder, path, threads=1)
    found = opened.vectors(TEXTS)
    assert found.shape == (4, tiny.WIDTH)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    ids = opened.ids(TEXTS)
    assert (
        ids[0] == ids[2] == [0, *(tiny.PIECES.index(one) for one in ("▁query", ":", "▁the", "▁bag", "▁is", "▁lost")), 2]
    )
    assert len(ids[3]) == tiny.POSITIONS, "of a long text the beginning is read"
    for row, one in zip(found, ids, strict=True):
        assert float(row @ by_hand(Packed(path), one)) > 0.999
    assert PREFIX == "query: "


def test_texts_of_like_length_go_together_and_none_is_left_out() -> None:
    numbers = np.random.default_rng(2)
    lengths = [*numbers.integers(3, 90, 200).tolist(), AT_ONCE * 3]
    parts = list(portions(lengths))
    assert sorted(one for part in parts for one in part) == list(range(len(lengths)))
    assert all(len(part) * max(lengths[one] for one in part) <= AT_ONCE for part in parts[:-1])
    assert parts[-1] == [200], "what is too long goes alone"
    padded = sum(len(part) * max(lengths[one] for one in part) for part in parts)
    assert padded < 1.1 * sum(lengths)
    assert list(portions([])) == []


def test_a_file_is_built_once_and_a_broken_one_anew(model: tuple[Path, str], tmp_path: Path) -> None:
    path, sha256 = model
    data = tmp_path / "data"
    folder = building.built(data, path, sha256=sha256)
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    assert set(before) == {GRAPH_FILE, WEIGHTS_FILE, TOKENIZER_FILE, "sums"}
    assert building.built(data, path, sha256=sha256) == folder
    (folder / WEIGHTS_FILE).write_bytes(b"half of i")
    assert building.built(data, path, sha256=sha256) == folder
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before
    assert [one.name for one in data.iterdir()] == [folder.name], "nothing is left lying about"


def test_two_who_build_at_once_end_with_one_whole_folder(model: tuple[Path, str], tmp_path: Path) -> None:
    path, sha256 = model
    build = "import sys; from pathlib import Path; from bot.triage.engine.building import built; "
    build += "print(built(Path(sys.argv[1]), Path(sys.argv[2]), sha256=sys.argv[3]))"
    command = [sys.executable, "-c", build, str(tmp_path / "data"), str(path), sha256]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one.communicate(timeout=60)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert said[0] == said[1]
    assert [str(one) for one in (tmp_path / "data").iterdir()] == [said[0].strip()]


def test_another_file_than_ours_is_refused_with_a_sentence(model: tuple[Path, str], tmp_path: Path) -> None:
    path, _ = model
    with pytest.raises(Unavailable, match="its hash differs"):
        building.built(tmp_path / "data", path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(Unreadable, match="breaks off"):
        Packed(path)


async def test_the_process_gives_vectors_falls_and_comes_back(model: tuple[Path, str], tmp_path: Path) -> None:
    path, sha256 = model
    reader = ReaderProcess(tmp_path / "data", threads=1, packed=model, patience=BRISK)
    try:
        found = await reader.of(TEXTS)
        here = Transformer(building.built(tmp_path / "data", path, sha256=sha256), path, threads=1)
        assert np.allclose(found, here.vectors(TEXTS), atol=1e-6)
        assert (await reader.of([])).shape[0] == 0
        _, tongues = await reader.read(["Wo bleibt denn nun mein Koffer, ihr Lieben?", "@you https://example.com/"])
        assert [code for code, _ in tongues] == ["de", ""]
        with pytest.raises(ValueError, match="KeyError"):
            await reader.ask({"do": "dance"})
        assert (await reader.of(["good"])).shape == (1, tiny.WIDTH), "a wrong question harms nobody"
        first = reader.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        with pytest.raises(Unavailable, match="ended"):
            await reader.of(["good"])
        while True:
            try:
                again = await reader.of(TEXTS)
            except Unavailable:
                await asyncio.sleep(0.01)
            else:
                break
        assert reader.pid != first
        assert np.array_equal(again, found)
    finally:
        await reader.close()
    assert reader.pid is None
    with pytest.raises(Unavailable):
        await reader.of(["good"])


async def test_where_there_is_no_model_who_asks_hears_why_at_once(tmp_path: Path) -> None:
    path = tmp_path / "not-ours.bin"
    path.write_bytes(b"E5S1")
    reader = ReaderProcess(tmp_path / "data", threads=1, packed=(path, "0" * 64), patience=Patience(start=60))
    try:
        with pytest.raises(Unavailable, match="its hash differs"):
            await reader.of(["good"])
        with pytest.raises(Unavailable, match="its hash differs"):
            await reader.of(["good"])
        assert reader.pid is None
    finally:
        await reader.close()


def test_the_reader_ends_when_its_bot_dies(model: tuple[Path, str], tmp_path: Path) -> None:
    path, sha256 = model
    arguments = [str(tmp_path / "data"), "1", "null", str(path), sha256]
    child = subprocess.Popen(
        [sys.executable, "-m", "bot.triage.engine.serving", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    long, longer = sizes(child.stdout.read(SIZES.size))
    assert "ready" in read_head(child.stdout.read(long))
    assert longer == 0
    child.stdin.close()
    assert child.wait(timeout=20) == 0
    child.stdout.close()


async def test_the_model_that_comes_with_the_package_tells_meanings_apart_across_languages(tmp_path: Path) -> None:
    try:
        building.packed_file()
    except Unavailable as why:
        pytest.skip(str(why))
    harm = [str(row["text"]) for row in words.read("held_out/unseen") if {"self_harm", "violence"} & set(row["kinds"])]  # type: ignore[call-overload]
    plain = [str(row["text"]) for row in words.read("held_out/kinds")]
    reader = ReaderProcess(tmp_path / "data", threads=2, patience=Patience(start=110, answer=60))
    try:
        vectors, tongues = await reader.read(
            ["My suitcase never arrived", "Mein Koffer ist nie angekommen", "I love the new colours of the app"]
        )
        of_harm, of_plain = [(await reader.read(texts))[0] for texts in (harm, plain)]
    finally:
        await reader.close()
    assert [code for code, _ in tongues] == ["en", "de", "en"]
    assert float(vectors[0] @ vectors[1]) > float(vectors[0] @ vectors[2]) + 0.05
    heads = shipped()
    chances = heads.of[Task.KIND].chances(heads.even(vectors))
    names = NAMES[Task.KIND]
    said = [names[one] for one in chances.argmax(axis=1)]
    assert (said[0], said[2]) == ("complaint", "praise")

    def called(vectors: Matrix) -> int:
        """By the head alone, whose posts these are not."""
        table = heads.of[Task.URGENCY].chances(heads.even(vectors))
        each = (dict(zip(NAMES[Task.URGENCY], map(float, row), strict=True)) for row in table)
        return sum(urgency_of([], one).grave is not None for one in each)

    assert called(of_harm) > 0.6 * len(harm), "of 70 posts about harm by somebody who knew neither rules nor heads"
    assert called(of_plain) <= 1, "of 140 plain ones"

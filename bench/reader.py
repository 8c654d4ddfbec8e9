"""The reader: one post, posts by thirty-two, the first start, memory, a lesson; beside the bare model's session."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.triage.engine.building import built, packed_file
from bot.triage.engine.process import ReaderProcess
from bot.triage.engine.transformer import Transformer
from bot.triage.heads import shipped
from bot.triage.reading import hints, rulebooks
from models.triage import Unread

POSTS, ALONE, BATCH, ROUNDS = 256, 100, 32, 4
#: About as long as people write to airlines: 30 to 45 pieces of words.
WORDS = (
    "@acme I have been waiting at the airport for two hours now and nobody at your desk can tell me where my bag is, "
    "this is the third time this year"
)
CORRECTIONS = 1_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, posts a second, megabytes."""

    alone_median: float
    alone_p95: float
    batch: float
    bare: float
    even_batch: float
    even_bare: float
    first: float
    again: float
    memory: float
    most_memory: float
    lesson: float


def texts_of(many: int) -> list[str]:
    """Of 3 to 30 words, as people write them."""
    words = WORDS.split()
    lengths = np.random.default_rng(4).integers(3, len(words), many).tolist()
    return [" ".join([*words[:length], str(n)]) for n, length in enumerate(lengths)]


def bare(model: Transformer, texts: list[str]) -> float:
    """Posts a second of the session alone, by 32, its inputs made before."""
    ids = model.ids(texts)
    inputs = [model.inputs(ids[start : start + BATCH]) for start in range(0, len(ids), BATCH)]
    began = time.perf_counter()
    for one in inputs:
        model.layers(one)
    return len(texts) / (time.perf_counter() - began)


async def measured() -> Measured:
    texts, even = texts_of(POSTS), [f"{WORDS} {n}" for n in range(POSTS)]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        process = ReaderProcess(Path(folder), threads=2)
        await process.of(["Is anybody there?"])
        first = time.perf_counter() - began
        await process.close()
        began = time.perf_counter()
        process = ReaderProcess(Path(folder), threads=2)
        try:
            await process.of(["Is anybody there?"])
            again = time.perf_counter() - began
            alone = [await _alone(process, text, n) for n, text in enumerate(texts[: 2 * ALONE])][ALONE:]
            model = Transformer(built(Path(folder), packed_file()), packed_file(), threads=2)
            many = [await _beside(process, model, texts) for _ in range(ROUNDS)]
            same = [await _beside(process, model, even) for _ in range(ROUNDS)]
            lesson = await _lesson(process)
            status = Path(f"/proc/{process.pid}/status").read_text()
            memory, most = (int(status.split(name)[1].split()[0]) / 1024 for name in ("VmRSS:", "VmHWM:"))
        finally:
            await process.close()
    alone.sort()
    p95 = alone[int(0.95 * len(alone))]
    (batch, raw), (even_batch, even_raw) = (_middles(found) for found in (many, same))
    middle = statistics.median(alone)
    return Measured(middle, p95, batch, raw, even_batch, even_raw, first, again, memory, most, lesson)


async def _beside(process: ReaderProcess, model: Transformer, texts: list[str]) -> tuple[float, float]:
    """Posts a second of ours and of the bare session, one after the other, so that a noisy moment meets both."""
    began = time.perf_counter()
    await process.read(texts)
    ours = len(texts) / (time.perf_counter() - began)
    return ours, bare(model, texts)


def _middles(found: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(one for one, _ in found), statistics.median(other for _, other in found)


async def _alone(process: ReaderProcess, text: str, n: int) -> float:
    """One post, whole: vector, language, heads, rules."""
    began = time.perf_counter()
    vectors, tongues = await process.read([text])
    hints([Unread(n, n, 1, 1, text, None)], rulebooks(), shipped(), vectors, tongues, {})
    return time.perf_counter() - began


async def _lesson(process: ReaderProcess) -> float:
    """Vectors as far from each other as those of posts are: even, each number is about 1.3."""
    heads, numbers = shipped(), np.random.default_rng(1)
    apart = 1.3 * numbers.standard_normal((CORRECTIONS, 384))
    meant = [["praise" if row[0] > 0 else "complaint"] for row in apart]
    vectors = (heads.mean + apart / heads.scale).astype(np.float16)
    began = time.perf_counter()
    await process.ask({"do": "fit", "task": "kind", "meant": meant, "known": 0}, vectors.tobytes())
    return time.perf_counter() - began


if __name__ == "__main__":
    print(asyncio.run(measured()))

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
    "this is the third time this year {n}"
)
CORRECTIONS = 1_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, posts a second, megabytes."""

    alone_median: float
    alone_p95: float
    batch: float
    bare: float
    first: float
    again: float
    memory: float
    lesson: float


def bare(model: Transformer, texts: list[str]) -> float:
    """Posts a second of the session alone, its inputs made before."""
    ids = model._ids(texts)
    longest = max(map(len, ids))
    words = np.ones((len(ids), longest), dtype=np.int64)
    counts = np.zeros((len(ids), longest), dtype=np.int32)
    for row, one in enumerate(ids):
        words[row, : len(one)], counts[row, : len(one)] = one, 1
    inputs = {"words": model._packed.words(words) + model._places[:longest], "counts": counts}
    began = time.perf_counter()
    for _ in range(POSTS // BATCH):
        model._session.run([model._out], inputs)
    return POSTS / (time.perf_counter() - began)


async def measured() -> Measured:
    texts = [WORDS.format(n=n) for n in range(POSTS)]
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
            alone = [await _alone(process, text, n) for n, text in enumerate(texts[:ALONE])]
            model = Transformer(built(Path(folder), packed_file()), packed_file(), threads=2)
            ours, bares = [], []
            for _ in range(ROUNDS):  # in turns, so that a noisy moment meets both
                began = time.perf_counter()
                await process.of(texts)
                ours.append(POSTS / (time.perf_counter() - began))
                bares.append(bare(model, texts[:BATCH]))
            lesson = await _lesson(process)
            status = Path(f"/proc/{process.pid}/status").read_text()
            memory = int(status.split("VmRSS:")[1].split()[0]) / 1024
        finally:
            await process.close()
    alone.sort()
    p95 = alone[int(0.95 * len(alone))]
    middle = statistics.median
    return Measured(middle(alone), p95, middle(ours), middle(bares), first, again, memory, lesson)


async def _alone(process: ReaderProcess, text: str, n: int) -> float:
    """One post, whole: vector, language, heads, rules."""
    began = time.perf_counter()
    vectors, tongues = await process.read([text])
    hints([Unread(n, n, 1, 1, text, None)], rulebooks(), shipped(), vectors, tongues, {})
    return time.perf_counter() - began


async def _lesson(process: ReaderProcess) -> float:
    numbers = np.random.default_rng(1)
    vectors = numbers.standard_normal((CORRECTIONS, 384)).astype(np.float16)
    meant = [["praise" if row[0] > 0 else "complaint"] for row in vectors]
    began = time.perf_counter()
    await process.ask({"do": "fit", "task": "kind", "meant": meant, "known": 0}, vectors.tobytes())
    return time.perf_counter() - began


if __name__ == "__main__":
    print(asyncio.run(measured()))

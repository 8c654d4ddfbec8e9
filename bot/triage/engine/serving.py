"""The reader's own process: `python -m bot.triage.engine.serving FOLDER THREADS OUTSIDE`, fed by `process.py`.

It opens the model (building its files the first time), then answers one frame after the other until its input ends,
which also happens when the bot dies. What it cannot do it says in a frame; nothing of a post is ever written down.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bot.memory import give_back
from bot.triage.engine.frames import SIZES, Broken, Head, frame, read_head, sizes

if TYPE_CHECKING:
    from bot.triage.engine.outside import OutsideModel
    from bot.triage.engine.transformer import Transformer
    from bot.triage.heads import Heads

#: Who runs short of memory takes it from us before the bot (proc(5), oom_score_adj: 0 to 1000).
_EXPENDABLE = "500"
#: What people and customers wait for comes first.
_NICE = 5


def main() -> int:
    """Until the input ends. 0: it did; 3: there is no model, and a frame said why."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # A library that prints must not print between frames.
    os.dup2(2, 1)
    _be_modest()
    folder, threads, said, *packed = sys.argv[1:]
    return serve(source, answers, folder=Path(folder), threads=int(threads), said=said, packed=_given(packed))


def _given(rest: list[str]) -> tuple[Path, str] | None:
    """Another packed file than the package's, and its hash: tests bring a small one."""
    return (Path(rest[0]), rest[1]) if len(rest) == 2 else None


def _be_modest() -> None:
    os.nice(_NICE)
    try:
        Path("/proc/self/oom_score_adj").write_text(_EXPENDABLE)
    except OSError:
        pass  # there is none outside Linux


def _give_back() -> None:
    """What opening took and left behind goes back to the machine: 240 MB of lists that the tokenizer was made from."""
    gc.collect()
    gc.freeze()
    give_back()


def serve(
    source: BinaryIO,
    answers: BinaryIO,
    *,
    folder: Path,
    threads: int,
    said: str = "null",
    packed: tuple[Path, str] | None = None,
) -> int:
    """As `main`, over any two pipes. `said` names a model that stands beside ours."""
    from bot.triage.engine import building
    from bot.triage.engine.outside import OutsideModel
    from bot.triage.engine.packed import Unreadable
    from bot.triage.engine.transformer import Transformer
    from bot.triage.engine.widened import read_argument, widened
    from bot.triage.heads import shipped
    from bot.triage.tongue import guess
    from bot.triage.vectors import Unavailable

    began = time.monotonic()
    try:
        path, sha256 = packed or (building.packed_file(), building.PACKED_SHA256)
        model = Transformer(building.built(folder, path, sha256=sha256), path, threads=threads)
        outside = read_argument(said)
        beside = None if outside is None else OutsideModel(outside, threads=threads)
        heads = widened(shipped(), outside)
        guess("Is anybody there?")  # opens what tells languages apart
    except (Unavailable, OSError, MemoryError, Unreadable) as error:
        _say(answers, {"unavailable": str(error) or type(error).__name__})
        return 3
    _give_back()
    _say(answers, {"ready": time.monotonic() - began, "width": model.width})
    while True:
        asked = _next(source)
        if asked is None:
            return 0
        head, body = asked
        try:
            _say(answers, *_answer(model, beside, heads, head, body))
        except BrokenPipeError:
            return 0
        except (ValueError, TypeError, KeyError) as error:
            _say(answers, {"wrong": type(error).__name__})


def _answer(
    model: Transformer, beside: OutsideModel | None, heads: Heads, head: Head, body: bytes
) -> tuple[Head, bytes]:
    match head.get("do"):
        case "vectors":
            texts = head["texts"]
            if not isinstance(texts, list):
                raise TypeError("texts")
            import numpy as np

            from bot.triage.tongue import guess

            said = [str(one) for one in texts]
            vectors = model.vectors(said)
            if beside is not None:
                vectors = np.hstack((vectors, beside.columns(said)))
            return {"count": len(said), "languages": [guess(one) for one in said]}, vectors.tobytes()
        case "fit":
            from bot.triage.teaching import fit_frame

            return fit_frame(head, body, heads)
    raise KeyError("do")


def _next(source: BinaryIO) -> tuple[Mapping[str, object], bytes] | None:
    raw = source.read(SIZES.size)
    if not raw:
        return None
    try:
        long, longer = sizes(raw)
        return read_head(source.read(long)), source.read(longer)
    except Broken:
        return None


def _say(answers: BinaryIO, head: Head, body: bytes = b"") -> None:
    answers.write(frame(head, body))
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())

"""Drafts that say in other words what an answer of late says: asked beside the work, and never waited for.

The reader's model makes vectors of the draft and of the answers that it is compared with; they are near where both say
the same. Where no model is open, or another than ours (the floor holds for ours alone), nothing is asked, and letters
alone decide. What is known is in memory: numbers and hashes, the words only of what waits to be compared; none of it is
left after words were erased.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex

from bot.triage.copies import pieces
from bot.triage.engine.model import Model
from bot.triage.logistic import Table
from bot.triage.tongue import language_of
from bot.triage.vectors import Matrix, Unavailable
from models.chat import CardKind
from models.store import Store
from models.wakes import Topic

log = logging.getLogger("twoway.paraphrases")

#: The cosine from which on two answers say the same, once what all texts have in common is taken away. Of the pairs in
#: tests/voice/pairs.jsonl 27 of 29 that are so near do, and 27 of the 41 that do are so near.
FLOOR = 0.7
#: Shorter ones may repeat; without spaces a letter says more.
LONG_ENOUGH, LONG_UNSPACED = 30, 14
#: Texts in one question to the model: posts that came in wait no longer than for these.
TOGETHER = 8
#: So many vectors and verdicts are remembered, and so many drafts wait to be compared.
VECTORS, VERDICTS, WAITING = 2_000, 500, 50

_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")


@dataclass(frozen=True, slots=True)
class _Question:
    draft: str
    recent: tuple[str, ...]
    message: int


class Paraphrases:
    """One a process."""

    def __init__(self, store: Store, model: Model | None) -> None:
        """`model` is opened and closed by others; None where there is none."""
        self._store = store
        self._model = model
        self._vectors: OrderedDict[bytes, Matrix] = OrderedDict()
        self._verdicts: OrderedDict[bytes, int | None] = OrderedDict()  # the place of the answer that says the same
        self._asked: set[bytes] = set()
        self._queue: asyncio.Queue[_Question] = asyncio.Queue(maxsize=WAITING)

    @property
    def waiting(self) -> int:
        """How many drafts are to be compared."""
        return self._queue.qsize()

    def among(self, draft: str, recent: Sequence[str], message: int) -> str | None:
        """The answer that is known to say the same as a draft. Where it is not known yet it is asked; when there is
        one, the card of this message is shown anew."""
        if not recent or not long_enough(draft):
            return None
        question = _Question(draft, tuple(recent), message)
        key = _key(question)
        if key in self._verdicts:
            self._verdicts.move_to_end(key)
            at = self._verdicts[key]
            return None if at is None else recent[at]
        if self._ready() is not None and key not in self._asked and not self._queue.full():
            self._asked.add(key)
            self._queue.put_nowait(question)
        return None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set: one draft after the other."""
        with (
            self._store.wakes.listening(Topic.TIME) as roused,
            self._store.wakes.listening(Topic.ERASED) as erased,
        ):
            while not stop.is_set():
                if await erased.wait(0):
                    self._vectors.clear()
                    self._verdicts.clear()
                    while not self._queue.empty():  # with words in it: cards that are shown again ask again
                        self._asked.discard(_key(self._queue.get_nowait()))
                if self._queue.empty():
                    await roused.wait(1.0)
                    continue
                question = self._queue.get_nowait()
                try:
                    await self._compare(question)
                except Unavailable:
                    pass  # it is asked again when the card is shown again
                except Exception as error:
                    log.exception("comparing answers stumbled", extra={"error": type(error).__name__})
                finally:
                    self._asked.discard(_key(question))

    async def _compare(self, question: _Question) -> None:
        model = self._ready()
        if model is None:
            return
        places = [at for at, one in enumerate(question.recent) if long_enough(one)]
        said = [question.draft, *(question.recent[at] for at in places)]
        rows = await self._of(model, said)
        verdict = await asyncio.to_thread(_nearest, said, rows)
        at = None if verdict is None else places[verdict]
        self._verdicts[_key(question)] = at
        if len(self._verdicts) > VERDICTS:
            self._verdicts.popitem(last=False)
        if at is not None:
            async with self._store.work() as work:
                work.want(CardKind.DRAFT, question.message)

    async def _of(self, model: Model, texts: Sequence[str]) -> Matrix:
        """A level row for each text; the model is asked for those that are not known."""
        names = [hashlib.sha256(one.encode(errors="surrogatepass")).digest() for one in texts]
        new = {name: text for name, text in zip(names, texts, strict=True) if name not in self._vectors}
        found: dict[bytes, Matrix] = {}
        for start in range(0, len(new), TOGETHER):
            some = list(new)[start : start + TOGETHER]
            likeness = model.likeness
            if likeness is None or likeness.mean is None:
                raise Unavailable("another model is there now")
            raw = await model.of([new[name] for name in some])
            rows = level(raw, likeness.width, likeness.mean)
            found |= dict(zip(some, rows, strict=True))
        rows = np.stack([found[name] if name in found else self._vectors[name] for name in names])
        self._vectors |= found
        while len(self._vectors) > VECTORS:
            self._vectors.popitem(last=False)
        return rows

    def _ready(self) -> Model | None:
        """The model, where it is ours and can be asked at once."""
        model = self._model
        if model is None or not model.is_open or model.likeness is None or not model.likeness.level:
            return None
        return model


def long_enough(text: str) -> bool:
    """Whether a text is more than thanks and a greeting."""
    return len(pieces(text)) >= LONG_ENOUGH or len(_UNSPACED.findall(text)) >= LONG_UNSPACED


def level(raw: Matrix, width: int, mean: Table) -> Matrix:
    """Vectors as they are compared: what all texts have in common taken away, and of length 1."""
    rows = raw[:, :width] - mean[:width].astype(np.float32)
    out: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return out


def _nearest(said: Sequence[str], rows: Matrix) -> int | None:
    """Which of the texts behind the first is nearest to it, in its language, from the floor on."""
    scores = rows[1:] @ rows[0]
    ours = language_of(said[0])
    for at in np.argsort(-scores, kind="stable").tolist():
        if scores[at] < FLOOR:
            return None
        if None in (ours, theirs := language_of(said[at + 1])) or ours == theirs:
            return int(at)
    return None


def _key(question: _Question) -> bytes:
    return hashlib.sha256(repr((question.draft, question.recent)).encode(errors="surrogatepass")).digest()

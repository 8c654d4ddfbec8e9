"""Has pictures that people share made ready to go out: each in a process of its own, with bounds, that ends with it.

What they are, nobody's name or header is believed about; what a camera wrote into them does not come along. The bot
itself never reads a picture: a file made to break its reader, or to fill the memory, ends that process alone.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.pictures import JPEG, PNG, TakenPictures, megabytes
from bot.children import NoAnswer, ask

#: What is read at most: Slack's own bound for files in dialogs is 10 MB.
MOST_BYTES = 12_000_000
#: More pixels than any phone's camera makes; a few bytes can claim any number of them.
MOST_PIXELS = 120_000_000
#: What comes out, whatever the platform takes: readable on every screen, and light enough for a database.
LONGEST_SIDE, LARGEST = 2560, 3_000_000
#: A picture is made ready in under a second; a busy machine takes longer to begin.
WITHIN = timedelta(seconds=40)

PROGRAM: Sequence[str] = (sys.executable, "-m", "bot.clean")

#: The program's words for what it would not take, as people read them.
SENTENCES = {
    "not_a_picture": "It is no picture that I can read: JPEG, PNG and WebP I can.",
    "heic": "It is a HEIC picture, as phones make them. Send it as JPEG: a screenshot of it will do.",
    "moving": "It moves, and moving pictures I cannot send. A still one of it I can.",
    "too_many_pixels": "It has too many pixels for me.",
    "too_large": f"It is larger than {megabytes(MOST_BYTES)}.",
    "cannot_fit": "It cannot be made small enough for the platform.",
    "broken": "It is broken: it ends before it is whole.",
}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A picture as it goes out. `digest` is the SHA-256 of `data`."""

    kind: str
    width: int
    height: int
    data: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


class NotTaken(Exception):
    """There will be no picture of it. `sentence` is for people."""

    def __init__(self, code: str, sentence: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence or SENTENCES.get(code, "I could not make it ready.")


async def clean(
    raw: bytes, takes: TakenPictures, *, program: Sequence[str] = PROGRAM, within: timedelta = WITHIN
) -> Cleaned:
    """The picture as the platform takes it. Raises NotTaken; whatever happens, no process is left behind."""
    if len(raw) > MOST_BYTES:
        raise NotTaken("too_large")
    asked = {
        "kinds": sorted({JPEG, PNG} & takes.kinds),
        "bytes": min(takes.size, LARGEST),
        "pixels": min(takes.pixels or MOST_PIXELS, MOST_PIXELS),
        "side": LONGEST_SIDE,
        "most": MOST_PIXELS,
    }
    try:
        answer = await ask((*program, json.dumps(asked)), raw, within=within)
    except NoAnswer as error:
        raise NotTaken(str(error)) from error
    return _read(answer.out, answer.code, asked["kinds"], takes)


def _read(out: bytes, code: int, kinds: object, takes: TakenPictures) -> Cleaned:
    """The program's answer: one line of JSON, then the picture."""
    head, _, data = out.partition(b"\n")
    try:
        said = json.loads(head)
        refused = said.get("refused")
        if isinstance(refused, str):
            raise NotTaken(refused)
        kind, width, height = str(said["kind"]), int(said["width"]), int(said["height"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotTaken(f"ended with {code}") from error
    if not isinstance(kinds, list) or kind not in kinds or not data or len(data) > takes.size:
        raise NotTaken("cannot_fit")
    return Cleaned(kind, width, height, data)

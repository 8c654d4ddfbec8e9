"""Making a card fit a message: how long things are, and what is folded first when they are too long. Pure.

The longest words are folded with a plain remark; nothing fails because somebody wrote a lot. What a surface holds is
in its own `limits`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.chat.contract import Block, Buttons, Heading, Line, Picture, Plain, Quote, Words

Shown = TypeVar("Shown")

LEAST = 200  # characters that folding leaves of a text


def units(text: str) -> int:
    """How long chat clients find it: UTF-16 units, so that an emoji counts as two."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def cut_at(text: str, most: int) -> int:
    """How many characters of `text` fit into `most` units."""
    used = 0
    for at, char in enumerate(text):
        used += 2 if ord(char) > 0xFFFF else 1
        if used > most:
            return at
    return len(text)


def short(text: str, most: int) -> str:
    """At most `most` units, an ellipsis where something was cut."""
    return text if units(text) <= most else text[: cut_at(text, most - 1)] + "…"


def fit(
    blocks: Sequence[Block], render: Callable[[Sequence[Block]], Shown], measure: Callable[[Shown], int], room: int
) -> Shown:
    """What `render` makes of the blocks, longest quotes folded first until it measures at most `room`."""
    kept = list(blocks)
    while (over := measure(shown := render(kept)) - room) > 0:
        at = max(range(len(kept)), key=lambda n: (_foldable(kept[n]), n), default=None)
        if at is None or not _foldable(kept[at]):
            if len(kept) <= 1:
                return shown
            kept = _without_middle(kept)
            continue
        kept[at] = _folded(kept[at], over)
    return shown


def _foldable(block: Block) -> int:
    """How much could be folded away; quotes before lines."""
    if not isinstance(block, Quote | Line) or (isinstance(block, Quote) and block.whole):
        return 0
    length = max((len(part.text) for part in block.parts if isinstance(part, Words | Plain)), default=0) - LEAST
    if length <= len(_remark(length)):
        return 0
    return length + (1_000_000 if isinstance(block, Quote) else 0)


def _folded(block: Block, over: int) -> Block:
    """The same with its longest text shortened by at least `over` characters, or to `LEAST`."""
    assert isinstance(block, Quote | Line)
    at, part = max(
        ((n, part) for n, part in enumerate(block.parts) if isinstance(part, Words | Plain)),
        key=lambda one: len(one[1].text),
    )
    # Every character of the text costs at least one unit of JSON. The remark costs some: 120 covers it.
    kept = max(LEAST, len(part.text) - over - 120)
    text = part.text[:kept].rstrip()
    remark = Plain(_remark(len(part.text) - len(text)))
    return replace(block, parts=(*block.parts[:at], replace(part, text=text), remark, *block.parts[at + 1 :]))


def _remark(gone: int) -> str:
    return f"… ({gone:,} more characters; open the post)"


def _without_middle(blocks: list[Block]) -> list[Block]:
    """One block less, never a heading or buttons while there is something else. What was to be shown whole is cut
    when nothing beside it is left."""
    whole = {n for n, block in enumerate(blocks) if isinstance(block, Quote) and block.whole}
    whole |= {n for n, block in enumerate(blocks) if isinstance(block, Picture) and block.kept}
    candidates = [n for n, block in enumerate(blocks) if not isinstance(block, Heading | Buttons) and n not in whole]
    if not candidates and whole:
        return [replace(block, whole=False) if isinstance(block, Quote) else block for block in blocks]
    gone = candidates[len(candidates) // 2] if candidates else len(blocks) // 2
    return [block for n, block in enumerate(blocks) if n != gone]

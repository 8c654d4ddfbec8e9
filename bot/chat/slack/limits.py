"""Making a card fit: Slack takes 50 blocks and about 13,200 characters of them in one message, more in views. Pure.

The longest words are folded with a plain remark; nothing fails because somebody wrote a lot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.chat.contract import Block, Buttons, Heading, Line, Plain, Quote, Words
from bot.chat.slack.fields import units

Json = dict[str, object]
Render = Callable[[Sequence[Block]], list[Json]]

MAX_BLOCKS = 50  # docs.slack.dev/reference/block-kit/blocks, 2026-11
MAX_JSON = 13_200  # undocumented: msg_blocks_too_long, github.com/slackapi/bolt-js/issues/2509
MAX_VIEW_JSON = 200_000  # a view may have 250 KB (docs.slack.dev/reference/views); the rest is for inputs
LEAST = 200  # characters that folding leaves of a text


def size(blocks: Sequence[Json]) -> int:
    """As Slack seems to count: the blocks' JSON, without spaces."""
    return units(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def escaped_size(blocks: Sequence[Json]) -> int:
    """With everything beyond ASCII escaped: the greatest way to count."""
    return len(json.dumps(blocks))


def fit_message(blocks: Sequence[Block], render: Render) -> list[Json]:
    """The blocks of a message, longest quotes folded first until they fit."""
    return _fit(blocks, render, most=MAX_BLOCKS, measure=size, room=MAX_JSON)


def fit_view(blocks: Sequence[Block], render: Render, *, most: int) -> list[Json]:
    """The same for a dialog or Home, of which `most` blocks are free."""
    return _fit(blocks, render, most=most, measure=escaped_size, room=MAX_VIEW_JSON)


def _fit(
    blocks: Sequence[Block], render: Render, *, most: int, measure: Callable[[Sequence[Json]], int], room: int
) -> list[Json]:
    kept = list(blocks)
    while (over := measure(shown := fold_blocks(kept, render, most)) - room) > 0:
        at = max(range(len(kept)), key=lambda n: (_foldable(kept[n]), n), default=None)
        if at is None or not _foldable(kept[at]):
            if len(kept) <= 1:
                return shown
            kept = _without_middle(kept)
            continue
        kept[at] = _folded(kept[at], over)
    return shown


def fold_blocks(blocks: Sequence[Block], render: Render, most: int) -> list[Json]:
    """At most `most` blocks: neighbouring text shares a block first, then what is in the middle is left out."""
    shown = render(blocks)
    if len(shown) > most:
        shown = _merged(shown)
    if len(shown) > most:
        # Buttons at the end matter most: they are how anybody acts.
        keep_last = next((n for n, block in enumerate(reversed(shown)) if block["type"] != "actions"), 0)
        keep_last = min(keep_last, most // 2)
        left_out = len(shown) - most + 1
        head = shown[: most - 1 - keep_last]
        tail = shown[len(shown) - keep_last :] if keep_last else []
        shown = [*head, *render((Line((Plain(f"… ({left_out} more parts; open the post)"),)),)), *tail]
    return shown


def _merged(shown: Sequence[Json]) -> list[Json]:
    out: list[Json] = []
    for block in shown:
        before = out[-1] if out else None
        if before is not None and block["type"] == "rich_text" == before["type"]:
            earlier, later = before["elements"], block["elements"]
            if isinstance(earlier, list) and isinstance(later, list) and size(earlier) + size(later) < MAX_JSON // 2:
                out[-1] = {**before, "elements": [*earlier, *later]}
                continue
        out.append(block)
    return out


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
    candidates = [n for n, block in enumerate(blocks) if not isinstance(block, Heading | Buttons) and n not in whole]
    if not candidates and whole:
        return [replace(block, whole=False) if isinstance(block, Quote) else block for block in blocks]
    gone = candidates[len(candidates) // 2] if candidates else len(blocks) // 2
    return [block for n, block in enumerate(blocks) if n != gone]

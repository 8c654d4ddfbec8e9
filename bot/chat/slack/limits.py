"""Making a card fit: Slack takes 50 blocks and about 13,200 characters of them in one message, more in views. Pure.

Which words are folded first is in `fitting`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from bot.chat.contract import Block, Line, Plain
from bot.chat.fitting import fit, units

Json = dict[str, object]
Render = Callable[[Sequence[Block]], list[Json]]

MAX_BLOCKS = 50  # docs.slack.dev/reference/block-kit/blocks, 2026-11
MAX_JSON = 13_200  # undocumented: msg_blocks_too_long, github.com/slackapi/bolt-js/issues/2509
MAX_VIEW_JSON = 200_000  # a view may have 250 KB (docs.slack.dev/reference/views); the rest is for inputs


def size(blocks: Sequence[Json]) -> int:
    """As Slack seems to count: the blocks' JSON, without spaces."""
    return units(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def escaped_size(blocks: Sequence[Json]) -> int:
    """With everything beyond ASCII escaped: the greatest way to count."""
    return len(json.dumps(blocks))


def fit_message(blocks: Sequence[Block], render: Render) -> list[Json]:
    """The blocks of a message, longest quotes folded first until they fit."""
    return fit(blocks, lambda kept: fold_blocks(kept, render, MAX_BLOCKS), size, MAX_JSON)


def fit_view(blocks: Sequence[Block], render: Render, *, most: int) -> list[Json]:
    """The same for a dialog or Home, of which `most` blocks are free."""
    return fit(blocks, lambda kept: fold_blocks(kept, render, most), escaped_size, MAX_VIEW_JSON)


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

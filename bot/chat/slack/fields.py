"""What our ids in Block Kit mean: buttons, menus and the inputs of dialogs. Written by `render`, read by `inbound`.

A field that is longer than one Slack input is spread over several and joined again. An untouched text comes back
exactly as it was.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from bot.chat.fitting import cut_at, units

PRESS = "press"  # press:<verb>:<n>
DIALOG = "dialog"  # dialog:<verb>:<n>: a dialog opens before anything is read
LINK = "link"  # link:<n>: only followed
MORE = "more"  # more:<n>: a menu; its options carry "press:<verb>:<value>" or "dialog:<verb>:<value>"

INPUT_MAX = 3000  # docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element, 2026-11
JOINERS = {"n": "\n", "s": " ", "x": ""}  # how an input continues the one before it


def split_value(text: str, most: int = INPUT_MAX) -> list[tuple[str, str]]:
    """Pieces of at most `most` units with how each continues the one before; at line ends, else words, else anywhere.

    Joined by `JOINERS` they are `text` again.
    """
    pieces: list[tuple[str, str]] = []
    joiner = "x"
    while units(text) > most:
        end = cut_at(text, most)
        at, after = end, "x"
        for name in ("n", "s"):
            found = text.rfind(JOINERS[name], end // 2, end)
            if found > 0:
                at, after = found, name
                break
        pieces.append((joiner, text[:at]))
        text = text[at + len(JOINERS[after]) :]
        joiner = after
    pieces.append((joiner, text))
    return pieces


def block_id(name: str, n: int, joiner: str, value: str) -> str:
    """Slack keeps what was typed while the id stays, so another value gets another id, and is then shown."""
    return f"f:{name}:{n}:{joiner}:{zlib.crc32(value.encode('utf-8', 'replace')):08x}"


def field_of(block: str) -> tuple[str, int, str] | None:
    """Name, number and joiner; None for an id that is not ours."""
    parts = block.split(":")
    if len(parts) != 5 or parts[0] != "f" or not parts[2].isdecimal() or len(parts[2]) > 4:
        return None
    return parts[1], int(parts[2]), parts[3]


def join_values(raw: Mapping[str, str]) -> dict[str, str]:
    """By field, what was typed in its inputs. Empty continuations add nothing."""
    out: dict[str, str] = {}
    ours = [(found, value) for block, value in raw.items() if (found := field_of(block)) is not None]
    for (name, _, joiner), value in sorted(ours, key=lambda one: one[0][:2]):
        if name not in out:
            out[name] = value
        elif value:
            out[name] += JOINERS.get(joiner, "") + value
    return out

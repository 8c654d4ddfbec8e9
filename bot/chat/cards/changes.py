"""What changed since the draft before: word by word, or before and after where they have little in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from bot.chat.cards.parts import shortened
from bot.chat.contract import Block, Line, Part, Plain, Quote, Words
from models.reading.draft import DraftFacts

#: More changes than this nobody reads, and they would take the room of the text itself.
MOST_CHANGES = 60

_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")


def changes(facts: DraftFacts) -> list[Block]:
    """What changed since the draft before: taken out struck through, put in bold."""
    revision = facts.draft.revision
    if facts.before is None or facts.before == revision.final or revision.base is None:
        return []
    was, is_now = _TOKENS.findall(facts.before), _TOKENS.findall(revision.final)
    if _unlike(was, is_now):
        return [
            Line((Plain(f"Rewritten since draft {revision.base}. Before:"),), small=True),
            Quote((Words(shortened(facts.before), strike=True),)),
            Line((Plain("Now:"),), small=True),
            Quote((Words(shortened(revision.final)),)),
        ]
    parts: list[Part] = []
    for op, a, b, c, d in SequenceMatcher(None, was, is_now).get_opcodes():
        if op == "equal":
            parts.append(Words(_skipped("".join(was[a:b]))))
        if op in {"delete", "replace"} and "".join(was[a:b]).strip():
            parts.append(Words("".join(was[a:b]), strike=True))
        if op in {"insert", "replace"}:
            parts.append(Plain("".join(is_now[c:d]), bold=True))
    if len(parts) > MOST_CHANGES:
        return [Line((Plain(f"Much has changed since draft {revision.base}."),), small=True)]
    return [Line((Plain(f"Changed since draft {revision.base}:"),), small=True), Quote(tuple(parts))]


#: With less than this in common, of the shorter one's words, single words of both side by side say nothing.
LIKE = 0.5


def _unlike(was: Sequence[str], is_now: Sequence[str]) -> bool:
    before, after = ([word for word in words if word.strip()] for words in (was, is_now))
    common = sum(match.size for match in SequenceMatcher(None, before, after).get_matching_blocks())
    return common < LIKE * min(len(before), len(after))


def _skipped(words: str) -> str:
    """Long unchanged stretches are folded: what matters is beside the changes."""
    return words if len(words) <= 120 else words[:55] + " … " + words[-55:]

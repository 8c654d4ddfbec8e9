"""Posts that a person answers in words of their own: danger to somebody, self-harm, violence, the law. Pure.

For them nothing is offered to begin an answer with, whatever the reader thinks of how urgent they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.triage.reading import hits_of, rulebooks
from bot.triage.urgency import urgency_of
from models.reading.seen import DELICATE


def is_delicate(words: str, language: str | None, chances: object, rules: Path | None = None) -> bool:
    """Whether a rule of any weight says so, or the head thinks so more likely than not. `chances` are the head's of
    urgency, as they are kept; anything else counts as none. `rules` is the
    folder of the team's own."""
    said = {str(name): chance for name, chance in chances.items()} if isinstance(chances, Mapping) else {}
    known = {name: chance for name, chance in said.items() if isinstance(chance, float | int)}
    found = urgency_of(hits_of(words, language, rulebooks(rules)), known if "urgent" in known else None)
    return found.grave is not None or any(reason.kind in DELICATE for reason in found.reasons)

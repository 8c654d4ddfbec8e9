"""What a post is about: the first of the team's own topics one of whose words it says. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.phrases import taken_apart
from bot.settings.triage import Topic
from bot.triage.lines import phrase_of


class Topics:
    """All topics in order."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = [(one.name, [phrase_of(line) for line in one.words]) for one in topics]

    def of(self, text: str) -> str | None:
        """None: of none that we know."""
        if not self._topics:
            return None
        said = taken_apart(text)
        for name, phrases in self._topics:
            if any(one.is_in(said) for one in phrases):
                return name
        return None

"""What a post is about: the first of the team's own topics one of whose words it says; where it says none, what the
channel's head learnt to call it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.phrases import taken_apart
from bot.settings.triage import Topic
from bot.triage.heads import Head
from bot.triage.lines import phrase_of
from bot.triage.logistic import Table


class Topics:
    """All topics in order."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = [(one.name, [phrase_of(line) for line in one.words]) for one in topics]

    @property
    def names(self) -> tuple[str, ...]:
        """In the settings' order."""
        return tuple(name for name, _ in self._topics)

    def learnt(self, head: Head | None, even: Table) -> str | None:
        """What a channel's head calls one post; nothing that the settings know no more."""
        if head is None:
            return None
        said = zip(head.names, head.chances(even)[0], strict=True)
        likely = [(chance, name) for name, chance in said if name in self.names and chance >= head.sure]
        return max(likely)[1] if likely else None

    def of(self, text: str) -> str | None:
        """None: of none that we know."""
        if not self._topics:
            return None
        said = taken_apart(text)
        for name, phrases in self._topics:
            if any(one.is_in(said) for one in phrases):
                return name
        return None

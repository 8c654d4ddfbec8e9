"""Reads `[[topics]]`: what a team's posts are about, by words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.settings import kinds
from bot.settings.parsing import Mistake, Table, did_you_mean, many, shown
from bot.settings.routes import phrase
from bot.settings.triage import Route, Topic


def topic(table: Table) -> Topic:
    """One `[[topics]]` table."""
    read = Topic(
        name=table.need("name", kinds.name, "", right='name what posts are about, as in "delivery"'),
        words=table.need("words", many(phrase), (), right='write words, as in "parcel|package"'),
    )
    table.finish()
    return read


def between(topics: Sequence[Topic], routes: Sequence[Route], file: str) -> Iterator[Mistake]:
    """Topics that are given twice, and routes that ask for one that is not there."""
    names = Counter(one.name for one in topics)
    for name, given in names.items():
        if given > 1:
            yield Mistake(file, f"topics.{name}.name", "is given twice", "give each a name of its own")
    for number, one in enumerate(routes, start=1):
        for name in one.topics:
            if name not in names:
                yield Mistake(
                    file, f"routes.{number}.topics", f"{shown(name)} is not a topic", did_you_mean(name, names)
                )

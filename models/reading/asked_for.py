"""Which ideas were asked for in some days, out of the days' events: for the summary. Holds no customer's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.ideas import Idea
from models.reading.day_events import of_kinds
from models.reading.supporters import by_idea, people, voices
from models.reading.values import whole
from models.telling import EventKind

_KINDS = (EventKind.IDEA.value, EventKind.IDEA_WITHDRAWN.value, EventKind.IDEA_MOVED.value)


@dataclass(frozen=True, slots=True)
class AskedFor:
    """An idea for which conversations of this channel asked in these days, and how many people ask for it in all."""

    id: int
    title: str
    numbers: tuple[int, ...]
    people: int


async def asked_for(session: AsyncSession, channel: int, start: datetime, end: datetime) -> tuple[AskedFor, ...]:
    """Most asked for in these days first. What was taken back in them again is not counted."""
    asking: dict[int, dict[str, int]] = {}  # conversation -> mark -> idea
    for event in await of_kinds(session, channel, start, end, _KINDS):
        marks = asking.setdefault(event.number, {})
        idea = whole(event.data.get("idea")) or 0
        if event.kind == EventKind.IDEA.value:
            marks[str(event.data.get("source"))] = idea
        elif event.kind == EventKind.IDEA_MOVED.value:
            asking[event.number] = dict.fromkeys(marks, idea)
        else:
            sources = event.data.get("sources")
            for source in sources if isinstance(sources, list) else [event.data.get("source")]:
                marks.pop(str(source), None)
    return await _named(session, {number: idea for number, marks in asking.items() for idea in marks.values()})


async def _named(session: AsyncSession, ideas: dict[int, int]) -> tuple[AskedFor, ...]:
    if not ideas:
        return ()
    roots = {row.id: row.root_id for row in await session.execute(select(Idea.id, Idea.root_id))}
    numbers: dict[int, list[int]] = {}
    for number, idea in ideas.items():
        if idea in roots:
            numbers.setdefault(roots[idea], []).append(number)
    titles = {row.id: row.title for row in await session.scalars(select(Idea).where(Idea.id.in_(numbers)))}
    asked = by_idea(await voices(session, roots=list(numbers)))
    found = [AskedFor(id, titles[id], tuple(some), people(asked.get(id, []))) for id, some in numbers.items()]
    return tuple(sorted(found, key=lambda one: (-len(one.numbers), -one.people, one.id)))

"""Ideas out of nothing but the journal: what the rows of `models/ideas.py` must say. For whoever doubts them.

It reads every event about ideas there ever was, so no card and no summary asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.ideas import IdeaState
from models.journal import Event
from models.reading.values import whole
from models.telling import EventKind

_STATES = {
    EventKind.IDEA_SHIPPED: IdeaState.SHIPPED,
    EventKind.IDEA_DECLINED: IdeaState.DECLINED,
    EventKind.IDEA_REOPENED: IdeaState.OPEN,
}
_KINDS = frozenset(
    {
        EventKind.IDEA,
        EventKind.IDEA_WITHDRAWN,
        EventKind.IDEA_MOVED,
        EventKind.IDEA_MERGED,
        EventKind.IDEA_SPLIT,
        EventKind.IDEA_LINKED,
        EventKind.IDEA_VOTED,
        *_STATES,
    }
)


@dataclass(slots=True)
class Ledger:
    """The root and the state of each idea, its link, its votes by source; and which idea each mark that stands is for,
    by conversation and source."""

    roots: dict[int, int] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)
    urls: dict[int, str] = field(default_factory=dict)
    votes: dict[tuple[int, str], int] = field(default_factory=dict)
    marks: dict[tuple[int, str], int] = field(default_factory=dict)


async def ledger(session: AsyncSession) -> Ledger:
    """All of it."""
    query = select(Event).where(Event.kind.in_([kind.value for kind in _KINDS])).order_by(Event.id)
    return summed(await session.scalars(query))


def summed(events: Iterable[Event]) -> Ledger:
    """The sum of these events, in their order. Pure."""
    found, into = Ledger(), dict[int, int | None]()
    for event in events:
        _take(found, into, event)
    for idea in into:
        root = idea
        while (parent := into.get(root)) is not None:
            root = parent
        found.roots[idea] = root
    return found


def _take(found: Ledger, into: dict[int, int | None], event: Event) -> None:
    kind, data = EventKind(event.kind), event.data
    idea = whole(data.get("idea"))
    if idea is None:
        return
    into.setdefault(idea, None)
    found.states.setdefault(idea, IdeaState.OPEN.value)
    if kind in _STATES:
        found.states[idea] = _STATES[kind].value
    elif kind is EventKind.IDEA:
        found.marks[event.chain, str(data.get("source"))] = idea
    elif kind is EventKind.IDEA_WITHDRAWN:
        sources = data.get("sources")
        for source in sources if isinstance(sources, list) else [data.get("source")]:
            found.marks.pop((event.chain, str(source)), None)
    elif kind is EventKind.IDEA_MOVED:
        found.marks |= {mark: idea for mark in found.marks if mark[0] == event.chain}
    elif kind is EventKind.IDEA_MERGED:
        into[idea] = whole(data.get("into"))
    elif kind is EventKind.IDEA_SPLIT:
        into[idea] = None
    elif kind is EventKind.IDEA_LINKED:
        found.urls.pop(idea, None)
        if isinstance(url := data.get("url"), str):
            found.urls[idea] = url
    elif kind is EventKind.IDEA_VOTED:
        mark, count = (idea, str(data.get("source"))), whole(data.get("count")) or 0
        found.votes.pop(mark, None)
        if count:
            found.votes[mark] = count

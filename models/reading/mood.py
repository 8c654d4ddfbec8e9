"""How customers felt when a conversation began and when it ended, and which of them complained, as far as the reader
said so. What it is unsure of, and what nobody read, is not there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.conversation import Post
from models.triage import Reading

#: So many conversations are asked for at once.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Mood:
    """In a word each, as a card shows it; None: not told."""

    began: str | None
    ended: str | None


#: Of each conversation the moods and kinds of what customers said in it, the oldest first.
Said = Mapping[int, Sequence[tuple[str, Sequence[object]]]]


async def moods(session: AsyncSession, numbers: Collection[int]) -> Mapping[int, Mood]:
    """Those of these conversations of which somebody can tell."""
    return moods_in(await said_in(session, numbers))


def moods_in(read: Said) -> Mapping[int, Mood]:
    """Pure. Who wrote once did not change: there is no end then."""
    found: dict[int, Mood] = {}
    for number, said in read.items():
        began, ended = said[0][0] or None, (said[-1][0] or None) if len(said) > 1 else None
        if began is not None or ended is not None:
            found[number] = Mood(began, ended)
    return found


def of_kind(read: Said, kind: str) -> frozenset[int]:
    """Those of these conversations in which a customer said something of this kind. Pure."""
    return frozenset(number for number, said in read.items() if any(kind in kinds for _, kinds in said))


async def said_in(session: AsyncSession, numbers: Collection[int]) -> Said:
    """What the reader said of these conversations. What rules alone read has no mood."""
    found: dict[int, list[tuple[str, list[object]]]] = {}
    wanted = sorted(set(numbers))
    for start in range(0, len(wanted), AT_ONCE):
        query = (
            select(Reading.conversation_id, Reading.mood, Reading.kinds)
            .join(Post, Post.id == Reading.post_id)
            .where(
                Reading.conversation_id.in_(wanted[start : start + AT_ONCE]),
                Reading.model != "",
                Post.gone_at.is_(None),
            )
            .order_by(Post.at, Post.id)
        )
        for number, mood, kinds in await session.execute(query):
            found.setdefault(number, []).append((mood, kinds))
    return found

"""Saved answers: one is kept under a name from what went out, given to begin a draft with, and dropped again.

It is a starting point. What is begun with it is drafted and approved like everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.desk.alike import same
from bot.desk.asking import objection
from bot.desk.outcomes import Actor, Refused, Why
from models.answers import LONGEST_NAME, MOST, SavedAnswer, answer_called, count_answers, key_of, last_said, tidy
from models.permits import Right, denied
from models.steps import Dossier
from models.store import Work


class NotKept(StrEnum):
    """Why it was not done. Nothing changed."""

    NO_NAME = "no_name"
    LONG_NAME = "long_name"
    TAKEN = "taken"  # another answer has the name
    NOTHING_SAID = "nothing_said"  # no public reply of ours stands in the conversation
    TOO_MANY = "too_many"
    UNKNOWN = "unknown"  # no answer has the name


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer has that name from now on."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Dropped:
    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """Refused, and which name it was about."""

    why: NotKept
    name: str


async def keep(dossier: Dossier, who: Actor, name: str) -> Kept | Not | Refused:
    """Keep what the team wrote for its last public reply here, for the channel that the conversation lives in."""
    refused = objection(dossier, who, Right.WORK)
    if refused is not None:
        return refused
    session, channel, called = dossier.work.session, dossier.conversation.channel_id, tidy(name)
    if not called:
        return Not(NotKept.NO_NAME, called)
    if len(called) > LONGEST_NAME:
        return Not(NotKept.LONG_NAME, called)
    words = await last_said(session, dossier.conversation.id)
    if not words:
        return Not(NotKept.NOTHING_SAID, called)
    there = await answer_called(session, channel, called)
    if there is not None:
        return Not(NotKept.TAKEN, there.name)
    if await count_answers(session, channel) >= MOST:
        return Not(NotKept.TOO_MANY, called)
    dossier.work.add(
        SavedAnswer(
            channel_id=channel,
            key=key_of(called),
            name=called,
            words=words,
            rep_id=who.rep,
            conversation_id=dossier.conversation.id,
            at=dossier.work.now,
            uses=0,
        )
    )
    return Kept(called, words)


async def begin_with(work: Work, channel: int, name: str) -> Kept | Not:
    """The words to begin with. Counted as used."""
    row = await answer_called(work.session, channel, name)
    if row is None:
        return Not(NotKept.UNKNOWN, tidy(name))
    row.uses += 1
    return Kept(row.name, row.words)


async def drop(work: Work, who: Actor, channel: int, name: str) -> Dropped | Not | Refused:
    """It is gone; drafts that were begun with it stay."""
    sentence = denied(who.standing, Right.WORK)
    if sentence is not None:
        return Refused(Why.NO_RIGHT, sentence=sentence)
    row = await answer_called(work.session, channel, name)
    if row is None:
        return Not(NotKept.UNKNOWN, tidy(name))
    await work.session.delete(row)
    return Dropped(row.name)


def word_for_word(typed: str, answers: Iterable[SavedAnswer]) -> str | None:
    """The name of the saved answer that this is, with nothing of one's own in it; None when there is none."""
    return next((one.name for one in answers if same(typed, one.words)), None)

"""From a post's words to a hint: rules, heads over its vector, and the language, together. Pure; the loop is `reader`.

Nothing here decides what happens to a post. Below its threshold a head says nothing, and the card says "unsure".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from bot.triage.heads import Head, Heads, Task, as_chances
from bot.triage.logistic import Table
from bot.triage.rulebook import Hit, Rulebook, read_rulebooks
from bot.triage.topics import Topics
from bot.triage.urgency import urgency_of
from bot.triage.vectors import Matrix, unaddressed
from models.triage import Hint, Unread

#: A language is believed from this chance on; platforms say it better where they say it.
TONGUE = 0.5
#: Reasons on a card; more are noise.
REASONS = 2


@cache
def rulebooks(own: Path | None = None) -> Mapping[str, Rulebook]:
    """The rules that come with Twoway, by language, and a team's own. Read once, when the first post is."""
    return read_rulebooks(own)


def hits_of(words: str, language: str | None, books: Mapping[str, Rulebook]) -> list[Hit]:
    """What the rules of its language say of a post, English ones as well; all where nobody knows the language."""
    code = (language or "").partition("-")[0].lower()
    wanted = [code, "en"] if code in books else list(books)
    return [hit for name in dict.fromkeys(wanted) for hit in books[name].hits(words)]


def language_of(said: str | None, tongue: tuple[str, float] | None) -> str | None:
    """What the platform says, else what the words look like."""
    if said:
        return said
    if tongue is None or not tongue[0] or tongue[1] < TONGUE:
        return None
    return tongue[0]


def hints(
    posts: Sequence[Unread],
    books: Mapping[str, Rulebook],
    heads: Heads | None,
    vectors: Matrix | None,
    tongues: Sequence[tuple[str, float]],
    own: Mapping[tuple[int, Task], Head],
    topics: Topics | None = None,
) -> list[Hint]:
    """A hint for each post. Without vectors rules alone speak. `own` are channels' heads, which go first; `topics` the
    team's."""
    languages = [
        language_of(post.language, tongues[index] if index < len(tongues) else None) for index, post in enumerate(posts)
    ]
    even = None if heads is None or vectors is None else heads.even(vectors)
    out = []
    for index, (post, language) in enumerate(zip(posts, languages, strict=True)):
        chances: dict[str, dict[str, float]] = {}
        kinds: tuple[str, ...] = ()
        mood = ""
        topic = None if topics is None else topics.of(post.words)
        bare = unaddressed(post.words)
        if heads is not None and even is not None and bare:
            row = even[index : index + 1]
            said = {task: own.get((post.channel, task), head) for task, head in heads.of.items()}
            if topics is not None and topic is None:
                topic = topics.learnt(own.get((post.channel, Task.TOPIC)), row)
            chances = {task.value: chances_of(head, row) for task, head in said.items()}
            kinds = shown(chances[Task.KIND.value], sure=said[Task.KIND].sure, most=2)
            mood = next(iter(shown(chances[Task.MOOD.value], sure=said[Task.MOOD].sure, most=1)), "")
        urgency = urgency_of(hits_of(post.words, language, books), chances.get(Task.URGENCY.value))
        if urgency.grave is not None:  # who speaks of harm praises nothing
            kinds, mood = tuple(kind for kind in kinds if kind != "praise"), "" if mood == "positive" else mood
        out.append(
            Hint(
                post=post.post,
                conversation=post.conversation,
                version=post.version,
                model="" if heads is None or even is None else heads.model,
                kinds=kinds,
                mood=mood,
                score=round(100 * urgency.score),
                band=urgency.band,
                reasons=tuple(reason.words for reason in urgency.reasons[:REASONS]) if urgency.band else (),
                grave=urgency.grave,
                language=language,
                topic=topic or "",
                chances=chances,
                # What resembles a post has words: faces alone, or a name, resemble everything.
                vector=None
                if vectors is None or even is None or not any(map(str.isalnum, bare))
                else vectors[index].astype(np.float16).tobytes(),
            )
        )
    return out


def chances_of(head: Head, even: Table) -> dict[str, float]:
    """Of one post, by name."""
    row = as_chances(head.logits(even), one=head.one)[0]
    return {name: round(float(chance), 3) for name, chance in zip(head.names, row, strict=True)}


def shown(chances: Mapping[str, float], *, sure: float, most: int) -> tuple[str, ...]:
    """The names that are likely enough to be said, the likeliest first."""
    likely = [name for name, chance in chances.items() if chance >= sure]
    return tuple(sorted(likely, key=lambda name: -chances[name])[:most])

"""The reader's loop: posts that came in get their hints, corrections become heads. It holds no post back.

A post's card is shown without waiting for this; what is read completes it. Without a model rules read alone, and
posts are read again when it is there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from bot.triage.engine.frames import Head as FrameHead
from bot.triage.engine.model import Model
from bot.triage.engine.process import BATCH, Tongue
from bot.triage.heads import Task
from bot.triage.reading import hints, rulebooks
from bot.triage.teaching import TAUGHT, head_from, vectors_of
from bot.triage.tongue import guess
from bot.triage.topics import Topics
from bot.triage.vectors import Matrix, Unavailable, unaddressed
from models import learning, triage
from models.rerouting import Meets, reroute
from models.store import Store, Work
from models.triage import Hint, Lesson, Unread
from models.wakes import Topic

log = logging.getLogger("twoway.reader")

#: Posts of one moment are read together.
GATHER = 0.02
#: How often it is looked without being roused; also how soon posts are read again once a model is there.
LOOK = 2.0

#: Where more waits than is read at once, rules alone look ahead over so many posts a round.
SKIM = 4 * BATCH

#: Posts at once that are many for the rules of all languages.
MANY = 8

_NOTHING: FrameHead = {"held": 0, "before": 0, "after": 0}


class Reader:
    """One for all channels. `process`: None where the settings want rules alone."""

    def __init__(
        self,
        store: Store,
        process: Model | None,
        meets: Meets | None = None,
        rules: Path | None = None,
        topics: Topics | None = None,
    ) -> None:
        """`meets`: where posts belong by what was read in them; None where no route asks that. `rules`: the folder of
        the team's own; `topics`: what its posts are about."""
        self._store = store
        self._process = process
        self._meets = meets
        self._rules = rules
        self._topics = topics
        self._called = () if topics is None else topics.names
        self._opening: asyncio.Task[None] | None = None
        self._skimmed = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. A round that fails is logged; the next one tries again."""
        try:
            with (
                self._store.wakes.listening(Topic.SHOW) as posts,
                self._store.wakes.listening(Topic.READ) as taught,
            ):
                while not stop.is_set():
                    try:
                        more = await self.round()
                    except Exception as error:
                        log.exception("reader stumbled", extra={"error": type(error).__name__})
                        more = False
                        await asyncio.sleep(LOOK / 2)
                    if not more:
                        waits = [asyncio.ensure_future(one.wait(LOOK)) for one in (posts, taught)]
                        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                        for one in waits:
                            one.cancel()
                        await asyncio.gather(*waits, return_exceptions=True)
                        await asyncio.sleep(GATHER)
        finally:
            if self._opening is not None:
                self._opening.cancel()
                await asyncio.gather(self._opening, return_exceptions=True)
            if self._process is not None:
                await self._process.close()

    async def round(self) -> bool:
        """Learn what is to be learnt, read what is unread. Whether there may be more."""
        self._open()
        there = self._process is not None and self._process.is_open
        if there:
            await self._learn()
        async with self._store.reading() as session:
            posts = await triage.unread(session, now=self._store.clock(), with_model=there, limit=BATCH)
            own = await learning.standing(session) if posts else ()
        if not posts:
            return False
        known = self._process.heads if self._process is not None and there else None
        heads = {
            (one.channel, task): head
            for one in own
            if known is not None and (task := Task(one.task)) in TAUGHT
            if (head := head_from(one.lines, task, known)) is not None
        }
        if there and len(posts) == BATCH:
            await self._skim(posts[-1].post)
        vectors, tongues = await self._vectors([unaddressed(post.words) for post in posts]) if there else (None, [])
        if vectors is None:
            found = await asyncio.to_thread(self._by_rules, posts)
        else:
            # Rules are plain Python: in a thread the loop has its turns.
            books = rulebooks(self._rules)
            found = await asyncio.to_thread(hints, posts, books, known, vectors, tongues, heads, self._topics)
        await self._keep(found)
        log.info("read", extra={"posts": len(found), "model": vectors is not None})
        return len(posts) == BATCH

    async def _skim(self, after: int) -> None:
        """A model takes longer for a post than a storm leaves it. Rules look ahead of it: who is in danger is found
        within seconds, and read with the model when it is that post's turn. What they find calm leaves no row."""
        async with self._store.reading() as session:
            ahead = await triage.unread(
                session,
                now=self._store.clock(),
                with_model=False,
                limit=SKIM,
                after=max(after, self._skimmed),
            )
        if not ahead:
            return
        found = await asyncio.to_thread(self._by_rules, ahead)
        urgent = [hint for hint in found if hint.band > 0]
        if urgent:
            await self._keep(urgent)
        self._skimmed = ahead[-1].post

    def _by_rules(self, posts: Sequence[Unread]) -> list[Hint]:
        """What rules alone say. Of many the language is told first, where the platform does not say it: that takes a
        tenth of what the rules of all languages take, and 20 MB from then on."""
        many = len(posts) >= MANY
        tongues = [guess(post.words) if many and not post.language else ("", 0.0) for post in posts]
        return hints(posts, rulebooks(self._rules), None, None, tongues, {}, self._topics)

    async def _keep(self, found: Sequence[Hint]) -> None:
        async with self._store.work() as work:
            await triage.keep_hints(work, found)
            if self._meets is not None:
                await self._reroute(work, found, self._meets)

    async def _reroute(self, work: Work, found: Sequence[Hint], meets: Meets) -> None:
        """In the transaction in which it is said to be read: so that none is forgotten, and none is moved twice."""
        for hint in sorted(found, key=lambda one: (one.conversation, one.post)):
            met = await reroute(work, hint.post, meets)
            if met is not None:
                log.info("met a route", extra={"conversation": hint.conversation, "route": met.route})

    def _open(self) -> None:
        """The model is opened beside the loop: until it is there, rules read."""
        if self._process is None or self._process.is_open:
            return
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._opened(self._process), name="reader-opens")

    async def _opened(self, process: Model) -> None:
        try:
            await process.of([""])
        except Unavailable:
            return  # the process has said why; it is tried again at a later round
        self._store.wakes.rouse([Topic.READ])

    async def _vectors(self, texts: Sequence[str]) -> tuple[Matrix | None, list[Tongue]]:
        assert self._process is not None
        try:
            return await self._process.read(texts)
        except Unavailable:
            return None, []

    async def _learn(self) -> None:
        async with self._store.reading() as session:
            taught = [task.value for task in TAUGHT if task is not Task.TOPIC or self._called]
            wanted = await learning.to_learn(session, taught)
        for channel, task in wanted:
            await self._lesson(channel, Task(task))

    async def _lesson(self, channel: int, task: Task) -> None:
        assert self._process is not None
        async with self._store.reading() as session:
            rows = await learning.corrections(session, channel, task.value)
            known_to = await learning.learnt_to(session, channel, task.value)
        said: FrameHead
        width = len(self._process.heads.mean) if self._process.heads is not None else 0
        usable = readable = [row for row in rows if len(row.vector or b"") == 2 * width]
        if task is Task.TOPIC:  # what was called by a name that is no topic any more says nothing of the others
            usable = [row for row in readable if set(row.meant) <= set(self._called)]
        if rows and not usable:
            why = "the topics that people named are no more" if readable else "another model read what was corrected"
            said, lines = {**_NOTHING, "refused": why}, b""
        elif rows:
            question: FrameHead = {
                "do": "fit",
                "task": task.value,
                "meant": [[str(one) for one in row.meant] for row in usable],
                "known": sum(row.id <= known_to for row in usable),
                "names": list(self._called) if task is Task.TOPIC else [],
            }
            try:
                said, lines = await self._process.ask(question, vectors_of([row.vector or b"" for row in usable]))
            except Unavailable:
                return
            except ValueError:  # it must not be asked again at every round
                said, lines = {**_NOTHING, "refused": "it could not be fitted"}, b""
        else:  # all that it had learnt from is gone
            said, lines = {**_NOTHING, "refused": "nothing is left to learn from"}, b""
        refused = str(said["refused"])
        async with self._store.work() as work:
            await learning.keep_lesson(
                work,
                Lesson(
                    channel_id=channel,
                    task=task.value,
                    lines=lines,
                    learnt=len(usable),
                    learnt_to=max((row.id for row in rows), default=0),
                    held=_whole(said["held"]),
                    before=_whole(said["before"]),
                    after=_whole(said["after"]),
                    standing=not refused,
                    refused=refused,
                    at=work.now,
                ),
            )
        verb = "a lesson was refused" if refused else "learnt"
        log.info(verb, extra={"channel": channel, "task": task.value, "corrections": len(rows)})


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("not a whole number")
    return value

"""Plays people: the first three posts, a day at a chosen speed, a storm. The script is `day.toml`.

How a day ends is given by whoever makes the player: here nobody knows the team's side.
"""

import asyncio
import random
import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.square.changes import Changes
from sandbox.squares import Said, Square

# So long the bot may take to hear what was posted last.
_HEARD_SECONDS = 3.0
SCRIPT = Path(__file__).with_name("day.toml")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing somebody does, `at` minutes into the day.

    `id` names the post for later steps, which `answers`, `edits` or `deletes` it. Who answers,
    answers our reply to that post if there is one, else the post itself. `on` names a square; where the sandbox
    does not have it, and where nothing is named, it is the first one.
    """

    at: float
    who: str
    words: str = ""
    id: str | None = None
    answers: str | None = None
    edits: str | None = None
    deletes: str | None = None
    cw: str | None = None
    media: tuple[str, ...] = ()
    language: str | None = None
    visibility: str = "public"
    on: str = ""


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who posts: shown name and number of followers."""

    name: str
    followers: int


@dataclass(frozen=True, slots=True)
class Script:
    """All that is played."""

    people: Mapping[str, Somebody]
    first: Sequence[Step]
    day: Sequence[Step]
    storm_first: Step
    storm_copies: Sequence[str]
    storm_others: Sequence[Step]


def read_script(path: Path = SCRIPT) -> Script:
    """The script, checked: every name it refers to has been given before. ValueError says where not."""
    with path.open("rb") as file:
        raw: Mapping[str, object] = tomllib.load(file)
    people = {
        handle: Somebody(str(_table(one)["name"]), int(str(_table(one)["followers"])))
        for handle, one in _table(raw["people"]).items()
    }
    storm = _table(raw["storm"])
    copies = storm["copies"]
    day = [_step(one) for one in _list(raw["day"])]
    given: set[str] = set()
    for step in day:
        for name in (step.answers, step.edits, step.deletes):
            if name is not None and name not in given:
                raise ValueError(f"{path.name}: {step.who} at {_clock(step.at)} refers to {name!r}, not posted before")
        if step.who not in people:
            raise ValueError(f"{path.name}: {step.who} is nobody in [people]")
        given |= {step.id} if step.id else set()
    return Script(
        people=people,
        first=[_step(one) for one in _list(raw["first"])],
        day=sorted(day, key=lambda step: step.at),
        storm_first=_step(_table(storm["first"])),
        storm_copies=[str(one) for one in _list(copies)],
        storm_others=[_step(one) for one in _list(storm["others"])],
    )


class Player:
    """Plays the script on squares, of which the first has the first minute and storms.

    One day at a time; a storm may come at any time.
    """

    def __init__(
        self, squares: Sequence[Square], script: Script, *, ends: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._ends = ends
        self._first = squares[0]
        self._squares = {square.name: square for square in squares}
        self._script = script
        self._playing: asyncio.Task[None] | None = None
        self._storms: set[asyncio.Task[None]] = set()
        self._storm_number = 0
        self._posted: dict[str, tuple[Square, str]] = {}
        self.done = 0
        self.changes = Changes()

    @property
    def playing(self) -> bool:
        return self._playing is not None and not self._playing.done()

    def as_json(self) -> dict[str, object]:
        of = len(self._script.day)
        at = _clock(self._script.day[self.done - 1].at) if self.done else None
        return {
            "playing": self.playing,
            "done": self.done,
            "of": of,
            "clock": at,
            "storms": self._storm_number,
            "storming": bool(self._storms),
        }

    async def first_minute(self) -> None:
        """The posts that stand when the page opens."""
        for step in self._script.first:
            await self._do(step)

    async def start(self, *, seconds: float) -> None:
        """Play the day so that it takes this long. Nothing happens while one is played."""
        if not self.playing:
            self._playing = asyncio.create_task(self._play(seconds))
            self._playing.add_done_callback(lambda _: self.changes.tell())

    async def stop(self) -> None:
        """Stop the day where it is, and storms."""
        tasks = [task for task in (self._playing, *self._storms) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.changes.tell()

    def storm(self, *, count: int, seconds: float) -> None:
        """A viral complaint, and `count` copies and near-copies of it by others, in this time."""
        self._storm_number += 1
        task = asyncio.create_task(self._storm(self._storm_number, count, seconds))
        self._storms.add(task)
        task.add_done_callback(self._storms.discard)
        task.add_done_callback(lambda _: self.changes.tell())
        self.changes.tell()

    async def _play(self, seconds: float) -> None:
        day = self._script.day
        self.done = 0
        self._posted.clear()
        begin, length = day[0].at, max(day[-1].at - day[0].at, 1)
        clock = asyncio.get_running_loop().time
        began = clock()
        for step in day:
            due = began + (step.at - begin) / length * seconds
            await asyncio.sleep(max(0, due - clock()))
            await self._do(step)
            self.done += 1
            self.changes.tell()
        if self._ends is not None:
            await asyncio.sleep(min(_HEARD_SECONDS, seconds))
            await self._ends()

    async def _storm(self, number: int, count: int, seconds: float) -> None:
        chance = random.Random(number)
        await self._do(self._script.storm_first)
        others = list(self._script.storm_others)
        words = self._script.storm_first.words
        for at in range(count):
            await asyncio.sleep(seconds / max(count, 1))
            if others and at % 9 == 8:
                await self._do(others.pop(0))
                continue
            copy = self._script.storm_copies[at % len(self._script.storm_copies)].replace("{words}", words)
            place = chance.choice(("", "", "@fosstown.example", "@pond.example"))
            said = Said(f"@storm{number}_{at + 1}{place}", copy, language="en", followers=chance.randrange(5, 400))
            await self._first.post(said)

    async def _do(self, step: Step) -> None:
        """One step. If what it refers to was deleted on the page, it is passed over."""
        named = step.answers or step.edits or step.deletes
        about = self._posted.get(named) if named else None
        square, target = about or (self._squares.get(step.on, self._first), None)
        if target is not None and not any(one.id == target for one in square.posts()):
            return
        words = step.words.replace("@acme", square.rules.us)
        if step.edits and target is not None:
            await square.edit(target, words, warning=step.cw)
        elif step.deletes and target is not None:
            await square.delete(target)
        else:
            # Who answers, answers our reply if there is one.
            answered = (square.ours_under(target) or target) if target is not None else None
            person = self._script.people.get(step.who)
            said = Said(
                step.who,
                words,
                answers=answered,
                audience=step.visibility if square is self._first else None,
                warning=step.cw,
                pictures=step.media,
                language=step.language,
                name=person.name if person else None,
                followers=person.followers if person else None,
            )
            id = await square.post(said)
            if step.id:
                self._posted[step.id] = (square, id)


def _step(raw: object) -> Step:
    one = _table(raw)
    texts = {
        name: str(one[name])
        for name in ("words", "id", "answers", "edits", "deletes", "cw", "language", "visibility", "on")
        if name in one
    }
    media = tuple(str(item) for item in _list(one.get("media", [])))
    return Step(at=_minutes(str(one.get("at", "00:00"))), who=str(one["who"]), media=media, **texts)


def _minutes(clock: str) -> float:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: float) -> str:
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"


def _table(raw: object) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise ValueError(f"a table was expected, not {raw!r}")
    return raw


def _list(raw: object) -> Sequence[object]:
    if not isinstance(raw, list):
        raise ValueError(f"a list was expected, not {raw!r}")
    return raw

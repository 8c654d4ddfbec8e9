"""From a happening to a verb and back to words: who is it, which conversation, do it, tell them.

The effect and `handled` are one transaction; the answer follows it. Which verb does what is in `verbs`, `dialogs`
and `signing`; this module finds the way.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from adapters.contract import TakenPictures
from bot.chat.channels import ChannelRules, Channels, standing_of
from bot.chat.contract import (
    Card,
    ChatError,
    Commanded,
    Inbound,
    MessageRef,
    Mistakes,
    Person,
    Place,
    Pressed,
    ReplyTo,
    Shortcut,
    Signed,
    SubmissionAnswer,
    Submitted,
    Surface,
)
from bot.chat.easel import Easel
from bot.desk.drafting import Composed
from bot.desk.outcomes import Actor
from bot.reports.writers import Writer
from models.chat import Happening
from models.conversation import Post
from models.permits import Standing
from models.reading.values import CustomerFacts
from models.reps import rep_for
from models.store import Store, Work

log = logging.getLogger("twoway.chat")

#: A sign on a message of ours that we have not stored yet: it may be stored any moment, so look again that long.
YOUNG = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Suggester:
    """A language model that people may ask for a draft, and its name."""

    writer: Writer
    name: str


@dataclass(frozen=True, slots=True)
class Room:
    """What every verb may use. `compose(account, parent, its author, typed, signoff)` makes the text that
    goes out; `settle_after(account, sent_at)` tells from when on "it is not there" may be said."""

    store: Store
    surface: Surface
    channels: Channels
    compose: Callable[[int, Post, CustomerFacts | None, str, str], Composed]
    settle_after: Callable[[int, datetime], datetime | None]
    accounts: Mapping[str, int]  # by name
    easel: Easel | None = None  # None: pictures stay words
    suggests: Suggester | None = None  # None: nobody is offered suggestions
    rules: Path | None = None  # the folder of the team's own rules
    topics: tuple[str, ...] = ()  # what the team's posts may be about
    takes: Callable[[int], TakenPictures | None] = lambda account: None  # of pictures, with a reply of this account

    @property
    def shows_pictures(self) -> bool:
        """Whether people here see the pictures that they would approve."""
        return self.easel is not None and self.easel.works


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, in which channel."""

    person: Person
    name: str
    standing: Standing
    rules: ChannelRules

    async def actor(self, work: Work) -> Actor:
        """The rep behind the person; made if they act for the first time. Outsiders are known too: by their acts."""
        rep = await rep_for(
            work, surface=self.person.surface, team=self.person.team, user=self.person.user, name=self.name
        )
        return Actor(rep.id, self.standing, rep.name)


async def caller(room: Room, person: Person, place: Place, *, fresh: bool = False) -> Caller | None:
    """None when the channel is not one of ours."""
    rules = room.channels.at(place)
    if rules is None:
        return None
    profile = await room.surface.profile(person, place if room.surface.can.people_by_channel else None, fresh=fresh)
    return Caller(profile.person, profile.name, await standing_of(room.surface, profile, rules), rules)


async def handled(work: Work, row: int, fence: int, outcome: str) -> bool:
    """Mark a happening as handled, in the transaction of its effect. False: somebody else did; do nothing."""
    stored = await work.session.get(Happening, row, with_for_update=True)
    if stored is None or stored.handled_at is not None or stored.fence != fence:
        return False
    stored.handled_at = work.now
    stored.outcome = outcome
    stored.payload = {}
    stored.due_at = stored.lease_owner = stored.lease_until = None
    return True


async def put_back(work: Work, row: int, after: timedelta) -> None:
    """Look at it again a little later."""
    stored = await work.session.get(Happening, row, with_for_update=True)
    if stored is not None and stored.handled_at is None:
        stored.lease_owner = stored.lease_until = None
        stored.due_at = work.now + after
        stored.tries = 0


async def tell(room: Room, to: ReplyTo | None, person: Person, place: Place | None, card: Card) -> None:
    """Privately. It may be lost on its way; what matters stands on the cards as well."""
    try:
        if to is not None:
            await room.surface.answer(to, card)
        elif place is not None:
            await room.surface.whisper(person, place, card)
    except ChatError as error:
        log.warning("could not tell", extra={"code": error.code})


Step = Callable[[Room, Inbound, int, int], Awaitable[None]]


class Handling:
    """The inbox's handler: hands each kind of happening to who knows it."""

    def __init__(
        self,
        room: Room,
        *,
        steps: Mapping[type, Step],
        submit: Mapping[str, Callable[[Room, Submitted], Awaitable[SubmissionAnswer]]],
        sorry: Card,
    ) -> None:
        self._room = room
        self._steps = steps
        self._submit = submit
        self._sorry = sorry

    async def handle(self, happening: Inbound, row: int, fence: int) -> None:
        await self._steps[type(happening)](self._room, happening, row, fence)

    async def submit(self, submitted: Submitted) -> SubmissionAnswer:
        if submitted.kind not in self._submit:
            name = next(iter(submitted.values), "text")
            return Mistakes({name: "This dialog is from an older version of me. Copy your text and open it again."})
        return await self._submit[submitted.kind](self._room, submitted)

    async def give_up(self, happening: Inbound | None, row: int, fence: int) -> None:
        """Too many failures: it is marked, the log is loud, and the person hears of it."""
        log.error("happening given up", extra={"row": row})
        async with self._room.store.work() as work:
            await handled(work, row, fence, "given_up")
        where = _where(happening)
        if happening is not None and where is not None:
            await tell(self._room, getattr(happening, "reply", None), happening.who, where, self._sorry)


def _where(happening: Inbound | None) -> Place | None:
    match happening:
        case Commanded(place=place):
            return place
        case Pressed(message=MessageRef(place=place)) | Signed(message=MessageRef(place=place)):
            return place
        case Shortcut(message=MessageRef(place=place)):
            return place
        case _:
            return None

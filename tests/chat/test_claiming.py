"""Claiming the next conversation while everybody else does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.chat.asking import Ask
from bot.chat.channels import ChannelRules, Channels
from bot.chat.claims import RACES, claim
from bot.chat.commands import Call, Verb
from bot.chat.contract import Person, Place, Profile
from bot.chat.handling import Caller, Room
from models.arrivals import write_arrivals
from models.chat import Happening
from models.permits import Policy, Standing
from models.store import Store
from tests.chat.surface import TEAM, RecordingSurface
from tests.reading.world import World

PLACE = Place("slack", TEAM, "C0CARE")
ANA = Person("slack", TEAM, "U0ANA")


@dataclass
class Crowded(RecordingSurface):
    """While anybody is asked for, a colleague takes what is free."""

    world: World | None = None
    rep: int = 0
    free: list[int] = field(default_factory=list)

    async def profile(self, person: Person, place: Place | None = None, *, fresh: bool = False) -> Profile:
        assert self.world is not None
        if self.free:
            await self.world.claims(self.free.pop(0), self.rep)
        return await super().profile(person, place, fresh=fresh)


async def test_who_loses_every_race_is_told_and_the_command_is_handled(store: Store) -> None:
    world = await World(store).begin()
    numbers = [await world.heard(f"Where is it? {n}") for n in range(RACES + 1)]
    surface = Crowded(world=world, rep=await world.rep("bea"), free=numbers)
    rules = ChannelRules(world.channel, "care", "slack", PLACE.channel, Policy())
    room = Room(
        store=store,
        surface=surface,
        channels=Channels({world.channel: rules}),
        compose=lambda *_: None,  # type: ignore[arg-type, return-value]  # nothing is written here
        settle_after=lambda *_: None,
        accounts={},
    )
    async with store.work() as work:
        await write_arrivals(work, [{"surface": "slack", "key": "t1", "kind": "Commanded", "payload": {}}])
    ask = Ask(Call(Verb.CLAIM), ANA, PLACE, None, datetime.now(UTC), None, None, row=1, fence=0)
    answer = await claim(room, ask, Caller(ANA, "Ana", Standing.LEAD, rules))
    assert answer is not None
    assert answer.summary == "Others were faster every time. Try again."
    assert len(surface.free) == 1
    async with store.reading() as session:
        assert (await session.get_one(Happening, 1)).outcome == "lost_every_race"

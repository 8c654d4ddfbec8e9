"""A desk to work at: the team and its conversations, where every verb is one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.desk import approving, drafting
from bot.desk.approving import SignKind
from bot.desk.drafting import Composed, Writing
from bot.desk.outcomes import Actor, Drafted, SignTaken
from models.conversation import Post
from models.permits import Policy, Standing
from models.reply import DraftKind
from models.steps import Dossier
from models.store import Store
from tests.reading.world import World

LIMIT = 100


def compose(*, parent: Post, typed: str, signoff: str) -> Composed:
    final = f"@lou {typed} {signoff}".rstrip()
    return Composed(final, [{"words": final}], len(final) <= LIMIT, {"length": len(final), "limit": LIMIT})


@dataclass
class Desk:
    """Ana, Bea and Cyd may approve; Lee leads; Mia is a member; Gil is a guest."""

    world: World
    people: dict[str, Actor]
    number: int = 0

    def __getattr__(self, name: str) -> Actor:
        return self.people[name]

    def policy(self, **rules: Any) -> None:
        self.world.policies = {self.world.channel: Policy(**rules)}

    async def asks(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        async with self.world.store.work() as work:
            return await verb(await self.world.open(work, self.number), *args, **kwargs)

    async def sees(self, look: Callable[[Dossier], Any]) -> Any:
        async with self.world.store.work() as work:
            return look(await self.world.open(work, self.number))

    async def state(self) -> str:
        return str(await self.sees(lambda dossier: dossier.state.value))

    async def drafts(
        self, who: Actor, words: str = "We look into it.", base: int | None = None, **more: Any
    ) -> Drafted:
        kind = more.pop("kind", DraftKind.REPLY)
        writing = Writing(words, base=base, kind=kind, **more)
        outcome = await self.asks(drafting.draft, who, writing, compose)
        assert isinstance(outcome, Drafted), outcome
        return outcome

    async def signs(self, who: Actor, message: int, *, yes: bool = True, given: bool = True, at: Any = None) -> Any:
        kind = SignKind.APPROVE if yes else SignKind.OBJECT
        at = at or self.world.store.clock()
        return await self.asks(approving.sign, who, kind, given=given, message=message, at=at)

    async def approved(self, who: Actor, message: int) -> SignTaken:
        outcome = await self.signs(who, message)
        assert isinstance(outcome, SignTaken), outcome
        return outcome


@pytest.fixture
async def desk(store: Store) -> Desk:
    world = await World(store).begin()
    standings = {
        "ana": Standing.APPROVER,
        "bea": Standing.APPROVER,
        "cyd": Standing.APPROVER,
        "lee": Standing.LEAD,
        "mia": Standing.MEMBER,
        "gil": Standing.GUEST,
    }
    people = {name: Actor(await world.rep(name), standing, name) for name, standing in standings.items()}
    made = Desk(world, people)
    made.number = await world.heard()
    return made

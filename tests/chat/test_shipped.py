"""From a person who is to be told to a draft in their thread: when it waits, when it does not come, and never two."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.chat.channels import ChannelRules, Channels
from bot.chat.handling import Room
from bot.chat.shipped import AGAIN, filled, prepare_due
from bot.desk import ideas, joining, leaving_alone
from bot.desk.drafting import Composed
from bot.desk.outcomes import Actor
from models.conversation import Claim, Conversation
from models.ideas import News, NewsState
from models.journal import Event
from models.permits import Policy, Standing
from models.reply import Revision
from models.store import Store
from tests.chat.surface import RecordingSurface
from tests.conftest import Clock
from tests.reading.world import World


class Told:
    """People who asked for one idea, and the room in which its drafts are made."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ana = Actor(0, Standing.LEAD)
        rules = ChannelRules(world.channel, "care", "slack", "C0CARE", Policy())
        self.room = Room(
            store=world.store,
            surface=RecordingSurface(),
            channels=Channels({world.channel: rules}),
            compose=lambda _account, _parent, author, typed, _signoff: Composed(
                f"@{author.handle if author else ''} {typed}", [], True
            ),
            settle_after=lambda _account, _at: None,
            accounts={},
        )

    async def asks(self, handle: str) -> int:
        number = await self.world.heard("dark mode please", handle=handle)
        async with self.world.store.work() as work:
            dossier = await self.world.open(work, number)
            await ideas.support(dossier, self.ana, given=True, at=work.now)
        return number

    async def shipped(self, text: str = "It is there, {name}!") -> None:
        async with self.world.store.work() as work:
            await ideas.ship(work, self.ana, 1, text)

    async def drafts(self) -> list[tuple[int, str, int]]:
        async with self.world.store.reading() as session:
            rows = await session.scalars(select(Revision).order_by(Revision.conversation_id, Revision.number))
            return [(row.conversation_id, row.final, row.rep_id) for row in rows]

    async def states(self) -> list[str]:
        async with self.world.store.reading() as session:
            return list(await session.scalars(select(News.state).order_by(News.id)))


@pytest.fixture
async def told(store: Store) -> Told:
    made = Told(await World(store).begin())
    made.ana = Actor(await made.world.rep("ana"), Standing.LEAD, "ana")
    return made


async def test_each_gets_a_draft_by_name_and_nobody_is_claimed_by_it(told: Told) -> None:
    lea, noor = await told.asks("lea"), await told.asks("noor")
    await told.shipped()
    assert await prepare_due(told.room) == 2
    assert await told.drafts() == [
        (lea, "@lea It is there, Lea!", told.ana.rep),
        (noor, "@noor It is there, Noor!", told.ana.rep),
    ]
    assert await prepare_due(told.room) == 0
    async with told.world.store.reading() as session:
        assert (await session.scalars(select(Claim))).all() == []
        kinds = (await session.scalars(select(Event.kind).where(Event.chain == lea).order_by(Event.seq))).all()
    assert list(kinds)[-2:] == ["idea_told", "drafted"]


async def test_where_a_draft_is_under_way_it_waits_for_that(told: Told, clock: Clock) -> None:
    lea = await told.asks("lea")
    bea = await told.world.rep("bea")
    await told.world.drafts(lea, bea, "@lea We look into it.")
    await told.shipped()
    await prepare_due(told.room)
    assert len(await told.drafts()) == 1
    await told.world.signs(lea, told.ana.rep)
    await told.world.goes_out(lea)
    clock.forward(AGAIN)
    await prepare_due(told.room)
    assert [final for _, final, _ in await told.drafts()] == ["@lea We look into it.", "@lea It is there, Lea!"]


async def test_a_closed_thread_opens_and_nobody_waits_there(told: Told) -> None:
    lea = await told.asks("lea")
    async with told.world.store.work() as work:
        conversation = await work.session.get_one(Conversation, lea)
        conversation.state, conversation.waiting_since = "closed", None
    await told.shipped()
    await prepare_due(told.room)
    async with told.world.store.reading() as session:
        conversation = await session.get_one(Conversation, lea)
        assert (conversation.state, conversation.waiting_since) == ("drafted", None)
        kinds = (await session.scalars(select(Event.kind).where(Event.chain == lea))).all()
    assert "reopened" not in kinds, "no wait begins by it"


async def test_what_changed_since_it_was_marked_shipped_is_looked_at_again(told: Told) -> None:
    quiet, gone, back, one, two = [await told.asks(name) for name in ("quiet", "gone", "back", "one", "two")]
    await told.shipped()
    async with told.world.store.work() as work:
        await leaving_alone.quiet(await told.world.open(work, quiet), told.ana)
    async with told.world.store.work() as work:
        post = (await told.world.open(work, gone)).customer_posts[0].id
    await told.world.deletes(post)
    async with told.world.store.work() as work:
        at = work.now + timedelta(seconds=1)
        await ideas.support(await told.world.open(work, back), told.ana, given=False, at=at)
    async with told.world.store.work() as work:
        dossiers = [await told.world.open(work, number) for number in (one, two)]
        await joining.join(dossiers[0], dossiers[1], told.ana, told.ana)
    assert await prepare_due(told.room) == 5
    assert len(await told.drafts()) == 1
    assert (await told.drafts())[0][0] in {one, two}
    async with told.world.store.reading() as session:
        why = [row.data["why"] for row in await session.scalars(select(Event).where(Event.kind == "idea_not_told"))]
    assert sorted(why) == ["quiet", "taken_back", "taken_back", "told"]


async def test_two_machines_make_one_draft_each_person(told: Told) -> None:
    for name in ("lea", "noor", "kim"):
        await told.asks(name)
    await told.shipped()
    await asyncio.gather(*(prepare_due(told.room) for _ in range(3)))
    assert len(await told.drafts()) == 3
    assert await told.states() == [NewsState.DRAFTED.value] * 3


def test_a_text_without_a_name_closes_up() -> None:
    texts = ("Hello {name}!", "{name} asked.", "It is there.")
    assert [filled(text, "Lea") for text in texts] == ["Hello Lea!", "Lea asked.", "It is there."]
    assert [filled(text, "") for text in texts] == ["Hello!", "asked.", "It is there."]

"""The board: whatever happens between us and the surface, what is shown becomes what is wanted, once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.chat.board import CLOSED, TRIES, Board
from bot.chat.channels import ChannelRules, Channels
from bot.chat.contract import ChatRefused, ChatThrottled, ChatUnreachable, MessageRef, Person, Place, Signed
from bot.chat.handling import Room
from bot.chat.pictures import Pictures
from bot.chat.signing import signed
from bot.desk.moving import Target, move
from bot.desk.outcomes import Actor, Moved
from models.chat import Card, CardKind, Happening
from models.conversation import Conversation
from models.permits import Policy, Standing
from models.places import Channel
from models.reading.figures import figures
from models.showing import conversation_in_thread, message_known, when_next
from models.steps import open_dossier
from models.store import FOLD, LEASE, Store
from models.wakes import Topic
from models.worklist import adopt
from tests.chat.surface import TEAM, RecordingSurface
from tests.conftest import Clock
from tests.reading.world import World

CARE, SALES, PRESS = "C0CARE", "C0SALES", "C0PRESS"


@dataclass
class Wall:
    """Boards of one workspace, and what they should show."""

    clock: Clock
    store: Store
    surface: RecordingSurface
    worlds: dict[str, World]
    channels: Channels
    running: list[tuple[asyncio.Task[None], asyncio.Event]] = field(default_factory=list)
    movers: list[int] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.worlds[CARE]

    def start(self, store: Store | None = None, surface: RecordingSurface | None = None) -> None:
        """Another process begins to show."""
        stop, store = asyncio.Event(), store or self.store
        board = Board(store, surface or self.surface, self.channels, Pictures(self.clock))
        self.running.append((asyncio.create_task(board.run(stop)), stop))

    async def end(self, index: int = 0) -> None:
        """A process ends as asked."""
        task, stop = self.running.pop(index)
        stop.set()
        self.rouse()
        await task

    async def kill(self) -> None:
        """The process is gone: nothing that it had begun is finished."""
        for task, _ in self.running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self.running.clear()

    def rouse(self) -> None:
        self.store.wakes.rouse([Topic.SHOW])

    def pass_time(self, by: timedelta) -> None:
        self.clock.forward(by)
        self.rouse()

    async def until(self, so: Callable[[], Awaitable[bool]] | Callable[[], bool], *, step: float = 0.0) -> None:
        """Wait for it; `step` seconds of the test's clock pass at each look."""
        async with asyncio.timeout(60):
            while True:
                answer = so()
                if answer if isinstance(answer, bool) else await answer:
                    return
                if step:
                    self.pass_time(timedelta(seconds=step))
                await asyncio.sleep(0.01)

    async def all_shown(self) -> bool:
        return not [card for card in await self.cards() if card.wanted > card.shown and not card.given_up]

    async def shows_all(self) -> None:
        """Until nothing is left to show, however long that takes on the test's clock."""
        await self.until(self.all_shown, step=1.0)

    async def cards(self) -> list[Card]:
        async with self.store.reading() as session:
            return list(await session.scalars(select(Card).order_by(Card.id)))

    async def card(self, kind: CardKind, ref: int) -> Card:
        return next(card for card in await self.cards() if (card.kind, card.ref) == (kind.value, ref))

    async def root(self, number: int) -> Card:
        return await self.card(CardKind.CONVERSATION, number)

    async def failed_so_far(self, tries: int) -> None:
        """What is not shown was tried that often before."""
        async with self.store.work() as work:
            await work.session.execute(update(Card).where(Card.wanted > Card.shown).values(tries=tries))

    async def changes(self, number: int, urgency: int) -> None:
        """Something happens that the card shows."""
        async with self.store.work() as work:
            await work.session.execute(
                update(Conversation).where(Conversation.id == number).values(urgency=urgency, language=f"x{urgency}")
            )
            work.want(CardKind.CONVERSATION, number)


async def _wall(store: Store, clock: Clock) -> Wall:
    care = await World(store).begin()
    worlds = {CARE: care}
    async with store.work() as work:
        for name, chat in (("sales", SALES), ("press", PRESS)):
            row = Channel(name=name, surface="slack", team=TEAM, chat_id=chat)
            work.add(row)
            await work.flush()
            worlds[chat] = replace(care, channel=row.id, policies={row.id: Policy()})
    rules = {
        world.channel: ChannelRules(world.channel, chat.removeprefix("C0").lower(), "slack", chat, Policy())
        for chat, world in worlds.items()
    }
    return Wall(clock, store, RecordingSurface(), worlds, Channels(rules))


@pytest.fixture
async def wall(store: Store, clock: Clock) -> AsyncIterator[Wall]:
    made = await _wall(store, clock)
    yield made
    await made.kill()


# ------------------------------------------------------------------------------------------------ folding


async def test_fifty_changes_of_a_card_are_one_update(wall: Wall):
    number = await wall.world.heard()
    wall.start()
    await wall.shows_all()
    for change in range(1, 51):
        await wall.changes(number, change)
    wall.pass_time(FOLD)
    await wall.until(wall.all_shown)
    assert [wall.surface.count(method) for method in ("post", "update")] == [1, 1]
    root = await wall.root(number)
    assert (root.shown, root.tries, root.due_at) == (root.wanted, 0, None)


async def test_a_card_that_looks_as_before_makes_no_call(wall: Wall):
    number = await wall.world.heard()
    wall.start()
    await wall.shows_all()
    async with wall.store.work() as work:
        work.want(CardKind.CONVERSATION, number)
    wall.pass_time(FOLD)
    await wall.until(wall.all_shown)
    assert [wall.surface.count(method) for method in ("post", "update")] == [1, 0]


# ------------------------------------------------------------------------------------------------ crashes


async def test_a_crash_between_posting_and_storing_is_closed_and_only_the_stored_message_takes_signs(
    wall: Wall, clock: Clock
):
    ana, bea = await wall.world.rep("ana"), await wall.world.rep("bea")
    number = await wall.world.heard()
    wall.start()
    await wall.shows_all()
    draft = await wall.world.drafts(number, ana)
    wall.surface.silent = True
    wall.rouse()
    await wall.until(lambda: wall.surface.count("post") == 2)
    await wall.kill()
    root = await wall.root(number)
    (orphan,) = wall.surface.standing(CARE, root.ts)
    assert (await wall.card(CardKind.DRAFT, draft)).ts is None, "it was posted and not stored"

    wall.surface.silent = False
    clock.forward(LEASE)
    await adopt(wall.store)
    wall.start()
    await wall.shows_all()
    kept = await wall.card(CardKind.DRAFT, draft)
    assert kept.ts is not None
    assert kept.ts != orphan.ts
    async with wall.store.reading() as session:
        assert await message_known(session, CARE, orphan.ts) is None

    await _signs(wall, "bea", orphan.ts, key="on the orphan")
    assert await _state(wall, number) == "drafted"
    assert [one.ts for one in wall.surface.standing(CARE, root.ts)] == [kept.ts], "who touched it saw it deleted"
    assert [person.user for person, _ in wall.surface.whispers] == ["UBEA"]
    await _signs(wall, "bea", kept.ts, key="on the draft")
    assert await _state(wall, number) == "approved"
    assert bea


async def _signs(wall: Wall, name: str, ts: str, *, key: str) -> None:
    person = Person("slack", TEAM, f"U{name.upper()}")
    at = wall.clock() - timedelta(seconds=30)
    async with wall.store.work() as work:
        row = Happening(surface="slack", key=key, kind="signed", payload={}, at=at, fence=0)
        work.add(row)
        await work.flush()
    message = MessageRef(Place("slack", TEAM, CARE), ts, None)
    room = Room(wall.store, wall.surface, wall.channels, _never, _never, {})
    await signed(room, Signed(key, person, message, "white_check_mark", True, at), row.id, row.fence)


def _never(*_: object) -> None:  # type: ignore[misc]
    raise AssertionError("a sign composes nothing and settles nothing")


async def _state(wall: Wall, number: int) -> str:
    async with wall.store.reading() as session:
        return str((await session.get_one(Conversation, number)).state)


async def test_who_froze_while_posting_takes_the_second_message_away(wall: Wall, clock: Clock):
    """The lease ended meanwhile and somebody else posted the card."""
    frozen = RecordingSurface()
    thaw = asyncio.Event()
    frozen._answered = thaw.wait  # type: ignore[method-assign,assignment]
    number = await wall.world.heard()
    wall.start(surface=frozen)
    await wall.until(lambda: frozen.count("post") == 1)
    clock.forward(LEASE)
    wall.surface.messages += frozen.messages
    wall.start()
    await wall.until(wall.all_shown)
    kept = (await wall.root(number)).ts
    thaw.set()
    await wall.until(lambda: frozen.count("delete") == 1)
    assert [one.ts for one in wall.surface.standing(CARE)] == [kept]


# ------------------------------------------------------------------------------------------------ pace


async def test_a_throttled_channel_pauses_its_own_posts_only(wall: Wall, clock: Clock):
    shown = await wall.worlds[CARE].heard()
    wall.start()
    await wall.shows_all()
    until = clock() + timedelta(seconds=30)
    wall.surface.fails["post", CARE] = ChatThrottled("ratelimited", until)
    waits = [await wall.worlds[CARE].heard() for _ in range(3)]
    goes_on = [await wall.worlds[SALES].heard() for _ in range(3)]
    await wall.changes(shown, 7)
    wall.pass_time(FOLD)

    async def others_are_shown() -> bool:
        return all([(await wall.root(number)).shown for number in goes_on]) and wall.surface.count("update") == 1

    await wall.until(others_are_shown)
    assert wall.surface.by_channel("post") == {CARE: 2, SALES: 3}, "one try told for all three"
    del wall.surface.fails["post", CARE]
    wall.pass_time(timedelta(seconds=29))
    assert wall.surface.count("post", CARE) == 2
    wall.pass_time(timedelta(seconds=1))
    await wall.shows_all()
    assert wall.surface.count("post", CARE) == 2 + len(waits)


async def test_while_posts_must_wait_nobody_asks_for_them_all_the_time(wall: Wall):
    await wall.world.heard()
    assert await when_next(wall.store, wall.world.channel, new=None) < 0.1
    assert await when_next(wall.store, wall.world.channel, new=False) == 5.0


async def test_channels_share_the_updates_of_a_workspace_fairly(wall: Wall):
    numbers = {chat: [await world.heard() for _ in range(8)] for chat, world in wall.worlds.items()}
    await _stands(wall)
    for of_channel in numbers.values():
        for number in of_channel:
            await wall.changes(number, 7)
    wall.clock.forward(FOLD)
    wall.start()
    await wall.until(lambda: wall.surface.count("update") >= 20)
    shares = wall.surface.by_channel("update")
    assert min(shares.values()) >= 4, shares
    assert len(shares) == 3
    # At most one a channel was under way when the last of the burst was spent.
    assert wall.surface.count("update") <= 22
    await wall.shows_all()
    assert wall.surface.by_channel("update") == dict.fromkeys(wall.worlds, 8)


async def _stands(wall: Wall) -> None:
    """Every card was posted some time ago."""
    async with wall.store.work() as work:
        for card in await work.session.scalars(select(Card)):
            chat = next(chat for chat, world in wall.worlds.items() if world.channel == card.channel_id)
            place = await wall.surface.place(chat)
            message = await RecordingSurface.post(wall.surface, place, None)  # type: ignore[arg-type]
            card.chat_id, card.ts, card.shown, card.due_at = chat, message.id, card.wanted, None
    wall.surface.calls.clear()


# ------------------------------------------------------------------------------------------------ deleted messages


async def test_a_deleted_card_is_posted_anew_and_both_threads_belong_to_its_conversation(wall: Wall):
    ana = await wall.world.rep("ana")
    number = await wall.world.heard()
    draft = await wall.world.drafts(number, ana)
    wall.start()
    await wall.shows_all()
    old = (await wall.root(number)).ts
    before = await wall.card(CardKind.DRAFT, draft)
    assert old is not None
    wall.surface.somebody_deletes(old)
    await wall.changes(number, 7)
    await wall.shows_all()
    new = (await wall.root(number)).ts
    assert new not in (None, old)
    assert [one.ts for one in wall.surface.standing(CARE)] == [new]

    # The open draft stays where people signed it; what comes later goes into the new thread.
    kept = await wall.card(CardKind.DRAFT, draft)
    assert (kept.ts, kept.thread) == (before.ts, old)
    later = await wall.world.drafts(number, ana, "@lou We found it.")
    await wall.shows_all()
    posted = await wall.card(CardKind.DRAFT, later)
    assert posted.thread == new
    async with wall.store.reading() as session:
        for thread in (old, new):
            assert await conversation_in_thread(session, CARE, str(thread)) == number


async def test_a_thread_that_is_gone_comes_back_with_its_card(wall: Wall):
    """Nobody answered in it, so its deleted first message left nothing behind."""
    ana = await wall.world.rep("ana")
    number = await wall.world.heard()
    wall.start()
    await wall.shows_all()
    old = (await wall.root(number)).ts
    assert old is not None
    wall.surface.somebody_deletes(old)
    draft = await wall.world.drafts(number, ana)
    await wall.shows_all()
    new = (await wall.root(number)).ts
    assert [one.ts for one in wall.surface.standing(CARE)] == [new]
    assert [one.ts for one in wall.surface.standing(CARE, new)] == [(await wall.card(CardKind.DRAFT, draft)).ts]
    assert wall.surface.count("post") <= 4, "no loop"


async def test_a_deleted_draft_is_posted_anew_in_the_thread_that_stands(wall: Wall):
    ana, bea = await wall.world.rep("ana"), await wall.world.rep("bea")
    number = await wall.world.heard()
    draft = await wall.world.drafts(number, ana)
    wall.start()
    await wall.shows_all()
    first = (await wall.card(CardKind.DRAFT, draft)).ts
    root = (await wall.root(number)).ts
    assert first is not None
    wall.surface.somebody_deletes(first)
    await wall.world.signs(number, bea, sign="object")
    await wall.shows_all()
    again = await wall.card(CardKind.DRAFT, draft)
    assert again.ts != first
    assert again.ts in [one.ts for one in wall.surface.standing(CARE, root)]


# ------------------------------------------------------------------------------------------------ order


async def test_in_a_thread_the_older_message_is_posted_first(wall: Wall):
    ana = await wall.world.rep("ana")
    number = await wall.world.heard()
    await wall.world.says_more(number, "Hello?")
    await wall.world.drafts(number, ana)
    wall.start()
    await wall.shows_all()
    root = await wall.root(number)
    thread = [card for card in await wall.cards() if card.id != root.id and card.kind != CardKind.CHANNEL_NOTICE]
    assert len(thread) >= 2
    assert [one.ts for one in wall.surface.standing(CARE, root.ts)] == [card.ts for card in thread]


async def test_a_first_message_that_cannot_be_shown_holds_back_its_own_thread_only(
    wall: Wall,
):
    ana = await wall.world.rep("ana")
    stuck, fine = await wall.world.heard("The stuck one."), await wall.world.heard("The fine one.")
    _refuses(wall, "The stuck one.")
    drafts = {number: await wall.world.drafts(number, ana) for number in (stuck, fine)}
    wall.start()

    async def other_is_shown() -> bool:
        return (await wall.card(CardKind.DRAFT, drafts[fine])).ts is not None

    await wall.until(other_is_shown, step=1.0)
    held = await wall.card(CardKind.DRAFT, drafts[stuck])
    assert (held.ts, held.tries) == (None, 0), "it was not even tried"
    wall.surface.__dict__.pop("post")
    await wall.shows_all()
    assert (await wall.card(CardKind.DRAFT, drafts[stuck])).thread == (await wall.root(stuck)).ts


def _refuses(wall: Wall, words: str) -> None:
    """The surface finds fault with the first message of one conversation."""
    post = wall.surface.post

    async def picky(place: Place, card: object, *, thread: str | None = None) -> MessageRef:
        if thread is None and words in repr(card):
            raise ChatRefused("invalid_blocks")
        return await post(place, card, thread=thread)  # type: ignore[arg-type]

    wall.surface.post = picky  # type: ignore[method-assign,assignment]


# ------------------------------------------------------------------------------------------------ troubles


async def test_a_channel_without_us_is_said_once_and_heals_when_we_are_invited(
    wall: Wall, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "twoway.board")
    wall.surface.not_in.add(CARE)
    numbers = [await wall.world.heard() for _ in range(3)]
    wall.start()
    await wall.until(lambda: wall.surface.count("post") == 1)
    await wall.failed_so_far(TRIES)
    await wall.until(lambda: wall.surface.count("post") >= 5, step=CLOSED.total_seconds())
    said = [one for one in caplog.records if one.message == "channel shows no cards"]
    assert [(one.levelname, one.__dict__["code"]) for one in said] == [("ERROR", "not_in_channel")]
    assert "/invite" in said[0].__dict__["remedy"]
    assert not [card for card in await wall.cards() if card.given_up]
    wall.surface.not_in.clear()
    wall.pass_time(CLOSED)
    await wall.shows_all()
    assert len(wall.surface.standing(CARE)) == len(numbers)
    assert "channel shows cards again" in caplog.messages


async def test_an_outage_however_long_costs_no_card(wall: Wall):
    wall.surface.fails["post", CARE] = ChatUnreachable("http_503")
    await wall.world.heard()
    wall.start()
    await wall.until(lambda: wall.surface.count("post") == 1)
    await wall.failed_so_far(TRIES)
    await wall.until(lambda: wall.surface.count("post") >= 4, step=60)
    wall.surface.fails.clear()
    await wall.until(wall.all_shown, step=60)
    assert len(wall.surface.standing(CARE)) == 1


async def test_who_did_not_answer_and_named_a_time_is_not_asked_before(wall: Wall, clock: Clock):
    until = clock() + timedelta(minutes=5)
    wall.surface.fails["post", CARE] = ChatUnreachable("http_504", until)
    number = await wall.world.heard()
    wall.start()

    async def put_off() -> bool:
        return (await wall.root(number)).due_at == until

    await wall.until(put_off)
    assert wall.surface.count("post") == 1
    wall.surface.fails.clear()
    wall.pass_time(timedelta(minutes=5))
    await wall.shows_all()
    assert wall.surface.count("post") == 2


async def test_a_card_that_is_refused_again_and_again_is_given_up_loudly(wall: Wall, caplog: pytest.LogCaptureFixture):
    _refuses(wall, "The stuck one.")
    stuck = await wall.world.heard("The stuck one.")
    await wall.failed_so_far(TRIES - 3)
    wall.start()

    async def given_up() -> bool:
        return (await wall.root(stuck)).given_up == "invalid_blocks"

    await wall.until(given_up, step=60)
    loud = [one for one in caplog.records if one.message == "card given up"]
    assert [(one.levelname, one.__dict__["card"]) for one in loud] == [("ERROR", (await wall.root(stuck)).id)]
    async with wall.store.reading() as session:
        counted = {name: value for name, _, value in await figures(session)}
    assert (counted["twoway_cards_given_up"], counted["twoway_cards_waiting"]) == (1, 0)
    fine = await wall.world.heard("The fine one.")
    await wall.shows_all()
    assert (await wall.root(fine)).ts is not None


# ------------------------------------------------------------------------------------------------ moved


async def _moves(wall: Wall, number: int, chat: str) -> None:
    """Somebody moves it to another channel."""
    rep = await wall.world.rep("bea") if not wall.movers else wall.movers[0]
    wall.movers[:] = [rep]
    policies = {one.channel: Policy() for one in wall.worlds.values()}
    async with wall.store.work() as work:
        dossier = await open_dossier(work, number, policies)
        target = Target(wall.worlds[chat].channel, chat.removeprefix("C0").lower(), Policy())
        assert isinstance(await move(dossier, Actor(rep, Standing.APPROVER, "bea"), target), Moved)


def _says(wall: Wall, chat: str) -> list[str]:
    """What stands in a channel now, by the first line of each message."""
    return [one.card.summary for one in wall.surface.messages if one.place.channel == chat and not one.deleted]


async def test_what_moves_before_its_card_was_ever_posted_is_posted_only_where_it_lives(wall: Wall):
    wall.surface.not_in.add(CARE)
    number = await wall.world.heard()
    await wall.world.drafts(number, await wall.world.rep("ana"))
    await _moves(wall, number, SALES)
    wall.start()
    await wall.shows_all()
    wall.surface.not_in.clear()
    await wall.shows_all()
    assert _says(wall, CARE) == []
    card, told, draft = _says(wall, SALES)
    assert "draft waits for approval" in card
    assert told == f"#{number} moved here from #care"
    assert draft.startswith("Draft 1 for")


async def test_a_card_whose_channel_cannot_be_reached_keeps_nobody_waiting_where_it_lives_now(wall: Wall):
    number = await wall.world.heard()
    wall.surface.not_in.add(CARE)
    await _moves(wall, number, SALES)
    wall.start()
    await wall.until(lambda: len(_says(wall, SALES)) == 2, step=1.0)


async def test_there_and_back_the_first_card_lives_again_in_its_place_and_the_channel_is_told(wall: Wall):
    number = await wall.world.heard()
    wall.start()
    await wall.shows_all()
    (first,) = wall.surface.messages
    await _moves(wall, number, SALES)
    await wall.shows_all()
    assert first.card.summary == f"#{number} moved to #sales"
    link = f"https://chat.example/{SALES}/"
    assert link in repr(first.card), "the way is shown as soon as it is known"
    await _moves(wall, number, CARE)
    await wall.shows_all()
    assert "open, waiting since" in first.card.summary
    assert _says(wall, SALES)[0] == f"#{number} moved to #care"
    assert f"#{number} Lou is back here" in _says(wall, CARE)
    assert sum("waiting since" in one for one in _says(wall, CARE)) == 1


async def test_a_pointer_that_somebody_deletes_is_not_posted_again(wall: Wall):
    number = await wall.world.heard()
    wall.start()
    await wall.shows_all()
    (first,) = wall.surface.messages
    await _moves(wall, number, SALES)
    await wall.shows_all()
    first.deleted = True
    await wall.changes(number, 3)
    await _moves(wall, number, PRESS)
    await wall.shows_all()
    assert [one for one in _says(wall, CARE) if "moved to" in one and ":" not in one] == []
    assert len([one for one in _says(wall, PRESS) if "waiting since" in one]) == 1


# ------------------------------------------------------------------------------------------------ several machines


@pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("graceful", [True, False], ids=["ends", "dies"])
@pytest.mark.needs("postgres")
async def test_only_who_holds_the_channel_posts_and_the_other_takes_over(wall: Wall, clock: Clock, graceful: bool):
    other, idle = Store(wall.store.url, clock=clock, owner="two"), RecordingSurface()
    try:
        # Within the burst, so that no time has to pass: a test's clock that runs ahead would end leases by itself.
        first = await wall.world.heard()
        wall.start()
        await wall.until(wall.all_shown)
        wall.start(store=other, surface=idle)
        for _ in range(3):
            await wall.world.heard()
        await wall.until(wall.all_shown)
        assert (wall.surface.count("post"), idle.calls) == (4, [])

        idle.messages += wall.surface.messages
        if graceful:
            await wall.end()
        else:
            task, _ = wall.running.pop(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            clock.forward(LEASE)
        await wall.changes(first, 7)
        last = await wall.world.heard()
        clock.forward(FOLD)
        other.wakes.rouse([Topic.SHOW])
        await wall.until(wall.all_shown)
        assert (idle.count("post"), idle.count("update"), wall.surface.count("post")) == (1, 1, 4)
        assert (await wall.root(last)).ts is not None
    finally:
        await wall.kill()
        await other.close()

"""What comes with hours: claims handed over at the end of a shift, snoozes that end, returning customers offered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.chat.channels import ChannelRules, Channels
from bot.chat.me import Change, set_times
from bot.chat.present import on_shift_in, who_takes_over
from bot.chat.shifts import Shifts
from bot.chat.times import hours_said
from bot.desk import closing, shifts
from bot.desk.outcomes import Actor, Kept, Refused, Snoozed, Why
from models.conversation import Claim, Conversation, Note
from models.duty import duty_of
from models.journal import Event
from models.permits import Policy, Standing
from models.reading.queue import asleep, count_asleep, count_waiting, mine, next_unclaimed
from models.store import Store
from models.telling import EventKind
from tests.chat.surface import RecordingSurface
from tests.conftest import Clock
from tests.reading.world import World

BERLIN = ZoneInfo("Europe/Berlin")
FIVE = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # 17:00 in Berlin, on the Monday of the clock
DAY = timedelta(days=1)


@dataclass
class Team:
    """A channel whose people said when they work."""

    world: World
    clock: Clock
    surface: RecordingSurface = field(default_factory=RecordingSurface)
    people: dict[str, int] = field(default_factory=dict)

    def shifts(self, store: Store | None = None) -> Shifts:
        channels = Channels({self.world.channel: ChannelRules(self.world.channel, "care", "slack", "C0CARE", Policy())})
        return Shifts(store or self.world.store, {"slack": self.surface}, channels)

    async def works(self, name: str, hours: str = "Mon-Fri 9-17", languages: tuple[str, ...] = ()) -> int:
        self.people[name] = await self.world.rep(name, languages)
        return await self.changes(name, Change(hours=hours_said(hours)))

    async def changes(self, name: str, change: Change) -> int:
        async with self.world.store.work() as work:
            await set_times(work, await duty_of(work, self.people[name], zone="Europe/Berlin"), change)
        return self.people[name]

    async def has(self, number: int, name: str) -> None:
        await self.world.claims(number, self.people[name])
        async with self.world.store.work() as work:  # longer than the day
            await work.session.execute(update(Claim).values(until=work.now + DAY))

    async def looks(self) -> None:
        """As the loop does: until there is nothing left to do now."""
        while await self.shifts().look():
            pass

    async def holder(self, number: int) -> str | None:
        async with self.world.store.reading() as session:
            rep = await session.scalar(
                select(Claim.rep_id).where(Claim.conversation_id == number, Claim.ended_at.is_(None))
            )
        return next((name for name, row in self.people.items() if row == rep), None)

    async def said(self, *kinds: EventKind) -> list[tuple[str, dict[str, object]]]:
        query = select(Event.kind, Event.data).where(Event.kind.in_([kind.value for kind in kinds]))
        async with self.world.store.reading() as session:
            return [(kind, dict(data)) for kind, data in await session.execute(query.order_by(Event.id))]

    async def asks(self, verb, number: int, name: str, **more: object):  # type: ignore[no-untyped-def]
        async with self.world.store.work() as work:
            return await verb(
                await self.world.open(work, number), Actor(self.people[name], Standing.LEAD, name), **more
            )


@pytest.fixture
async def team(store: Store, clock: Clock) -> Team:
    return Team(await World(store).begin(), clock)


# --------------------------------------------------------------------------------------------- ends of shifts


async def test_at_the_end_of_a_shift_a_claim_goes_with_its_note_to_who_is_there_and_speaks_the_language(
    team: Team,
) -> None:
    ana = await team.works("ana")
    await team.works("bea", "Mon-Fri 12-20", ("fr",))
    await team.works("cyd", "Mon-Fri 12-20", ("en",))
    await team.works("dan", "Mon-Fri 9-16", ("en",))
    german, english = await team.world.heard(language="de"), await team.world.heard(language="en-GB")
    await team.has(german, "ana")
    await team.has(english, "ana")
    async with team.world.store.work() as work:
        work.add(Note(conversation_id=english, rep_id=ana, words="The depot calls back.", at=work.now))
    team.clock.at = FIVE - timedelta(seconds=1)
    await team.looks()
    assert await team.said(EventKind.SHIFT_ENDED) == []
    team.clock.at = FIVE
    await team.looks()
    await team.looks()
    assert (await team.holder(german), await team.holder(english)) == (None, "cyd")
    told = await team.said(EventKind.SHIFT_ENDED)
    day = {"of": ana, "day": "2026-11-23"}
    assert told == [
        ("shift_ended", day),
        ("shift_ended", day | {"to": team.people["cyd"], "note": 1}),
    ]


async def test_on_several_machines_and_after_a_restart_the_end_of_a_shift_is_told_once(team: Team) -> None:
    await team.works("ana")
    number = await team.world.heard()
    await team.has(number, "ana")
    team.clock.at = FIVE + timedelta(minutes=5)
    machines = [Store(team.world.store.url, clock=team.clock, owner=f"m{nth}") for nth in range(3)]
    try:
        await asyncio.gather(*(team.shifts(one).look() for one in machines))
    finally:
        for one in machines:
            await one.close()
    team.clock.forward(timedelta(minutes=1))
    await team.looks()
    assert len(await team.said(EventKind.SHIFT_ENDED)) == 1
    assert await team.holder(number) is None


async def test_who_has_no_hours_keeps_what_they_have(team: Team) -> None:
    team.people["ana"] = await team.world.rep("ana")
    number = await team.world.heard()
    await team.has(number, "ana")
    team.clock.at = FIVE + timedelta(hours=5)
    await team.looks()
    assert await team.holder(number) == "ana"


async def test_what_was_claimed_after_the_end_is_kept_and_so_is_what_nobody_waits_for(team: Team) -> None:
    ana = await team.works("ana")
    bea = await team.works("bea", "off")
    late, done = await team.world.heard(), await team.world.heard()
    await team.has(done, "ana")
    await team.world.answered(done, ana, bea)
    team.clock.at = FIVE + timedelta(minutes=1)
    await team.has(late, "ana")
    await team.looks()
    assert (await team.holder(late), await team.holder(done)) == ("ana", "ana")
    assert await team.said(EventKind.SHIFT_ENDED) == []


async def test_who_is_there_again_when_a_machine_comes_back_keeps_what_they_have(team: Team) -> None:
    await team.works("ana")
    number = await team.world.heard()
    await team.has(number, "ana")
    team.clock.at = FIVE + timedelta(hours=16)  # nobody looked all night
    await team.looks()
    assert await team.holder(number) == "ana"
    team.clock.at = FIVE + DAY
    await team.looks()
    assert await team.holder(number) is None


async def test_a_claim_can_be_kept_beyond_the_end_of_the_day_and_taken_back_right_after_it(team: Team) -> None:
    await team.works("ana")
    await team.works("bea", "Mon-Fri 12-20")
    kept, given = await team.world.heard(), await team.world.heard()
    await team.has(kept, "ana")
    await team.has(given, "ana")
    assert await team.asks(shifts.keep, kept, "ana", day=FIVE.date()) == Kept(kept)
    team.clock.at = FIVE
    await team.looks()
    assert (await team.holder(kept), await team.holder(given)) == ("ana", "bea")
    assert await team.asks(shifts.keep, given, "ana", day=None) == Kept(given, back=True)
    assert await team.holder(given) == "ana"
    again = await team.asks(shifts.keep, given, "bea", day=None)
    assert isinstance(again, Refused)
    assert again.why is Why.NOT_YOURS
    # What one keeps is kept for that day: the next end is another.
    team.clock.at = FIVE + DAY
    await team.looks()
    assert await team.holder(kept) == "bea"


async def test_what_a_colleague_has_begun_to_work_on_is_not_taken_back(team: Team) -> None:
    await team.works("ana")
    bea = await team.works("bea", "Mon-Fri 12-20")
    number = await team.world.heard()
    await team.has(number, "ana")
    team.clock.at = FIVE
    await team.looks()
    await team.world.drafts(number, bea)
    answer = await team.asks(shifts.keep, number, "ana", day=None)
    assert isinstance(answer, Refused)
    assert await team.holder(number) == "bea"


async def test_going_away_ends_the_shift_at_once_and_coming_back_begins_it(team: Team) -> None:
    await team.works("ana")
    number = await team.world.heard()
    await team.has(number, "ana")
    team.clock.forward(timedelta(minutes=1))
    await team.changes("ana", Change(away_until=team.clock() + 4 * DAY))
    await team.looks()
    assert await team.holder(number) is None
    await team.has(number, "ana")  # from home, all the same
    team.clock.at = FIVE + DAY
    await team.looks()
    assert await team.holder(number) == "ana"
    await team.changes("ana", Change(back=True))
    team.clock.at = FIVE + 2 * DAY
    await team.looks()
    assert await team.holder(number) is None


async def test_who_takes_over_names_the_language_has_least_and_stays_longest(team: Team) -> None:
    for name, hours, languages in (
        ("ana", "Mon-Fri 9-20", ("de",)),
        ("bea", "Mon-Fri 9-18", ()),
        ("cyd", "Mon-Fri 9-18", ("pt", "en")),
        ("dan", "Mon-Fri 9-19", ("en",)),
        ("eva", "Mon-Fri 13-19", ("fr",)),
    ):
        await team.works(name, hours, languages)
    rules = ChannelRules(team.world.channel, "care", "slack", "C0CARE", Policy())
    there = await on_shift_in(team.world.store, team.surface, rules)
    assert [one.facts.rep.name for one in there] == ["ana", "bea", "cyd", "dan"]

    def gets(language: str | None, of: str = "eva") -> str | None:
        found = who_takes_over(there, language, of=team.people[of])
        return None if found is None else found.facts.rep.name

    assert {language: gets(language) for language in ("de", "en", "pt-BR", "fr", None)} == {
        "de": "ana",
        "en": "dan",  # stays longer than Cyd
        "pt-BR": "cyd",
        "fr": "bea",  # named none, reads all
        None: "ana",
    }
    assert gets("de", of="ana") == "bea"
    number = await team.world.heard()
    await team.has(number, "dan")
    there = await on_shift_in(team.world.store, team.surface, rules)
    assert gets("en") == "cyd"


# ----------------------------------------------------------------------------------------------------- snooze


async def test_a_snoozed_conversation_is_out_of_sight_and_counted_until_it_is_back_with_who_has_it(team: Team) -> None:
    ana = await team.works("ana")
    number, other = await team.world.heard(), await team.world.heard()
    await team.has(number, "ana")
    until = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert await team.asks(shifts.snooze, number, "ana", until=until) == Snoozed(number, until)
    async with team.world.store.reading() as session:
        channel, now = team.world.channel, team.clock()
        free = await next_unclaimed(session, channel, now=now)
        assert free is not None
        assert free.number == other
        assert (await count_waiting(session, channel), await count_asleep(session, channel)) == (1, 1)
        assert [row.snoozed_until for row in await asleep(session, channel, now=now)] == [until]
        assert await mine(session, ana, now=now, snoozed=False) == ()
        assert len(await mine(session, ana, now=now)) == 1
    team.clock.at = FIVE + timedelta(minutes=1)
    await team.looks()
    assert await team.holder(number) == "ana"  # the end of a shift leaves it where it is
    team.clock.at = until
    await team.looks()
    assert [kind for kind, _ in await team.said(EventKind.RETURNED, EventKind.RETURNED_TO_ALL)] == ["returned"]
    async with team.world.store.reading() as session:
        assert await count_waiting(session, team.world.channel) == 2


async def test_who_is_not_there_when_a_snooze_ends_has_it_no_longer_and_the_channel_is_told(team: Team) -> None:
    await team.works("ana")
    number = await team.world.heard()
    await team.has(number, "ana")
    await team.asks(shifts.snooze, number, "ana", until=FIVE + timedelta(hours=1))
    team.clock.at = FIVE + timedelta(hours=1)
    await team.looks()
    assert await team.holder(number) is None
    assert [kind for kind, _ in await team.said(EventKind.RETURNED, EventKind.RETURNED_TO_ALL)] == ["returned_to_all"]


async def test_a_snooze_set_again_and_one_ended_by_hand_or_by_closing_bring_nothing_back_twice(team: Team) -> None:
    await team.works("ana")
    number, closed = await team.world.heard(), await team.world.heard()
    hour = timedelta(hours=1)
    for one in (number, closed):
        await team.asks(shifts.snooze, one, "ana", until=team.clock() + hour)
    await team.asks(shifts.snooze, number, "ana", until=team.clock() + 2 * hour)
    await team.asks(closing.close, closed, "ana")
    team.clock.forward(hour)
    await team.looks()
    assert await team.said(EventKind.RETURNED_TO_ALL) == []
    await team.asks(shifts.unsnooze, number, "ana")
    team.clock.forward(hour)
    await team.looks()
    assert await team.said(EventKind.RETURNED_TO_ALL) == []
    assert [data["why"] for _, data in await team.said(EventKind.UNSNOOZED)] == ["closed", "asked"]
    refused = await team.asks(shifts.snooze, closed, "ana", until=team.clock() + hour)
    assert isinstance(refused, Refused)
    assert isinstance(await team.asks(shifts.unsnooze, number, "ana"), Refused)


# ------------------------------------------------------------------------------------------ returning customers


async def test_a_returning_customer_is_offered_once_to_who_answered_them_if_on_shift(team: Team) -> None:
    ana, bea = await team.works("ana"), await team.works("bea", "Mon-Fri 12-20")
    first = await team.world.heard(handle="lou")
    await team.world.answered(first, ana, bea)
    await team.looks()
    again = await returns(team, first)
    await team.looks()
    await team.looks()
    offered = await team.said(EventKind.OFFERED)
    assert offered == [("offered", {"to": ana, "earlier": first, "until": FIVE.isoformat()})]
    assert [person.user for person, _ in team.surface.whispers] == ["UANA"]
    assert f"#{again}" in team.surface.whispers[0][1].summary
    team.clock.at = FIVE + timedelta(minutes=1)  # Ana went home, Bea only approved
    await returns(team, first)
    await team.looks()
    assert len(await team.said(EventKind.OFFERED)) == 1


async def test_who_wants_no_private_word_gets_none_and_new_customers_are_offered_to_nobody(team: Team) -> None:
    ana, bea = await team.works("ana"), await team.works("bea")
    await team.changes("ana", Change(pings=False))
    first = await team.world.heard()
    await team.world.answered(first, ana, bea)
    await team.world.heard(handle="noor")
    await returns(team, first)
    await team.looks()
    assert len(await team.said(EventKind.OFFERED)) == 1
    assert team.surface.whispers == []


async def returns(team: Team, first: int) -> int:
    """The customer of that conversation begins another."""
    number = await team.world.heard(handle="lou")
    async with team.world.store.work() as work:
        same = (await work.session.get_one(Conversation, first)).identity_id
        await work.session.execute(update(Conversation).where(Conversation.id == number).values(identity_id=same))
    return number

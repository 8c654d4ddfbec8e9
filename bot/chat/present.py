"""Who is on shift in a channel, now and next: what people said of their hours, and what their chat says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.chat.channels import ChannelRules, place_of, standing_of
from bot.chat.contract import Person, Surface
from bot.chat.times import hours_from
from bot.reports.shifts import Stretch, Working, on_shift
from models.permits import Right, denied
from models.reading.shifts import DutyFacts, duties
from models.store import Store


@dataclass(frozen=True, slots=True)
class There:
    """Somebody who may work in the channel, with what they said. `shift` None: they are not on shift now."""

    facts: DutyFacts
    working: Working
    shift: Stretch | None


def zone_called(name: str) -> ZoneInfo | None:
    """The zone of this name, if there is one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder of the list
        return None


def working_of(facts: DutyFacts) -> Working:
    """A zone that the system's list has lost is read as UTC."""
    zone = zone_called(facts.zone) or ZoneInfo("UTC")
    return Working(zone, hours_from(facts.hours), facts.away_since, facts.away_until)


async def everybody(store: Store, surface: Surface, rules: ChannelRules) -> tuple[There, ...]:
    """Who said anything of their hours and may work in this channel, by name."""
    async with store.reading() as session:
        known = await duties(session, rules.surface)
    return await _here(known, surface, rules, store.clock())


async def on_shift_in(store: Store, surface: Surface, rules: ChannelRules) -> tuple[There, ...]:
    """Who is on shift in this channel now. Their chat is asked only about those who might be."""
    async with store.reading() as session:
        known = await duties(session, rules.surface)
    now = store.clock()
    return await _here([one for one in known if on_shift(working_of(one), now)], surface, rules, now)


async def _here(known: Iterable[DutyFacts], surface: Surface, rules: ChannelRules, now: datetime) -> tuple[There, ...]:
    found = []
    for facts in known:
        if await works_in(surface, facts, rules):
            working = working_of(facts)
            found.append(There(facts, working, on_shift(working, now)))
    return tuple(found)


async def works_in(surface: Surface, facts: DutyFacts, rules: ChannelRules) -> bool:
    """Whether their chat says that they are in the channel and may work there. Where it does not answer: no."""
    person = Person(facts.rep.surface, facts.rep.team, facts.rep.user)
    profile = await surface.profile(person, place_of(person, rules))
    return profile.in_channel and denied(await standing_of(surface, profile, rules), Right.WORK) is None


def who_takes_over(there: Sequence[There], language: str | None, *, of: int) -> There | None:
    """Who gets what somebody leaves behind: of those on shift who speak the language, those who said so first, then
    who has least, then who stays longest. None: nobody."""
    may = [one for one in there if one.shift is not None and one.facts.rep.id != of and speaks(one.facts, language)]
    return min(may, key=lambda one: _fitness(one, language), default=None)


def speaks(facts: DutyFacts, language: str | None) -> bool:
    """Who named no languages reads all; "pt" reads "pt-BR" too; what nobody could tell the language of is anybody's."""
    if language is None or not facts.rep.languages:
        return True
    tongue = language.lower()
    return any(tongue == one.lower() or tongue.startswith(f"{one.lower()}-") for one in facts.rep.languages)


def _fitness(one: There, language: str | None) -> tuple[bool, int, float, int]:
    end = one.shift.end if one.shift is not None else None
    stays = float("inf") if end is None else end.timestamp()
    return language is not None and not one.facts.rep.languages, one.facts.holds, -stays, one.facts.rep.id

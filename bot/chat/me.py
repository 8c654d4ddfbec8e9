"""`me` and `signoff`: what somebody says of themselves: hours by their own clock, languages, time away, how they sign.

Typed or in a dialog; both change the same rows. What follows from hours is in `bot/chat/shifts.py`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from bot.chat import dialogs
from bot.chat.asking import Ask, done
from bot.chat.cards import hints
from bot.chat.cards import people as cards
from bot.chat.cards.parts import plain
from bot.chat.contract import (
    Card,
    Close,
    Dialog,
    Field,
    Mistakes,
    Option,
    Place,
    SubmissionAnswer,
    Submitted,
)
from bot.chat.handling import Caller, Room, caller, handled
from bot.chat.plain import leftovers
from bot.chat.present import working_of, zone_called
from bot.chat.shifts import when_due
from bot.chat.times import (
    NotUnderstood,
    at_midnight,
    hours_from,
    hours_kept,
    hours_said,
    hours_shown,
    moment_said,
    typed,
)
from bot.languages import is_language
from bot.reports.shifts import next_shift, on_shift
from bot.settings.values import Hours
from models.arrivals import once
from models.duty import Duty, duty_of
from models.people import Rep
from models.permits import Right, denied
from models.reading.people import rep_by_person
from models.reading.shifts import DutyFacts, duty_facts
from models.reps import rep_for
from models.store import Work
from models.wakes import Topic

#: The dialog with everything.
DIALOG = "me"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be changed; None: stays. `back` ends the time away."""

    hours: Hours | None = None
    zone: ZoneInfo | None = None
    languages: tuple[str, ...] | None = None
    signoff: str | None = None
    away_until: datetime | None = None
    back: bool = False
    pings: bool | None = None

    @property
    def own_times(self) -> bool:
        """Whether it changes when they are there."""
        return bool(self.hours is not None or self.zone or self.away_until or self.back)


async def me(room: Room, ask: Ask, who: Caller) -> Card | None:
    """Show it, or change one thing."""
    sentence = denied(who.standing, Right.WORK)
    if sentence is not None:
        await done(room, ask, "no_right")
        return plain(sentence)
    if ask.dialog is not None:
        if await done(room, ask, "me_dialog"):
            await dialogs.show(room, ask.dialog, await _dialog(room, who))
        return None
    word, _, rest = ask.call.rest.strip().partition(" ")
    if not word:
        change: Change | Card = Change()
    elif word.lower() in _TYPED:
        change = _TYPED[word.lower()](_Typed(rest.strip(), await _zone(room, who), room.store.clock()))
    else:
        change = cards.what_of_me(word)
    if isinstance(change, Card):
        await done(room, ask, "me_not_understood")
        return change
    return await _change(room, ask, who, change)


async def signoff(room: Room, ask: Ask, who: Caller) -> Card | None:
    sentence = denied(who.standing, Right.WORK)
    words = " ".join(ask.call.rest.split())
    if sentence is not None or not _fits(words):
        await done(room, ask, "bad_signoff" if sentence is None else "no_right")
        return hints.bad_signoff() if sentence is None else plain(sentence)
    return await _change(room, ask, who, Change(signoff=words))


def _fits(words: str) -> bool:
    return len(words) <= 40 and not leftovers(words)


async def _change(room: Room, ask: Ask, who: Caller, change: Change) -> Card | None:
    zone = await _zone(room, who)
    async with room.store.work() as work:
        if not await handled(work, ask.row, ask.fence, ask.call.verb.value):
            return None
        rep = await _kept(work, who, change, zone)
    return await _shown(room, rep, zone)


async def _kept(work: Work, who: Caller, change: Change, zone: ZoneInfo) -> int:
    """Write it down; the rep's id."""
    person = who.person
    rep = await rep_for(work, surface=person.surface, team=person.team, user=person.user, name=who.name)
    if change.signoff is not None:
        rep.signoff = change.signoff
    if change.languages is not None:
        rep.languages = list(change.languages)
    if change.own_times or change.pings is not None:
        await set_times(work, await duty_of(work, rep.id, zone=zone.key), change)
    return rep.id


async def set_times(work: Work, duty: Duty, change: Change) -> None:
    """What of the change concerns when they are there; the row is due when that is next to be looked at."""
    if change.pings is not None:
        duty.pings = change.pings
    if not change.own_times:
        return
    if change.hours is not None:
        duty.hours = hours_kept(change.hours)
    if change.zone is not None:
        duty.zone = change.zone.key
    if change.back:
        duty.away_since = duty.away_until = None
    if change.away_until is not None:
        if duty.away_until is None or duty.away_until <= work.now:
            duty.away_since = work.now
        duty.away_until = change.away_until
    await work.flush()
    facts = await duty_facts(work.session, duty.rep_id)
    duty.lease_owner = duty.lease_until = None
    duty.fence += 1  # who is just seeing to an end decides nothing more about the next one
    duty.due_at = work.now if duty.away_since == work.now else when_due(facts, work.now) if facts is not None else None
    work.wake(Topic.TIME)


async def _zone(room: Room, who: Caller) -> ZoneInfo:
    """Their own, as they said it or as their chat knows it; else the channel's."""
    async with room.store.reading() as session:
        person = who.person
        rep = await rep_by_person(session, surface=person.surface, team=person.team, user=person.user)
        facts = await duty_facts(session, rep.id) if rep is not None else None
    if facts is not None:
        return working_of(facts).zone
    profile = await room.surface.profile(who.person)
    return zone_called(profile.timezone or "") or who.rules.timezone


async def _shown(room: Room, rep: int, zone: ZoneInfo) -> Card:
    async with room.store.reading() as session:
        row = await session.get(Rep, rep)
        facts = await duty_facts(session, rep)
    assert row is not None
    return cards.me_card(_of(row, facts, zone, room.store.clock()))


def _of(rep: Rep, facts: DutyFacts | None, zone: ZoneInfo, now: datetime) -> cards.Me:
    languages = tuple(str(language) for language in rep.languages)
    if facts is None:
        return cards.Me("", zone.key, languages, rep.signoff, pings=True)
    working = working_of(facts)
    there = on_shift(working, now)
    return cards.Me(
        hours=hours_shown(working.hours),
        zone=working.zone.key,
        languages=languages,
        signoff=rep.signoff,
        pings=facts.pings,
        away_until=facts.away_until if working.away(now) else None,
        shift_until=there.end if there is not None else None,
        always=there is not None and there.end is None,
        next_shift=next_shift(working, now),
    )


# --------------------------------------------------------------------------------------------------- as typed


@dataclass(frozen=True, slots=True)
class _Typed:
    """What follows the word, whose clock counts, and when it was typed."""

    words: str
    zone: ZoneInfo
    now: datetime


def _hours(said: _Typed) -> Change | Card:
    try:
        return Change(hours=hours_said(said.words)) if said.words else Change()
    except NotUnderstood as error:
        return cards.no_such_hours(error.word)


def _zone_said(said: _Typed) -> Change | Card:
    zone = zone_called(said.words)
    return Change(zone=zone) if zone is not None else cards.no_such_zone(said.words, nearest_zone(said.words))


def nearest_zone(words: str) -> str | None:
    """The zone that was probably meant: by its name, or by its city alone."""
    names = sorted(available_timezones())
    wanted = words.strip().replace(" ", "_").lower()
    city = next((name for name in names if name.lower().rpartition("/")[2] == wanted), None)
    near = difflib.get_close_matches(words, names, n=1, cutoff=0.5)
    return city or (near[0] if near else None)


def _languages(said: _Typed) -> Change | Card:
    words = said.words.lower().replace(",", " ").split()
    strange = [word for word in words if not is_language(word)]
    return hints.no_language(strange[0]) if strange else Change(languages=tuple(word[:8] for word in words))


def _away(said: _Typed) -> Change | Card:
    until = moment_said(said.words, said.now, said.zone, begins=at_midnight)
    return cards.no_such_moment("/twoway me away") if until is None else Change(away_until=until)


def _back(said: _Typed) -> Change | Card:
    return Change(back=True)


def _pings(said: _Typed) -> Change | Card:
    known = {"on": True, "off": False}.get(said.words.lower())
    return cards.what_of_me(f"pings {said.words}".strip()) if known is None else Change(pings=known)


_TYPED: Mapping[str, Callable[[_Typed], Change | Card]] = {
    "hours": _hours,
    "zone": _zone_said,
    "timezone": _zone_said,
    "languages": _languages,
    "language": _languages,
    "away": _away,
    "back": _back,
    "pings": _pings,
}


# -------------------------------------------------------------------------------------------------- the dialog


async def _dialog(room: Room, who: Caller) -> Dialog:
    zone, now = await _zone(room, who), room.store.clock()
    async with room.store.reading() as session:
        person = who.person
        rep = await rep_by_person(session, surface=person.surface, team=person.team, user=person.user)
        facts = await duty_facts(session, rep.id) if rep is not None else None
    hours = hours_shown(hours_from(facts.hours)) if facts is not None else ""
    away = facts is not None and facts.away_until is not None and working_of(facts).away(now)
    until = typed(facts.away_until, zone) if away and facts is not None and facts.away_until is not None else ""
    pings = facts is None or facts.pings
    choices = (Option("on", "Tell me"), Option("off", "Do not tell me"))
    return Dialog(
        kind=DIALOG,
        title="About you",
        private=json.dumps({"h": who.rules.id, "a": until}),
        fields=(
            Field("hours", "Your hours", "text", hours, "As in Mon-Fri 9-12 13-17, Sat 10-14. Empty: none.", True),
            Field("zone", "Your time zone", "text", zone.key, "As in Europe/Berlin."),
            Field("languages", "Languages you read", "text", " ".join(rep.languages if rep else ()), "de en", True),
            Field("away", "Away until", "text", until, "Friday, 2026-12-01. Empty: you are there.", True),
            Field("signoff", "Your replies end with", "text", rep.signoff if rep else "", "As in ^LM.", True),
            Field("pings", "When a customer of yours is back", "choice", "on" if pings else "off", options=choices),
        ),
    )


async def submitted(room: Room, happening: Submitted) -> SubmissionAnswer:
    """Save all of it, or nothing, with each mistake beside its field."""
    try:
        private = json.loads(happening.private)
        rules = room.channels.of(int(private["h"]))
        before = str(private["a"])
    except (ValueError, KeyError, TypeError):
        rules, before = None, ""
    if rules is None:
        return Mistakes({"hours": "This dialog is from an older version of me. Please open it again."})
    who = await caller(room, happening.who, Place(rules.surface, happening.who.team, rules.chat))
    sentence = denied(who.standing, Right.WORK) if who is not None else "I do not know this channel any more."
    if who is None or sentence is not None:
        return Mistakes({"hours": sentence or ""})
    change = read(happening.values, before, room.store.clock())
    if isinstance(change, Mistakes):
        return change
    async with room.store.work() as work:
        if await once(work, surface=room.surface.name, key=happening.key, kind="Submitted"):
            await _kept(work, who, change, change.zone or rules.timezone)
    return Close()


def read(values: Mapping[str, str], away_before: str, now: datetime) -> Change | Mistakes:
    """What the dialog says. `away_before` is what stood in it: unchanged, the time away goes on as it was."""
    mistakes: dict[str, str] = {}
    change = Change(pings=values.get("pings", "on") != "off")
    try:
        change = replace(change, hours=hours_said(values.get("hours", "")))
    except NotUnderstood as error:
        mistakes["hours"] = f"I stopped reading at “{error.word[:40]}”. Write it as in Mon-Fri 9-12 13-17, Sat 10-14."
    name = values.get("zone", "").strip()
    zone = zone_called(name)
    if zone is None:
        near = nearest_zone(name)
        mistakes["zone"] = f"I know no such time zone.{f' Did you mean {near}?' if near else ''}"
    languages = values.get("languages", "").lower().replace(",", " ").split()
    strange = [word for word in languages if not is_language(word)]
    if strange:
        mistakes["languages"] = f"I do not know the language “{strange[0][:40]}”. Write codes, as in de en."
    sign = " ".join(values.get("signoff", "").split())
    if not _fits(sign):
        mistakes["signoff"] = "At most 40 characters, without mentions and custom emoji."
    away = values.get("away", "").strip()
    until = None
    if away and away != away_before:
        until = moment_said(away, now, zone or ZoneInfo("UTC"), begins=at_midnight)
        if until is None:
            mistakes["away"] = "Write a day or a moment to come, as in Friday or 2026-12-01 14:00."
    if mistakes:
        return Mistakes(mistakes)
    return replace(
        change,
        zone=zone,
        languages=tuple(word[:8] for word in languages),
        signoff=sign,
        away_until=until,
        back=not away and bool(away_before),
    )

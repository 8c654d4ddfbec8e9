"""What each channel is set to: its policy, its signs, who approves and leads, its hours; and what somebody is there.
Pure but for asking a surface who people are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bot.chat.contract import ChatError, Kind, Person, Place, Profile, Surface
from bot.chat.signs import Signs
from bot.reports.timing import Target
from bot.settings.triage import Listening
from models.permits import Policy, Standing

#: A channel as Slack writes it where somebody mentions it.
_MENTIONED = re.compile(r"<#([A-Za-z0-9]+)(?:\|[^>]*)?>")

_NOT_OURS: Mapping[Kind, Standing] = {
    Kind.GUEST: Standing.GUEST,
    Kind.OUTSIDER: Standing.OUTSIDER,
    Kind.BOT: Standing.BOT,
    Kind.GONE: Standing.GONE,
    Kind.UNKNOWN: Standing.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """One channel. `id` is its row, `chat` the surface's id of it. `approvers` and `leads` are user ids and groups;
    no approvers: every member; no leads: every approver. `escalate_to` are called when `target` is missed, `danger_to`
    when somebody may come to harm. `accounts` are those whose posts come here, by name; `voice` is what is remarked on
    drafts."""

    id: int
    name: str
    surface: str
    chat: str
    policy: Policy
    signs: Signs = field(default_factory=Signs)
    approvers: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    accounts: frozenset[str] = frozenset()
    target: Target = field(default_factory=lambda: Target(Policy().answer_within))
    escalate_to: frozenset[str] = frozenset()
    danger_to: frozenset[str] = frozenset()
    names_in_summary: bool = False
    voice: Listening = field(default_factory=Listening)


class Channels:
    """Every channel, found by its row or by where it is."""

    def __init__(self, rules: Mapping[int, ChannelRules]) -> None:
        self._by_id = dict(rules)
        self._by_place = {(rule.surface, rule.chat): rule for rule in rules.values()}

    def at(self, place: Place) -> ChannelRules | None:
        return self._by_place.get((place.surface, place.channel))

    def of(self, channel: int) -> ChannelRules | None:
        return self._by_id.get(channel)

    def all(self) -> tuple[ChannelRules, ...]:
        return tuple(self._by_id.values())

    def called(self, words: str) -> ChannelRules | None:
        """The channel that people mean: by its name in the settings ("care", "#care"), by the mention that Slack
        makes of it, or by its row ("=3", as buttons say it)."""
        said = words.strip().strip("“”\"'")
        mentioned = _MENTIONED.fullmatch(said)
        if mentioned is not None:
            return next((rules for rules in self.all() if rules.chat == mentioned[1]), None)
        if said.startswith("=") and said[1:].isdecimal():
            return self.of(int(said[1:]))
        wanted = said.removeprefix("#").casefold()
        return next((rules for rules in self.all() if rules.name.casefold() == wanted), None)

    @property
    def policies(self) -> Mapping[int, Policy]:
        return {rule.id: rule.policy for rule in self._by_id.values()}


async def standing_of(surface: Surface, profile: Profile, rules: ChannelRules) -> Standing:
    """What somebody is in a channel now. Whoever cannot be told is UNKNOWN and may do nothing."""
    if profile.kind is not Kind.MEMBER:
        return _NOT_OURS[profile.kind]
    try:
        leads = await _people(surface, rules.leads)
        approvers = await _people(surface, rules.approvers)
    except ChatError:
        return Standing.UNKNOWN
    user = profile.person.user
    if user in leads:
        return Standing.LEAD
    if not approvers or user in approvers:
        return Standing.LEAD if not leads else Standing.APPROVER
    return Standing.MEMBER


async def _people(surface: Surface, named: frozenset[str]) -> frozenset[str]:
    """The people behind names that may be groups."""
    found: set[str] = set()
    for name in named:
        found |= await surface.members(name)
    return frozenset(found)


def place_of(person: Person, rules: ChannelRules) -> Place:
    """The channel as a place, seen from somebody's team."""
    return Place(rules.surface, person.team, rules.chat)

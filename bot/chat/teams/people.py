"""Who people are in Teams: members, guests, outsiders, bots; by the roster of the very channel that is asked about.

Answers are kept for seconds only. Leaves to others what somebody may do: here is only what Teams says of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from bot.chat.contract import Card, ChatError, Kind, Line, Mention, MessageGone, Person, Place, Profile, Quote
from bot.chat.kept import Kept
from bot.chat.payload import a_text
from bot.chat.teams.connector import Connector
from bot.chat.teams.limits import Pace

T = TypeVar("T")

KEPT = timedelta(seconds=30)
BOT = "28:"  # people are 29:…


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of a roster. `user` is the one id that we know somebody by, `teams_id` the one that Teams writes to."""

    user: str
    teams_id: str
    kind: Kind
    name: str


def read_member(found: object, tenant: str) -> Member | None:
    """What a roster says of somebody; None when it does not even say who that is.

    In a shared channel people of other tenants are members as well, and a guest has our tenant's id.
    """
    if not isinstance(found, Mapping) or not isinstance(found.get("id"), str):
        return None
    teams_id = found["id"]
    # The roster spells the directory's id in either of two ways (learn.microsoft.com, get-teams-context, 2026-11).
    object_id = _text(found, "aadObjectId") or _text(found, "objectId")
    name = next((said for key in ("name", "givenName") if (said := _text(found, key))), teams_id)
    user = object_id.lower() or teams_id
    return Member(user, teams_id, _kind(found, teams_id, tenant), a_text({"name": name}, "name"))


def _kind(found: Mapping[object, object], teams_id: str, tenant: str) -> Kind:
    if teams_id.startswith(BOT):
        return Kind.BOT
    role, home = _text(found, "userRole").lower(), _text(found, "tenantId").lower()
    if role == "anonymous":
        return Kind.OUTSIDER
    if home and home != tenant:
        return Kind.OUTSIDER
    if role == "guest" or "#EXT#" in _text(found, "userPrincipalName").upper():
        return Kind.GUEST
    # Whose tenant is not told could be anybody's.
    return Kind.MEMBER if home else Kind.UNKNOWN


def _text(found: Mapping[object, object], key: str) -> str:
    value = found.get(key)
    return value.strip() if isinstance(value, str) else ""


class People:
    """Questions about people. `channels` are ours, for who asks in none of them."""

    def __init__(
        self, connector: Connector, pace: Pace, *, tenant: str, channels: Sequence[str], kept: timedelta = KEPT
    ) -> None:
        self._connector = connector
        self._pace = pace
        self._tenant = tenant
        self._channels = tuple(channels)
        self._members: Kept[tuple[str, str], tuple[Member | None]] = Kept(kept)

    async def profile(self, person: Person, place: Place | None, *, fresh: bool) -> Profile:
        """Never raises: what could not be found out is UNKNOWN, which may not act. The profile's person is who they
        are by the one id that we know them by, whichever of theirs was asked for."""
        if place is not None and place.surface != person.surface:
            return Profile(person=person, kind=Kind.UNKNOWN, name=person.user, in_channel=False)
        try:
            member = await self._anywhere(person.user, fresh) if place is None else None
            if place is not None:
                member = await self._member(place.channel, person.user, fresh=fresh)
        except ChatError:
            return Profile(person=person, kind=Kind.UNKNOWN, name=person.user, in_channel=False)
        if member is None:
            return Profile(person=person, kind=Kind.OUTSIDER, name=person.user, in_channel=False)
        kind = member.kind
        if person.team != self._tenant and kind in {Kind.MEMBER, Kind.GUEST}:
            kind = Kind.OUTSIDER
        known = Person(person.surface, person.team, member.user)
        return Profile(person=known, kind=kind, name=member.name)

    async def teams_id(self, person: Person, channel: str) -> str:
        """The id that Teams writes to. Raises `ChatError` for who is not in the channel."""
        member = await self._member(channel, person.user, fresh=False)
        if member is None:
            raise MessageGone("not_in_roster")
        return member.teams_id

    async def named(self, card: Card, channel: str) -> Card:
        """The card with people called by their names where only their ids were known. Who is not there keeps the id."""
        wanted = {one.person.user for one in _mentions(card) if one.name == one.person.user}
        names = {user: await self._name(channel, user) for user in sorted(wanted)}
        return _renamed(card, names) if names else card

    async def _name(self, channel: str, user: str) -> str:
        try:
            member = await self._member(channel, user, fresh=False)
        except ChatError:
            return user
        return member.name if member is not None else user

    async def _anywhere(self, user: str, fresh: bool) -> Member | None:
        """The first of our channels that has them."""
        found: Member | None = None
        trouble: ChatError | None = None
        for channel in self._channels:
            try:
                member = await self._member(channel, user, fresh=fresh)
            except ChatError as error:
                trouble = error
                continue
            if member is not None and member.kind is Kind.MEMBER:
                return member
            found = found or member
        if found is None and trouble is not None:
            raise trouble
        return found

    async def _member(self, channel: str, user: str, *, fresh: bool) -> Member | None:
        if not fresh and (kept := self._members.get((channel, user))) is not None:
            return kept[0]
        await self._pace.turn()
        try:
            answer = await self._connector.member(channel, user)
        except MessageGone:
            return self._members.put((channel, user), (None,))[0]
        member = read_member(answer, self._tenant)
        if member is None or user not in {member.user, member.teams_id}:
            return None
        return self._members.put((channel, user), (member,))[0]

    async def count(self, channel: str) -> int:
        """How many people are in a channel, to see whether we are in it ourselves. Raises `ChatError`."""
        return len(await self.everybody(channel))

    async def everybody(self, channel: str) -> list[Member]:
        """The whole roster of a channel."""
        found: list[Member] = []
        after = ""
        for _ in range(PAGES):
            await self._pace.turn()
            page, after = await self._connector.members(channel, after)
            found += [member for one in page if (member := read_member(one, self._tenant)) is not None]
            if not after:
                break
        return found


PAGES = 60  # of 500: a team has at most 25,000 members (learn.microsoft.com, limits-specifications-teams, 2026-11)


def _mentions(card: Card) -> Iterator[Mention]:
    yield from card.mentions
    for block in card.blocks:
        if isinstance(block, Line | Quote):
            yield from (part for part in block.parts if isinstance(part, Mention))


def _renamed(card: Card, names: Mapping[str, str]) -> Card:
    def named(part: T) -> T:
        if isinstance(part, Mention) and part.name == part.person.user and part.name in names:
            return replace(part, name=names[part.name])
        return part

    blocks = tuple(
        replace(block, parts=tuple(named(part) for part in block.parts)) if isinstance(block, Line | Quote) else block
        for block in card.blocks
    )
    return replace(card, blocks=blocks, mentions=tuple(named(one) for one in card.mentions))

"""What publishing asks of the chat right before something goes out: who somebody is now, which signs stand now."""

from __future__ import annotations

from bot.chat.channels import Channels, place_of, standing_of
from bot.chat.contract import ChatError, Kind, MessageGone, MessageRef, Person, Place, Surface
from bot.chat.signs import Meaning
from bot.publishing.roster import HeardSince, RosterAway, SignNow
from models.chat import CardKind
from models.permits import Standing
from models.reading.people import reps, reps_of_users
from models.reps import rep_for
from models.showing import message_of_card
from models.store import Store


class ChatRoster:
    """`Roster` of publishing, over the surfaces."""

    def __init__(self, store: Store, surfaces: dict[str, Surface], channels: Channels) -> None:
        self._store = store
        self._surfaces = surfaces
        self._channels = channels

    async def standing(self, rep: int, channel: int) -> Standing:
        rules = self._channels.of(channel)
        async with self._store.reading() as session:
            facts = (await reps(session, [rep])).get(rep)
        if rules is None or facts is None or facts.surface not in self._surfaces:
            return Standing.OUTSIDER
        surface = self._surfaces[facts.surface]
        person = Person(facts.surface, facts.team, facts.user)
        try:
            place = place_of(person, rules) if surface.can.people_by_channel else None
            profile = await surface.profile(person, place, fresh=True)
            standing = await standing_of(surface, profile, rules)
        except ChatError as error:
            raise RosterAway(error.code) from error
        if standing is Standing.UNKNOWN:
            raise RosterAway("unknown")
        return standing

    async def signs_now(self, message: int) -> frozenset[SignNow] | HeardSince | None:
        async with self._store.reading() as session:
            shown = await message_of_card(session, CardKind.DRAFT, message)
        if shown is None:
            return None
        rules = self._channels.of(shown.channel)
        surface = self._surfaces.get(rules.surface) if rules is not None else None
        if rules is None or surface is None:
            return None
        if not surface.can.reads_signs_again:
            if surface.heard_since is None:
                raise RosterAway("not heard yet")
            return HeardSince(surface.heard_since)
        try:
            place = await surface.place(shown.chat)
            seen = await surface.signs_on(MessageRef(place, shown.ts, shown.thread))
        except MessageGone:
            # The message was deleted by somebody: nobody's yes can be read from it any more.
            return frozenset()
        except ChatError as error:
            raise RosterAway(error.code) from error
        meanings = {Meaning.APPROVE: True, Meaning.OBJECT: False}
        found: dict[str, set[bool]] = {}
        for sign in seen:
            meaning = rules.signs.draft(sign.sign)
            if meaning in meanings:
                found.setdefault(sign.user, set()).add(meanings[meaning])
        async with self._store.reading() as session:
            known = await reps_of_users(session, surface=rules.surface, users=found)
        signs = {SignNow(rep.id, approve) for rep in known for approve in found[rep.user]}
        new = [user for user in found if False in found[user] and user not in {rep.user for rep in known}]
        return frozenset(signs | {SignNow(rep, False) for rep in await self._first_seen(surface, place, new)})

    async def _first_seen(self, surface: Surface, place: Place, users: list[str]) -> list[int]:
        """Members who object and never acted here before: from now on they are reps too."""
        made: list[int] = []
        for user in users:
            person = Person(surface.name, place.team, user)
            try:
                profile = await surface.profile(person, place, fresh=True)
            except ChatError as error:
                raise RosterAway(error.code) from error
            if profile.kind is Kind.UNKNOWN:
                raise RosterAway("unknown")
            if profile.kind is Kind.MEMBER:
                async with self._store.work() as work:
                    made.append(
                        (await rep_for(work, surface=surface.name, team=place.team, user=user, name=profile.name)).id
                    )
        return made

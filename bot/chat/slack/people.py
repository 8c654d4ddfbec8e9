"""Who people are on Slack: members, guests, outsiders, bots; who is in a channel, in a group; whose signs stand.

Answers are kept for seconds only. Leaves to others what somebody may do: here is only what Slack says of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.chat.contract import ChatError, ChatRefused, Kind, MessageRef, Person, Place, Profile, SignSeen
from bot.chat.kept import Kept
from bot.chat.payload import a_text
from bot.chat.slack.calls import SlackCalls
from bot.chat.slack.plain import sign_of

KEPT = timedelta(seconds=30)
PAGE = 1000  # docs.slack.dev/reference/methods/conversations.members, 2026-11
PAGES = 50


@dataclass(frozen=True, slots=True)
class Installed:
    """Where our app is installed and who we are there, as `auth.test` says."""

    team: str
    enterprise: str | None
    user: str
    bot: str | None


def kind_of(user: object, installed: Installed) -> Kind:
    """What `users.info` says about somebody. UNKNOWN when it does not say enough.

    `is_stranger` is not looked at: it does not mean "external" (docs.slack.dev, Slack Connect).
    """
    if not isinstance(user, Mapping) or not isinstance(user.get("id"), str):
        return Kind.UNKNOWN
    if user.get("deleted"):
        return Kind.GONE
    if user.get("is_bot") or user.get("is_workflow_bot") or user["id"] == "USLACKBOT":
        return Kind.BOT
    grid = user.get("enterprise_user")
    enterprise = grid.get("enterprise_id") if isinstance(grid, Mapping) else None
    team = user.get("team_id")
    if not isinstance(team, str):
        return Kind.UNKNOWN
    ours = team == installed.team or (installed.enterprise is not None and installed.enterprise in {enterprise, team})
    if not ours:
        return Kind.OUTSIDER
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Kind.GUEST
    return Kind.MEMBER


def name_of(user: object, otherwise: str) -> str:
    """What colleagues call them, in characters that can be stored."""
    if not isinstance(user, Mapping):
        return otherwise
    profile = user.get("profile")
    candidates = [
        *((profile.get("display_name"), profile.get("real_name")) if isinstance(profile, Mapping) else ()),
        user.get("real_name"),
        user.get("name"),
    ]
    found = next((name for name in candidates if isinstance(name, str) and name.strip()), otherwise)
    return a_text({"name": found}, "name")


class People:
    """Questions about people. `installed` raises `ChatError` while Slack has not said who we are."""

    def __init__(
        self,
        calls: SlackCalls,
        installed: Callable[[], Installed],
        custom_emoji: Callable[[], Mapping[str, str]],
        kept: timedelta = KEPT,
    ) -> None:
        self._calls = calls
        self._installed = installed
        self._custom_emoji = custom_emoji
        self._profiles: Kept[str, tuple[Kind, str, str | None]] = Kept(kept)
        self._channels: Kept[str, frozenset[str]] = Kept(kept)
        self._groups: Kept[str, frozenset[str]] = Kept(kept)

    async def profile(self, person: Person, place: Place | None, *, fresh: bool) -> Profile:
        """Never raises: what could not be found out is UNKNOWN, which may not act."""
        try:
            found = None if fresh else self._profiles.get(person.user)
            kind, name, zone = found or await self._ask(person.user)
            if person.team != self._installed().team and kind in {Kind.MEMBER, Kind.GUEST}:
                kind = Kind.OUTSIDER  # whoever acts through another installation is none of ours
            inside = place is None or person.user in await self._in_channel(place.channel, fresh=fresh)
        except ChatError:
            return Profile(person=person, kind=Kind.UNKNOWN, name=person.user, in_channel=False)
        return Profile(person=person, kind=kind, name=name, timezone=zone, in_channel=inside)

    async def _ask(self, user: str) -> tuple[Kind, str, str | None]:
        try:
            answer = await self._calls.call("users.info", user=user)
        except ChatRefused as error:
            if error.code not in UNSEEN:
                raise
            return self._profiles.put(user, (UNSEEN[error.code], user, None))
        found = answer.get("user")
        zone = found.get("tz") if isinstance(found, Mapping) else None
        kind = kind_of(found, self._installed())
        value = (kind, name_of(found, user), zone if isinstance(zone, str) else None)
        return value if kind is Kind.UNKNOWN else self._profiles.put(user, value)

    async def _in_channel(self, channel: str, *, fresh: bool) -> frozenset[str]:
        if not fresh and (found := self._channels.get(channel)) is not None:
            return found
        users: set[str] = set()
        cursor = ""
        for _ in range(PAGES):
            answer = await self._calls.call("conversations.members", channel=channel, limit=PAGE, cursor=cursor or None)
            users |= _strings(answer.get("members"))
            metadata = answer.get("response_metadata")
            following = metadata.get("next_cursor") if isinstance(metadata, Mapping) else None
            if not isinstance(following, str) or not following:
                break
            cursor = following
        return self._channels.put(channel, frozenset(users))

    async def members(self, group: str) -> frozenset[str]:
        """The users of a user group; of a user, that user."""
        if not group.startswith("S"):
            return frozenset({group})
        if (found := self._groups.get(group)) is not None:
            return found
        answer = await self._calls.call("usergroups.users.list", usergroup=group)
        return self._groups.put(group, frozenset(_strings(answer.get("users"))))

    async def thread_of(self, message: MessageRef) -> str | None:
        """`reactions.get` shows the whole message, and needs no history scope."""
        thread = (await self._reacted(message)).get("thread_ts")
        return thread if isinstance(thread, str) else None

    async def _reacted(self, message: MessageRef) -> Mapping[str, object]:
        """A message with its reactions. `full`: without it long lists of users are cut."""
        answer = await self._calls.call("reactions.get", channel=message.place.channel, timestamp=message.id, full=True)
        found = answer.get("message")
        return found if isinstance(found, Mapping) else {}

    async def signs_on(self, message: MessageRef) -> frozenset[SignSeen]:
        """Every reaction that stands on it now, except ours."""
        reactions = (await self._reacted(message)).get("reactions")
        own = self._installed().user
        out: set[SignSeen] = set()
        for one in reactions if isinstance(reactions, list) else []:
            if isinstance(one, Mapping) and isinstance(name := one.get("name"), str):
                sign, tone = sign_of(name, self._custom_emoji())
                out |= {SignSeen(user=user, sign=sign, tone=tone) for user in _strings(one.get("users")) - {own}}
        return frozenset(out)


# Slack's refusals of users.info that tell who somebody is.
UNSEEN: Mapping[str, Kind] = {
    "user_not_found": Kind.GONE,
    "user_not_visible": Kind.OUTSIDER,
    "users_not_found": Kind.GONE,
}


def _strings(value: object) -> set[str]:
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()

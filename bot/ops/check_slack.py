"""Asks Slack what `twoway check` wants to know: the tokens, our channels, and whether the teams in them can approve.

Only reads. By plain HTTP, since the surface in `bot.chat.slack` would begin to hear.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp

from adapters.noting import clock_is
from bot.chat.slack.manifest import SCOPES
from bot.settings import ChannelSettings, Secret, Settings, SlackMode, SlackSettings
from bot.settings.policy import doubts

if TYPE_CHECKING:
    from bot.ops.check import Line

PATIENCE = aiohttp.ClientTimeout(total=20)
# Pages of 1000: no channel in which a team works has more people.
PAGES = 20

REMEDIES: Mapping[str, str] = {
    # Slack's error codes, as a person would put them right.
    "invalid_auth": "copy the token anew from the app's page",
    "not_authed": "copy the token anew from the app's page",
    "token_revoked": "install the app anew and copy its new token",
    "token_expired": "install the app anew and copy its new token",
    "account_inactive": "install the app anew and copy its new token",
    "missing_scope": "install the app anew from `twoway manifest slack`",
    "not_allowed_token_type": "SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-",
    "channel_not_found": "/invite @twoway in that channel, and look whether its id is right",
    "not_in_channel": "/invite @twoway in that channel",
}


class Refused(Exception):
    """Slack answered no, or not at all. `code` is Slack's own word for it, or ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.remedy = REMEDIES.get(code, "")


class Asking:
    """Slack's Web API, for questions."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._api_url = api_url
        self.scopes: frozenset[str] | None = None  # what the last token may do, where Slack said so

    async def ask(self, method: str, token: Secret, **arguments: str) -> Mapping[str, object]:
        """Slack's answer where it is yes; raises `Refused` otherwise."""
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        try:
            async with self._session.post(self._api_url + method, data=arguments, headers=headers) as response:
                answer: object = await response.json(content_type=None)
                given = response.headers.get("x-oauth-scopes")
                headers = {name.lower(): value for name, value in response.headers.items()}
                clock_is("Slack", headers, datetime.now(UTC))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Refused(f"no answer ({type(error).__name__})") from error
        if not isinstance(answer, dict):
            raise Refused("an answer that is not Slack's")
        if answer.get("ok") is not True:
            raise Refused(str(answer.get("error", "no reason given")))
        self.scopes = None if given is None else frozenset(one.strip() for one in given.split(","))
        return answer

    async def members(self, token: Secret, channel: str) -> frozenset[str]:
        """The ids of everybody in a channel."""
        found: set[str] = set()
        cursor = ""
        for _ in range(PAGES):
            more = {"cursor": cursor} if cursor else {}
            answer = await self.ask("conversations.members", token, channel=channel, limit="1000", **more)
            found |= texts(answer.get("members"))
            metadata = answer.get("response_metadata")
            cursor = str(metadata.get("next_cursor") or "") if isinstance(metadata, dict) else ""
            if not cursor:
                break
        return frozenset(found)

    async def people(self, token: Secret, named: Sequence[str]) -> frozenset[str]:
        """People and groups, the groups opened up."""
        found: set[str] = set()
        for one in named:
            if one.startswith("S"):
                found |= texts((await self.ask("usergroups.users.list", token, usergroup=one)).get("users"))
            else:
                found.add(one)
        return frozenset(found)


async def lines(settings: Settings, slack: SlackSettings) -> AsyncIterator[Line]:
    """One line a token, then one a channel."""
    from bot.ops.check import Line, State

    if not slack.bot_token:
        yield Line("Slack", State.UNTRIED, "waits for SLACK_BOT_TOKEN")
        return
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        asking = Asking(session, slack.api_url)
        try:
            us = await asking.ask("auth.test", slack.bot_token)
        except Refused as refused:
            yield Line("Slack", State.WRONG, f"says {refused}", refused.remedy)
            return
        yield Line("Slack", State.GOOD, f"lets us in as {us.get('user')} in {us.get('team')}")
        if asking.scopes is not None and (lacking := SCOPES.keys() - asking.scopes):
            yield Line(
                "Slack scopes", State.WRONG, f"{', '.join(sorted(lacking))} not granted", REMEDIES["missing_scope"]
            )
        if slack.mode is SlackMode.SOCKET and slack.app_token:
            try:
                await asking.ask("apps.connections.open", slack.app_token)
                yield Line("Slack socket", State.GOOD, "opens")
            except Refused as refused:
                yield Line("Slack socket", State.WRONG, f"says {refused}", refused.remedy)
        for channel in settings.channels:
            if channel.surface == "slack":
                yield await _channel(asking, slack.bot_token, channel, str(us.get("user_id")))


async def _channel(asking: Asking, token: Secret, channel: ChannelSettings, us: str) -> Line:
    from bot.ops.check import Line, State

    about = f"channel {channel.name}"
    try:
        found = (await asking.ask("conversations.info", token, channel=channel.chat_id)).get("channel")
        if not isinstance(found, dict) or found.get("is_member") is not True:
            raise Refused("not_in_channel")
        members = await asking.members(token, channel.chat_id) - {us}
        named = await asking.people(token, [*channel.approvers, *channel.leads]) if channel.approvers else members
    except Refused as refused:
        return Line(about, State.WRONG, f"Slack says {refused}", refused.remedy)
    # Who is a guest or a bot is not asked here: that would be a call a person.
    found_doubts = doubts(channel, members=len(members), approvers=len(named & members))
    if found_doubts:
        doubt = found_doubts[0]
        return Line(about, State.WRONG if doubt.never else State.DOUBT, doubt.sentence, doubt.remedy)
    return Line(about, State.GOOD, f"we are in it, with {len(members)} others", facts={"members": len(members)})


def texts(value: object) -> frozenset[str]:
    """The texts in a list from outside; nothing where it is none."""
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()

"""Asks Teams what `twoway check` wants to know: a token, our channels, and whether the teams in them can approve.

Only reads. Knows of a channel that we are not in, and of a channel where nobody can do what its settings ask for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.chat.contract import ChatError, ChatRefused, ChatUnreachable, Kind, MessageGone
from bot.settings import ChannelSettings, Settings, TeamsSettings, TeamsSignIn
from bot.settings.policy import doubts

if TYPE_CHECKING:
    from bot.chat.teams.people import People
    from bot.ops.check import Line

PATIENCE = timedelta(seconds=20)


async def lines(settings: Settings, teams: TeamsSettings) -> AsyncIterator[Line]:
    """One line for the token, one for the address, then one a channel."""
    from bot.chat.teams.connector import Connector
    from bot.chat.teams.limits import Pace
    from bot.chat.teams.people import People
    from bot.chat.teams.trust import Trust, identity_of
    from bot.ops.check import Line, State

    if not teams.anonymous and teams.sign_in is TeamsSignIn.SECRET and not teams.password:
        yield Line("Teams", State.UNTRIED, "waits for TEAMS_APP_PASSWORD")
        return
    if teams.anonymous:
        yield Line("Teams", State.DOUBT, "asks nobody for a token", "only for a stand-in on this very machine")
    elif not settings.service.public_url.startswith("https://"):
        remedy = "set service.public_url to the address at which Microsoft can reach us; it begins with https://"
        yield Line("Teams address", State.WRONG, "Teams cannot reach us", remedy)
    identity = identity_of(teams)
    connector = Connector(identity, Trust(teams.services, anonymous=teams.anonymous), time_limit=PATIENCE)
    people = People(connector, Pace(lambda: datetime.now(UTC)), tenant=identity.tenant, channels=())
    connector.open()
    try:
        await connector.token()
        if not teams.anonymous:
            yield Line("Teams", State.GOOD, "gives us a token")
        for channel in settings.channels:
            if channel.surface == "teams":
                yield await _channel(people, channel)
    except ChatError as error:
        yield Line("Teams", State.WRONG, f"says {error.code}", _remedy(error))
    finally:
        await connector.close()


async def _channel(people: People, channel: ChannelSettings) -> Line:
    from bot.chat.teams.failures import ADD_APP
    from bot.ops.check import Line, State

    about = f"channel {channel.name}"
    try:
        roster = await people.everybody(channel.chat_id)
    except MessageGone as error:
        return Line(about, State.WRONG, f"Teams says {error.code}", ADD_APP)
    except ChatError as error:
        return Line(about, State.WRONG, f"Teams says {error.code}", _remedy(error))
    members = {one.user for one in roster if one.kind is Kind.MEMBER}
    named = {*channel.approvers, *channel.leads} if channel.approvers else members
    found = doubts(channel, members=len(members), approvers=len(named & members))
    if found:
        doubt = found[0]
        return Line(about, State.WRONG if doubt.never else State.DOUBT, doubt.sentence, doubt.remedy)
    return Line(about, State.GOOD, f"we are in it, with {len(members)} others", facts={"members": len(members)})


def _remedy(error: ChatError) -> str:
    if isinstance(error, ChatRefused):
        return error.remedy
    return "try again later" if isinstance(error, ChatUnreachable) else ""

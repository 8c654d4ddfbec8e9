"""The surfaces that the settings ask for, and the paths at which they are called. Leaves running them to `app`.

A surface's library is imported only where the settings name it: a start must not wait for the other's.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.commands import DIALOG_VERBS, SLASHES
from bot.chat.contract import Surface
from bot.settings import Settings, SlackSettings, TeamsSettings
from bot.settings import Surface as Kind
from bot.web import Handler

#: Where each surface is called; other programs rely on these (docs/reference/http.md).
PATHS: Mapping[str, str] = {"slack": "/slack/events", "teams": "/api/messages"}


def surfaces_of(settings: Settings) -> dict[str, Surface]:
    """By name, not started."""
    made: dict[str, Surface] = {}
    if settings.slack is not None:
        made["slack"] = _slack(settings.slack)
    if settings.teams is not None:
        ours = [channel.chat_id for channel in settings.channels if channel.surface is Kind.TEAMS]
        made["teams"] = _teams(settings.teams, ours)
    return made


def doors(surfaces: Mapping[str, Surface]) -> dict[str, Handler]:
    """What answers at which path."""
    found = {PATHS[name]: getattr(surface, "http_handler", None) for name, surface in surfaces.items()}
    return {path: handler for path, handler in found.items() if handler is not None}


def _slack(slack: SlackSettings) -> Surface:
    from bot.chat.slack.app import SlackSurface

    commands: dict[str, str | None] = {
        slack.command(slash.removeprefix("/")): None if verb is None else verb.value for slash, verb in SLASHES.items()
    }
    return SlackSurface(
        bot_token=slack.bot_token.reveal(),
        signing_secret=slack.signing_secret.reveal(),
        app_token=slack.app_token.reveal(),
        api_url=slack.api_url,
        mode=slack.mode.value,
        commands=commands,
        dialog_verbs=frozenset(verb.value for verb in DIALOG_VERBS),
        post_every=slack.post_every,
    )


def _teams(teams: TeamsSettings, channels: list[str]) -> Surface:
    from bot.chat.teams.app import TeamsSurface
    from bot.chat.teams.trust import identity_of

    return TeamsSurface(
        identity_of(teams),
        services=teams.services,
        channels=channels,
        targeted=teams.targeted,
        post_every=teams.post_every,
    )

"""What a new app on a surface is made from: the surface's manifest, with our commands as the settings name them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bot.chat.commands import COMMANDS, SLASHES
from bot.chat.slack.manifest import SlashCommand, manifest
from bot.chat.teams import manifest as teams
from bot.settings import Mistake, ServiceSettings, SettingsError, SlackMode, SlackSettings, TeamsSettings


def slack_manifest(service: ServiceSettings, slack: SlackSettings) -> dict[str, object]:
    """For "From a manifest" where Slack apps are made. Raises `SettingsError` where Slack could not reach us."""
    if slack.mode is SlackMode.HTTP and not service.public_url:
        wrong = 'is missing, and slack.mode is "http"'
        right = 'write the address at which Slack can reach us, as in "https://care.example.com"'
        raise SettingsError([Mistake("twoway.toml", "service.public_url", wrong, right)])
    return manifest(
        commands=tuple(_slash_commands(slack)), mode=slack.mode.value, public_url=service.public_url or None
    )


def _slash_commands(slack: SlackSettings) -> Iterator[SlashCommand]:
    declared = {command.verb: command for command in COMMANDS}
    for slash, verb in SLASHES.items():
        name = slack.command(slash.removeprefix("/"))
        if verb is None:
            yield SlashCommand(name, help=f"Everything else; {name} help lists it", usage="help")
        else:
            command = declared[verb]
            yield SlashCommand(name, help=command.help, usage=command.usage.partition(" ")[2])


def teams_package(
    service: ServiceSettings, settings: TeamsSettings | None, *, preview: bool, now: datetime | None = None
) -> bytes:
    """The zip for "Upload a custom app". Raises `SettingsError` where Teams could not reach us, or has no bot."""
    if settings is None:
        right = "add a [teams] section with app_id and tenant"
        raise SettingsError([Mistake("twoway.toml", "teams", "is missing", right)])
    if not service.public_url:
        right = 'write the address at which Teams can reach us, as in "https://care.example.com"'
        raise SettingsError([Mistake("twoway.toml", "service.public_url", "is missing", right)])
    made = teams.manifest(
        app_id=settings.app_id,
        public_url=service.public_url,
        version=_version(now or datetime.now(UTC)),
        entries=teams.menu(),
        preview=preview,
    )
    return teams.package(made)


def _version(now: datetime) -> str:
    """Teams takes an update only under a higher number: the minute in UTC, which never goes back."""
    return f"1.{now.year - 2000}{now:%m%d}.{now.hour * 100 + now.minute}"

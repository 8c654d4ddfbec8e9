"""What a new app on a surface is made from: the surface's manifest, with our commands as the settings name them."""

from __future__ import annotations

from collections.abc import Iterator

from bot.chat.commands import COMMANDS, SLASHES
from bot.chat.slack.manifest import SlashCommand, manifest
from bot.settings import Mistake, ServiceSettings, SettingsError, SlackMode, SlackSettings


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

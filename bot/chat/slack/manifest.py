"""The app manifest for Slack: what the app may do and why. Pure; printed by the command line and the documentation.

Asks for no `*:history` scope: what people talk about in the channel is not ours to read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.chat.commands import BY_WORD, SLASHES

USE_AS_DRAFT = "use_as_draft"

# Each scope and why we need it. docs.slack.dev/reference/scopes, 2026-11.
SCOPES: Mapping[str, str] = {
    "app_mentions:read": "to hear “@twoway claim” in a thread, where slash commands do not work",
    "channels:read": "to see which channels the app is in and who is in them",
    "chat:write": "to post and update cards and drafts, in channels it was invited to",
    "commands": "for slash commands and the “Use as draft” shortcut",
    "emoji:read": "to know your own emoji, so that an alias of ✅ counts and a custom one never reaches a customer",
    "files:read": "to get the picture that somebody chose in the draft dialog, and no other file",
    "files:write": "to show the summary's chart, and a draft's pictures, in their messages",
    "groups:read": "the same as channels:read, for private channels it was invited to",
    "reactions:read": "to hear ✅ and ❌ on drafts, and to read them again right before sending",
    "usergroups:read": "to let a user group be the approvers of a channel",
    "users:read": "to tell members from guests, people of other companies and bots, and for names and time zones",
}

# Each event and why.
EVENTS: Mapping[str, str] = {
    "app_home_opened": "to show you your own claims",
    "app_mention": "commands in threads",
    "reaction_added": "signs",
    "reaction_removed": "signs taken back",
}


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One slash command as it is shown in Slack; `name` with its slash."""

    name: str
    help: str
    usage: str = ""


def slash_commands(slashes: Mapping[str, str | None] = SLASHES) -> tuple[SlashCommand, ...]:
    """What Slack shows of each slash command; `slashes` are those of the settings, where a team renamed some."""
    return tuple(_slash_command(name, verb) for name, verb in slashes.items())


def _slash_command(name: str, verb: str | None) -> SlashCommand:
    if verb is None:
        return SlashCommand(name, "Everything Twoway can do, by word", "claim | draft | queue | help …")
    command = BY_WORD[verb]
    return SlashCommand(name, command.help, command.usage.partition(" ")[2])


def manifest(
    *,
    commands: Sequence[SlashCommand],
    mode: Literal["socket", "http"],
    public_url: str | None,
    name: str = "Twoway",
) -> dict[str, object]:
    """For api.slack.com/apps, "From a manifest". In mode "http" `public_url` is where Slack can reach us."""
    if mode == "http" and not public_url:
        raise ValueError("mode http needs the public address")
    url = f"{(public_url or '').rstrip('/')}/slack/events"
    at = {} if mode == "socket" else {"request_url": url}
    slash = [
        {
            "command": command.name,
            **({} if mode == "socket" else {"url": url}),
            "description": command.help[:2000],
            **({"usage_hint": command.usage[:1000]} if command.usage else {}),
            "should_escape": True,  # mentions arrive with ids
        }
        for command in commands
    ]
    return {
        "display_information": {
            "name": name[:35],
            "description": "Customers' public posts, answered by the team",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": False,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": name.lower()[:80], "always_online": True},
            "shortcuts": [
                {
                    "name": "Use as draft",
                    "type": "message",
                    "callback_id": USE_AS_DRAFT,
                    "description": "Make this message the draft of the reply",
                }
            ],
            "slash_commands": slash,
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**at, "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **at},
            "org_deploy_enabled": False,
            "socket_mode_enabled": mode == "socket",
            "token_rotation_enabled": False,
        },
    }

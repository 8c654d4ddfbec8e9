"""The settings: what they are (`values`), how they are read (`read`), and whether a team can live with them."""

from bot.settings.abuse import AbuseSettings
from bot.settings.parsing import Mistake
from bot.settings.read import load, load_service, load_slack, load_teams
from bot.settings.secret import Secret
from bot.settings.values import (
    AccountSettings,
    Catalogue,
    ChannelSettings,
    Declared,
    Hours,
    ModelKind,
    ModelSettings,
    ReaderSettings,
    Reads,
    ServiceSettings,
    Settings,
    SettingsError,
    Shift,
    SlackMode,
    SlackSettings,
    Surface,
    TeamsSettings,
    TeamsSignIn,
    token_name,
)

__all__ = [
    "AbuseSettings",
    "AccountSettings",
    "Catalogue",
    "ChannelSettings",
    "Declared",
    "Hours",
    "Mistake",
    "ModelKind",
    "ModelSettings",
    "ReaderSettings",
    "Reads",
    "Secret",
    "ServiceSettings",
    "Settings",
    "SettingsError",
    "Shift",
    "SlackMode",
    "SlackSettings",
    "Surface",
    "TeamsSettings",
    "TeamsSignIn",
    "load",
    "load_service",
    "load_slack",
    "load_teams",
    "token_name",
]

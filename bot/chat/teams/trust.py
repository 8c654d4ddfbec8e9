"""Who we are to Microsoft, and which addresses may speak for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.publishing.crash import on_loopback as is_loopback
from bot.settings import TeamsSettings, TeamsSignIn


@dataclass(frozen=True, slots=True)
class Identity:
    """One bot in one tenant. `service_url` ends with "/"; `tenant` is in small letters."""

    app_id: str
    tenant: str
    password: str = field(default="", repr=False)
    managed: bool = False  # a managed identity instead of a password
    anonymous: bool = False  # nobody is asked for a token: on loopback alone
    service_url: str = ""
    openid_url: str = ""

    def __post_init__(self) -> None:
        if self.anonymous and not on_loopback(self.service_url):
            raise ValueError("without tokens only on loopback")


def identity_of(teams: TeamsSettings) -> Identity:
    """Who the settings say that we are."""
    return Identity(
        app_id=teams.app_id,
        tenant=teams.tenant,
        password=teams.password.reveal(),
        managed=teams.sign_in is TeamsSignIn.MANAGED,
        anonymous=teams.anonymous,
        service_url=teams.service_url,
        openid_url=teams.openid_url,
    )


class Trust:
    """Addresses that an activity may name as its service's. Anonymous: on loopback alone."""

    def __init__(self, services: Sequence[str], *, anonymous: bool = False) -> None:
        self._services = [urlsplit(one) for one in services]
        self._anonymous = anonymous

    def allows(self, url: str) -> bool:
        if self._anonymous:
            return on_loopback(url)
        try:
            asked = urlsplit(url)
            return any(
                (asked.scheme, asked.hostname, asked.port) == (one.scheme, one.hostname, one.port)
                and asked.username is None
                and asked.path.startswith(one.path)
                and ".." not in asked.path
                for one in self._services
            )
        except ValueError:
            return False


def on_loopback(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False

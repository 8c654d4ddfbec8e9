"""Which addresses may speak for Teams."""

from __future__ import annotations

import pytest

from bot.chat.teams.trust import Identity, Trust
from bot.settings import TeamsSettings
from tests.teams.activities import APP, TENANT

MICROSOFT = Trust(TeamsSettings("", "").services)


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net/teams",
        "https://smba.infra.gcc.teams.microsoft.com/x",
    ],
)
def test_microsofts_regions_may(url: str) -> None:
    assert MICROSOFT.allows(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://x@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:8443/",
        "https://smba.trafficmanager.net:http/",
        "//smba.trafficmanager.net/",
        "",
        "http://127.0.0.1/",
    ],
)
def test_nobody_else_may(url: str) -> None:
    assert not MICROSOFT.allows(url)


def test_a_path_is_part_of_who_may() -> None:
    trust = Trust(["https://gate.example/teams/"])
    assert trust.allows("https://gate.example/teams/emea")
    assert not trust.allows("https://gate.example/other")
    assert not trust.allows("https://gate.example/teams/../other")


def test_without_tokens_only_this_machine_may() -> None:
    trust = Trust(["https://smba.trafficmanager.net/"], anonymous=True)
    assert trust.allows("http://127.0.0.1:4000/connector")
    assert trust.allows("http://localhost:4000/connector")
    assert not trust.allows("https://smba.trafficmanager.net/emea/")
    assert not trust.allows("http://10.0.0.1/")


def test_nobody_is_anonymous_to_the_world() -> None:
    with pytest.raises(ValueError, match="loopback"):
        Identity(APP, TENANT, anonymous=True, service_url="https://smba.trafficmanager.net/teams/")

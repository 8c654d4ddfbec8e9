"""Signatures, settings, the registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from adapters.mastodon import Mastodon
from adapters.mastodon_settings import Settings
from adapters.posts import Audience, narrower
from adapters.registry import UnknownPlatform, load, names
from adapters.settings import SettingError, build, declared, setting
from adapters.webhooks import Spelling, crc_answer, hub_challenge, sign, signed

# RFC 4231, test case 2: key "Jefe".
_BODY = b"what do ya want for nothing?"
_HEX = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_a_signature_is_that_of_the_standard() -> None:
    assert sign(b"Jefe", _BODY, prefix="sha256=") == f"sha256={_HEX}"
    assert signed(b"Jefe", _BODY, f"sha256={_HEX}", prefix="sha256=")
    assert signed(b"Jefe", _BODY, _HEX.upper())
    assert signed(b"k", _BODY, sign(b"k", _BODY, spelling=Spelling.BASE64), spelling=Spelling.BASE64)


@pytest.mark.parametrize("given", [None, "", "sha256=", "sha256=zz", _HEX, "sha256=" + "0" * 64, "sha1=" + _HEX, "é"])
def test_any_other_signature_is_refused(given: str | None) -> None:
    assert not signed(b"Jefe", _BODY, given, prefix="sha256=")


def test_one_changed_byte_is_noticed() -> None:
    assert not signed(b"Jefe", _BODY + b" ", _HEX)


def test_no_secret_signs_nothing() -> None:
    assert not signed(b"", _BODY, sign(b"", _BODY))


def test_a_subscription_check_is_answered_only_with_the_right_token() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "right", "hub.challenge": "1158201444"}
    assert hub_challenge(query, "right") == "1158201444"
    assert hub_challenge(query, "other") is None
    assert hub_challenge({**query, "hub.verify_token": ""}, "") is None
    assert hub_challenge({**query, "hub.mode": "x"}, "right") is None


def test_a_crc_is_answered_with_a_signature() -> None:
    assert crc_answer("tok", b"secret")["response_token"].startswith("sha256=")


def test_an_unknown_platform_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownPlatform, match="mastodon"):
        load("myspace")
    assert "mastodon" in names()
    assert load("mastodon") is Mastodon


def test_settings_are_read_from_a_table() -> None:
    settings = build(
        Settings,
        {"server": "https://mastodon.example", "poll": "1m", "reply_visibility": "unlisted", "streaming": False},
        {"token": "t0ken"},
    )
    assert settings.poll == timedelta(minutes=1)
    assert settings.reply_visibility is Audience.UNLISTED
    assert "t0ken" not in repr(settings)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({}, "server"),
        ({"server": "mastodon.example"}, "server"),
        ({"server": 1}, "server"),
        ({"server": "https://m.example", "pol": "1m"}, "pol"),
        ({"server": "https://m.example", "poll": "often"}, "poll"),
        ({"server": "https://m.example", "poll": 5}, "poll"),
        ({"server": "https://m.example", "streaming": "yes"}, "streaming"),
        ({"server": "https://m.example", "reply_visibility": "all"}, "reply_visibility"),
        ({"server": "https://m.example", "token": "t"}, "token"),
    ],
)
def test_a_mistake_in_the_settings_is_one_sentence_with_its_key(table: dict[str, object], key: str) -> None:
    with pytest.raises(SettingError) as caught:
        build(Settings, table, {"token": "t"})
    assert caught.value.key == key
    assert caught.value.sentence


def test_a_missing_secret_is_named() -> None:
    with pytest.raises(SettingError) as caught:
        build(Settings, {"server": "https://m.example"}, {})
    assert caught.value.key == "token"


def test_every_setting_says_what_it_is() -> None:
    assert all(item.help.endswith(".") for item in declared(Settings))

    @dataclass(frozen=True)
    class Small:
        name: str = setting("A name.")
        times: int = setting("How often.", default=3)

    assert [(item.key, item.required) for item in declared(Small)] == [("name", True), ("times", False)]
    assert build(Small, {"name": "x"}, {}) == Small("x", 3)


def test_the_narrower_of_two_audiences_is_seen_by_fewer() -> None:
    assert narrower(Audience.PUBLIC, Audience.DIRECT) is Audience.DIRECT
    assert narrower(Audience.FOLLOWERS, Audience.UNLISTED) is Audience.FOLLOWERS

"""`[[routes]]` in the settings: read, or refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rules import router_of, routes_of
from bot.settings import SettingsError
from models.setup import Places
from tests.settings.example import TOML, read

MORE = """
[[channels]]
name = "press"
chat = "slack:C0PRESS"
accounts = []
"""


def test_routes_are_read_in_order_and_asked_by_the_names_of_channels(tmp_path: Path) -> None:
    routes = """
[[routes]]
to = "press"
reach = 10000
words = ["journalist", "press .. inquiry"]
[[routes]]
to = "care"
"""
    settings = read(tmp_path, TOML + MORE + routes)
    assert [(one.to, one.reach) for one in settings.routes] == [("press", 10_000), ("care", None)]
    router = router_of(settings, Places({"acme": 1}, {"care": 7, "press": 8}))
    assert router is not None
    found = router(account="acme", platform="mastodon", words="A journalist here", language=None, reach=20_000)
    assert found is not None
    assert (found.channel, found.route) == (8, 1)
    assert routes_of(settings).verdict


def test_without_routes_nobody_is_asked(tmp_path: Path) -> None:
    assert router_of(read(tmp_path), Places({"acme": 1}, {"care": 7})) is None


def test_every_mistake_is_a_sentence(tmp_path: Path) -> None:
    cases = {
        'to = "pres"': 'twoway.toml: routes.1.to: "pres" is not a channel; did you mean "press".',
        'words = ["x"]': "twoway.toml: routes.1.to: is missing; name the channel that these posts come to.",
        'to = "press"\naccounts = ["acne"]': (
            'twoway.toml: routes.1.accounts: "acne" is not an account; did you mean "acme".'
        ),
        'to = "press"\nplatforms = ["reddit"]': (
            'twoway.toml: routes.1.platforms: "reddit" is no account\'s platform; known here: mastodon.'
        ),
        'to = "press"\nwords = [".."]': (
            "twoway.toml: routes.1.words: a phrase begins and ends with a word: '..'; "
            'write words, as in "refund|money_back" or "cancel .. account".'
        ),
        'to = "press"\nkinds = ["complaints"]': (
            'twoway.toml: routes.1.kinds: "complaints" is not a kind of post; '
            "write one of complaint, question, praise, idea, other, spam."
        ),
        'to = "press"\nfollowers = 3': (
            "twoway.toml: routes.1.followers: is not a setting; known here: accounts, kinds, languages, platforms, "
            "reach, to, topics, urgency, words."
        ),
        'to = "press"\n[[routes]]\nto = "care"\nreach = 5': (
            "twoway.toml: routes.1: asks nothing, so that every post meets it and those below are never reached; "
            "put it last, or say which posts it is for."
        ),
    }
    wrong = {}
    for toml, sentence in cases.items():
        with pytest.raises(SettingsError) as caught:
            read(tmp_path, f"{TOML}{MORE}\n[[routes]]\n{toml}\n")
        if [str(one) for one in caught.value.mistakes] != [sentence]:
            wrong[toml] = [str(one) for one in caught.value.mistakes]
    assert not wrong

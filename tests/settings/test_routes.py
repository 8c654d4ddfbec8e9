"""`[[routes]]` in the settings: read, or refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rules import meets_of, router_of, routes_of
from bot.settings import SettingsError
from models.rerouting import Asked, Met
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


def test_what_only_a_reader_can_say_is_asked_once_it_was_read(tmp_path: Path) -> None:
    routes = '[[routes]]\nto = "press"\nkinds = ["complaint"]\nurgency = 2\n[[routes]]\nto = "care"\n'
    places = Places({"acme": 1}, {"care": 7, "press": 8})
    assert meets_of(read(tmp_path, TOML + MORE), places) is None
    meets = meets_of(read(tmp_path, TOML + MORE + routes), places)
    assert meets is not None
    for kinds, urgency, met in (({"complaint"}, 2, Met(8, 1)), ({"complaint"}, 1, Met(7, 2)), (None, 3, Met(7, 2))):
        asked = Asked(
            account="acme", platform="mastodon", words="It burns", language="en", reach=None, urgency=urgency,
            kinds=None if kinds is None else frozenset(kinds),
        )  # fmt: skip
        assert meets(asked) == met


def test_a_teams_own_rules_are_looked_at_with_the_settings(tmp_path: Path) -> None:
    assert read(tmp_path).reader.rules is None
    (tmp_path / "rules").mkdir()
    with_rules = TOML + '[reader]\nrules = "rules"\n'
    assert read(tmp_path, with_rules).reader.rules == tmp_path / "rules"
    (tmp_path / "rules" / "de.toml").write_text('language = "de"\n[[urgency]]\nkind = "dagner"\n')
    for text, sentence in (
        (with_rules, "reader.rules: de.toml, urgency 1: kind is 'dagner', must be one of danger, outage"),
        (with_rules.replace('"rules"', '"ruels"'), "reader.rules: is no folder: "),
    ):
        with pytest.raises(SettingsError, match=sentence):
            read(tmp_path, text)


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

"""How X counts and what it takes for a link, and how a call is signed: by the published cases and example."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.x_signing import Keys, header, signature
from adapters.x_text import has_no_wrong_character, is_valid, links, weighted_length
from tests.adapters.shared_data import shared

Case = dict[str, object]


def cases(file: str, section: str) -> list[Case]:
    yaml = pytest.importorskip("yaml")
    tests: dict[str, list[Case]] = yaml.safe_load(shared("x", "twitter-text-conformance", file).read_text("utf-8"))[
        "tests"
    ]
    return tests[section]


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("section", "count"),
    [("WeightedTweetsWithDiscountedEmojiCounterTest", 22), ("UnicodeDirectionalMarkerCounterTest", 2)],
)
def test_every_case_of_the_third_configuration_counts_as_x_says(section: str, count: int) -> None:
    told = cases("validate.yml", section)
    assert len(told) == count
    wrong = []
    for case in told:
        words, expected = str(case["text"]), case["expected"]
        assert isinstance(expected, dict)
        now = {
            "weightedLength": weighted_length(words),
            "valid": is_valid(words),
            "permillage": weighted_length(words) * 1000 // 280,
        }
        if now != {name: expected[name] for name in now}:
            wrong.append((case["description"], now))
    assert wrong == []


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    "section", ["urls", "urls_with_indices", "urls_with_directional_markers", "tco_urls_with_params"]
)
def test_every_link_is_found_as_x_finds_it(section: str) -> None:
    wrong = []
    for case in cases("extract.yml", section):
        found = links(str(case["text"]))
        expected = case["expected"]
        assert isinstance(expected, list)
        now: list[object] = [one.words for one in found]
        if expected and isinstance(expected[0], dict):
            now = [{"url": one.words, "indices": [one.start, one.end]} for one in found]
        if now != expected:
            wrong.append((case["description"], now))
    assert wrong == []


@pytest.mark.needs("shared")
@pytest.mark.parametrize("section", ["country", "generic"])
def test_every_top_level_domain_makes_a_link(section: str) -> None:
    told = cases("tlds.yml", section)
    assert [case["text"] for case in told if [one.words for one in links(str(case["text"]))] != case["expected"]] == []


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("", 0),
        ("Hi http://acme.com", 26),
        ("acme.com", 23),
        ("shop.example", 12),  # no such domain: plain words
        ("水曜日", 6),
        ("👩🏽‍💻", 2),
        ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 4),
        ("1⃣ ☺ ❤️ 🇩🇪 🏴󠁧󠁢󠁥󠁮󠁧󠁿", 14),
        ("© ™ ©️", 7),
        ("e\u0301", 1),  # one letter, once it is composed
        ("שלום", 4),
        ("a\u200bb\u200d", 4),
        ("@lea thanks: https://acme.com/a/b?c=d#e (acme.com/x).", 13 + 23 + 2 + 23 + 2),
    ],
)
def test_what_a_text_counts(words: str, length: int) -> None:
    assert weighted_length(words) == length


def test_three_characters_are_never_taken() -> None:
    assert not has_no_wrong_character("a\ufeffb")
    assert not is_valid("a\uffff")
    assert is_valid("\u202aabc\u202c")


@pytest.mark.parametrize(
    "words",
    ["a." * 5000, "aa.co-" * 1700, "日" * 10_000 + ".com", "." * 10_000, "http://a.com/" + "(a" * 5000,
     "http://a.com?" + "!" * 10_000, "x-_" * 3300, "com." * 2500 + "-.com"],
)  # fmt: skip
def test_ten_thousand_characters_are_counted_at_once(words: str) -> None:
    began = time.process_time()
    assert weighted_length(words) > 0
    assert time.process_time() - began < 1


_SIGNS = [*"aé水.:/-_@#$ ()\u200b\u202e\ufe0f\u200d\ue000\ue001", "👩", "http://", "t.co/", "xn--", ".com"]


@given(st.lists(st.sampled_from(_SIGNS), max_size=40).map("".join))
def test_links_lie_in_the_text_one_after_another(words: str) -> None:
    reached = 0
    for link in links(words):
        assert reached <= link.start < link.end
        assert words[link.start : link.end] == link.words
        reached = link.end
    assert weighted_length(words) <= 2 * len(unicodedata.normalize("NFC", words)) + 23 * words.count(".")


# Signing


# docs.x.com/resources/fundamentals/authentication/oauth-1-0a/creating-a-signature: keys of no account.
KEYS = Keys(
    consumer_key="xvz1evFS4wEEPTGEFPHBog",
    consumer_secret="kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
    token_secret="LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
)
NONCE = "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"
PARAMS = [("status", "Hello Ladies + Gentlemen, a signed OAuth request!"), ("include_entities", "true")]


@pytest.mark.parametrize(
    ("address", "signed"),
    [
        ("https://api.x.com/1.1/statuses/update.json", "Ls93hJiZbQ3akF3HF3x1Bz8%2FzU4%3D"),  # 2026
        ("https://api.twitter.com/1.1/statuses/update.json", "hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"),  # before
    ],
)
def test_the_published_example_is_signed_as_published(address: str, signed: str) -> None:
    made = header(KEYS, "post", address, PARAMS, nonce=NONCE, stamp=1318622958)
    assert f'oauth_signature="{signed}"' in made
    assert made.startswith('OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", oauth_nonce="')
    assert "kAcSOqF21" not in made + repr(KEYS)
    assert "LswwdoUa" not in made + repr(KEYS)


def test_the_order_of_parameters_does_not_change_a_signature() -> None:
    address = "https://api.x.com/2/tweets"
    one = signature(KEYS, "GET", address, [("a", "1"), ("b", "2"), ("a", "0")])
    assert one == signature(KEYS, "GET", address, [("b", "2"), ("a", "0"), ("a", "1")])
    assert one != signature(KEYS, "GET", address, [("b", "2"), ("a", "0")])

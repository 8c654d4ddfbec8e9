"""Text as the server sees it: length, links, markup."""

import json
import os
from pathlib import Path

import pytest

from sandbox.square.words import Entity, Kind, Link, entities, length, to_html

SHARED = Path(os.environ.get("TWOWAY_SHARED", Path(__file__).parents[3] / "shared"))
CASES = SHARED / "data/platforms/mastodon/status_length_cases.json"


def html_of(text: str, *, remote: bool = False) -> str:
    def who(entity: Entity) -> Link | None:
        return Link(f"https://s.example/@{entity.name}", entity.name) if entity.name != "nobody" else None

    return to_html(text, who=who, tag_base="https://s.example/tags", remote=remote)


@pytest.mark.skipif(not CASES.exists(), reason=f"recorded cases not found at {CASES}")
def test_all_recorded_lengths_of_the_web_composer_are_right() -> None:
    cases = json.loads(CASES.read_text())["cases"]
    assert len(cases) == 31
    assert [length(case["text"]) for case in cases] == [case["expected_length"] for case in cases]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", 5),
        ("https://very.long.tld.example.museum/collection/item", 23),
        ("@kim@elsewhere.example hi", 7),
        ("👩🏽‍💻🇪🇪", 2),
        ("http://localhost:3000/health", 28),
        ("(see https://example.com.)", 30),
    ],
)
def test_a_link_counts_23_a_remote_mention_its_name_and_an_emoji_one(text: str, expected: int) -> None:
    assert length(text) == expected


def test_a_content_warning_counts_too() -> None:
    assert length("hello", "warning") == 12


def test_a_mention_inside_a_link_is_part_of_the_link() -> None:
    assert [one.kind for one in entities("https://example.social/@two @three")] == [Kind.URL, Kind.MENTION]


def test_a_mention_is_an_h_card_and_an_unknown_one_stays_text() -> None:
    assert html_of("@lea and @nobody") == (
        '<p><span class="h-card" translate="no"><a href="https://s.example/@lea" class="u-url mention">'
        "@<span>lea</span></a></span> and @nobody</p>"
    )


def test_a_long_link_is_split_into_invisible_and_ellipsis_spans() -> None:
    assert html_of("https://www.acme-bikes.com/a/very/long/path/indeed?x=1&y=2") == (
        '<p><a href="https://www.acme-bikes.com/a/very/long/path/indeed?x=1&amp;y=2" target="_blank"'
        ' rel="nofollow noopener" translate="no"><span class="invisible">https://www.</span>'
        '<span class="ellipsis">acme-bikes.com/a/very/long/pat</span>'
        '<span class="invisible">h/indeed?x=1&amp;y=2</span></a></p>'
    )


def test_paragraphs_breaks_and_tags_are_marked_up_and_the_rest_is_escaped() -> None:
    assert html_of("1 < 2\n& #Tag\n\nnext") == (
        '<p>1 &lt; 2<br />&amp; <a href="https://s.example/tags/tag" class="mention hashtag" rel="tag">'
        "#<span>Tag</span></a></p><p>next</p>"
    )


def test_a_remote_servers_break_has_no_slash() -> None:
    assert html_of("a\nb", remote=True) == "<p>a<br>b</p>"

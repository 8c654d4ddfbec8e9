"""Text and the ways to it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import Malformed
from adapters.markup import LONGEST_HTML, from_html, to_markdown
from adapters.text import Mark, Span, Text, same_words
from tests.steps import steps

spans = st.builds(Span, st.text(), st.sampled_from(Mark), st.none() | st.text())


def test_paragraphs_are_parted_by_a_blank_line_and_br_is_a_line() -> None:
    assert from_html("<p>One<br>two</p><p>three</p>").plain == "One\ntwo\n\nthree"


def test_a_shortened_link_is_read_as_its_whole_address() -> None:
    html = (
        '<p>See <a href="https://example.com/a/very/long/path" rel="nofollow"><span class="invisible">https://</span>'
        '<span class="ellipsis">example.com/a/very</span><span class="invisible">/long/path</span></a></p>'
    )
    text = from_html(html)
    assert text.plain == "See https://example.com/a/very/long/path"
    assert text.spans[-1] == Span(
        "https://example.com/a/very/long/path", Mark.LINK, "https://example.com/a/very/long/path"
    )


def test_a_link_whose_label_hides_its_address_shows_both() -> None:
    assert from_html('<a href="https://evil.example/x">your bank</a>').plain == "your bank (https://evil.example/x)"


def test_a_mention_is_shown_with_its_server_when_that_is_known() -> None:
    html = '<p><span class="h-card">'
    html += '<a href="https://b.example/@ann" class="u-url mention">@<span>ann</span></a></span> hi</p>'
    assert from_html(html).plain == "@ann hi"
    assert from_html(html, mentions={"https://b.example/@ann": "@ann@b.example"}).plain == "@ann@b.example hi"


def test_a_tag_is_a_tag() -> None:
    html = '<a href="https://a.example/tags/x" class="mention hashtag" rel="tag">#<span>x</span></a>'
    assert from_html(html).spans == (Span("#x", Mark.TAG, "https://a.example/tags/x"),)


def test_lists_quotes_and_code_are_readable() -> None:
    html = "<p>Do</p><ol><li>one</li><li>two</li></ol>"
    html += "<blockquote><p>a</p><p>b</p></blockquote><pre><code>x\n y</code></pre>"
    assert from_html(html).plain == "Do\n\n1. one\n2. two\n\n> a\n> \n> b\n\nx\n y"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>safe",
        '<a href="javascript:alert(1)">safe</a>',
        '<img src=x onerror="alert(1)">safe',
        "<style>*{}</style>safe",
        "<p>safe",
        "safe<",
        '<a href="https://[bad">safe</a>',
    ],
)
def test_hostile_html_leaves_only_words(hostile: str) -> None:
    assert from_html(hostile).plain.rstrip("<") == "safe"


def test_tags_and_spaces_that_never_end_are_read_at_once_and_keep_their_words() -> None:
    began = time.process_time()
    for endless in ("<!--", "<a ", "<a b='", "<?", "<!x", "</x ", "<", " "):
        assert "hello" in from_html(f"<p>hello</p>{endless * (LONGEST_HTML // len(endless))}").plain
    assert time.process_time() - began < 5, "html.parser alone takes minutes"
    endless = "<a " * 3_000
    assert steps(lambda: from_html(endless)) < 10_000, "html.parser alone makes 69,000, each of them to the end"
    lost = from_html("<p>hello</p><!-- " + "and the order is late " * 500)
    assert lost.plain.count("the order is late") == 500


@given(st.text(alphabet=st.sampled_from("<>/!&#;[]ap br\"'=-\n"), max_size=200))
def test_any_html_gives_a_text(html: str) -> None:
    from_html(html)


@given(st.text())
def test_any_text_gives_a_text(html: str) -> None:
    from_html(html)


@given(st.lists(spans).map(lambda s: Text(tuple(s))))
def test_a_text_survives_storing(text: Text) -> None:
    assert Text.from_json(text.to_json()) == text


@given(st.text())
def test_words_go_out_as_they_came(words: str) -> None:
    assert Text.of(words).plain == words


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_any_stored_value_is_a_text_or_a_named_error(value: object) -> None:
    try:
        Text.from_json(value)
    except Malformed:
        pass


def test_two_texts_are_the_same_reply_when_only_spacing_and_composition_differ() -> None:
    assert same_words("Caf\u00e9  open\r\n\r\nnow ", "Cafe\u0301 open\nnow")
    assert not same_words("We refund 10", "We refund 100")


def test_plain_words_are_not_marked_up_by_accident() -> None:
    assert to_markdown(Text.of("*no* [x](y) #1\n# h")) == "\\*no\\* \\[x\\](y) #1\n\\# h"
    # Before a digit a backslash would be shown: it is the sign behind the number that makes a list of it.
    assert (
        to_markdown(Text.of("1. no\n 22) list\n- no\nat 3.5 or #4.")) == "1\\. no\n 22\\) list\n\\- no\nat 3.5 or #4."
    )
    assert to_markdown(Text((Span("a`b", Mark.CODE),))) == "`` a`b ``"

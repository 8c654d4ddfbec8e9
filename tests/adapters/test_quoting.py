"""What a platform says itself never misleads whoever reads it: one line, short, without control characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from adapters import bluesky_calls, bluesky_session, graph, http, oauth, reddit_calls, x_calls, youtube_calls
from adapters.contract import Refused
from adapters.http import Answer
from adapters.quoting import MOST, one_line, quoted, unquoted
from adapters.reddit_said import read_said

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
#: A terminal's red, a bell, a new line with another sentence, a turned direction, a tag of no width, and very much.
EVIL = "Sorry \x1b[31m\x07\r\nApproved by Ana.\u2028\u202e\u2066\u200b\U000e0041\ud800\x00 <!channel> " + "very " * 5000


def reddit(body: object) -> Exception:
    """What Reddit says in an answer with status 200."""
    return reddit_calls.Calls._meaning(None, read_said(body, me=None))  # type: ignore[arg-type]  # it asks nobody


#: Whoever quotes: what it makes of an answer, the status, and a body that holds the words.
QUOTES: Mapping[str, tuple[Callable[[Answer, datetime], Exception], int, Callable[[str], object]]] = {
    "any server": (http.certainty, 422, lambda words: {"error": words}),
    "any server, plainly": (http.certainty, 403, lambda words: words),
    "a token server": (oauth._judge, 400, lambda words: {"error": "invalid_grant", "error_description": words}),
    "a token server of Meta's": (oauth._judge, 400, lambda words: {"error": {"message": words}}),
    "Bluesky": (bluesky_calls.judge, 400, lambda words: {"error": "InvalidRequest", "message": words}),
    "Bluesky's sign-in": (bluesky_session._judge, 401, lambda words: {"error": "Oh", "message": words}),
    "Meta": (graph.judge, 400, lambda words: {"error": {"code": 100, "message": words}}),
    "Meta, to people": (graph.judge, 400, lambda words: {"error": {"code": 77777, "error_user_msg": words}}),
    "Meta, about reading": (graph._failure, 403, lambda words: {"error": {"code": 200, "message": words}}),
    "Reddit": (
        lambda answer, now: reddit(answer.body),
        200,
        lambda words: {"json": {"errors": [["NO_TEXT", words, "text"]]}},
    ),
    "X": (x_calls.judge, 400, lambda words: {"title": "Invalid Request", "detail": words}),
    "X, about us": (x_calls.judge, 403, lambda words: {"title": "Forbidden", "detail": f"not permitted {words}"}),
    "YouTube": (
        youtube_calls.judge,
        403,
        lambda words: {"error": {"message": words, "errors": [{"reason": "commentsDisabled"}]}},
    ),
}


def misleads(line: str) -> bool:
    return any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for sign in line)


def test_no_platforms_words_bring_control_characters_or_a_page_into_a_sentence() -> None:
    wrong: dict[str, str] = {}
    for name, (judge, status, body) in QUOTES.items():
        sentence = str(judge(Answer(status, {}, body(EVIL), True), NOW))
        ours = unquoted(sentence)
        if "Approved by Ana" in ours or "Sorry" not in sentence:
            wrong[name] = f"quotes nothing: {sentence}"
        elif misleads(sentence) or len(sentence) > len(ours) + len(" It says: ") + MOST:
            wrong[name] = sentence
    assert wrong == {}


def test_a_page_of_a_proxy_is_no_sentence() -> None:
    for page in ("<html><body>Bad gateway", " <!DOCTYPE html>", "<h1>Forbidden</h1>"):
        found = http.certainty(Answer(403, {}, page, False), NOW)
        assert isinstance(found, Refused)
        assert "It says" not in found.sentence
    assert quoted({"not": "words"}) == quoted(None) == quoted(" \n ") == ""


@given(st.text(max_size=400), st.integers(1, MOST))
def test_whatever_is_quoted_is_one_short_line_and_quoting_it_again_changes_nothing(words: str, most: int) -> None:
    line = one_line(words, most)
    assert len(line) <= most
    assert line == " ".join(line.split())
    assert not any(unicodedata.category(sign) == "Cc" for sign in line)
    assert one_line(line, most) == line


def test_signs_that_are_joined_of_several_stay_whole() -> None:
    assert one_line("👩🏽‍💻 می‌خواهم") == "👩🏽‍💻 می‌خواهم"

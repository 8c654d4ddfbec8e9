"""What reaches the log: ids and verbs, never tokens, never what a library quotes."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest

from bot import log
from bot.settings import Secret

TOKEN = "s3cret-t0ken"
WORDS = "my parcel never came"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """A log to read, and the logging of pytest as it was afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    log.setup(secrets=[Secret(TOKEN), Secret("")], stream=stream)
    yield stream
    root.handlers, root.level = handlers, level
    logging.captureWarnings(False)


def only(lines: io.StringIO) -> dict[str, object]:
    (line,) = lines.getvalue().splitlines()
    read: dict[str, object] = json.loads(line)
    return read


def test_a_line_holds_a_verb_and_ids(lines: io.StringIO) -> None:
    logging.getLogger("bot.desk.claiming").info("claimed", extra={"conversation": 142, "rep": 3})
    line = only(lines)
    assert line.pop("at")
    assert line == {"level": "info", "from": "bot.desk.claiming", "what": "claimed", "conversation": 142, "rep": 3}


def test_a_token_never_stands_in_a_line(lines: io.StringIO) -> None:
    logging.getLogger("bot.web").warning("refused %s", TOKEN, extra={"header": f"Bearer {TOKEN}"})
    logging.getLogger("bot.web").warning("refused", extra={"header": "Bearer another"})
    assert TOKEN not in lines.getvalue()
    assert "another" not in lines.getvalue()


def test_a_library_is_heard_without_what_it_quotes(lines: io.StringIO) -> None:
    logging.getLogger("slack_bolt.AsyncApp").warning("Unhandled request ({'text': '%s'})", WORDS)
    line = only(lines)
    assert line["what"] == "Unhandled request"
    assert line["from"] == "slack_bolt.AsyncApp"


def test_a_logger_of_ours_that_was_lent_to_a_library_counts_as_one(lines: io.StringIO) -> None:
    logging.getLogger("bot.chat.slack.library").error("Failed: {'text': '%s'}", WORDS)
    assert WORDS not in lines.getvalue()


def test_requests_are_not_logged_line_by_line(lines: io.StringIO) -> None:
    logging.getLogger("aiohttp.access").info("GET /hooks/acme?token=%s", TOKEN)
    logging.getLogger("slack_sdk.web").info("Sending a request: %s", WORDS)
    assert lines.getvalue() == ""


def test_an_error_of_a_library_is_named_without_its_sentence(lines: io.StringIO) -> None:
    try:
        int(WORDS)
    except ValueError:
        logging.getLogger("bot.hearing").exception("failed")
    line = only(lines)
    assert isinstance(line["error"], list)
    assert line["error"][-1] == "ValueError"
    assert "test_log.py" in line["error"][0]
    assert WORDS not in lines.getvalue()


def test_an_error_of_the_system_keeps_its_sentence(lines: io.StringIO) -> None:
    try:
        raise ConnectionRefusedError("nobody listens")
    except OSError:
        logging.getLogger("bot.hearing").exception("failed")
    assert "ConnectionRefusedError: nobody listens" in lines.getvalue()


def test_the_cause_of_an_error_stands_before_it(lines: io.StringIO) -> None:
    try:
        try:
            raise ConnectionResetError("gone")
        except OSError as cause:
            raise RuntimeError(WORDS) from cause
    except RuntimeError:
        logging.getLogger("bot.hearing").exception("failed")
    error = only(lines)["error"]
    assert isinstance(error, list)
    assert [one for one in error if "Error" in one] == ["ConnectionResetError: gone", "RuntimeError"]


def test_a_warning_of_python_is_a_line_like_any_other(lines: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("something is old", DeprecationWarning, stacklevel=1)
    assert only(lines)["from"] == "py.warnings"


def test_people_read_lines_without_brackets() -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    try:
        log.setup(stream=stream, human=True)
        logging.getLogger("bot.desk").info("claimed", extra={"conversation": 142})
    finally:
        root.handlers, root.level = handlers, level
        logging.captureWarnings(False)
    assert stream.getvalue()[9:] == "info    bot.desk claimed conversation=142\n"


def test_what_comes_from_outside_begins_no_line_and_commands_no_terminal() -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    try:
        log.setup(stream=stream, human=True)
        evil = "x\n12:00:00 info    bot.desk approved\x1b[2J\x9b31m\u202e"
        logging.getLogger("bot.desk").info("refused", extra={"code": evil})
        logging.getLogger("bot.desk").warning(evil)
    finally:
        root.handlers, root.level = handlers, level
        logging.captureWarnings(False)
    said = stream.getvalue()
    assert len(said.splitlines()) == 2
    assert not any(one in said for one in ("\x1b", "\x9b", "\u202e"))

"""The program as an operator meets it: exit codes, one sentence a mistake, no traceback, quick help."""

from __future__ import annotations

import json
import os
import re
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from models.migrate import upgrade
from tests.forking import ROOT, completed, started_anew
from tests.settings.example import ENV, instead, write


def twoway(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs `twoway` in a folder, with nothing of the caller's environment but the PATH."""
    return completed(arguments, {"PATH": os.environ["PATH"], **env}, folder)


def test_help_answers_at_once(tmp_path: Path) -> None:
    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert started_anew(["--help"], {}, tmp_path).returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)

    # Its own time and the best of some: what else the machine does is not measured here, but in `make bench`.
    assert min(once() for _ in range(5)) < 0.3


@pytest.mark.parametrize("heavy", ["slack_bolt", "sqlalchemy", "aiohttp", "alembic", "asyncio", "adapters"])
def test_help_imports_nothing_heavy(tmp_path: Path, heavy: str) -> None:
    look = f" assert {heavy!r} not in sys.modules"
    lines = ("import sys, bot.cli", "try:", " bot.cli.main(['--help'])", "finally:", look)
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_missing_file_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    done = twoway(tmp_path, "run")
    assert done.returncode == 2
    assert done.stderr == (
        "twoway: twoway.toml: there is no such file; write one, or name another by --config or TWOWAY_CONFIG; "
        "`twoway sandbox` needs none.\n"
    )


def test_a_missing_token_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    write(tmp_path)
    done = twoway(tmp_path, "run", **{**ENV, "SLACK_BOT_TOKEN": ""})
    assert done.returncode == 2
    assert done.stderr.startswith("twoway: environment: SLACK_BOT_TOKEN: is missing; set SLACK_BOT_TOKEN, or ")
    assert done.stderr.count("\n") == 1


def test_a_database_behind_its_migrations_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    write(tmp_path)
    done = twoway(tmp_path, "run", **ENV)
    assert done.returncode == 2
    assert done.stderr == "twoway: The database is behind this version of Twoway; run `twoway db upgrade` first.\n"


def test_a_database_newer_than_the_program_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    write(tmp_path)
    url = f"sqlite:///{tmp_path}/newer.db"
    upgrade(url)
    with closing(sqlite3.connect(tmp_path / "newer.db")) as lite:
        lite.execute("UPDATE alembic_version SET version_num = '9999'")
        lite.commit()
    for arguments in (["run"], ["queue"], ["db", "upgrade"]):
        done = twoway(tmp_path, *arguments, **{**ENV, "TWOWAY_DATABASE": url})
        assert done.returncode == 2
        sentence = "The database is newer than this program; install the newer twoway first."
        assert done.stderr == f"twoway: {sentence}\n", arguments


def test_a_database_that_does_not_answer_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    done = twoway(tmp_path, "db", "upgrade", TWOWAY_DATABASE="postgresql://twoway:hush@127.0.0.1:1/twoway")
    assert done.returncode == 1
    assert done.stderr.startswith("twoway: The database postgresql://twoway:***@127.0.0.1:1/twoway did not answer: ")
    assert "hush" not in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_where_an_error_comes_from(tmp_path: Path) -> None:
    for arguments in (["--debug", "run"], ["run", "--debug"]):
        done = twoway(tmp_path, *arguments)
        assert "Traceback" in done.stderr
        assert done.returncode == 2


@pytest.mark.parametrize("before", [True, False])
def test_the_file_may_be_named_before_or_after_the_command(tmp_path: Path, before: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    path = write(tmp_path / "elsewhere", instead("approvals = 1", "approvals = 0"))
    named = ["--config", str(path)]
    done = twoway(tmp_path, *named, "check") if before else twoway(tmp_path, "check", *named)
    assert done.returncode == 2
    assert "channels.care.approvals" in done.stdout


def test_the_file_may_be_named_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    path = write(tmp_path / "elsewhere")
    done = twoway(tmp_path, "db", "upgrade", TWOWAY_CONFIG=str(path))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "elsewhere/twoway.db").exists()


def test_an_unknown_part_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    done = twoway(tmp_path, "run", "--only", "hear,speak")
    assert (done.returncode, done.stderr) == (
        2,
        'twoway: --only: "speak" is no part of Twoway; known here: hear, read, show, deliver.\n',
    )


def test_check_says_every_mistake_for_programs_too(tmp_path: Path) -> None:
    write(tmp_path, instead('"Europe/Berlin"', '"Berlin"').replace("approvals = 1", "approvals = 99"))
    done = twoway(tmp_path, "check", "--json", **ENV)
    report = json.loads(done.stdout)
    assert done.returncode == report["code"] == 2
    assert [(line["about"], line["state"]) for line in report["lines"]] == [
        ("twoway.toml: channels.care.timezone", "wrong"),
        ("twoway.toml: channels.care.approvals", "wrong"),
    ]
    assert all(line["sentence"] and line["remedy"] for line in report["lines"])


def test_an_account_that_there_is_not_is_answered_with_the_one_meant(tmp_path: Path) -> None:
    write(tmp_path)
    done = twoway(tmp_path, "connect", "acne")
    assert (done.returncode, done.stderr) == (
        1,
        'twoway: twoway.toml has no account "acne"; did you mean "acme".\n',
    )


def test_connect_says_which_variable_is_missing(tmp_path: Path) -> None:
    write(tmp_path)
    done = twoway(tmp_path, "connect", "acme")
    assert done.returncode == 0
    assert "TWOWAY_ACME_TOKEN (or TWOWAY_ACME_TOKEN_FILE) is not set." in done.stdout


def test_platforms_are_listed_for_people_and_for_programs(tmp_path: Path) -> None:
    people, programs = twoway(tmp_path, "platforms"), twoway(tmp_path, "platforms", "--json")
    assert re.search(r"^mastodon +poll stream +poll +push +anyone", people.stdout, re.MULTILINE)
    page = twoway(tmp_path, "platforms", "bluesky").stdout
    assert "TWOWAY_ACCOUNT_TOKEN (environment), required: An app password" in page
    assert max(map(len, f"{people.stdout}{page}".splitlines())) <= 80
    assert "did you mean" in twoway(tmp_path, "platforms", "bluesly").stderr
    (mastodon,) = [one for one in json.loads(programs.stdout) if one["name"] == "mastodon"]
    assert mastodon["can"]["replies"] is True
    assert {"key": "token", "from": "TWOWAY_ACCOUNT_TOKEN"}.items() <= next(
        one.items() for one in mastodon["settings"] if one["key"] == "token"
    )


def test_a_manifest_needs_no_settings_and_no_token(tmp_path: Path) -> None:
    made = json.loads(twoway(tmp_path, "manifest", "slack").stdout)
    assert made["settings"]["socket_mode_enabled"] is True
    assert {one["command"] for one in made["features"]["slash_commands"]} >= {"/twoway", "/claim", "/draft"}


def test_a_manifest_has_the_commands_as_the_settings_name_them(tmp_path: Path) -> None:
    write(tmp_path, instead('mode = "socket"', 'mode = "http"\ncommand_prefix = "acme-"\ncommands.queue = "/waiting"'))
    made = json.loads(twoway(tmp_path, "manifest", "slack").stdout)
    commands = {one["command"]: one["url"] for one in made["features"]["slash_commands"]}
    assert commands.keys() >= {"/acme-twoway", "/acme-claim", "/waiting"}
    assert set(commands.values()) == {"https://care.example.com/slack/events"}


def test_a_manifest_for_http_needs_our_public_address(tmp_path: Path) -> None:
    write(tmp_path, instead('mode = "socket"', 'mode = "http"').replace('public_url = "https://care.example.com"', ""))
    done = twoway(tmp_path, "manifest", "slack")
    assert done.returncode == 2
    assert "service.public_url: is missing" in done.stderr

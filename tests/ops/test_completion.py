"""Tab in a shell: commands, options, and names out of the settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from bot.cli import twoway
from bot.ops.completion import ASKED_BY, SHELLS
from bot.ops.options import Said
from tests.forking import ROOT, completed
from tests.settings.example import write


def offered(*typed: str) -> list[str]:
    """What stands behind Tab, when this was typed; the last word may be half of one."""
    *before, half = typed
    return [
        one.value for one in BashComplete(twoway, {"obj": Said()}, "twoway", ASKED_BY).get_completions(before, half)
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_is_told_how_to_ask(tmp_path: Path, shell: str) -> None:
    done = completed(["completion", shell], {"PATH": os.environ["PATH"]}, tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{ASKED_BY}={shell}_complete" in done.stdout
    if shutil.which(shell):
        read = subprocess.run([shell, "-n"], input=done.stdout, text=True, capture_output=True, check=False)
        assert read.returncode == 0, read.stderr


def test_commands_and_their_options_are_offered() -> None:
    assert {"queue", "show", "completion"} <= set(offered(""))
    assert offered("audit", "") == ["verify"]
    assert "--limit" in offered("queue", "--l")
    assert offered("completion", "") == list(SHELLS)


def test_names_of_the_settings_are_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path)
    assert offered("--config", str(path), "connect", "") == ["acme"]
    assert offered("queue", "--config", str(path), "--channel", "c") == ["care"]
    monkeypatch.setenv("TWOWAY_CONFIG", str(path))
    assert offered("connect", "x") == []
    assert offered("connect", "a") == ["acme"]
    assert "bluesky" in offered("platforms", "bl")


def test_settings_that_are_not_there_or_broken_offer_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[[accounts", encoding="utf-8")
    (tmp_path / "strange.toml").write_text('accounts = "acme"', encoding="utf-8")
    for name in ("none.toml", "broken.toml", "strange.toml"):
        assert offered("--config", str(tmp_path / name), "connect", "") == [], name


def test_the_program_answers_tab_itself(tmp_path: Path) -> None:
    asks = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COMP_WORDS": "twoway que", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "bot"],
        env={**asks, ASKED_BY: "bash_complete"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "plain,queue\n", done.stderr

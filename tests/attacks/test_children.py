"""Programs that the bot runs for one answer: what they know, and that none outlives the question."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.children import NoAnswer, ask

SAYS_WHAT_IT_KNOWS = (sys.executable, "-c", "import os, json; print(json.dumps(sorted(os.environ)))")
SOON = timedelta(seconds=60)


def never_ends(at: Path) -> tuple[str, ...]:
    """It writes its number down, and waits."""
    return (sys.executable, "-c", f"import os, time; open({str(at)!r}, 'w').write(str(os.getpid())); time.sleep(600)")


async def number_in(at: Path) -> int:
    async with asyncio.timeout(30):
        while not at.exists() or not at.read_text():
            await asyncio.sleep(0.01)
    return int(at.read_text())


def is_there(number: int) -> bool:
    return Path(f"/proc/{number}").exists()


async def test_it_sees_no_token_of_ours_and_only_what_it_is_to_see(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-stolen")
    monkeypatch.setenv("HF_HOME", "models")
    said = (await ask(SAYS_WHAT_IT_KNOWS, b"", within=SOON)).out.decode()
    assert "PATH" in said
    assert "TOKEN" not in said
    assert "HF_HOME" not in said
    assert "HF_HOME" in (await ask(SAYS_WHAT_IT_KNOWS, b"", within=SOON, knows=("HF_HOME",))).out.decode()


async def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    at = tmp_path / "number"
    with pytest.raises(NoAnswer, match="not within 2 s"):
        await ask(never_ends(at), b"", within=timedelta(seconds=2))
    assert not is_there(await number_in(at))


async def test_who_no_longer_waits_leaves_no_program_behind(tmp_path: Path) -> None:
    at = tmp_path / "number"
    waiting = asyncio.create_task(ask(never_ends(at), b"", within=SOON))
    number = await number_in(at)
    assert is_there(number)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not is_there(number)


async def test_how_it_ended_and_its_last_word_are_told() -> None:
    failing = (sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit('first\\nno such thing')")
    answer = await ask(failing, b"whatever", within=SOON)
    assert (answer.code, answer.out, answer.last_word) == (1, b"", "no such thing")
    with pytest.raises(NoAnswer, match="not started: FileNotFoundError"):
        await ask(("/there/is/no/such/program",), b"", within=SOON)

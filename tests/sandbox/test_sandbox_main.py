"""`python -m sandbox` as a person meets it: what it prints, what its buttons do, how it ends."""

import asyncio
import json
import signal
import socket
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.__main__ import Options, read_options, run
from sandbox.settings import Places, config, local_timezone, prepare

FAKE = (sys.executable, str(Path(__file__).with_name("fake_bot.py")))


class Running:
    """A sandbox that runs in this process, and its buttons."""

    def __init__(self, address: str, folder: Path, http: aiohttp.ClientSession) -> None:
        self.address = address
        self.folder = folder
        self.http = http

    async def get(self, path: str) -> Any:
        async with self.http.get(self.address + path) as answer:
            assert answer.status == 200
            return await answer.json()

    async def until(self, is_so: Callable[[Any], bool]) -> Any:
        """The first state for which it is so, as the stream tells them."""
        async with self.http.get(f"{self.address}/control/stream") as stream:
            async for line in stream.content:
                if line.startswith(b"data: ") and is_so(state := json.loads(line.removeprefix(b"data: "))):
                    return state
        raise AssertionError("the stream ended")

    async def press(self, path: str, **body: Any) -> tuple[int, Any]:
        async with self.http.post(self.address + path, json=body) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def running(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, mode: str = "socket", bot: Sequence[str] = FAKE
) -> AsyncIterator[Running]:
    stop = asyncio.Event()
    folder = tmp_path / "data"
    options = Options(port=0, folder=folder, browser=False, mode=mode, keep=False)
    playing = asyncio.create_task(run(options, bot=bot, stop=stop))
    out = ""
    try:
        async with asyncio.timeout(60), aiohttp.ClientSession() as http:
            while "Twoway sandbox: " not in out:
                assert not playing.done(), capsys.readouterr().err
                await asyncio.sleep(0.02)
                out += capsys.readouterr().out
            assert out.startswith("Twoway sandbox: http://127.0.0.1:")
            assert out.count("\n") == 1
            yield Running(out.removeprefix("Twoway sandbox: ").strip(), folder, http)
    finally:
        stop.set()
        async with asyncio.timeout(60):
            assert await playing == 0


async def test_three_posts_stand_and_the_bot_runs_when_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path, capsys) as sandbox:
        square = await sandbox.get("/square/control/state")
        state = await sandbox.get("/control/state")
        slack = await sandbox.get("/slack/control/state")
    assert len(square["statuses"]) == 3
    assert square["server"] == f"{sandbox.address}/square"
    assert state["bot"]["state"] == "running"
    assert state["bot"]["log"][-1].startswith("serving, with ['SLACK_APP_TOKEN', 'SLACK_BOT_TOKEN'")
    assert set(state["cut"].values()) == {False}
    assert slack


async def test_over_http_slack_asks_the_bots_challenge_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path, capsys, mode="http") as sandbox:
        settings = tomllib.loads((sandbox.folder / "twoway.toml").read_text(encoding="utf-8"))
    assert settings["slack"]["mode"] == "http"


async def test_the_settings_written_are_those_of_the_stand_ins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path, capsys) as sandbox:
        text = (sandbox.folder / "twoway.toml").read_text(encoding="utf-8")
    settings = tomllib.loads(text)
    first, second, *_ = settings["accounts"]
    assert first == {"name": "acme", "platform": "mastodon", "server": f"{sandbox.address}/square"}
    assert (second["name"], second["platform"]) == ("acme-bluesky", "bluesky")
    assert second["server"] == f"{sandbox.address}/bluesky"
    assert settings["channels"][0]["accounts"] == [account["name"] for account in settings["accounts"]]
    assert settings["slack"] == {"mode": "socket", "api_url": f"{sandbox.address}/slack/api/"}
    assert settings["channels"][0]["chat"] == "slack:C0CARE"
    assert settings["service"]["database"] == f"sqlite:///{sandbox.folder}/twoway.db"
    named = {name for account in settings["accounts"] for name in account}
    assert not [name for name in named if name.endswith(("token", "password", "secret")) or name == "key"]


async def test_the_bot_is_killed_and_started_by_the_buttons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path, capsys) as sandbox:
        _, killed = await sandbox.press("/control/bot/kill")
        assert (killed["state"], killed["exit"], killed["pid"]) == ("down", -9, None)
        _, started = await sandbox.press("/control/bot/start")
        assert started["state"] == "starting"
        await sandbox.until(lambda state: state["bot"]["state"] == "running")
        _, again = await sandbox.press("/control/bot/restart")
        assert again["starts"] == 2


async def test_the_platform_is_cut_off_and_brought_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path, capsys) as sandbox:
        _, state = await sandbox.press("/control/cut", square="mastodon", cut=True)
        assert [name for name, cut in state["cut"].items() if cut] == ["mastodon"]
        with pytest.raises(aiohttp.ClientError):
            await sandbox.get("/square/api/v2/instance")
        await sandbox.press("/control/cut", square="mastodon", cut=False)
        assert (await sandbox.get("/square/api/v2/instance"))["title"] == "The square"
        assert (await sandbox.press("/control/cut", square="mastodon", cut="yes"))[0] == 422
        assert (await sandbox.press("/control/cut", square="nowhere", cut=True))[0] == 422


async def test_a_day_and_a_storm_are_played_by_the_buttons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path, capsys) as sandbox:
        _, day = await sandbox.press("/control/day/start", seconds=60)
        assert (day["playing"], day["of"] >= 60) == (True, True)
        _, day = await sandbox.press("/control/day/stop")
        assert day["playing"] is False
        await sandbox.press("/control/storm", count=5, seconds=0.1)
        await sandbox.until(lambda state: state["day"]["storms"] == 1 and not state["day"]["storming"])
        texts = [one["text"] for one in (await sandbox.get("/square/control/state"))["statuses"]]
        assert sum("down since 8" in text for text in texts) >= 5
        assert (await sandbox.press("/control/storm", count=-1))[0] == 422


async def test_the_stream_tells_the_whole_state_after_each_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path, capsys) as sandbox:
        assert not any((await sandbox.until(lambda state: True))["cut"].values())
        later = asyncio.create_task(sandbox.until(lambda state: state["cut"]["bluesky"]))
        await sandbox.press("/control/cut", square="bluesky", cut=True)
        assert (await later)["cut"]["mastodon"] is False


async def test_the_front_page_is_there_and_nothing_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path, capsys) as sandbox:
        async with sandbox.http.get(sandbox.address) as page:
            assert page.content_type == "text/html"
        for path in ("/nothing.js", "/..%2fday.toml", "/%2e%2e/day.toml"):
            async with sandbox.http.get(sandbox.address + path) as answer:
                assert answer.status == 404


async def test_another_website_cannot_press_the_buttons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path, capsys) as sandbox:
        async with sandbox.http.post(f"{sandbox.address}/control/bot/kill", data="{}") as answer:
            assert answer.status == 403
        assert (await sandbox.get("/control/bot"))["state"] == "running"


async def test_a_port_in_use_is_one_sentence_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert await run(Options(port, tmp_path, False, "socket", False), bot=FAKE) == 2
    assert capsys.readouterr().err == (
        f"Port {port} is in use; choose another with --port, or --port 0 for a free one.\n"
    )


async def test_a_bot_that_does_not_start_is_said_with_the_end_of_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_EXIT", "2")
    assert await run(Options(0, tmp_path / "data", False, "socket", False), bot=FAKE) == 1
    heard = capsys.readouterr()
    assert "something is wrong" in heard.err
    assert heard.out == ""


def test_each_start_begins_with_an_empty_database_unless_kept(tmp_path: Path) -> None:
    places = Places(tmp_path, "http://127.0.0.1:1", 2, "socket")
    for name in ("twoway.db", "twoway.db-wal", "mine.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    prepare(places, [], keep=True)
    assert (tmp_path / "twoway.db").exists()
    prepare(places, [], keep=False)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.txt", "twoway.toml"]


def test_the_options_have_defaults_and_help_says_what_keep_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_options([]) == Options(8910, tmp_path / "sandbox-data", True, "socket", False, "model")
    given = read_options(["--port", "0", "--no-browser", "--mode", "http", "--keep", "--data", "d"])
    assert given == replace(given, port=0, browser=False, mode="http", keep=True, folder=tmp_path / "d")
    with pytest.raises(SystemExit):
        read_options(["--help"])
    assert "keep the last run's database" in capsys.readouterr().out


def test_an_odd_folder_name_survives_in_the_settings(tmp_path: Path) -> None:
    folder = tmp_path / 'a "quoted" folder \\ ü'
    settings = tomllib.loads(config(Places(folder, "http://127.0.0.1:1", 2, "socket"), []))
    assert settings["service"]["database"] == f"sqlite:///{folder}/twoway.db"
    assert settings["channels"][0]["timezone"] == local_timezone()


@asynccontextmanager
async def program(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A sandbox in a process of its own, and the bot's address."""
    options = ["--port", "0", "--no-browser", "--data", str(folder)]
    script = (
        "import asyncio, sys; from sandbox.__main__ import run, read_options;"
        f"sys.exit(asyncio.run(run(read_options({options!r}), bot={FAKE!r})))"
    )
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(60):
            assert started.stdout is not None
            assert (await started.stdout.readline()).startswith(b"Twoway sandbox: http://127.0.0.1:")
            settings = tomllib.loads((folder / "twoway.toml").read_text(encoding="utf-8"))
            yield started, settings["service"]["listen"]
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def until_nobody_listens(address: str) -> None:
    host, port = address.split(":")
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
            except OSError:
                return
            writer.close()
            await asyncio.sleep(0.02)


async def test_ctrl_c_ends_the_program_and_its_child(tmp_path: Path) -> None:
    async with program(tmp_path) as (sandbox, bot):
        sandbox.send_signal(signal.SIGINT)
        assert await sandbox.wait() == 0
        await until_nobody_listens(bot)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends children with their parent")
async def test_a_sandbox_killed_hard_takes_its_bot_along(tmp_path: Path) -> None:
    async with program(tmp_path) as (sandbox, bot):
        sandbox.kill()
        await sandbox.wait()
        await until_nobody_listens(bot)

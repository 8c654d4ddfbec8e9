"""`python -m sandbox`: the stand-ins and the page on one port, and the real bot as a child against them."""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from sandbox.day import Player, read_script
from sandbox.ports import free_port
from sandbox.server import Sandbox
from sandbox.settings import Places, Secrets, environment, prepare
from sandbox.slack import CannotDo, SlackStandIn
from sandbox.squares import Square, all_squares
from sandbox.squares.contract import No
from sandbox.supervise import Supervisor

_PORT = 8910
# Migrations and a cold start, on a slow machine.
_START_SECONDS = 120.0
# The slash commands of the bot's manifest, as in page/composer.js: Slack itself answers any other.
_COMMANDS = ("/claim", "/draft", "/queue", "/release", "/twoway")
_BOT = (sys.executable, "-m", "bot")


@dataclass(frozen=True, slots=True)
class Options:
    port: int
    folder: Path
    browser: bool
    mode: str
    keep: bool
    reader: str = "model"


def read_options(arguments: Sequence[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(
        prog="twoway sandbox",
        description="Twoway against stand-ins of a public platform and of Slack, with a web page to play on.",
        epilog="The stand-ins live in memory, so each start begins with an empty database.",
    )
    parser.add_argument("--port", type=int, default=_PORT, help=f"the page's port; 0: a free one ({_PORT})")
    parser.add_argument("--data", type=Path, default=Path("sandbox-data"), metavar="DIR", help="where its files go")
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    parser.add_argument("--mode", choices=("socket", "http"), default="socket", help="how Slack reaches the bot")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep the last run's database; what stood on the square is gone all the same",
    )
    parser.add_argument(
        "--reader",
        choices=("model", "rules", "off"),
        default="model",
        help="who reads posts before people do; until the model is there, rules do",
    )
    given = parser.parse_args(arguments)
    return Options(given.port, given.data.resolve(), not given.no_browser, given.mode, given.keep, given.reader)


async def run(options: Options, *, bot: Sequence[str] = _BOT, stop: asyncio.Event | None = None) -> int:
    """The sandbox until `stop` is set or a signal comes. `bot` is the command line of the program to run.

    0: ended as asked; 1: the bot does not start; 2: the port is in use.
    """
    stopping = stop or asyncio.Event()
    squares = all_squares()
    slack = SlackStandIn()
    slack.commands = dict.fromkeys(_COMMANDS, True)
    with contextlib.closing(_Listening()) as listening:
        if not listening.open(options.port):
            _say(f"Port {options.port} is in use; choose another with --port, or --port 0 for a free one.")
            return 2
        address = f"http://127.0.0.1:{listening.port}"
        slack.base_url = f"{address}/slack"
        for square in squares:
            square.mounted(address + square.prefix)
        places = Places(options.folder, address, free_port(), options.mode, options.reader)
        prepare(places, squares, keep=options.keep)
        secrets = Secrets(slack.bot_token, slack.signing_secret, slack.app_token)
        supervisor = Supervisor(
            command=(*bot, "run"),
            prepare=(*bot, "db", "upgrade"),
            ready_url=places.ready_url,
            environment=environment(places, secrets, squares, os.environ),
        )
        player = Player(squares, read_script(), ends=lambda: _told(slack))
        sandbox = Sandbox(squares=squares, player=player, supervisor=supervisor, others={"/slack": slack.app()})
        runner = web.AppRunner(sandbox.app(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.SockSite(runner, listening.socket).start()
            with _signals(stopping):
                return await _play(options, places, supervisor, player, slack, squares, stopping)
        finally:
            await player.stop()
            await supervisor.stop()
            await runner.cleanup()


async def _play(
    options: Options,
    places: Places,
    supervisor: Supervisor,
    player: Player,
    slack: SlackStandIn,
    squares: Sequence[Square],
    stopping: asyncio.Event,
) -> int:
    _say(f"The page is at {places.address}; preparing the database and starting the bot …")
    await supervisor.start()
    ended = asyncio.create_task(stopping.wait())
    ready = asyncio.create_task(supervisor.ready(timeout=_START_SECONDS))
    try:
        await asyncio.wait([ended, ready], return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            return 0
        if not _came_up(ready):
            _say("The bot did not start. The end of its log:")
            for line in list(supervisor.log)[-20:]:
                _say(f"  {line}")
            return 1
        if options.mode == "http":
            try:
                await slack.set_request_url(places.events_url)
            except CannotDo as no:
                _say(f"Slack's stand-in cannot reach the bot: {no}")
                return 1
        for square in squares:
            try:
                await square.listened(places.hooks_of(square.account))
            except No as no:
                _say(f"{no} {square.title} goes on without it.")
        await player.first_minute()
        print(f"Twoway sandbox: {places.address}", flush=True)
        if options.browser and _has_display():
            await asyncio.to_thread(webbrowser.open, places.address)
        await ended
    finally:
        for task in (ended, ready):
            task.cancel()
        await asyncio.gather(ended, ready, return_exceptions=True)
    _say("Ending …")
    return 0


async def _told(slack: SlackStandIn) -> None:
    """A day ends as a rep would end it: with its summary in the channel, ahead of its time."""
    try:
        await slack.command("U0ANA", "C0CARE", "/twoway", "summary now")
    except CannotDo as no:
        _say(f"The day has no summary: {no}")


def _came_up(ready: asyncio.Task[bool]) -> bool:
    """Whether it is ready; what went wrong in asking is told, not raised."""
    try:
        return ready.result()
    except TimeoutError:
        return False


class _Listening:
    """The page's socket, bound before anything else is done, so that a port in use costs nothing."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

    def open(self, port: int) -> bool:
        try:
            self.socket.bind(("127.0.0.1", port))
            self.socket.listen(128)
        except OSError:
            return False
        return True

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def close(self) -> None:
        self.socket.close()


@contextlib.contextmanager
def _signals(stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)


def _has_display() -> bool:
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    sys.exit(asyncio.run(run(read_options())))


if __name__ == "__main__":
    main()

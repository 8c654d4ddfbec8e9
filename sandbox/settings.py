"""What the bot is given to run against the sandbox: a `twoway.toml`, secrets, a clean folder."""

import base64
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.squares import Square

_OURS = ("SLACK_", "TEAMS_", "TWOWAY_")
_DATABASE = "twoway.db"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What only the bot and the stand-ins know; made anew at each start."""

    bot_token: str
    signing_secret: str
    app_token: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is. `bot_port` is free when chosen and stays the bot's."""

    folder: Path
    address: str
    bot_port: int
    mode: str
    reader: str = "model"

    @property
    def config(self) -> Path:
        return self.folder / "twoway.toml"

    @property
    def ready_url(self) -> str:
        return f"http://127.0.0.1:{self.bot_port}/readyz"

    @property
    def events_url(self) -> str:
        return f"http://127.0.0.1:{self.bot_port}/slack/events"

    def hooks_of(self, account: str) -> str:
        """Where the bot takes an account's webhooks."""
        return f"http://127.0.0.1:{self.bot_port}/hooks/{account}/"


def prepare(places: Places, squares: Sequence[Square], *, keep: bool) -> None:
    """The folder with `twoway.toml` in it, without the last run's database unless it is kept."""
    places.folder.mkdir(parents=True, exist_ok=True)
    if not keep:
        for ending in ("", "-wal", "-shm", "-journal"):
            (places.folder / f"{_DATABASE}{ending}").unlink(missing_ok=True)
        (places.folder / "key").unlink(missing_ok=True)
    places.config.write_text(config(places, squares), encoding="utf-8")


def config(places: Places, squares: Sequence[Square]) -> str:
    """The settings as text. What is a string is quoted as JSON, which TOML reads the same."""
    database = f"sqlite:///{places.folder / _DATABASE}"
    return f"""# Written by the sandbox at each start.
[service]
database = {_quoted(database)}
listen = {_quoted(f"127.0.0.1:{places.bot_port}")}

[reader]
use = {_quoted(places.reader)}
folder = {_quoted(str(places.folder / "reader"))}

[slack]
mode = {_quoted(places.mode)}
api_url = {_quoted(f"{places.address}/slack/api/")}

{"".join(_account(square) for square in squares)}[[channels]]
name = "care"
chat = "slack:C0CARE"
accounts = {_quoted([square.account for square in squares])}
timezone = {_quoted(local_timezone())}
hold = "5s"
# All but dead_links: those are asked in the world outside, and the sandbox stays on this machine.
voice = ["too_like", "language", "personal", "links", "sorry", "promise"]
"""


def _account(square: Square) -> str:
    rows = {"name": square.account, "platform": square.name, **square.settings()}
    return "\n".join(["[[accounts]]", *(f"{name} = {_quoted(value)}" for name, value in rows.items()), "", ""])


def environment(places: Places, secret: Secrets, squares: Sequence[Square], base: Mapping[str, str]) -> dict[str, str]:
    """The child's environment: ours without a `…_FILE` that would contradict, and the secrets."""
    kept = {name: value for name, value in base.items() if not (name.startswith(_OURS) and name.endswith("_FILE"))}
    return kept | {
        "PYTHONUNBUFFERED": "1",
        "TWOWAY_CONFIG": str(places.config),
        "TWOWAY_KEY": _key(places.folder),
        "SLACK_BOT_TOKEN": secret.bot_token,
        "SLACK_SIGNING_SECRET": secret.signing_secret,
        "SLACK_APP_TOKEN": secret.app_token,
        **{_variable(square, name): value for square in squares for name, value in square.secrets().items()},
    }


def _variable(square: Square, name: str) -> str:
    """As the bot names it: TWOWAY_ACME_BLUESKY_TOKEN."""
    return re.sub(r"[^A-Z0-9]", "_", f"TWOWAY_{square.account}_{name}".upper())


def local_timezone() -> str:
    """The IANA name of this machine's time zone; UTC where it cannot be told."""
    link = Path("/etc/localtime")
    target = os.path.realpath(link) if link.is_symlink() else ""
    file = Path("/etc/timezone")
    for name in (
        os.environ.get("TZ", "").lstrip(":"),
        target.split("zoneinfo/", 1)[-1] if "zoneinfo/" in target else "",
        file.read_text(encoding="utf-8").strip() if file.is_file() else "",
    ):
        if name and _known(name):
            return name
    return "UTC"


def _known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _key(folder: Path) -> str:
    """32 random bytes, kept as long as the database is."""
    file = folder / "key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(), encoding="ascii")
    return file.read_text(encoding="ascii")


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

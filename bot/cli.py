"""The command line: what an operator types. Each command reads the settings, calls who does the work, and says
how it went: exit 0 good, 1 something found wrong, 2 settings.

Whatever is heavy is imported by the command that needs it, so that `twoway --help` answers at once.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from bot import __version__
from bot.ops import completion
from bot.ops.commands import COMMANDS
from bot.ops.options import AHEAD, FOUND, GOOD, INTERRUPTED, NOT_CURRENT, SETTINGS, Said, config, not_current, shared
from bot.ops.progress import Bar, Now

if TYPE_CHECKING:
    from bot.settings import ServiceSettings, Settings

#: What `twoway run --only` can be split into.
PARTS = ("hear", "read", "show", "deliver")


class Stop(Exception):
    """Ends the program with one sentence. For mistakes that somebody outside can put right."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="twoway", message="%(prog)s %(version)s")
@shared
def twoway() -> None:
    """Customers speak in public; your team answers from chat, together.

    Nothing goes out that was not approved.
    """


@twoway.command()
@click.option("--only", metavar="PARTS", help=f"Only some of {','.join(PARTS)}: for more than one machine.")
@shared
@click.pass_context
def run(ctx: click.Context, only: str | None) -> int:
    """Run the bot until it is told to stop."""
    parts = _parts(only)
    settings = _settings(ctx)
    _log_to(settings)
    version = _version(settings.service, patient=True)
    if version in NOT_CURRENT:
        raise Stop(not_current(version), SETTINGS)
    if version == "ahead":
        logging.getLogger("twoway.run").warning(AHEAD)
    # What loading makes stays: looking through it for garbage was a tenth of the start. `run_bot` looks again.
    gc.disable()
    # numpy makes room for every core that it might compute on; what we compute is small. Read when it is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from bot.process import run as run_bot

    return run_bot(settings, parts)


@twoway.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Where its page is; 0 for any free port.")
@click.option("--data", type=click.Path(file_okay=False), help="Where it keeps its files; else ./sandbox-data.")
@click.option("--no-browser", is_flag=True, help="Open no browser.")
@click.option("--mode", type=click.Choice(["socket", "http"]), help="How its Slack reaches the bot.")
@click.option("--keep", is_flag=True, help="Keep the last run's database.")
@click.option("--reader", type=click.Choice(["model", "rules", "off"]), help="Who reads posts before people do.")
@shared
def sandbox(
    port: int | None, data: str | None, no_browser: bool, mode: str | None, keep: bool, reader: str | None
) -> NoReturn:
    """Try it: the real bot among stand-ins, on one web page. Needs no account anywhere."""
    given = ["--port", str(port)] if port is not None else []
    given += ["--data", data] if data else []
    given += ["--no-browser"] if no_browser else []
    given += ["--mode", mode] if mode else []
    given += ["--keep"] if keep else []
    given += ["--reader", reader] if reader else []
    # -P, where we have it: the folder that somebody stands in is no place to import from.
    safe = ["-P"] if sys.flags.safe_path else []
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *safe, "-m", "sandbox", *given])


@twoway.command()
@click.option("--json", "as_json", is_flag=True, help="For programs; docs/reference/command-line.md has the schema.")
@shared
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> int:
    """Look whether everything is set up: settings, tokens, database, Slack, Teams, accounts."""
    import asyncio

    from bot.ops import check as checking

    with Now() as now:
        report = asyncio.run(checking.check(config(ctx), os.environ, now=now.at))
    click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2) if as_json else report.as_text())
    return report.code


@twoway.command()
@click.argument("account", shell_complete=completion.named_in("accounts"))
@click.option("--no-browser", is_flag=True, help="Open no browser; the address is printed in any case.")
@shared
@click.pass_context
def connect(ctx: click.Context, account: str, no_browser: bool) -> int:
    """Connect one of your accounts to its platform, in the browser or by a token."""
    settings = _settings(ctx, need_secrets=False)
    found = next((one for one in settings.accounts if one.name == account), None)
    if found is None:
        from bot.settings.parsing import did_you_mean

        hint = did_you_mean(account, [one.name for one in settings.accounts])
        raise Stop(f'{settings.path.name} has no account "{account}"; {hint}.', FOUND)
    import asyncio

    from bot.ops.connect import NotConnected, needs_the_store
    from bot.ops.connect import connect as connecting
    from models.trouble import DatabaseTrouble, first_line

    _log_to(settings)

    def show(address: str) -> None:
        if sys.stdout.isatty() and not no_browser:
            click.launch(address)

    try:
        if needs_the_store(found) and (version := _version(settings.service)) in NOT_CURRENT:
            raise Stop(not_current(version), SETTINGS)
        asyncio.run(connecting(settings, found, say=click.echo, show=show))
    except NotConnected as error:
        raise Stop(str(error), FOUND) from error
    except DatabaseTrouble as error:
        raise Stop(f"The database did not answer: {first_line(error)}", FOUND) from error
    return GOOD


@twoway.command()
@click.argument("surface", type=click.Choice(["slack", "teams"]))
@click.option("--out", type=click.Path(dir_okay=False), help="Teams: where the package goes; else twoway-teams.zip.")
@click.option("--preview", is_flag=True, help="Teams: also offer slash commands.")
@shared
@click.pass_context
def manifest(ctx: click.Context, surface: str, out: str | None, preview: bool) -> int:
    """Print the app manifest to paste where a new app is made; for Teams, write the package to upload."""
    from bot.ops import manifests
    from bot.settings import load_slack, load_teams

    path = config(ctx)
    if surface == "teams":
        made = manifests.teams_package(*load_teams(path, os.environ), preview=preview)
        target = Path(out or "twoway-teams.zip")
        target.write_bytes(made)
        click.echo(f"{target} is the package to upload in Teams: Apps, Manage your apps, Upload an app.")
        return GOOD
    if out or preview:
        raise Stop("--out and --preview are for Teams; Slack's manifest is printed.", SETTINGS)
    click.echo(json.dumps(manifests.slack_manifest(*load_slack(path, os.environ)), ensure_ascii=False, indent=2))
    return GOOD


@twoway.command()
@click.argument("name", required=False, shell_complete=completion.platforms)
@click.option("--json", "as_json", is_flag=True, help="For programs; docs/reference/command-line.md has the schema.")
@shared
def platforms(name: str | None, as_json: bool) -> int:
    """List the platforms and what each can do; of one that is named, say all, and what it asks of an account."""
    from adapters import registry
    from bot.ops.platforms import as_page, as_table, described

    known = registry.names()
    if name is not None and name not in known:
        from bot.settings.parsing import did_you_mean

        raise Stop(f'There is no platform "{name}"; {did_you_mean(name, known)}.', FOUND)
    if as_json:
        wanted = [one for one in described() if name in (None, one["name"])]
        click.echo(json.dumps(wanted, ensure_ascii=False, indent=2))
        return GOOD
    try:
        click.echo(as_table(known) if name is None else as_page(name))
    except registry.Unusable as error:
        raise Stop(str(error), FOUND) from error
    return GOOD


@twoway.group()
@shared
def db() -> None:
    """The database."""


@db.command()
@click.option("--stopped", is_flag=True, help="No `twoway run` is at work: take the time that it needs.")
@shared
@click.pass_context
def upgrade(ctx: click.Context, stopped: bool) -> int:
    """Bring the database to this version; makes it where there is none. Safe to repeat."""
    from bot.ops import upgrading
    from bot.settings import load_service
    from models import migrate

    service = load_service(config(ctx), os.environ)
    version = _version(service)
    if version == "newer":
        raise Stop(not_current(version), SETTINGS)
    if version in ("current", "ahead"):
        stands = "at this version already" if version == "current" else "ahead of this version, which works with it"
        click.echo(f"{shown_database(service.database)} is {stands}.")
        return GOOD
    try:
        for sentence in upgrading.notice(migrate.coming(service.database), stopped=stopped):
            click.echo(sentence, err=True)
        with Bar("Upgrading") as bar:
            migrate.upgrade(service.database, progress=bar.at, stopped=stopped)
    except migrate.GivenUp as error:
        raise Stop(upgrading.given_up(error), FOUND) from error
    except Exception as error:
        raise Stop(f"The database could not be brought to this version: {_first_line(error)}", FOUND) from error
    click.echo(f"{shown_database(service.database)} is at this version now.")
    return GOOD


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@shared
@click.pass_context
def backup(ctx: click.Context, file: Path) -> int:
    """Copy an SQLite database to FILE while the bot runs. A PostgreSQL has pg_dump for that."""
    from bot.ops.backing import NotCopied
    from bot.ops.backing import backup as copy
    from bot.settings import load_service

    database = load_service(config(ctx), os.environ).database
    if not database.startswith("sqlite:///"):
        raise Stop("This database is a PostgreSQL, which has pg_dump for that; docs/how-to/backup.md says how.", FOUND)
    source = Path(database.removeprefix("sqlite:///"))
    if not source.exists():
        raise Stop(f"There is no database {source}.", FOUND)
    import sqlite3

    try:
        with Bar("Copying") as bar:
            copy(source, file, bar.at)
    except NotCopied as error:
        raise Stop(str(error), FOUND) from error
    except sqlite3.Error as error:
        raise Stop(f"The database {source} could not be copied: {_first_line(error)}", FOUND) from error
    click.echo(f"{source} is copied to {file}.")
    return GOOD


@db.command()
@shared
@click.pass_context
def restored(ctx: click.Context) -> int:
    """Say that a backup was put back, before the bot runs again: what was approved waits for people anew."""
    import asyncio

    from bot.ops.looking import put_back

    settings = _settings(ctx, need_secrets=False)
    if (version := _version(settings.service)) in NOT_CURRENT:
        raise Stop(not_current(version), SETTINGS)
    done = asyncio.run(put_back(settings.service.database, {one.name: one.policy for one in settings.channels}))
    click.echo(
        f"{done.orders} approved and not sent: waiting for people again. {done.drafts} drafts: approvals begin anew. "
        f"{done.posts} posts: asked for again once the bot runs."
    )
    return GOOD


@db.command("rotate-key")
@shared
@click.pass_context
def rotate_key(ctx: click.Context) -> int:
    """Encrypt all that is kept anew, with the first key of TWOWAY_KEY ("new,old")."""
    import asyncio

    from bot.keeping import NO_KEY
    from bot.ops.rotating import rotate
    from bot.settings import load_service

    service = load_service(config(ctx), os.environ)
    if not service.key:
        raise Stop(NO_KEY, SETTINGS)
    if (version := _version(service)) in NOT_CURRENT:
        raise Stop(not_current(version), SETTINGS)
    said, closed = asyncio.run(rotate(service))
    click.echo(said)
    if closed:
        raise Stop(closed, FOUND)
    return GOOD


for command in COMMANDS:
    twoway.add_command(command)


# ------------------------------------------------------------------------------------------------ what they share


def shown_database(url: str) -> str:
    """A database's address without its password."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url


def _parts(only: str | None) -> frozenset[str]:
    """Which parts to run; all of them unless some were named."""
    named = frozenset(part.strip() for part in only.split(",")) if only else frozenset(PARTS)
    if strange := sorted(named - set(PARTS)):
        raise Stop(f'--only: "{strange[0]}" is no part of Twoway; known here: {", ".join(PARTS)}.', SETTINGS)
    return named


def _settings(ctx: click.Context, *, need_secrets: bool = True) -> Settings:
    from bot.ops.catalogue import catalogue
    from bot.settings import load

    path = config(ctx)
    return load(path, os.environ, catalogue=catalogue(), need_secrets=need_secrets)


def _log_to(settings: Settings) -> None:
    from bot import log

    log.setup(secrets=settings.secrets())


def _version(service: ServiceSettings, *, patient: bool = False) -> str:
    """`patient`: a server that is away is waited for. A file that cannot be read is not."""
    from bot.patience import answered, remedy
    from models import migrate

    def look() -> str:
        return migrate.version(service.database)

    try:
        return answered(look) if patient and service.database.startswith("postgresql") else look()
    except Exception as error:
        # Whatever the driver raises: it did not let us look.
        sentence = f"The database {shown_database(service.database)} did not answer: {_first_line(error)}"
        if (what := remedy(error)) is not None:
            raise Stop(f"{sentence.rstrip('.')}. {what}", SETTINGS) from error
        raise Stop(sentence, FOUND) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def main(args: Sequence[str] | None = None) -> NoReturn:
    """The program. A mistake that somebody outside can put right is one sentence, never a traceback."""
    said = Said()
    try:
        code = twoway.main(args=args, prog_name="twoway", obj=said, standalone_mode=False)
    except click.exceptions.Exit as asked:
        code = asked.exit_code
    except click.ClickException as error:
        error.show()
        code = SETTINGS
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except Exception as error:
        known = _foreseen(error)
        if known is None:
            raise
        if said.debug:
            import traceback

            traceback.print_exception(error)
        sentences, code = known
        for sentence in sentences:
            click.echo(f"twoway: {sentence}", err=True)
    sys.exit(code if isinstance(code, int) else GOOD)


def _foreseen(error: Exception) -> tuple[Sequence[str], int] | None:
    """What to say instead of a traceback, and the exit code; None for a mistake of our own."""
    from bot.settings import SettingsError

    if isinstance(error, Stop):
        return [str(error)], error.code
    if isinstance(error, SettingsError):
        return [str(mistake) for mistake in error.mistakes], SETTINGS
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return [f"{error.strerror or error}{where}."], FOUND
    return None

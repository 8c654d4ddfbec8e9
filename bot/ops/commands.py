"""The operator's commands over what is stored: queue, show, audit verify, export, erase.

Each parses what was typed and says how it went; the work is in `looking`, `exporting` and the models, imported by
the command that needs it. Exit 0 good, 1 something found wrong, 2 settings.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Coroutine
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from bot.ops.completion import completion, named_in
from bot.ops.options import FOUND, GOOD, NOT_CURRENT, SETTINGS, config, not_current, shared
from bot.ops.progress import Bar

if TYPE_CHECKING:
    from bot.settings import Settings
    from models.reading.values import CustomerFacts
    from models.store import Store

T = TypeVar("T")

AS_JSON = click.option("--json", "as_json", is_flag=True, help="For programs; docs/reference/json.md has the schema.")


class Number(click.IntRange):
    """A conversation's number."""

    def convert(self, value: int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            found = "it stands on the card after #, and first in `twoway queue`, as in 142"
            self.fail(f'"{value}" is no conversation\'s number; {found}.', param, ctx)


class KeptSeal(click.ParamType[tuple[str, str]]):
    """A day and its seal, as `twoway audit verify` says them."""

    name = "seal"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        day, _, digest = str(value).strip().partition(":")
        if not digest or set(digest.lower()) - set("0123456789abcdef"):
            self.reject(f'"{value}" is no seal', param, ctx)
        try:
            return date.fromisoformat(day).isoformat(), digest.lower()
        except ValueError:
            self.reject(f'"{day}" is no day', param, ctx)

    def reject(self, why: str, param: click.Parameter | None = None, ctx: click.Context | None = None) -> NoReturn:
        example = "2026-11-23:9f86d081884c… (64 characters after the colon)"
        self.fail(f"{why}; give a whole line that `twoway audit verify` said, as in {example}.", param, ctx)


@click.command()
@click.option("--channel", metavar="NAME", shell_complete=named_in("channels"), help="Only this channel.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many a channel.")
@AS_JSON
@shared
@click.pass_context
def queue(ctx: click.Context, channel: str | None, limit: int, as_json: bool) -> int:
    """List who waits for an answer, the most urgent first."""
    settings = _settings(ctx)
    from bot.ops import looking, tables
    from bot.ops.plain import dumps

    names = [one.name for one in settings.channels]
    if channel is not None and channel not in names:
        from bot.settings.parsing import did_you_mean

        return _end(f'{settings.path.name} has no channel "{channel}"; {did_you_mean(channel, names)}.')
    wanted = names if channel is None else [channel]
    zones = {one.name: one.timezone.key for one in settings.channels}
    found = _run(settings, lambda store: looking.queues(store, wanted, zones, limit=limit))
    if isinstance(found, int):
        return found
    click.echo(dumps(found) if as_json else tables.queue(found))
    return GOOD


@click.command()
@click.argument("number", type=Number(1))
@AS_JSON
@shared
@click.pass_context
def show(ctx: click.Context, number: int, as_json: bool) -> int:
    """Tell the whole of a conversation: what was said, drafted, approved and sent, and by whom."""
    settings = _settings(ctx)
    from bot.ops import looking, tables
    from bot.ops.plain import dumps

    found = _run(settings, lambda store: looking.whole(store, number))
    if isinstance(found, int):
        return found
    if found is None:
        return _end(f"There is no conversation {number}.")
    zone = next((one.timezone for one in settings.channels if one.name == found.channel), None)
    click.echo(dumps(found) if as_json else tables.conversation(found, zone))
    return GOOD


@click.group()
@shared
def audit() -> None:
    """The journal and its proof."""


@audit.command()
@click.option(
    "--kept",
    type=KeptSeal(),
    metavar="DAY:SEAL",
    help="A seal that this command said before, and that you kept elsewhere.",
)
@AS_JSON
@shared
@click.pass_context
def verify(ctx: click.Context, kept: tuple[str, str] | None, as_json: bool) -> int:
    """Walk every event ever written and say whether any was changed, added or lost, and customers' words with it."""
    settings = _settings(ctx)
    from bot.ops import looking, tables
    from bot.ops.plain import dumps
    from models import audit as auditing

    given = None if kept is None else looking.Sealed(*kept)
    with Bar("Verifying", quiet=as_json) as bar:

        async def walk(store: Store) -> tuple[auditing.Report, looking.Sealed | None, looking.Standing | None]:
            now = None if given is None else await looking.seal_on(store, given.day)
            if given is not None and now is not None and len(given.digest) != len(now.digest):
                KeptSeal().reject(f"A seal has {len(now.digest)} characters, this one {len(given.digest)}")
            found = await auditing.verify(store, progress=bar.at)
            stands = None if given is None else looking.standing(given, now, found.sealed)
            return found, await looking.last_seal(store), stands

        done = _run(settings, walk)
    if isinstance(done, int):
        return done
    found, last, stands = done
    said = [tables.report(found), *tables.sealed(last, given, stands)]
    click.echo(dumps(tables.audited(found, last, stands)) if as_json else "\n".join(said))
    return GOOD if found.whole and stands in {None, looking.Standing.AS_KEPT} else FOUND


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="A folder for the files; else to stdout.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Only conversations in which something happened since then (UTC).",
)
@click.option("--customer", metavar="CUSTOMER", help="Only what we have of them: a handle, a name, their number.")
@click.option("--json", "as_json", is_flag=True, help="Say as JSON what was written (with --out).")
@shared
@click.pass_context
def export(ctx: click.Context, out: Path | None, since: datetime | None, customer: str | None, as_json: bool) -> int:
    """Write out every conversation and the paper on every public reply, as JSON lines; with --out also conversations,
    events and each day's numbers as CSV and JSON lines. With --customer all that we have of them, as JSON."""
    settings = _settings(ctx)
    if customer is not None:
        return _export_customer(settings, customer, out)
    from bot.ops import exporting, tables
    from bot.ops.plain import dumps
    from bot.rules import target_of

    with Bar("Exporting", quiet=as_json or out is None) as bar:
        targets = {one.name: target_of(one) for one in settings.channels}
        done = _run(
            settings,
            lambda store: exporting.export(store, out, sys.stdout, since=since, progress=bar.at, targets=targets),
        )
    if isinstance(done, int):
        return done
    if out is None:
        return GOOD
    if as_json:
        click.echo(dumps(done))
    else:
        what = f"{tables.some(done.conversations, 'conversation')} and {tables.some(done.replies, 'reply')}"
        click.echo(f"{what} in {out}.")
    return GOOD


@click.command()
@click.argument("customer")
@click.option("--yes", is_flag=True, help="Do not ask.")
@AS_JSON
@shared
@click.pass_context
def erase(ctx: click.Context, customer: str, yes: bool, as_json: bool) -> int:
    """Erase a customer: their words and their profile. CUSTOMER is a handle, a name, or their number here.

    A reply that waits for them does not go out. The journal keeps that something was erased, never what.
    """
    settings = _settings(ctx)
    from bot.ops import looking, tables
    from bot.ops.plain import dumps

    found = _one_customer(settings, customer, as_json=as_json)
    if isinstance(found, int):
        return found
    number, accounts = found
    if not yes:
        click.echo(tables.customers(accounts), err=as_json)
        if not click.confirm("Erase all that they said, and who they are? This cannot be undone", err=True):
            return _end("Nothing was erased.")
    policies = {one.name: one.policy for one in settings.channels}
    done = _run(settings, lambda store: looking.erase(store, number, policies))
    if isinstance(done, int):
        return done
    what = f"{tables.some(done.posts, 'post')} in {tables.some(len(done.conversations), 'conversation')}"
    if as_json:
        click.echo(dumps(looking.Erasure(done, tuple(accounts))))
    else:
        click.echo(f"Erased: customer {number}, {what}.")
    if done.waiting:
        waiting = ", ".join(map(str, done.waiting))
        return _end(
            f"A reply is on the wire in {waiting}: its draft and the profile are still here. "
            "Run this again once it has been settled."
        )
    return GOOD


def _export_customer(settings: Settings, customer: str, out: Path | None) -> int:
    from bot.ops import exporting

    found = _one_customer(settings, customer)
    if isinstance(found, int):
        return found
    done = _run(settings, lambda store: exporting.export_customer(store, found[0], out, sys.stdout))
    if isinstance(done, int):
        return done
    if done is not None:
        click.echo(f"Customer {found[0]} in {done}.")
    return GOOD


def _one_customer(settings: Settings, called: str, *, as_json: bool = False) -> tuple[int, list[CustomerFacts]] | int:
    """The one who is called that, with their accounts. An exit code instead: a sentence was said."""
    from bot.ops import looking, tables
    from bot.ops.plain import dumps

    found = _run(settings, lambda store: looking.customers(store, called))
    if isinstance(found, int):
        return found
    people: dict[int, list[CustomerFacts]] = {}
    for one in found:
        people.setdefault(one.id, []).append(one)
    if not people:
        return _end("There is no such customer.")
    if len(people) > 1:
        click.echo(dumps(looking.Erasure(None, tuple(found))) if as_json else tables.customers(found), err=not as_json)
        return _end("More than one customer is called that: name one by their number.")
    ((number, accounts),) = people.items()
    return number, accounts


@click.group()
@shared
def route() -> None:
    """The routes that bring posts to channels."""


@route.command()
@click.argument("words")
@click.option("--account", metavar="NAME", help="The account that heard it; else each of yours.")
@click.option("--language", metavar="CODE", help="As in de; else told from the words.")
@click.option("--followers", type=click.IntRange(0), help="How many follow its author.")
@click.option("--kind", "kinds", multiple=True, help="What a reader would say it is, such as complaint.")
@click.option("--topic", help="What a reader would say it is about.")
@click.option("--urgency", type=click.IntRange(0, 3), help="How urgent a reader would find it.")
@AS_JSON
@shared
@click.pass_context
def test(
    ctx: click.Context,
    words: str,
    account: str | None,
    language: str | None,
    followers: int | None,
    kinds: tuple[str, ...],
    topic: str | None,
    urgency: int | None,
    as_json: bool,
) -> int:
    """Say to which channel a post with these WORDS would come, and why. Nothing is stored."""
    settings = _settings(ctx)
    from bot.ops import routing
    from bot.ops.plain import dumps
    from bot.settings.parsing import did_you_mean
    from bot.settings.routes import KINDS

    names = [one.name for one in settings.accounts]
    if account is not None and account not in names:
        return _end(f'{settings.path.name} has no account "{account}"; {did_you_mean(account, names)}.')
    if strange := [one for one in kinds if one not in KINDS]:
        return _end(f'There is no kind "{strange[0]}"; {did_you_mean(strange[0], KINDS)}.')
    found = routing.tried(
        settings,
        words,
        names if account is None else [account],
        language=language,
        reach=followers,
        kinds=frozenset(kinds) or None,
        topic=topic,
        urgency=urgency,
    )
    click.echo(dumps(found) if as_json else routing.as_text(found))
    return GOOD


#: What the command line registers.
COMMANDS: tuple[click.Command, ...] = (queue, show, audit, route, export, erase, completion)


# ------------------------------------------------------------------------------------------------ what they share


def _end(sentence: str, code: int = FOUND) -> int:
    click.echo(f"twoway: {sentence}", err=True)
    return code


def _settings(ctx: click.Context) -> Settings:
    from bot.settings import load

    return load(config(ctx), os.environ, need_secrets=False)


def _run(settings: Settings, work: Callable[[Store], Coroutine[object, object, T]]) -> T | int:
    """Do it with the store open. An exit code instead of an answer: a sentence was said."""
    import asyncio

    from models import migrate
    from models.store import Store
    from models.trouble import DatabaseTrouble, first_line

    url = settings.service.database

    async def go() -> T:
        store = Store(url, owner="command line")
        try:
            return await work(store)
        finally:
            await store.close()

    try:
        version = migrate.version(url)
        if version in NOT_CURRENT:
            return _end(not_current(version), SETTINGS)
        return asyncio.run(go())
    except DatabaseTrouble as error:
        return _end(f"The database did not answer: {first_line(error)}")

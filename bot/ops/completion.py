"""`twoway completion SHELL`, and what Tab offers behind a command: accounts and channels of the settings, platforms.

Light, since it runs at every press of Tab: the settings' file is read for its names and checked by nobody here.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from bot.ops.options import GOOD, config, shared

SHELLS = ("bash", "zsh", "fish")
#: The variable by which the shell asks us; click makes it of the program's name.
ASKED_BY = "_TWOWAY_COMPLETE"

Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@shared
@click.pass_context
def completion(ctx: click.Context, shell: str) -> int:
    """Print what a shell needs so that Tab completes commands, options and names.

    \b
    bash: eval "$(twoway completion bash)"      in ~/.bashrc
    zsh:  eval "$(twoway completion zsh)"       in ~/.zshrc, after compinit
    fish: twoway completion fish | source       in ~/.config/fish/config.fish
    """
    known = get_completion_class(shell)
    assert known is not None  # click brings all three
    made = known(ctx.find_root().command, {}, "twoway", ASKED_BY)
    # Not `made.source()`: it starts bash to look at its version, and the shell that will read this may be elsewhere.
    click.echo((made.source_template % made.source_vars()).strip())
    return GOOD


def named_in(table: str) -> Offer:
    """Offers the names that stand in a table of the settings, such as `accounts`."""

    def offer(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
        return _starting(typed, _names(config(ctx), table))

    return offer


def platforms(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Offers the platforms that there are."""
    from adapters import registry

    return _starting(typed, registry.names())


def _starting(typed: str, names: Sequence[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(typed)]


def _names(path: Path | None, table: str) -> Sequence[str]:
    """Nothing where the file is not there or cannot be read: Tab is no place to complain."""
    try:
        rows = tomllib.loads((path or Path(os.curdir, "twoway.toml")).read_text(encoding="utf-8")).get(table)
    except (OSError, ValueError):
        return []
    found = [row.get("name") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [name for name in found if isinstance(name, str)]

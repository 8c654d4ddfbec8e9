"""Reads what the voice check remarks on drafts: a channel's `voice`, and `[voice]` for what is the same everywhere."""

from __future__ import annotations

from bot.settings.parsing import Table, many, matching, one_of
from bot.settings.triage import GROUPS, Listening

host = matching(
    r"[a-z0-9-]+(\.[a-z0-9-]+)*",
    "is not a host's name",
    'write it as in "acme.internal"',
)


def listening(channel: Table, top: Table) -> Listening:
    """One channel's: everything, unless it names some."""
    usual: tuple[str, ...] = tuple(GROUPS)
    named = channel.take("voice", many(one_of({group: group for group in GROUPS})), usual)
    table = top.table("voice")
    none: tuple[str, ...] = ()
    ours = none if table is None else table.take("our_domains", many(host), none)
    internal = none if table is None else table.take("internal_hosts", many(host), none)
    return Listening(frozenset(one for group in named for one in GROUPS[group]), ours, internal)


def finish(top: Table) -> None:
    """Names what is no setting in `[voice]`, once, however many channels there are."""
    table = top.table("voice")
    if table is not None:
        table.know("our_domains", "internal_hosts")
        table.finish()

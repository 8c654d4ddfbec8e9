"""Reads `[storms]`: from when on the same text from many is one, and who keeps a card of their own in it."""

from __future__ import annotations

from datetime import timedelta

from bot.settings import kinds
from bot.settings.parsing import Table, Wrong, shown, whole, yes_or_no
from bot.settings.triage import Watching

#: Texts of longer ago would take too much memory: about 1.4 kilobytes each.
LONGEST = timedelta(days=14)


def window(value: object) -> timedelta:
    """How far back a text is compared with others."""
    read = kinds.some_time(value)
    if read > LONGEST:
        raise Wrong(f"{shown(value)} is too long", 'write at most "14d"')
    return read


def watching(top: Table) -> Watching | None:
    """None where storms are switched off."""
    usual = Watching()
    table = top.table("storms")
    if table is None:
        return usual
    on = table.take("on", yes_or_no, True)
    read = Watching(
        # 2: less than two people is no many; 1,000: more than that wait for nobody.
        people=table.take("people", whole(2, 1_000), usual.people),
        window=table.take("window", window, usual.window),
        reach=table.take("reach", whole(1, 10**10), usual.reach),
        over_after=table.take("over_after", kinds.some_time, usual.over_after),
        digest_from=table.take("digest_from", whole(2, 10**6), usual.digest_from),
    )
    table.finish()
    return read if on else None

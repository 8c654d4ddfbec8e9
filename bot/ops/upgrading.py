"""What `twoway db upgrade` says: who has to be stopped, how long it takes, and what to do where it was given up."""

from __future__ import annotations

from datetime import timedelta

from models.migrate import Anew, Coming, GivenUp, NotBegun
from models.upgrades import PATIENCE

STOP = "This upgrade does more than add: every `twoway run`, on every machine, has to be stopped while it lasts."
LIMIT = f"{PATIENCE.total_seconds():.0f} s"
_HELD = f"Something held for longer than {LIMIT} what the upgrade needs, so it was given up"
_AGAIN = "Run `twoway db upgrade` again."
_LONG = f"The upgrade would have made running machines wait for longer than {LIMIT}, so it was given up"
_STOPPED = "Stop every `twoway run`, then run `twoway db upgrade --stopped`, which takes the time that it needs."
#: By what was raised: the class of `models.migrate.GivenUp`.
NOT_BEGUN = f"{_HELD}; machines run on as before. {_AGAIN}"
TOO_LONG = f"{_LONG}; they run on as before. {_STOPPED}"
#: Where migrations before it were made.
BEGUN = "A part of the upgrade is made and stays. If machines had to be stopped for it, leave them stopped. "


def notice(coming: Coming, *, stopped: bool) -> list[str]:
    """What an operator is to know before it begins: sentences, none where machines may work on."""
    if coming.first or coming.adds_only:
        return []
    return [*([] if stopped else [STOP]), *map(_anew, coming.anew)]


def given_up(error: GivenUp) -> str:
    """Why, and what to do then."""
    held = isinstance(error, NotBegun)
    if error.begun:
        return f"{BEGUN}{_HELD}. {_AGAIN}" if held else f"{BEGUN}{_LONG}. {_STOPPED}"
    return NOT_BEGUN if held else TOO_LONG


def _anew(one: Anew) -> str:
    rows = "1 row" if one.rows == 1 else f"{one.rows:,} rows"
    return f"It writes {rows} of {one.table} anew, and nobody can read them meanwhile: expect {_span(one.lasts)}."


def _span(span: timedelta) -> str:
    """About so long, and rather more: whose disk it is we do not know."""
    seconds = span.total_seconds()
    if seconds < 5:
        return "some seconds"
    return f"{seconds:.0f} to {2 * seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} to {seconds / 30:.0f} min"

"""What has to be set for an account on any feedback board: how often to ask, how far to look, which bounds hold."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from adapters.markup import is_web_address
from adapters.settings import SettingError, setting

CALL_LIMIT = timedelta(seconds=20)
RECHECK = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
#: Where the numbers of every board are from.
SOURCES: Mapping[str, str] = {
    "recheck": "a choice of ours",
    "call_limit": "a margin of ours; the settings may say otherwise",
    "late_bound": "nothing is documented; the settings may say",
    "listing_lag": "nothing is documented; the settings may say",
}


@dataclass(frozen=True, kw_only=True)
class BoardSettings:
    """The settings that every board has; each adds its own before them."""

    poll: timedelta = setting("How often to ask.", default=timedelta(seconds=60))
    overlap: timedelta = setting("How far before the newest to look each time.", default=timedelta(hours=1))
    sweep_every: timedelta = setting("How often to look much further back.", default=timedelta(minutes=15))
    sweep_back: timedelta = setting("How far back that is.", default=timedelta(days=7))
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=1))
    longest: int = setting("How many characters a reply may have, as it is sent.", default=2_500)
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CALL_LIMIT)
    late_bound: timedelta | None = setting(
        "How long after a call has ended it may still be accepted. Not known: a person decides.", default=None
    )
    listing_lag: timedelta | None = setting(
        "How long a new reply may be missing in the board's lists. Not known: a person decides.", default=None
    )

    def __post_init__(self) -> None:
        if self.call_limit <= timedelta(0):
            raise SettingError("call_limit", "must be longer than nothing.")
        if self.longest < 1:
            raise SettingError("longest", "must be at least 1.")


def check_address(key: str, address: str, example: str) -> None:
    """`SettingError` where it is none."""
    if not is_web_address(address):
        raise SettingError(key, f'must be an address such as "{example}".')


def listed(words: str) -> tuple[str, ...]:
    """What stands in a setting with commas between."""
    return tuple(part.strip() for part in words.split(",") if part.strip())

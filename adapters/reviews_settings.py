"""What the settings of all shops of reviews have to be, whatever else they hold."""

from __future__ import annotations

import re
from datetime import timedelta

from adapters.markup import is_web_address
from adapters.reviews import Given
from adapters.settings import SettingError

_HERE = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])[:/]")  # tokens go nowhere else in the clear


def checked(given: Given, *, servers: tuple[str, ...] = ("server",)) -> None:
    """`SettingError` for what cannot be meant. `servers`: which of the settings are addresses that get tokens."""
    for name in servers:
        address = getattr(given, name)
        if not is_web_address(address) or not (address.startswith("https://") or _HERE.match(address)):
            raise SettingError(name, "must be an address that begins with https://.")
    if given.longest < 1:
        raise SettingError("longest", "must be at least 1.")
    for name in ("call_limit", "poll", "sweep_every"):
        if getattr(given, name) <= timedelta(0):
            raise SettingError(name, "must be longer than nothing.")

"""Crash points: the process kills itself where `TWOWAY_CRASH_AT` says, to show that nothing is sent twice or lost.

Honoured only where the platform's server is on loopback, so that a stray variable can hurt nobody.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection
from enum import StrEnum
from ipaddress import ip_address


class CrashPoint(StrEnum):
    """Where a process may be told to die."""

    AFTER_INTENT = "after_intent"  # the intent is committed, nothing is sent
    AFTER_ATTEMPT = "after_attempt"  # the call ended, however it ended
    AFTER_ACCEPT = "after_accept"  # the call ended with a receipt
    BEFORE_VERDICT = "before_verdict"  # the outcome is known, and not committed
    AFTER_VERDICT = "after_verdict"  # the outcome is committed


def die() -> None:
    """At once, without any goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)


class Crasher:
    """Dies where it was told to. `accounts` are the names of those whose server is on loopback."""

    def __init__(self, at: CrashPoint | None, *, accounts: Collection[str], die: Callable[[], None] = die) -> None:
        self._at = at
        self._accounts = frozenset(accounts)
        self._die = die

    def __call__(self, point: CrashPoint, *, account: str) -> None:
        if point is self._at and account in self._accounts:
            self._die()


NO_CRASH = Crasher(None, accounts=())


def on_loopback(host: str) -> bool:
    """Whether a server's host is this very machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False  # a name: it may lead anywhere


def crash_point(words: str | None) -> CrashPoint | None:
    """What `TWOWAY_CRASH_AT` says. ValueError for a point that there is not: a mistyped test proves nothing."""
    return None if not words else CrashPoint(words)

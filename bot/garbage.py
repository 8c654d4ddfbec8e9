"""How often a process looks for garbage, once everything that it needs is loaded."""

from __future__ import annotations

import gc


def look_rarely() -> None:
    """What is loaded by now stays, so it is not walked through again and again: that was a fifth of the processor's
    time, and the longest pauses. Cycles of what comes later are still found, less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()

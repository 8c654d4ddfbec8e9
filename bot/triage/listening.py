"""One remark of the voice check."""

from __future__ import annotations

from dataclasses import dataclass

from bot.settings.triage import Remark


@dataclass(frozen=True, slots=True)
class Heard:
    """One remark. `what` is the piece of the draft, the language, or the earlier answer that it is about."""

    remark: Remark
    what: str = ""

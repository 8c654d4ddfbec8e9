"""Who may approve at this moment: what publishing asks of the chat, without knowing any chat. `app.py` hands it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.permits import Standing


class RosterAway(Exception):
    """The chat could not be asked now; ask again later, and send nothing meanwhile."""


@dataclass(frozen=True, slots=True)
class SignNow:
    """A yes or no that stands as a reaction on a draft message now."""

    rep: int
    approve: bool


@dataclass(frozen=True, slots=True)
class HeardSince:
    """Nobody can be asked which reactions stand, and only since `at` we hear without a gap: a yes from before, however
    it was given, may have been taken away or met a no that never reached us."""

    at: datetime


class Roster(Protocol):
    """Fresh answers only: these are asked right before something goes out."""

    async def standing(self, rep: int, channel: int) -> Standing:
        """What somebody is in a channel now. Raises RosterAway when nobody can say."""
        ...

    async def signs_now(self, message: int) -> frozenset[SignNow] | HeardSince | None:
        """The reactions on a draft message (its row's id) now; or since when what was written down holds. None: it
        holds. Raises RosterAway when it could not be asked."""
        ...

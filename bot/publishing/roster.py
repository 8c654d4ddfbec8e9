"""Who may approve at this moment: what publishing asks of the chat, without knowing any chat. `app.py` hands it in."""

from __future__ import annotations

from dataclasses import dataclass
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
class Remembered:
    """The signs that were written down since we hear without a gap, where nobody can be asked for them again: one from
    before may have been taken away unheard."""

    signs: frozenset[SignNow]


class Roster(Protocol):
    """Fresh answers only: these are asked right before something goes out."""

    async def standing(self, rep: int, channel: int) -> Standing:
        """What somebody is in a channel now. Raises RosterAway when nobody can say."""
        ...

    async def signs_now(self, message: int) -> frozenset[SignNow] | Remembered | None:
        """The reactions on a draft message (its row's id) now. None: what was written down when they came holds.
        Raises RosterAway when it could not be asked."""
        ...

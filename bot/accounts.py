"""What chat asks the platforms behind the accounts, by an account's id."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from adapters.contract import Platform, TakenPictures
from bot.chat.composing import compose
from bot.desk.drafting import Composed
from bot.publishing.saying import bounds_of
from models.conversation import Post
from models.reading.values import CustomerFacts


class Accounts:
    """Those of the settings. `ids` are their rows, by name."""

    def __init__(self, platforms: Mapping[str, Platform], ids: Mapping[str, int]) -> None:
        self._of = {ids[name]: platform for name, platform in platforms.items()}

    def compose(self, account: int, parent: Post, author: CustomerFacts | None, typed: str, signoff: str) -> Composed:
        """The text that goes out under `parent`, and how it fits by the platform's rules."""
        return compose(self._of[account], parent=parent, author=author, typed=typed, signoff=signoff)

    def takes(self, account: int) -> TakenPictures | None:
        """Which pictures go with a reply; None: none do."""
        platform = self._of.get(account)
        return platform.limits().pictures if platform is not None and platform.can.pictures else None

    def settle_after(self, account: int, sent_at: datetime) -> datetime | None:
        """From when on "it is not there" may be said of a reply that left then; None: nobody can ask the platform."""
        platform = self._of.get(account)
        return sent_at + bounds_of(platform.can).wait if platform is not None else None

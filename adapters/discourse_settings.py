"""What an account on a Discourse forum can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from adapters.boards_settings import CALL_LIMIT, RECHECK, SOURCES, BoardSettings, check_address, listed
from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once, Pace
from adapters.settings import SettingError, setting
from adapters.text import Mark

CAPABILITIES = Capabilities(
    hears=frozenset({Hears.POLL, Hears.PUSH}),
    replies=True,
    once=Once.FIND,
    finds=True,
    marks=frozenset({Mark.LINK}),
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    corrects=True,
    retracts=True,
    may_answer=MayAnswer.ON_OUR_PAGES,
    searches=True,
    threads=True,
    recheck=RECHECK,
    pace=Pace(60, timedelta(minutes=1)),
    call_limit=CALL_LIMIT,
    late_bound=None,
    listing_lag=None,
    sources={
        **SOURCES,
        "once": "unique_posts_mins (5) refuses a very similar post; an administrator's may pass: not counted on",
        "sees_edits": "by asking again; at once where a webhook is set (post_edited)",
        "sees_deletions": "by asking again; at once where a webhook is set (post_destroyed)",
        "pace": "discourse_defaults.conf: max_admin_api_reqs_per_minute 60",
    },
    title="Discourse",
)


class Counted(Enum):
    """What a forum counts where people ask for something."""

    LIKES = "likes"  # of a topic's first post
    VOTES = "votes"  # the plugin Topic Voting


@dataclass(frozen=True, kw_only=True)
class Settings(BoardSettings):
    """One account on one forum."""

    server: str = setting("The forum's address, such as https://forum.example.")
    username: str = setting("The name of the account that answers.")
    token: str = setting("An API key for that account (Admin, API).", secret=True)
    hook_secret: str = setting("The secret of the forum's webhook, if there is one.", default="", secret=True)
    categories: str = setting("Numbers of the categories that are heard, commas between; all if empty.", default="")
    counts: Counted = setting("What counts as a vote.", default=Counted.LIKES)
    # 32,000: the site setting max_post_length.
    longest: int = setting("How many characters a reply may have, as it is sent.", default=32_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_address("server", self.server, "https://forum.example")
        if not self.username or self.username.startswith("@"):
            raise SettingError("username", "must be a name without @.")
        if not all(one.isascii() and one.isdecimal() for one in listed(self.categories)):
            raise SettingError("categories", 'must be numbers, such as "5, 12".')

    @property
    def heard(self) -> frozenset[int]:
        """The numbers of the categories; empty: all."""
        return frozenset(int(one) for one in listed(self.categories))

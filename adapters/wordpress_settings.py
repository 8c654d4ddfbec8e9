"""What an account on a WordPress site can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once
from adapters.markup import is_web_address
from adapters.settings import SettingError, setting
from adapters.text import Mark

_MARGIN = "a margin of ours; the settings may say otherwise"
CAPABILITIES = Capabilities(
    hears=frozenset({Hears.POLL}),
    replies=True,
    once=Once.DETECTS,
    finds=True,
    marks=frozenset({Mark.LINK}),
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    dates_edits=False,
    corrects=True,
    retracts=True,
    may_answer=MayAnswer.ON_OUR_PAGES,
    searches=True,
    threads=True,
    recheck=(timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    call_limit=timedelta(seconds=20),
    # How long PHP goes on after the line was cut, and what caches stand before the site, is its host's affair.
    late_bound=None,
    listing_lag=None,
    sources={
        "once": "409 comment_duplicate, seen in 6.1 and 6.6; of two at once both may get in, so there are never two",
        "sees_edits": "a comment has no date of change: by comparing",
        "sees_deletions": "404, or the status says trash or spam",
        "recheck": "a choice of ours",
        "call_limit": _MARGIN,
        "late_bound": "the site's host decides; the settings may say",
        "listing_lag": "the site's host decides; the settings may say",
    },
    title="WordPress",
    before_handles="",  # people have names there, and no handles
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One account on one site."""

    server: str = setting("The site's address, such as https://blog.example.")
    username: str = setting("The name with which the account signs in.")
    password: str = setting("An application password of that account (Users, Profile).", secret=True)
    poll: timedelta = setting("How often to ask.", default=timedelta(seconds=30))
    overlap: timedelta = setting("How far before the newest to look each time.", default=timedelta(hours=1))
    sweep_every: timedelta = setting("How often to look much further back.", default=timedelta(minutes=15))
    sweep_back: timedelta = setting("How far back that is.", default=timedelta(days=7))
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=1))
    # 65,535 bytes hold comment_content; 70,000 characters were refused by 6.1 and 6.6.
    longest: int = setting("How many bytes a comment may have.", default=65_525)
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended the site may still accept it. Not known: a person decides.", default=None
    )
    listing_lag: timedelta | None = setting(
        "How long a new comment may be missing in the site's lists. Not known: a person decides.", default=None
    )

    def __post_init__(self) -> None:
        if not is_web_address(self.server):
            raise SettingError("server", 'must be an address such as "https://blog.example".')
        if not self.username or ":" in self.username:  # it stands before a colon in a header
            raise SettingError("username", "must be a name without a colon.")
        if self.call_limit <= timedelta(0):
            raise SettingError("call_limit", "must be longer than nothing.")

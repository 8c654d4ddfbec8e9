"""What an account on Reddit can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once, Pace
from adapters.markup import is_web_address
from adapters.settings import SettingError, setting
from adapters.text import Mark

_MARGIN = "a margin of ours; the settings may say otherwise"
CAPABILITIES = Capabilities(
    hears=frozenset({Hears.POLL}),
    replies=True,
    once=Once.FIND,
    finds=True,
    marks=frozenset({Mark.LINK, Mark.MENTION}),
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    corrects=True,
    retracts=True,
    may_answer=MayAnswer.ANYONE,
    searches=True,
    search_pace=Pace(calls=10, per=timedelta(minutes=1)),
    threads=True,
    warnings=False,
    recheck=(timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    pace=Pace(calls=100, per=timedelta(minutes=1)),
    call_limit=timedelta(seconds=20),
    # Nobody says how late Reddit may still take a comment, nor how long its listings lag: so a person decides,
    # unless the settings say otherwise.
    before_handles="u/",
    late_bound=None,
    listing_lag=None,
    sources={
        "sees_edits": "`edited` of a comment or post, asked for again; /api/info takes a hundred at once",
        "sees_deletions": "[deleted] and [removed] in place of author and words, asked for again",
        "reply_window": "none for all: what a subreddit archives or locks says so, and is asked beforehand",
        "recheck": "a choice of ours",
        "cost": "where Reddit asks for no contract; commercial use needs one",
        "search_pace": "a choice of ours: a tenth of the pace of all calls",
        "pace": "support.reddithelp.com, Data API wiki, 2026: an OAuth client, averaged over ten minutes",
        "call_limit": _MARGIN,
        "late_bound": "nobody says; the settings may",
        "listing_lag": "nobody says; the settings may",
    },
    title="Reddit",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One account, and the app through which it is used."""

    username: str = setting('The account\'s name, such as "acme_support", without u/.')
    client_id: str = setting("The id of the app that Reddit has approved (reddit.com/prefs/apps).")
    client_secret: str = setting("The app's secret.", secret=True, default="")
    token: str = setting("A refresh token; without one, `twoway connect` brings it.", secret=True, default="")
    contact: str = setting("Who answers for the app, a name on Reddit; the account itself if not set.", default="")
    subreddits: str = setting(
        'Subreddits whose every post and comment is heard, such as "acme, acme_help"; none if empty.', default=""
    )
    server: str = setting("Where the API is.", default="https://oauth.reddit.com")
    login: str = setting("Where consent is given and tokens are made.", default="https://www.reddit.com")
    poll: timedelta = setting("How often to ask.", default=timedelta(seconds=30))
    overlap: timedelta = setting(
        "How far before the newest to look each time, for what a moderator let through late.",
        default=timedelta(hours=1),
    )
    sweep_every: timedelta = setting(
        "How often to look much further back, and through our own posts.", default=timedelta(minutes=15)
    )
    sweep_back: timedelta = setting("How far back that is.", default=timedelta(days=7))
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=1))
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended Reddit may still accept it. Not known: a person decides.", default=None
    )
    listing_lag: timedelta | None = setting(
        "How long a new reply may be missing in Reddit's listings. Not known: a person decides.", default=None
    )

    def __post_init__(self) -> None:
        for key in ("server", "login"):
            if not is_web_address(getattr(self, key)):
                raise SettingError(key, 'must be an address such as "https://oauth.reddit.com".')
        for key in ("username", "contact"):
            if not re.fullmatch(r"[A-Za-z0-9_-]{0,40}", getattr(self, key)):
                raise SettingError(key, "must be a name on Reddit, without u/.")
        if not re.fullmatch(r"[A-Za-z0-9_-]+", self.client_id):  # it stands in a header
            raise SettingError("client_id", "must be the id as Reddit shows it.")
        for name in self.places:
            if not re.fullmatch(r"[A-Za-z0-9_]{2,40}", name):
                raise SettingError("subreddits", f"{name!r} is not the name of a subreddit.")
        if self.call_limit <= timedelta(0):
            raise SettingError("call_limit", "must be longer than nothing.")

    @property
    def places(self) -> tuple[str, ...]:
        """The subreddits, by name."""
        names = (name.strip().removeprefix("/").removeprefix("r/") for name in self.subreddits.split(","))
        return tuple(dict.fromkeys(name for name in names if name))

"""What an account on YouTube can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once, Pace
from adapters.markup import is_web_address
from adapters.settings import SettingError, setting
from adapters.text import Mark

_HERE = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])[:/]")  # tokens go nowhere else in the clear
_MARGIN = "a margin of ours; the settings may say otherwise"
CAPABILITIES = Capabilities(
    title="YouTube",
    hears=frozenset({Hears.POLL}),
    replies=True,
    once=Once.FIND,
    finds=True,
    marks=frozenset({Mark.LINK, Mark.TAG}),
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    corrects=True,
    retracts=True,
    may_answer=MayAnswer.ON_OUR_PAGES,
    searches=True,
    search_pace=Pace(calls=80, per=timedelta(days=1)),
    threads=True,
    warnings=False,
    recheck=(timedelta(minutes=2), timedelta(minutes=20), timedelta(hours=2), timedelta(days=1)),
    pace=Pace(calls=10_000, per=timedelta(days=1)),
    call_limit=timedelta(seconds=20),
    sources={
        "hears": "youtube.v3 discovery document, 2026-11: no call of theirs for comments; WebSub tells of videos only",
        "marks": "recorded answers: addresses and #tags become links by themselves",
        "sees_edits": "commentThreads and comments: updatedAt, when asked again",
        "sees_deletions": "comments.list by id leaves out what is not there",
        "corrects": "comments.update",
        "retracts": "comments.delete",
        "may_answer": "comments.list of our own channel is all that is heard; comments.insert may answer elsewhere too",
        "recheck": "a choice of ours: many posts are asked for in one call of one unit",
        "search_pace": "of 100 calls of search.list a day: determine_quota_cost, 2026",
        "pace": "developers.google.com/youtube/v3/determine_quota_cost, 2026: units a day, not calls; a project's",
        "call_limit": _MARGIN,
    },
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One channel, and the Google project through which it is reached."""

    client_id: str = setting("The OAuth client's id, from the Google Cloud console (Credentials).", default="")
    client_secret: str = setting("The OAuth client's secret.", default="", secret=True)
    token: str = setting("An access token, for trying out: it ends after an hour.", default="", secret=True)
    server: str = setting("The API's server.", default="https://youtube.googleapis.com")
    accounts_server: str = setting("Where a person says yes.", default="https://accounts.google.com")
    token_server: str = setting("Where tokens are renewed.", default="https://oauth2.googleapis.com")
    quota: int = setting(
        "Units a day that this account may spend; accounts of one Google project share its 10,000.", default=10_000
    )
    reserve: int = setting(
        "Units of these that listening never touches: a reply costs 50, and some 5 to check and find it.", default=2_500
    )
    poll: timedelta = setting(
        "How often to ask for new comments, while the quota allows.", default=timedelta(minutes=1)
    )
    overlap: timedelta = setting("How far before the newest comment to look each time.", default=timedelta(minutes=30))
    sweep_every: timedelta = setting("How often to look much further back.", default=timedelta(hours=6))
    sweep_back: timedelta = setting("How far back that is.", default=timedelta(days=14))
    watch_every: timedelta = setting(
        "How often to look at older threads for new replies; those that are quiet ever more rarely.",
        default=timedelta(minutes=10),
    )
    held: bool = setting("Hear also what YouTube holds for review or takes for spam.", default=True)
    held_every: timedelta = setting("How often to ask for that.", default=timedelta(minutes=30))
    thread_every: timedelta = setting(
        "How long a thread that was read whole is not read again only to look for gaps.", default=timedelta(hours=1)
    )
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=1))
    longest: int = setting("The longest comment YouTube takes, in characters (not documented).", default=10_000)
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended YouTube may still accept it. Not known: a person decides.", default=None
    )
    listing_lag: timedelta | None = setting(
        "How long a new reply may be missing in its thread's list. Not known: a person decides.", default=None
    )

    def __post_init__(self) -> None:
        for key in ("server", "accounts_server", "token_server"):
            address = getattr(self, key)
            if not is_web_address(address) or not (address.startswith("https://") or _HERE.match(address)):
                raise SettingError(key, 'must be an address such as "https://youtube.googleapis.com".')
        if self.quota < 1:
            raise SettingError("quota", "must be at least 1.")
        if not 0 <= self.reserve < self.quota:
            raise SettingError("reserve", f"must be from 0 to less than the quota of {self.quota}.")
        if self.longest < 1:
            raise SettingError("longest", "must be at least 1.")
        for key in ("call_limit", "poll", "watch_every", "held_every", "sweep_every"):
            if getattr(self, key) <= timedelta(0):
                raise SettingError(key, "must be longer than nothing.")

"""What an app on Google Play can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once, Pace
from adapters.reviews_settings import checked
from adapters.settings import SettingError, setting

_DOC = "developers.google.com/android-publisher/reply-to-reviews, 2026"
CAPABILITIES = Capabilities(
    title="Google Play",
    hears=frozenset({Hears.POLL}),
    replies=True,
    once=Once.REPLACES,
    finds=True,
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    dates_edits=False,
    corrects=True,
    retracts=False,
    may_answer=MayAnswer.ON_OUR_PAGES,
    recheck=(timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    # 200 an hour are for reading; answers have 2,000 a day of their own.
    pace=Pace(calls=200, per=timedelta(hours=1)),
    call_limit=timedelta(seconds=20),
    # One review is read by its id, and no list that lags; how late a call may still be taken, Google does not say.
    late_bound=None,
    listing_lag=None,
    sources={
        "once": f"{_DOC}: reviews.reply sets the reply, or replaces the one that is there",
        "finds": "reviews.get shows the reply that stands",
        "sees_edits": "lastModified, and the words; a changed review stands at the top of the list again",
        "sees_deletions": "reviews.get answers 404, without saying why",
        "corrects": f"{_DOC}: reviews.reply again",
        "retracts": "the API has no call for it",
        "recheck": "a choice of ours; edits within seven days stand in the list that is read anyhow",
        "pace": f"{_DOC}: 200 GET an hour an app; 2,000 POST a day",
        "call_limit": "a margin of ours; the settings may say otherwise",
        "late_bound": "Google does not say; the settings may",
        "listing_lag": "Google does not say; the settings may",
    },
    before_handles="",  # people have names there, and no handles
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One app."""

    package: str = setting("The app's package name, such as com.example.shop.")
    key: str = setting("The JSON key of a service account that the Play Console has invited.", secret=True)
    server: str = setting("The API's server.", default="https://androidpublisher.googleapis.com")
    token_server: str = setting("Where tokens are made.", default="https://oauth2.googleapis.com")
    # Of 200 questions an hour 60 listen: the others are for looking before, at and after an answer.
    poll: timedelta = setting("How often to ask.", default=timedelta(minutes=1))
    overlap: timedelta = setting("How far before the newest to look each time.", default=timedelta(hours=1))
    sweep_every: timedelta = setting("How often to look much further back.", default=timedelta(hours=1))
    sweep_back: timedelta = setting("How far back that is: Google lists seven days.", default=timedelta(days=7))
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=7))
    longest: int = setting("How many characters an answer may have.", default=350)
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended Google may still accept it. Not known: a person decides.", default=None
    )
    listing_lag: timedelta | None = setting(
        "How long a new answer may be missing when its review is read. Not known: a person decides.", default=None
    )

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+", self.package, re.A):
            raise SettingError("package", 'must be a package name such as "com.example.shop".')
        checked(self, servers=("server", "token_server"))

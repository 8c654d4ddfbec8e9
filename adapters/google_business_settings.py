"""What a business on Google Maps can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once, Pace
from adapters.reviews_settings import checked
from adapters.settings import SettingError, setting

_DOC = "developers.google.com/my-business, Google My Business API v4, 2026"
CAPABILITIES = Capabilities(
    title="Google Business Profile",
    hears=frozenset({Hears.POLL}),
    replies=True,
    once=Once.REPLACES,
    finds=True,
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    corrects=True,
    retracts=True,
    may_answer=MayAnswer.ON_OUR_PAGES,
    recheck=(timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    pace=Pace(calls=300, per=timedelta(minutes=1)),
    call_limit=timedelta(seconds=20),
    late_bound=None,
    listing_lag=None,
    sources={
        "once": f"{_DOC}: accounts.locations.reviews.updateReply creates or replaces",
        "finds": f"{_DOC}: a review with its reviewReply",
        "sees_edits": f"{_DOC}: updateTime, and the words; a changed review stands at the top of the list again",
        "sees_deletions": "404, without saying why",
        "corrects": f"{_DOC}: updateReply, again",
        "retracts": f"{_DOC}: deleteReply",
        "recheck": "a choice of ours",
        "pace": "Google's usual share of a project, as others saw it",
        "call_limit": "a margin of ours; the settings may say otherwise",
        "late_bound": "Google does not say; the settings may",
        "listing_lag": "Google does not say; the settings may",
    },
    before_handles="",  # people have names there, and no handles
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One location."""

    account: str = setting("The number of the account that holds the location.")
    location: str = setting("The location's number.")
    client_id: str = setting("The OAuth client's id, from the Google Cloud console (Credentials).", default="")
    client_secret: str = setting("The OAuth client's secret.", default="", secret=True)
    token: str = setting("An access token, for trying out: it ends after an hour.", default="", secret=True)
    server: str = setting("The API's server.", default="https://mybusiness.googleapis.com")
    accounts_server: str = setting("Where a person says yes.", default="https://accounts.google.com")
    token_server: str = setting("Where tokens are renewed.", default="https://oauth2.googleapis.com")
    poll: timedelta = setting("How often to ask.", default=timedelta(minutes=1))
    overlap: timedelta = setting("How far before the newest to look each time.", default=timedelta(hours=6))
    sweep_every: timedelta = setting("How often to look much further back.", default=timedelta(hours=1))
    sweep_back: timedelta = setting("How far back that is.", default=timedelta(days=30))
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=7))
    longest: int = setting("How many bytes an answer may have (seen by others).", default=4096)
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended Google may still accept it. Not known: a person decides.", default=None
    )
    listing_lag: timedelta | None = setting(
        "How long a new answer may be missing when its review is read. Not known: a person decides.", default=None
    )

    def __post_init__(self) -> None:
        for name in ("account", "location"):
            if not re.fullmatch(r"\d{1,30}", getattr(self, name), re.A):
                raise SettingError(name, 'must be a number, such as "104512345678901234567".')
        checked(self, servers=("server", "accounts_server", "token_server"))

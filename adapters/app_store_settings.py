"""What an app in Apple's App Store can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once, Pace
from adapters.reviews_settings import checked
from adapters.settings import SettingError, setting

_SPEC = "App Store Connect API 4.4.1, 2026-07"
CAPABILITIES = Capabilities(
    title="App Store",
    hears=frozenset({Hears.POLL}),
    replies=True,
    once=Once.REPLACES,
    finds=True,
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    dates_edits=False,
    corrects=True,
    retracts=True,
    may_answer=MayAnswer.ON_OUR_PAGES,
    recheck=(timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    pace=Pace(calls=3600, per=timedelta(hours=1)),
    call_limit=timedelta(seconds=20),
    late_bound=None,
    listing_lag=None,
    sources={
        "hears": f"{_SPEC}: its webhooks know no event for reviews",
        "once": f"{_SPEC}: a review has one response; a second takes its place",
        "finds": f"{_SPEC}: customerReviews/{{id}} with its response",
        "sees_edits": "a review has no date of change: by comparing",
        "sees_deletions": f"{_SPEC}: 404, without saying why",
        "corrects": f"{_SPEC}: customerReviewResponses, again",
        "retracts": f"{_SPEC}: DELETE customerReviewResponses/{{id}}",
        "recheck": "a choice of ours",
        "pace": "the header X-Rate-Limit, as others saw it; a key's, whatever it asks for",
        "call_limit": "a margin of ours; the settings may say otherwise",
        "late_bound": "Apple does not say; the settings may",
        "listing_lag": "Apple does not say; the settings may",
    },
    before_handles="",  # people have nicknames there, and no handles
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One app."""

    app: str = setting("The app's Apple ID: a number, from its page in App Store Connect.")
    key_id: str = setting("The API key's id (Users and Access, Integrations).")
    issuer: str = setting("The issuer id that stands above the team's keys; not for an individual key.", default="")
    key: str = setting("The key's .p8 file, the whole of it.", secret=True)
    server: str = setting("The API's server.", default="https://api.appstoreconnect.apple.com")
    poll: timedelta = setting("How often to ask.", default=timedelta(minutes=1))
    overlap: timedelta = setting(
        "How far before the newest to look each time: reviews come to the list late.", default=timedelta(days=2)
    )
    sweep_every: timedelta = setting("How often to look much further back.", default=timedelta(minutes=30))
    sweep_back: timedelta = setting(
        "How far back that is: a changed review keeps its old place.", default=timedelta(days=90)
    )
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=7))
    longest: int = setting("How many characters an answer may have (seen by others).", default=5970)
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended Apple may still accept it. Not known: a person decides.", default=None
    )
    listing_lag: timedelta | None = setting(
        "How long a new answer may be missing when its review is read. Not known: a person decides.", default=None
    )

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d{4,20}", self.app, re.A):
            raise SettingError("app", 'must be the app\'s number, such as "1234567890".')
        if not re.fullmatch(r"[A-Za-z0-9]{2,40}", self.key_id):
            raise SettingError("key_id", 'must be a key\'s id, such as "2X9R4HXF34".')
        checked(self)

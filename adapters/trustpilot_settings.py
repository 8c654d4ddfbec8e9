"""What a business on Trustpilot can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once, Pace
from adapters.reviews_settings import checked
from adapters.settings import SettingError, setting

_DOC = "documentation-apidocumentation.trustpilot.com, 2026"
CAPABILITIES = Capabilities(
    title="Trustpilot",
    hears=frozenset({Hears.POLL, Hears.PUSH}),
    replies=True,
    once=Once.REPLACES,
    finds=True,
    sees_edits=Notices.PUSH,
    sees_deletions=Notices.PUSH,
    corrects=True,
    retracts=True,
    may_answer=MayAnswer.ON_OUR_PAGES,
    recheck=(timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    pace=Pace(calls=833, per=timedelta(minutes=5)),
    call_limit=timedelta(seconds=20),
    late_bound=None,
    listing_lag=None,
    sources={
        "once": f"{_DOC}: a service review has one companyReply; whether a second replaces it is not documented",
        "finds": f"{_DOC}: private/reviews/{{id}} with its companyReply",
        "sees_edits": "webhook service-review-updated; without a hook_secret, by asking",
        "sees_deletions": "webhook service-review-deleted; without a hook_secret, by asking",
        "corrects": "private/reviews/{id}/reply, again: as others use it",
        "retracts": f"{_DOC}: DELETE private/reviews/{{id}}/reply",
        "recheck": "a choice of ours, for webhooks that were lost",
        "pace": f"{_DOC}: rate limiting",
        "call_limit": "a margin of ours; the settings may say otherwise",
        "late_bound": "Trustpilot does not say; the settings may",
        "listing_lag": "Trustpilot does not say; the settings may",
    },
    before_handles="",  # people have names there, and no handles
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One business unit."""

    business_unit: str = setting("The business unit's id.")
    business_user: str = setting("The id of the business user in whose name answers are given.")
    api_key: str = setting("The API key of the application at Trustpilot.")
    api_secret: str = setting("The secret that belongs to it.", secret=True)
    hook_secret: str = setting(
        "Words of your own choice, the end of the address that Trustpilot's webhooks call. Without it we only ask.",
        default="",
        secret=True,
    )
    server: str = setting("The API's server.", default="https://api.trustpilot.com")
    poll: timedelta = setting("How often to ask for what no webhook brought.", default=timedelta(minutes=2))
    overlap: timedelta = setting("How far before the newest to look each time.", default=timedelta(days=1))
    sweep_every: timedelta = setting("How often to look much further back.", default=timedelta(hours=1))
    sweep_back: timedelta = setting(
        "How far back that is: a changed review keeps its old place.", default=timedelta(days=30)
    )
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=7))
    longest: int = setting("How many characters an answer may have (not documented).", default=10_000)
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended Trustpilot may still accept it. Not known: a person decides.", default=None
    )
    listing_lag: timedelta | None = setting(
        "How long a new answer may be missing when its review is read. Not known: a person decides.", default=None
    )

    def __post_init__(self) -> None:
        for name in ("business_unit", "business_user"):
            if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", getattr(self, name)):
                raise SettingError(name, 'must be an id, such as "46d6a890000064000500e0c3".')
        if self.hook_secret and not re.fullmatch(r"[A-Za-z0-9_-]{16,}", self.hook_secret):
            raise SettingError("hook_secret", "must be at least 16 letters, digits, - and _: it stands in an address.")
        checked(self)

"""What an account on Threads can do, and what has to be set for it: data only."""

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
CONTAINER_LIVES = timedelta(hours=24)  # threads/troubleshooting: then it has EXPIRED
CAPABILITIES = Capabilities(
    hears=frozenset({Hears.PUSH, Hears.POLL}),
    replies=True,
    once=Once.KEY,
    finds=True,
    marks=frozenset({Mark.LINK, Mark.MENTION, Mark.TAG}),
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    dates_edits=False,
    corrects=False,
    retracts=True,
    may_answer=MayAnswer.ANYONE,
    searches=True,
    search_pace=Pace(calls=1_000, per=timedelta(days=1)),
    threads=True,
    warnings=False,
    recheck=(timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    pace=Pace(calls=48_000, per=timedelta(days=1)),
    call_limit=timedelta(seconds=30),
    # Nobody says how late Threads may still publish a container, nor how long its lists lag: so a person decides,
    # unless the settings say otherwise.
    late_bound=None,
    listing_lag=None,
    key_lifetime=CONTAINER_LIVES,
    sources={
        "once": "one container a reply, kept before it is published; a container is published at most once",
        "sees_edits": "people may edit for some minutes; the API says nothing of it, the words are compared",
        "sees_deletions": "there is no webhook for others' deletions; asked again",
        "corrects": "there is no edit in the API: answer again, or take the reply back",
        "recheck": "a choice of ours",
        "search_pace": "threads/keyword-search, 2026: less than half of 2,200 queries in 24 hours",
        "pace": "threads/overview, 2025-12: 4,800 x impressions in 24 h, impressions at least 10",
        "call_limit": f"both steps together; {_MARGIN}",
        "late_bound": "nobody says; the settings may",
        "listing_lag": "nobody says; the settings may",
        "key_lifetime": "threads/troubleshooting, 2026: a container expires after 24 hours",
    },
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One account, and the app through which it is used."""

    app_id: str = setting("The Threads app id (App settings, Basic): not the Meta app id.", default="")
    app_secret: str = setting("The Threads app secret: it signs webhooks.", secret=True, default="")
    verify_token: str = setting(
        "Words of your choice, the same as in the webhook's settings at Meta.", secret=True, default=""
    )
    token: str = setting("A long-lived token; without one, `twoway connect` brings it.", secret=True, default="")
    server: str = setting("Where the API is.", default="https://graph.threads.net")
    dialog: str = setting("Where a person says yes.", default="https://www.threads.net")
    version: str = setting("The API's version.", default="v1.0")
    poll: timedelta = setting("How often to ask for mentions and our own replies.", default=timedelta(minutes=1))
    overlap: timedelta = setting("How far before the newest to look each time.", default=timedelta(hours=1))
    sweep_every: timedelta = setting(
        "How often to read the answers to our own posts: without webhooks, as often as you want to hear them.",
        default=timedelta(minutes=10),
    )
    sweep_back: timedelta = setting("How old those posts may be.", default=timedelta(days=7))
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=1))
    ready_every: timedelta = setting(
        "How often to ask whether a reply is ready to be published.", default=timedelta(seconds=2)
    )
    call_limit: timedelta = setting("The longest publishing may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended Threads may still publish. Not known: a person decides.", default=None
    )
    listing_lag: timedelta | None = setting(
        "How long a new reply may be missing in our own list. Not known: a person decides.", default=None
    )

    def __post_init__(self) -> None:
        for key in ("server", "dialog"):
            if not is_web_address(getattr(self, key)):
                raise SettingError(key, 'must be an address such as "https://graph.threads.net".')
        if not re.fullmatch(r"v\d+\.\d+", self.version):
            raise SettingError("version", 'must be a version such as "v1.0".')
        if self.call_limit <= timedelta(0):
            raise SettingError("call_limit", "must be longer than nothing.")

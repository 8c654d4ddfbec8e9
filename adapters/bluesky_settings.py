"""What an account on Bluesky can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once, Pace
from adapters.markup import is_web_address
from adapters.settings import SettingError, setting
from adapters.text import Mark

_MARGIN = "a margin of ours; the settings may say otherwise"
CAPABILITIES = Capabilities(
    hears=frozenset({Hears.POLL, Hears.STREAM}),
    replies=True,
    once=Once.KEY,
    finds=True,
    marks=frozenset({Mark.LINK, Mark.MENTION, Mark.TAG}),
    sees_edits=Notices.PUSH,
    sees_deletions=Notices.PUSH,
    dates_edits=False,
    corrects=False,
    retracts=True,
    may_answer=MayAnswer.ANYONE,
    searches=True,
    search_pace=Pace(calls=30, per=timedelta(minutes=5)),
    threads=True,
    warnings=False,
    pictures=4,
    recheck=(timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    pace=Pace(calls=3000, per=timedelta(minutes=5)),
    call_limit=timedelta(seconds=20),
    late_bound=timedelta(seconds=60),
    listing_lag=timedelta(seconds=1),
    key_lifetime=timedelta(days=36500),
    sources={
        "sees_edits": "jetstream, docs/README.md, 2026-08: every update of a record; without a stream, by asking",
        "sees_deletions": "jetstream, docs/README.md, 2026-08: every deletion; without a stream, by asking",
        "corrects": "clients show no sign of an edit, and what answers the old words stays: correct by a new reply",
        "recheck": "a choice of ours",
        "search_pace": "a choice of ours: a hundredth of what a server allows an address",
        "pictures": "lexicons/app/bsky/embed/images.json, 2026-08",
        "pace": "docs.bsky.app/docs/advanced-guides/rate-limits, 2026-04: a server and address",
        "call_limit": _MARGIN,
        "late_bound": f"a proxy before the server may hold a call for 60 s; {_MARGIN}",
        "listing_lag": f"getRecord and listRecords of our own server show a record when the call answers; {_MARGIN}",
        "key_lifetime": "repo/putRecord.ts: the record's key is taken as long as the record stands; 100 years",
    },
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One account on one server."""

    identifier: str = setting('The account\'s handle, such as "acme.bsky.social", or its DID.')
    token: str = setting("An app password (Settings, Privacy and security, App passwords).", secret=True)
    server: str = setting("The server to sign in at.", default="https://bsky.social")
    streaming: bool = setting("Listen to a Jetstream; without one, by asking alone.", default=True)
    jetstream: str = setting(
        "The Jetstream that tells of edits and deletions by those who wrote to us.",
        default="wss://jetstream2.us-east.bsky.network/subscribe",
    )
    poll: timedelta = setting("How often to ask for notifications.", default=timedelta(seconds=20))
    overlap: timedelta = setting(
        "How far before the newest one to look each time, for posts that are dated back.", default=timedelta(hours=1)
    )
    sweep_every: timedelta = setting("How often to look much further back.", default=timedelta(minutes=15))
    sweep_back: timedelta = setting("How far back that is.", default=timedelta(days=7))
    stream_idle: timedelta = setting(
        "A Jetstream that does not answer a ping for so long is opened anew.", default=timedelta(seconds=60)
    )
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=1))
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta = setting(
        "How long after a call has ended the server may still accept it.", default=CAPABILITIES.late_bound
    )
    listing_lag: timedelta = setting(
        "How long a new reply may be missing in our own server's lists.", default=CAPABILITIES.listing_lag
    )

    def __post_init__(self) -> None:
        if not is_web_address(self.server):
            raise SettingError("server", 'must be an address such as "https://bsky.social".')
        if not is_web_address(self.jetstream.replace("ws", "http", 1)):
            raise SettingError("jetstream", 'must be an address such as "wss://jetstream.example/subscribe".')
        if self.call_limit <= timedelta(0):
            raise SettingError("call_limit", "must be longer than nothing.")

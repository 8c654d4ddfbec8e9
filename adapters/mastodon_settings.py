"""What an account on a server of the Mastodon kind can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once, Pace
from adapters.markup import is_web_address
from adapters.posts import Audience
from adapters.settings import SettingError, setting
from adapters.text import Mark

_MARGIN = "a margin of ours; the settings may say otherwise"
CAPABILITIES = Capabilities(
    hears=frozenset({Hears.STREAM, Hears.POLL}),
    replies=True,
    once=Once.KEY,
    finds=True,
    marks=frozenset({Mark.MENTION, Mark.TAG}),
    sees_edits=Notices.POLL,
    sees_deletions=Notices.PUSH,
    corrects=True,
    retracts=True,
    may_answer=MayAnswer.ANYONE,
    searches=True,
    search_pace=Pace(calls=30, per=timedelta(minutes=5)),
    threads=True,
    warnings=True,
    pictures=4,
    recheck=(timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    pace=Pace(calls=300, per=timedelta(minutes=5)),
    call_limit=timedelta(seconds=20),
    late_bound=timedelta(seconds=60),
    listing_lag=timedelta(seconds=5),
    key_lifetime=timedelta(hours=1),
    sources={
        "sees_edits": "fan_out_on_write_service.rb: an edit is pushed to followers, boosters and quoters only",
        "sees_deletions": "remove_status_service.rb: a delete event goes to everybody mentioned; it may get lost",
        "recheck": "a choice of ours",
        "search_pace": "docs.joinmastodon.org/api/rate-limits: a tenth of what an account may ask in all",
        "pictures": "docs.joinmastodon.org/entities/Instance; each server says its own",
        "pace": "docs.joinmastodon.org/api/rate-limits",
        "call_limit": _MARGIN,
        "late_bound": f"nginx gives up on the server after 60 s (proxy_read_timeout); {_MARGIN}",
        "listing_lag": f"a status is in the lists when the call answers, but replicas lag; {_MARGIN}",
        "key_lifetime": "post_status_service.rb: the key is kept for 3,600 s; some servers ignore it",
    },
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One account on one server."""

    server: str = setting('The server\'s address, such as "https://mastodon.example".')
    token: str = setting("An access token (Development, New application).", secret=True)
    streaming: bool = setting("Hold a stream open; without one, polling alone.", default=True)
    poll: timedelta = setting("How often to ask, without a stream.", default=timedelta(seconds=30))
    poll_beside_stream: timedelta = setting(
        "How often to ask all the same while a stream is open.", default=timedelta(minutes=2)
    )
    stream_idle: timedelta = setting(
        "A stream without a sign of life for so long is opened anew.", default=timedelta(seconds=60)
    )
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=1))
    reply_visibility: Audience = setting(
        "Answers are seen at most by: public, unlisted, followers or direct; never by more than the post.",
        default=Audience.PUBLIC,
    )
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta = setting(
        "How long after a call has ended the server may still accept it.", default=CAPABILITIES.late_bound
    )
    listing_lag: timedelta = setting(
        "How long a new reply may be missing in the server's lists.", default=CAPABILITIES.listing_lag
    )

    def __post_init__(self) -> None:
        if not is_web_address(self.server):
            raise SettingError("server", 'must be an address such as "https://mastodon.example".')
        if self.call_limit <= timedelta(0):
            raise SettingError("call_limit", "must be longer than nothing.")

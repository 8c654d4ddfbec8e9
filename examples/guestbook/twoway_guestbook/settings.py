"""What a guest book can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once, Pace
from adapters.markup import is_web_address
from adapters.settings import SettingError, setting

MOST = 1000  # characters of an entry: the guest book's own manual

CAPABILITIES = Capabilities(
    hears=frozenset({Hears.POLL}),
    replies=True,
    once=Once.FIND,  # a second entry with the same words is a second entry
    finds=True,
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    may_answer=MayAnswer.ANYONE,
    threads=True,
    recheck=(timedelta(minutes=10), timedelta(days=1)),
    pace=Pace(calls=60, per=timedelta(minutes=1)),
    call_limit=timedelta(seconds=10),
    late_bound=timedelta(seconds=30),
    listing_lag=timedelta(0),
    sources={
        "recheck": "a choice of ours",
        "pace": "the guest book's own manual",
        "call_limit": "a margin of ours",
        "late_bound": "its server ends every request after 30 s",
        "listing_lag": "it reads what it has just written",
    },
    title="Guest book",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One guest book."""

    server: str = setting("The site's address.")
    token: str = setting("The token that the site gives to whoever answers for it.", secret=True)
    poll: timedelta = setting("How often to ask.", default=timedelta(seconds=30))
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)

    def __post_init__(self) -> None:
        if not is_web_address(self.server):
            raise SettingError("server", 'must be an address such as "https://acme.example".')

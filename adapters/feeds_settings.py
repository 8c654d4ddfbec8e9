"""What feeds and webmentions can do, and what has to be set for them: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once
from adapters.fetching import networks
from adapters.markup import is_web_address
from adapters.settings import SettingError, setting

CAPABILITIES = Capabilities(
    hears=frozenset({Hears.POLL, Hears.PUSH}),
    replies=False,
    once=Once.NEVER,
    finds=False,
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    may_answer=MayAnswer.NOBODY,
    threads=False,
    recheck=(timedelta(hours=1), timedelta(days=1), timedelta(days=7)),
    call_limit=timedelta(seconds=15),
    sources={
        "replies": "a blog is answered on its own pages, by a person",
        "sees_edits": "while the item stands in its feed; of a webmention, its page",
        "sees_deletions": "its page answers 410, or 404; what leaves a feed only makes room",
        "recheck": "a choice of ours",
        "call_limit": "a margin of ours: one page",
    },
    title="Feeds",
    before_handles="",  # people have names there, and no handles
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Feeds that are read, and sites of ours that may be mentioned."""

    feeds: str = setting("Addresses of feeds, with commas between.", default="")
    words: str = setting(
        'What an item has to say to be heard, such as "acme, acme bikes"; every item if empty.', default=""
    )
    sites: str = setting("Addresses of your own sites: webmentions of their pages are taken.", default="")
    called: str = setting("What your own side is called.", default="us")
    poll: timedelta = setting("How often each feed is asked for.", default=timedelta(minutes=15))
    look_back: timedelta = setting("When a feed is first read, how far back to hear.", default=timedelta(days=1))
    mentions: int = setting("How many webmentions are taken in a minute.", default=30)
    inside: str = setting(
        "Networks of your own that may be fetched from, such as 10.1.0.0/16; none if empty.", default=""
    )

    def __post_init__(self) -> None:
        networks(self.inside)
        for key in ("feeds", "sites"):
            for one in listed(getattr(self, key)):
                if not is_web_address(one):
                    raise SettingError(key, f'{one!r} is no address such as "https://blog.example/feed".')
        if not self.feeds and not self.sites:
            raise SettingError("feeds", "is missing: name feeds, or sites that may be mentioned.")
        if self.poll <= timedelta(0):
            raise SettingError("poll", "must be longer than nothing.")


def listed(words: str) -> tuple[str, ...]:
    """What stands between commas, each once."""
    return tuple(dict.fromkeys(one for part in words.split(",") if (one := part.strip())))

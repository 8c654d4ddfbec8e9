"""What an account on UserVoice can do, and what has to be set for it: data only."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.boards_settings import CALL_LIMIT, RECHECK, SOURCES, BoardSettings, check_address, listed
from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once
from adapters.settings import SettingError, setting
from adapters.text import Mark

CAPABILITIES = Capabilities(
    hears=frozenset({Hears.POLL}),
    replies=True,
    once=Once.FIND,
    finds=True,
    marks=frozenset({Mark.LINK}),
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    dates_edits=False,
    corrects=False,
    retracts=False,
    may_answer=MayAnswer.ON_OUR_PAGES,
    searches=False,
    threads=True,
    recheck=RECHECK,
    call_limit=CALL_LIMIT,
    late_bound=None,
    listing_lag=None,
    sources={
        **SOURCES,
        "sees_edits": "lists are by change; a date of edits there is none: by comparing",
        "sees_deletions": "404 when asked again",
        "corrects": "not documented for comments",
        "retracts": "not documented for comments",
    },
    title="UserVoice",
    before_handles="",  # people have names there, and no handles
)


@dataclass(frozen=True, kw_only=True)
class Settings(BoardSettings):
    """One company's forums."""

    server: str = setting("The company's address there, such as https://acme.uservoice.com.")
    user: str = setting("The number of the administrator whose API key it is: replies stand under that name.")
    client_id: str = setting("The key's id (Settings, Integrations, UserVoice API keys).")
    client_secret: str = setting("The key's secret.", secret=True)
    forums: str = setting("Numbers of the forums that are heard, commas between; all if empty.", default="")
    # 10,000 is said of suggestions; of comments nothing is said.
    longest: int = setting("How many characters a reply may have, as it is sent.", default=10_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_address("server", self.server, "https://acme.uservoice.com")
        if not (self.user.isascii() and self.user.isdecimal()):
            raise SettingError("user", "must be a number.")
        if not all(one.isascii() and one.isdecimal() for one in listed(self.forums)):
            raise SettingError("forums", 'must be numbers, such as "5, 12".')

    @property
    def heard(self) -> frozenset[str]:
        return frozenset(listed(self.forums))

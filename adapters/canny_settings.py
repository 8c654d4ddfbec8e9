"""What an account on Canny can do, and what has to be set for it: data only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from adapters.boards_settings import CALL_LIMIT, RECHECK, SOURCES, BoardSettings, check_address, listed
from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once
from adapters.settings import SettingError, setting
from adapters.text import Mark

CAPABILITIES = Capabilities(
    hears=frozenset({Hears.POLL, Hears.PUSH}),
    replies=True,
    once=Once.FIND,
    finds=True,
    marks=frozenset({Mark.LINK}),
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    dates_edits=False,
    corrects=False,
    retracts=True,
    may_answer=MayAnswer.ON_OUR_PAGES,
    searches=True,
    threads=True,
    recheck=RECHECK,
    call_limit=CALL_LIMIT,
    late_bound=None,
    listing_lag=None,
    sources={
        **SOURCES,
        "sees_edits": "no date of change: by comparing; told at once by a webhook (post.edited)",
        "sees_deletions": "by asking again; told at once by a webhook (post.deleted)",
        "corrects": "the API has no way to change a comment",
    },
    title="Canny",
    before_handles="",  # people have names there, and no handles
)

_ID = re.compile(r"[0-9a-fA-F]{24}")
SKEW = timedelta(minutes=5)  # how old a webhook's call may be


@dataclass(frozen=True, kw_only=True)
class Settings(BoardSettings):
    """One company's boards."""

    author: str = setting("The id of the administrator under whose name replies stand.")
    token: str = setting("The company's secret API key (Settings, API); it signs the webhook, too.", secret=True)
    boards: str = setting("Ids of the boards that are heard, commas between; all public ones if empty.", default="")
    notify: bool = setting("Whether everybody who voted gets our reply by mail.", default=False)
    server: str = setting("Where Canny is.", default="https://canny.io")
    # 2,500: "value: must be less than 2500 characters" (developers.canny.io, comments/create).
    longest: int = setting("How many characters a reply may have, as it is sent.", default=2_499)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_address("server", self.server, "https://canny.io")
        if not _ID.fullmatch(self.author):
            raise SettingError("author", "must be an id of 24 letters and digits.")
        if not all(_ID.fullmatch(one) for one in listed(self.boards)):
            raise SettingError("boards", "must be ids of 24 letters and digits each, with commas between.")

    @property
    def heard(self) -> frozenset[str]:
        return frozenset(listed(self.boards))

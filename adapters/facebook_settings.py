"""What a Facebook Page can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once
from adapters.markup import is_web_address
from adapters.settings import SettingError, setting
from adapters.text import Mark

# docs/pages-api and messenger-platform, 2026. The last two are for messages.
SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_engagement",
    "pages_manage_metadata",
    "pages_messaging",
)

CAPABILITIES = Capabilities(
    title="Facebook",
    hears=frozenset({Hears.PUSH, Hears.POLL}),
    replies=True,
    once=Once.FIND,
    finds=True,
    marks=frozenset({Mark.LINK}),
    sees_edits=Notices.PUSH,
    sees_deletions=Notices.PUSH,
    dates_edits=False,
    corrects=True,
    retracts=True,
    may_answer=MayAnswer.ON_OUR_PAGES,
    answers_privately=True,
    searches=False,
    threads=True,
    warnings=False,
    recheck=(timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    call_limit=timedelta(seconds=20),
    late_bound=None,
    listing_lag=None,
    sources={
        "once": "docs/graph-api/guides/error-handling, 2026: error 506 only for the same words one after another",
        "sees_edits": "webhooks of the Page, verb edited; without the app's secret, by asking",
        "sees_deletions": "webhooks of the Page, verb remove; without the app's secret, by asking",
        "recheck": "a choice of ours, for webhooks that were lost",
        "call_limit": "a margin of ours; the settings may say otherwise",
        "late_bound": "Meta says nothing; the settings may say one",
        "listing_lag": "Meta says nothing; the settings may say one",
    },
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One Page."""

    page: str = setting(
        "The Page's id. Not needed where the token is the Page's own, or there is one Page.", default=""
    )
    token: str = setting(
        "A token of the Page, or of a system user that manages it. Not needed after `twoway connect`.",
        default="",
        secret=True,
    )
    app_id: str = setting("The id of the app at Meta, for `twoway connect`.", default="")
    app_secret: str = setting(
        "The app's secret: signs webhooks, and shows that calls come from here.", default="", secret=True
    )
    verify_token: str = setting(
        "Words of your own choice; the same stand in the app's webhook settings.", default="", secret=True
    )
    server: str = setting("Where the Graph API is.", default="https://graph.facebook.com")
    version: str = setting("Its version; each lives some two years.", default="v26.0")
    poll: timedelta = setting("How often to ask for what no webhook brought.", default=timedelta(minutes=2))
    overlap: timedelta = setting("How far before the last time to look each time.", default=timedelta(hours=1))
    sweep_every: timedelta = setting("How often to look much further back.", default=timedelta(hours=1))
    sweep_back: timedelta = setting("How far back that is.", default=timedelta(days=7))
    posts_back: timedelta = setting(
        "Posts of the Page older than that are not asked for new comments; webhooks tell of them all the same.",
        default=timedelta(days=60),
    )
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=1))
    messages: bool = setting("Hear messages to the Page in Messenger, and answer them there.", default=True)
    human_agent: bool = setting(
        "The app has the permission Human Agent: messages can be answered for seven days.", default=False
    )
    most: int = setting("The longest comment, in characters. Meta does not say; seen by others.", default=8000)
    most_private: int = setting("The longest message, in characters. Meta does not say; seen.", default=2000)
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended Facebook may still accept it. Unset: a person decides what is not found.",
        default=None,
    )
    listing_lag: timedelta | None = setting(
        "How long a new comment may be missing in lists. Unset: a person decides what is not found.", default=None
    )

    def __post_init__(self) -> None:
        if not is_web_address(self.server):
            raise SettingError("server", 'must be an address such as "https://graph.facebook.com".')
        if not re.fullmatch(r"v\d{1,3}\.\d", self.version):
            raise SettingError("version", 'must be a version such as "v26.0".')
        if self.page and not self.page.isdigit():
            raise SettingError("page", 'must be the Page\'s number, such as "104512345678901".')
        if self.call_limit <= timedelta(0):
            raise SettingError("call_limit", "must be longer than nothing.")

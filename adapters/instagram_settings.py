"""What an Instagram account can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once
from adapters.markup import is_web_address
from adapters.settings import SettingError, setting

# docs/instagram-platform, with Facebook Login, 2026. The last two are for messages.
SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_metadata",
    "instagram_basic",
    "instagram_manage_comments",
    "instagram_manage_messages",
)

CAPABILITIES = Capabilities(
    title="Instagram",
    hears=frozenset({Hears.PUSH, Hears.POLL}),
    replies=True,
    once=Once.FIND,
    finds=True,
    marks=frozenset(),
    sees_edits=Notices.NO,
    sees_deletions=Notices.POLL,
    corrects=False,
    retracts=True,
    may_answer=MayAnswer.ON_OUR_PAGES,
    answers_privately=True,
    searches=False,
    threads=True,
    warnings=False,
    recheck=(timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    call_limit=timedelta(seconds=20),
    late_bound=None,
    listing_lag=None,
    sources={
        "sees_edits": "docs/graph-api/webhooks/reference/instagram, 2026: no event, and no mark on a comment",
        "sees_deletions": "no event; a comment that is asked for is gone (error 100, subcode 33)",
        "corrects": "the API edits no comment: answer again, or take it back",
        "recheck": "a choice of ours",
        "call_limit": "a margin of ours; the settings may say otherwise",
        "late_bound": "Meta says nothing; the settings may say one",
        "listing_lag": "Meta says nothing; the settings may say one",
    },
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One professional account that is linked to a Facebook Page."""

    page: str = setting("The linked Page's id. Not needed where the token is the Page's own.", default="")
    token: str = setting(
        "A token of the linked Page, or of a system user that manages it. Not needed after `twoway connect`.",
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
        "Posts of the account older than that are not asked for new comments; webhooks tell of them all the same.",
        default=timedelta(days=60),
    )
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=1))
    messages: bool = setting("Hear direct messages to the account, and answer them there.", default=True)
    human_agent: bool = setting(
        "The app has the permission Human Agent: messages can be answered for seven days.", default=False
    )
    most: int = setting("The longest comment, in characters. Meta does not say; seen by others.", default=300)
    most_private: int = setting("The longest message, in bytes. Meta does not say; seen by others.", default=1000)
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended Instagram may still accept it. Unset: a person decides what is not found.",
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

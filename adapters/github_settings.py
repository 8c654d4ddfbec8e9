"""What an account in a repository on GitHub can do, and what has to be set for it: data only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from adapters.boards_settings import CALL_LIMIT, RECHECK, SOURCES, BoardSettings, check_address
from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once, Pace
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
    corrects=True,
    retracts=True,
    may_answer=MayAnswer.ON_OUR_PAGES,
    searches=True,
    threads=True,
    recheck=RECHECK,
    pace=Pace(5_000, timedelta(hours=1)),
    call_limit=CALL_LIMIT,
    late_bound=None,
    listing_lag=None,
    sources={
        **SOURCES,
        "once": "clientMutationId is only echoed; our marker in the comment finds it (docs.github.com/graphql)",
        "sees_edits": "lists are by change (`since`), lastEditedAt; at once where a webhook is set",
        "sees_deletions": "by asking again; at once where a webhook is set",
        "pace": "docs.github.com, rate limits: 5,000 points an hour; its headers win",
    },
    title="GitHub",
)

_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class Settings(BoardSettings):
    """One account in one repository."""

    repository: str = setting("Owner and name of the repository, such as acme/app.")
    token: str = setting("A fine-grained access token with issues and discussions: read and write.", secret=True)
    hook_secret: str = setting("The secret of the repository's webhook, if there is one.", default="", secret=True)
    issues: bool = setting("Whether issues are heard.", default=True)
    discussions: bool = setting("Whether discussions are heard.", default=True)
    server: str = setting("Where the API is.", default="https://api.github.com")
    # 65,536: "body is too long (maximum is 65536 characters)".
    longest: int = setting("How many characters a reply may have, as it is sent.", default=65_536)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_address("server", self.server, "https://api.github.com")
        if not _REPOSITORY.fullmatch(self.repository):
            raise SettingError("repository", 'must be an owner and a name, such as "acme/app".')
        if not (self.issues or self.discussions):
            raise SettingError("issues", "must be true where discussions are false: nothing would be heard.")

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]

    @property
    def repository_name(self) -> str:
        return self.repository.partition("/")[2]

"""What a system of your own can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once
from adapters.markup import is_web_address
from adapters.settings import SettingError, setting

_MARGIN = "a margin of ours; the settings may say otherwise"
_THEIRS = "their system's builder says; the settings may"
CAPABILITIES = Capabilities(
    hears=frozenset({Hears.PUSH}),
    replies=True,
    once=Once.KEY,
    finds=True,
    marks=frozenset(),  # replies go out as plain words
    sees_edits=Notices.PUSH,
    sees_deletions=Notices.PUSH,
    corrects=True,
    retracts=True,
    may_answer=MayAnswer.ANYONE,
    threads=False,
    recheck=(timedelta(days=1),),
    call_limit=timedelta(seconds=20),
    # Only whoever built the other side knows these: so a person decides, unless the settings say otherwise.
    late_bound=None,
    listing_lag=None,
    key_lifetime=None,
    sources={
        "replies": "where `webhook` is set; else answers are given by hand",
        "once": "where `idempotent` says so",
        "finds": "where `asks` says so",
        "sees_edits": "their system tells us (`message.edited`)",
        "sees_deletions": "their system tells us (`message.deleted`)",
        "corrects": "where `changes` says so",
        "retracts": "where `changes` says so",
        "recheck": "a choice of ours; asked only where `asks` says so",
        "call_limit": _MARGIN,
        "late_bound": _THEIRS,
        "listing_lag": _THEIRS,
    },
    title="Inbound",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One system of your own that tells us what customers write, and takes replies if it can."""

    secret: str = setting(
        "What both sides sign with: 24 characters or more, or `whsec_…`. Two, with a space, while you change it.",
        secret=True,
    )
    called: str = setting('What our side is called there, such as "Acme Support".', default="Support")
    webhook: str = setting("Where replies go; without it they are given by hand.", default="")
    asks: bool = setting("Whether the webhook answers questions (message.asked, replies.asked).", default=False)
    idempotent: bool = setting(
        "Whether the webhook takes a call that comes again with the same webhook-id as one.", default=False
    )
    changes: bool = setting("Whether the webhook takes reply.corrected and reply.retracted.", default=False)
    longest: int = setting("How many characters a reply may have.", default=10_000)
    window: timedelta = setting("How old or how far ahead a call's time may be.", default=timedelta(minutes=5))
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended the system may still accept it. Not known: a person decides.", default=None
    )
    listing_lag: timedelta | None = setting(
        "How long a new reply may be missing in the answer to replies.asked. Not known: a person decides.", default=None
    )

    def __post_init__(self) -> None:
        if self.webhook and not is_web_address(self.webhook):
            raise SettingError("webhook", 'must be an address such as "https://forms.example/twoway".')
        for key in ("asks", "idempotent", "changes"):
            if getattr(self, key) and not self.webhook:
                raise SettingError(key, "says something about a webhook, and there is none.")
        if self.longest < 1:
            raise SettingError("longest", "must be one character at least.")
        for key in ("window", "call_limit"):
            if getattr(self, key) <= timedelta(0):
                raise SettingError(key, "must be longer than nothing.")

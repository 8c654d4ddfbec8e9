"""The settings as frozen values: what an operator said in `twoway.toml`, and the tokens from the environment.

Reading them is `read.py`'s; whether a policy can be satisfied is `policy.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.settings.abuse import AbuseSettings
from bot.settings.parsing import Mistake, Parser, text
from bot.settings.secret import Secret
from bot.settings.triage import Listening, Route, Topic, Watching
from models.permits import Policy

DEFAULT_PATH = Path("twoway.toml")
NO_SECRET = Secret("")
USUAL_SUMMARY: time | None = time(17, 30)
USUAL_WARNING = timedelta(minutes=15)
USUAL_SEARCH = timedelta(minutes=15)
USUAL_THANKS = timedelta(hours=8)  # a working day
DEFAULT_DATABASE = "sqlite:///twoway.db"


class SettingsError(Exception):
    """The settings cannot be used. `mistakes` holds all of them, at least one."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True, slots=True)
class Shift:
    """Some days of the week (0 is Monday) and from when to when; ending at or before its start, on the next day."""

    days: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Hours:
    """When a team is at work. No shift at all: always."""

    shifts: tuple[Shift, ...] = ()

    def at_work(self, *, weekday: int, at: time) -> bool:
        """Whether somebody is expected there, by the channel's own clock."""
        return not self.shifts or any(_inside(shift, weekday, at) for shift in self.shifts)


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days on which nobody is expected at work: by their date, or by month and day in every year."""

    dates: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    def __contains__(self, day: date) -> bool:
        return day in self.dates or (day.month, day.day) in self.yearly

    def __bool__(self) -> bool:
        return bool(self.dates or self.yearly)


def _inside(shift: Shift, weekday: int, at: time) -> bool:
    if shift.start < shift.end:
        return weekday in shift.days and shift.start <= at < shift.end
    return (weekday in shift.days and at >= shift.start) or ((weekday - 1) % 7 in shift.days and at < shift.end)


class Surface(StrEnum):
    """Where a team works."""

    SLACK = "slack"
    TEAMS = "teams"


class SlackMode(StrEnum):
    """How Slack reaches us: over a socket that we open, or by calling our public address."""

    SOCKET = "socket"
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The process itself. `public_url` is "" where nobody outside can reach us; `key` encrypts stored tokens."""

    database: str = field(default=DEFAULT_DATABASE, repr=False)  # may hold a password
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8080
    key: Secret = NO_SECRET


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """One Slack workspace. A secret that was not asked for (`mode` decides) may be empty."""

    mode: SlackMode = SlackMode.SOCKET
    api_url: str = "https://slack.com/api/"
    command_prefix: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    post_every: timedelta = timedelta(seconds=1)  # docs.slack.dev: about one message a second and channel
    bot_token: Secret = NO_SECRET
    signing_secret: Secret = NO_SECRET
    app_token: Secret = NO_SECRET

    def command(self, verb: str) -> str:
        """What people type for this verb: "/claim", unless the settings rename it."""
        return self.renamed.get(verb) or f"/{self.command_prefix}{verb}"


class TeamsSignIn(StrEnum):
    """How the bot proves to Microsoft who it is; new bots have no third way."""

    SECRET = "single-tenant"
    MANAGED = "managed-identity"


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """One Microsoft tenant. `services` are the addresses that may speak for Teams; `anonymous` takes whoever calls
    from this very machine for it, and is refused anywhere else."""

    app_id: str
    tenant: str
    password: Secret = NO_SECRET
    sign_in: TeamsSignIn = TeamsSignIn.SECRET
    # learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages, 2026-11
    service_url: str = "https://smba.trafficmanager.net/teams/"
    services: tuple[str, ...] = ("https://smba.trafficmanager.net/", "https://smba.infra.gcc.teams.microsoft.com/")
    openid_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    anonymous: bool = False
    targeted: bool = True
    post_every: timedelta = timedelta(milliseconds=250)  # Teams: 7 a second in a thread, 30 for the whole app


class ModelKind(StrEnum):
    """Where a language model is."""

    OPENAI = "openai"  # behind an address that speaks OpenAI's way
    TRANSFORMERS = "transformers"  # on this machine


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """A language model that adds a paragraph to summaries. `url` is "" for a local one."""

    kind: ModelKind
    name: str
    url: str = ""
    within: timedelta = timedelta(seconds=60)
    key: Secret = NO_SECRET


@dataclass(frozen=True, slots=True)
class SuggestionSettings:
    """A language model that people may ask for a draft. It is never asked by itself."""

    name: str
    url: str
    key: Secret = NO_SECRET


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One account of ours on a platform: `options` as TOML gave them, checked, and `secrets`, by what the platform
    declared. `adapters.settings.build` makes the platform's own settings of them."""

    name: str
    platform: str
    options: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    searches: tuple[str, ...] = ()  # what is looked for besides what comes by itself
    search_every: timedelta = USUAL_SEARCH  # each of them; never more often than the platform allows all

    def revealed(self) -> dict[str, str]:
        """The secrets that were given, in the clear."""
        return {key: secret.reveal() for key, secret in self.secrets.items() if secret}


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """One channel of the team, and what it asks for before a reply goes out."""

    name: str
    surface: Surface
    chat_id: str
    accounts: tuple[str, ...]
    timezone: ZoneInfo
    policy: Policy = field(default_factory=Policy)
    hours: Hours = field(default_factory=Hours)
    holidays: Holidays = field(default_factory=Holidays)
    thank_within: timedelta = USUAL_THANKS  # what who praises us may expect, instead of `answer_within`
    warn_before: timedelta = USUAL_WARNING  # before a target is missed; none at all: no warnings
    escalate_to: tuple[str, ...] = ()  # people or groups who are called when one is missed
    approvers: tuple[str, ...] = ()  # people or groups; empty: every member
    leads: tuple[str, ...] = ()
    signs: Mapping[str, str] = field(default_factory=dict)  # emoji -> verb, "" where switched off
    summary_at: time | None = USUAL_SUMMARY
    summary_names: bool = False  # figures per person
    forget_after: timedelta | None = None  # words of conversations that ended so long ago leave; None: never
    languages: tuple[str, ...] = ()
    danger_to: tuple[str, ...] = ()  # people or groups who are called when a customer speaks of self-harm or violence
    voice: Listening = field(default_factory=Listening)  # what is remarked on drafts


class Reads(StrEnum):
    """Who reads posts before people do: the model that comes with Twoway, rules alone, or nobody."""

    MODEL = "model"
    RULES = "rules"
    OFF = "off"


class Speaks(StrEnum):
    """How a server of vectors is asked."""

    OPENAI = "openai"
    TEI = "tei"  # Text Embeddings Inference


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """How posts are read. `folder` is where the model's files are built; `threads` 0: as the machine has, at most 4.
    `rules` is the folder of the team's own."""

    use: Reads = Reads.MODEL
    folder: Path = Path("reader")
    threads: int = 0
    model: str = ""  # another one beside ours: an id or a folder; with `server`, its name there
    revision: str = ""  # the commit that is pinned, "" for a folder
    task: str = "text-classification"
    labels: Mapping[str, str] = field(default_factory=dict)  # what it says -> what we call that
    download: bool = False
    server: str = ""  # where vectors come from in place of our model
    speaks: Speaks = Speaks.OPENAI
    key: Secret = NO_SECRET
    rules: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything, read and checked."""

    path: Path
    service: ServiceSettings
    slack: SlackSettings | None
    teams: TeamsSettings | None
    accounts: tuple[AccountSettings, ...]
    channels: tuple[ChannelSettings, ...]
    model: ModelSettings | None = None
    reader: ReaderSettings = field(default_factory=ReaderSettings)
    suggestions: SuggestionSettings | None = None  # None: nobody is offered any
    abuse: AbuseSettings = field(default_factory=AbuseSettings)
    routes: tuple[Route, ...] = ()
    topics: tuple[Topic, ...] = ()
    storms: Watching | None = field(default_factory=Watching)  # None: switched off

    def home_of(self, account: str) -> str:
        """The channel that an account's posts come to where no route says otherwise: the first that names it."""
        return next(channel.name for channel in self.channels if account in channel.accounts)

    def secrets(self) -> Iterator[Secret]:
        """Every secret that was given, for the log to keep out."""
        yield from (Secret(key.strip()) for key in self.service.key.reveal().split(","))
        if password := urlsplit(self.service.database).password:
            yield Secret(password)
        if self.slack is not None:
            yield from (self.slack.bot_token, self.slack.signing_secret, self.slack.app_token)
        if self.teams is not None:
            yield self.teams.password
        if self.model is not None:
            yield self.model.key
        yield self.reader.key
        if self.suggestions is not None:
            yield self.suggestions.key
        for account in self.accounts:
            yield from account.secrets.values()


@dataclass(frozen=True, slots=True)
class Declared:
    """One thing that a platform asks of an account. A secret comes from the environment, never from the file."""

    name: str
    parser: Parser[object] = text
    needed: bool = False
    secret: bool = False
    help: str = ""  # what to write there, or where to get it


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The platforms there are, and what each asks of an account (a KeyError for one that there is not)."""

    platforms: tuple[str, ...]
    asks: Callable[[str], Sequence[Declared]]
    search_pause: Callable[[str], timedelta | None] = lambda _: timedelta()  # between two; None: they are of no use


def token_name(account: str, what: str = "token") -> str:
    """The name in the environment of an account's secret: "acme-eu" and "token" give TWOWAY_ACME_EU_TOKEN."""
    return re.sub(r"[^A-Z0-9]", "_", f"TWOWAY_{account}_{what}".upper())

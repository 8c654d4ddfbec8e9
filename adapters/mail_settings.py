"""What a mailbox can do, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from ipaddress import ip_address

from adapters.capabilities import Capabilities, Hears, MayAnswer, Notices, Once
from adapters.markup import is_web_address
from adapters.settings import SettingError, setting

LONGEST = 20_000  # characters of a reply: a choice of ours, mail has no limit of its own
CAPABILITIES = Capabilities(
    hears=frozenset({Hears.STREAM, Hears.POLL}),
    replies=True,
    once=Once.FIND,
    finds=True,
    sees_edits=Notices.NO,
    sees_deletions=Notices.NO,
    corrects=False,
    retracts=False,
    may_answer=MayAnswer.MENTIONED_US,
    searches=True,
    threads=True,
    call_limit=timedelta(seconds=60),
    # RFC 5321, 4.5.3.2.6 lets a server think for ten minutes after the last dot, and says nothing of lines that drop.
    late_bound=None,
    listing_lag=None,
    sources={
        "sees_edits": "a mail that was sent is not changed any more",
        "sees_deletions": "a mail that was sent is not taken back any more (Exchange's recall is a wish)",
        "call_limit": "a margin of ours; the settings may say otherwise",
        "late_bound": "nobody says; the settings may",
        "listing_lag": "nobody says; the settings may",
    },
    before_handles="",
    title="Mail",
)


class Security(Enum):
    """How the line is protected."""

    AUTO = "auto"  # STARTTLS on ports 25, 143 and 587, TLS on all others
    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"  # on this very machine only


class Filed(Enum):
    """Who sees to it that what we sent is found again."""

    APPEND = "append"  # we put it into the folder of sent mail, once the server has taken it
    SERVER = "server"  # the server does it by itself while taking it (Gmail, Microsoft 365)
    COPY = "copy"  # a blind copy comes back to us and is filed: what came back was taken


class Provider(Enum):
    """Whose consent page gives access; `none`: a password."""

    NONE = "none"
    GOOGLE = "google"
    MICROSOFT = "microsoft"


@dataclass(frozen=True, slots=True)
class Consent:
    """Where a person says yes. `{tenant}` stands for the organisation."""

    authorise: str
    token: str
    scopes: tuple[str, ...]
    extra: Mapping[str, str]


CONSENTS: Mapping[Provider, Consent] = {
    # developers.google.com/workspace/gmail/imap/xoauth2-protocol, 2026. Without the two of `extra` Google gives a
    # refresh token at the very first consent only, or none.
    Provider.GOOGLE: Consent(
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        ("https://mail.google.com/",),
        {"access_type": "offline", "prompt": "consent"},
    ),
    # learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application
    Provider.MICROSOFT: Consent(
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        (
            "https://outlook.office.com/IMAP.AccessAsUser.All",
            "https://outlook.office.com/SMTP.Send",
            "offline_access",
        ),
        {},
    ),
}


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server listens, and how the line to it is protected (never AUTO)."""

    host: str
    port: int
    security: Security


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One mailbox."""

    address: str = setting('Our address, such as "care@acme.example": what is sent there is heard.')
    called: str = setting('The name that customers see beside it, such as "Acme Care".', default="")
    imap: str = setting('The server mail is read from, such as "imap.acme.example" or "imap.acme.example:993".')
    smtp: str = setting('The server mail is sent through, such as "smtp.acme.example" or "smtp.acme.example:587".')
    username: str = setting("Who logs in; the address if not set.", default="")
    password: str = setting("The password (often one for programs).", secret=True, default="")
    security: Security = setting(
        "How the lines are protected: auto (STARTTLS on ports 25, 143 and 587, else TLS), tls, starttls, or none on "
        "this very machine.",
        default=Security.AUTO,
    )
    folders: str = setting('Folders that are heard, such as "INBOX, Support".', default="INBOX")
    sent: Filed = setting(
        "Who files what we sent: append (we do), server (it does, as Gmail and Microsoft 365), or copy (a blind copy "
        "comes back to us: the surest).",
        default=Filed.APPEND,
    )
    sent_folder: str = setting("The folder of sent mail; found by itself if not set.", default="")
    oauth: Provider = setting(
        "Instead of a password: google or microsoft, with an app of yours there.", default=Provider.NONE
    )
    client_id: str = setting("The app's id.", default="")
    client_secret: str = setting("The app's secret.", secret=True, default="")
    tenant: str = setting("Microsoft's name of your organisation.", default="organizations")
    consent_page: str = setting("Where consent is given, if not at its usual place.", default="")
    token_page: str = setting("Where tokens are made, if not at its usual place.", default="")
    hear_lists: bool = setting("Whether newsletters and mailing lists are heard.", default=False)
    hear_auto_replies: bool = setting("Whether notes of absence and the like are heard.", default=False)
    hear_machines: bool = setting(
        "Whether other mail that programs wrote is heard: contact forms, alerts.", default=True
    )
    streaming: bool = setting("Whether the server tells us at once (IDLE), where it can.", default=True)
    poll: timedelta = setting("How often to ask besides.", default=timedelta(minutes=1))
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=1))
    longest: int = setting("The longest reply, in characters.", default=LONGEST)
    link: str = setting(
        'Where a mail is seen in the browser, with {id} for its Message-ID, such as "https://mail.google.com/mail/'
        '#search/rfc822msgid:{id}".',
        default="",
    )
    call_limit: timedelta = setting("The longest a sending call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended the server may still take the mail. Not known: a person decides.",
        default=None,
    )
    listing_lag: timedelta | None = setting(
        "How long a mail that was taken may be missing in the mailbox. Not known: a person decides.", default=None
    )

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", self.address):
            raise SettingError("address", 'must be an address such as "care@acme.example".')
        for key in ("called", "username", "sent_folder", "folders"):
            if any(ord(letter) < 32 for letter in getattr(self, key)):
                raise SettingError(key, "must be one line.")
        if self.oauth is Provider.NONE and not self.password:
            raise SettingError("password", "is missing. (Or set oauth, for a mailbox that takes none.)")
        if not self.places:
            raise SettingError("folders", "must name at least one folder.")
        _ = self.imap_server, self.smtp_server
        for key in ("consent_page", "token_page"):
            if getattr(self, key) and not is_web_address(getattr(self, key)):
                raise SettingError(key, "must be an address that begins with https://.")
        if self.link and not (is_web_address(self.link) and "{id}" in self.link):
            raise SettingError("link", "must be an address that begins with https:// and holds {id}.")
        if self.call_limit <= timedelta(0):
            raise SettingError("call_limit", "must be longer than nothing.")
        if self.longest < 1:
            raise SettingError("longest", "must be more than nothing.")

    @property
    def login(self) -> str:
        return self.username or self.address

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()

    @property
    def places(self) -> tuple[str, ...]:
        """The folders that are heard, by name."""
        return tuple(dict.fromkeys(name.strip() for name in self.folders.split(",") if name.strip()))

    @property
    def imap_server(self) -> Server:
        return self._server("imap", 993)

    @property
    def smtp_server(self) -> Server:
        return self._server("smtp", 465)

    def _server(self, key: str, usual: int) -> Server:
        found = re.fullmatch(r"([A-Za-z0-9.-]+)(?::(\d{1,5}))?", getattr(self, key))
        if found is None or not 0 < int(found[2] or usual) < 2**16:
            raise SettingError(key, 'must be a server such as "mail.acme.example" or "mail.acme.example:993".')
        host, port, security = found[1], int(found[2] or usual), self.security
        if security is Security.AUTO:
            security = Security.STARTTLS if port in (25, 143, 587) else Security.TLS
        if security is Security.NONE and not _here(host):
            raise SettingError("security", "cannot be none: the password would travel for everybody to read.")
        return Server(host, port, security)


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False

"""What an account on X can do, what it costs, and what has to be set for it: data only."""

# ruff: noqa: RUF009 - `setting` declares a field, it is no default

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from urllib.parse import urlsplit

from adapters.capabilities import Capabilities, Cost, Hears, MayAnswer, Notices, Once, Pace
from adapters.markup import is_web_address
from adapters.settings import SettingError, setting
from adapters.x_signing import Keys
from adapters.x_text import MOST

CURRENCY = "USD"
# docs.x.com/x-api/getting-started/pricing, 2026-08; other prices are settings.
PRICE_USER = Decimal("0.010")
PRICE_OWN = Decimal("0.001")  # "owned reads": our own posts and mentions
PRICE_DELETE = Decimal("0.010")

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_MARGIN = "a margin of ours; the settings may say otherwise"
CAPABILITIES = Capabilities(
    title="X",
    hears=frozenset({Hears.POLL, Hears.PUSH}),
    replies=True,
    once=Once.DETECTS,
    finds=True,
    sees_edits=Notices.POLL,
    sees_deletions=Notices.POLL,
    corrects=False,
    retracts=True,
    may_answer=MayAnswer.MENTIONED_US,
    searches=True,
    search_pace=Pace(calls=30, per=timedelta(minutes=15)),
    threads=True,
    warnings=False,
    recheck=(timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)),
    pace=Pace(calls=300, per=timedelta(minutes=15)),
    cost=Cost(read=Decimal("0.005"), reply=Decimal("0.010"), currency=CURRENCY),
    call_limit=timedelta(seconds=20),
    late_bound=None,
    listing_lag=None,
    sources={
        "sees_edits": "an edit is a new post of the same history: docs.x.com/x-api/fundamentals/edit-posts, 2026-08",
        "sees_deletions": "by asking again; at once where a webhook brings post.delete",
        "corrects": "replies to others cannot be edited: the same page",
        "may_answer": "docs.x.com/changelog, 2026-02-23: apps may reply only when mentioned or quoted",
        "recheck": "a choice of ours: each costs a read",
        "search_pace": "a tenth of what the rate limits allow a user; whatever is found costs a read",
        "pace": "docs.x.com/x-api/fundamentals/rate-limits, 2026-08: mentions, a user",
        "cost": "docs.x.com/x-api/getting-started/pricing, 2026-08; a reply with a link: 0.200",
        "call_limit": _MARGIN,
        "late_bound": "X does not say",
        "listing_lag": "X does not say",
    },
)


class Spelling(Enum):
    """X renames tweets to posts, in its documents first: which of the two it is asked for. Both are understood."""

    TWEET = "tweet"
    POST = "post"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One account. With `consumer_key` it signs by OAuth 1.0a, with `client_id` it is connected by OAuth 2.0."""

    client_id: str = setting("OAuth 2.0: the app's client id. The account is then connected.", default="")
    client_secret: str = setting("OAuth 2.0: the app's client secret, if it has one.", default="", secret=True)
    consumer_key: str = setting("OAuth 1.0a: the app's API key.", default="")
    consumer_secret: str = setting(
        "The app's API key secret: signs by OAuth 1.0a, and proves that a webhook is X's.", default="", secret=True
    )
    token: str = setting("The account's access token, for OAuth 1.0a.", default="", secret=True)
    token_secret: str = setting("Its secret, for OAuth 1.0a.", default="", secret=True)
    server: str = setting("Where X's API is.", default="https://api.x.com")
    authorise: str = setting("OAuth 2.0: the page where a person says yes.", default="https://x.com/i/oauth2/authorize")
    spelling: Spelling = setting("Ask for the fields of a tweet or of a post: X renames them.", default=Spelling.TWEET)
    webhook_id: str = setting(
        "The webhook that was made for this account: events are asked for and deletions told at once.", default=""
    )
    watch: int = setting(
        "So many events are asked for at most: a few of our own, then the deletions of those who write.", default=1000
    )
    poll: timedelta = setting("How often to ask for mentions.", default=timedelta(seconds=60))
    overlap: timedelta = setting(
        "How far before the newest one to look each time, for posts that come late.", default=timedelta(minutes=2)
    )
    sweep_every: timedelta = setting("How often to look much further back.", default=timedelta(hours=1))
    sweep_back: timedelta = setting("How far back that is.", default=timedelta(days=1))
    look_back: timedelta = setting("At the very first start, how far back to hear.", default=timedelta(days=1))
    gone_after: timedelta = setting(
        "A post that X says it cannot find counts as deleted when it says so again after this.",
        default=timedelta(hours=1),
    )
    most: int = setting("How long a reply may be, in X's counting: more for Premium accounts.", default=MOST)
    summoned_only: bool = setting(
        "The app may reply only where its author mentioned or quoted us; not so for Enterprise apps.", default=True
    )
    price_read: str = setting("What reading a post costs, in dollars.", default="0.005")
    price_reply: str = setting("What a reply costs, in dollars.", default="0.010")
    price_link: str = setting("What a reply with a link costs, in dollars.", default="0.200")
    call_limit: timedelta = setting("The longest a publishing call may last.", default=CAPABILITIES.call_limit)
    late_bound: timedelta | None = setting(
        "How long after a call has ended X may still accept it. Without it a person decides.", default=None
    )
    listing_lag: timedelta | None = setting(
        "How long a new reply may be missing in the account's timeline and in search. Without it a person decides.",
        default=None,
    )

    def __post_init__(self) -> None:
        for key in ("server", "authorise"):
            address = getattr(self, key)
            if not is_web_address(address) or not (
                address.startswith("https://") or urlsplit(address).hostname in _HERE
            ):
                raise SettingError(key, 'must be an address such as "https://api.x.com": tokens go there.')
        if self.call_limit <= timedelta(0):
            raise SettingError("call_limit", "must be longer than nothing.")
        if self.most < 1:
            raise SettingError("most", "must be at least 1.")
        if self.webhook_id and not self.consumer_secret:
            raise SettingError("webhook_id", "needs TWOWAY_<ACCOUNT>_CONSUMER_SECRET: X signs what it sends with it.")
        if self.consumer_key and not (self.consumer_secret and self.token and self.token_secret):
            raise SettingError(
                "consumer_key",
                "signs only together with TWOWAY_<ACCOUNT>_CONSUMER_SECRET, TWOWAY_<ACCOUNT>_TOKEN and "
                "TWOWAY_<ACCOUNT>_TOKEN_SECRET; for OAuth 2.0 set client_id instead.",
            )
        if not self.consumer_key and not self.client_id and not self.token:
            raise SettingError("client_id", "is missing, and so is consumer_key: one of the two says how to sign.")
        for key in ("price_read", "price_reply", "price_link"):
            _price(key, getattr(self, key))

    @property
    def keys(self) -> Keys | None:
        """What OAuth 1.0a signs with; None: OAuth 2.0."""
        if not self.consumer_key:
            return None
        return Keys(
            consumer_key=self.consumer_key,
            consumer_secret=self.consumer_secret,
            token=self.token,
            token_secret=self.token_secret,
        )

    @property
    def cost(self) -> Cost:
        return Cost(
            read=_price("price_read", self.price_read),
            reply=_price("price_reply", self.price_reply),
            currency=CURRENCY,
        )

    @property
    def link_cost(self) -> Decimal:
        return _price("price_link", self.price_link)


def _price(key: str, given: str) -> Decimal:
    try:
        price = Decimal(given)
    except InvalidOperation:
        price = Decimal(-1)
    if not price.is_finite() or price < 0:
        raise SettingError(key, 'must be an amount such as "0.005".')
    return price

"""Which squares the sandbox has: one row each. The first is where the newcomer's story plays."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sandbox.app_store import AppStoreStandIn
from sandbox.bluesky import SkyStandIn
from sandbox.canny import CannyStandIn
from sandbox.discourse import DiscourseStandIn
from sandbox.facebook import PageStandIn
from sandbox.feeds import Blog
from sandbox.github import GitHubStandIn
from sandbox.google_business import MapsStandIn
from sandbox.google_play import PlayStandIn
from sandbox.inbound import Office
from sandbox.instagram import GramStandIn
from sandbox.mail import MailStandIn
from sandbox.reddit import RedditStandIn
from sandbox.square import SquareStandIn
from sandbox.squares.bluesky import Bluesky
from sandbox.squares.boards import Canny, Discourse, GitHub, UserVoice
from sandbox.squares.contract import Square
from sandbox.squares.feeds import Feeds
from sandbox.squares.inbound import Inbound
from sandbox.squares.mail import Mail
from sandbox.squares.mastodon import Mastodon
from sandbox.squares.meta import Facebook, Instagram, Threads
from sandbox.squares.reddit import Reddit
from sandbox.squares.shops import AppStore, GoogleBusiness, GooglePlay, Trustpilot
from sandbox.squares.wordpress import WordPress
from sandbox.squares.x import X
from sandbox.squares.youtube import YouTube
from sandbox.threads import ThreadsStandIn
from sandbox.trustpilot import TrustpilotStandIn
from sandbox.uservoice import UserVoiceStandIn
from sandbox.wordpress import PressStandIn
from sandbox.x import XStandIn
from sandbox.youtube import TubeStandIn

# The real servers' limits would stop a storm's intake, and people who play; these are generous.
_MANY = 30_000
_EVER = 10**9  # of Meta's: calls in all, as long as the sandbox runs

ROWS: Sequence[Callable[[], Square]] = (
    lambda: Mastodon(SquareStandIn(rate_limit=_MANY)),
    lambda: Bluesky(SkyStandIn(rate_limit=_MANY)),
    lambda: X(XStandIn(rate_limit=_MANY)),
    lambda: Facebook(PageStandIn(most_calls=_EVER)),
    lambda: Instagram(GramStandIn(most_calls=_EVER)),
    lambda: Threads(ThreadsStandIn(most_calls=_EVER)),
    lambda: YouTube(TubeStandIn(quota=YouTube.quota, access_for=timedelta(days=30))),
    lambda: Reddit(RedditStandIn(rate_limit=_MANY)),
    lambda: WordPress(PressStandIn()),
    lambda: Feeds(Blog()),
    lambda: Mail(MailStandIn()),
    lambda: Inbound(Office()),
    lambda: GooglePlay(PlayStandIn(most_reads=_MANY)),
    lambda: AppStore(AppStoreStandIn()),
    lambda: GoogleBusiness(MapsStandIn()),
    lambda: Trustpilot(TrustpilotStandIn()),
    lambda: Discourse(DiscourseStandIn()),
    lambda: GitHub(GitHubStandIn()),
    lambda: Canny(CannyStandIn()),
    lambda: UserVoice(UserVoiceStandIn()),
)


def all_squares() -> list[Square]:
    """Each of them, new and empty."""
    return [make() for make in ROWS]

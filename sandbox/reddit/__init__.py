"""A strict stand-in of Reddit: its API and where its tokens are made; able to misbehave on command."""

from sandbox.reddit.faults import FAULTS, Fault, Where
from sandbox.reddit.server import PublishCall, Rejected
from sandbox.reddit.standin import RedditStandIn
from sandbox.reddit.world import Person, Subreddit, Thing

__all__ = ["FAULTS", "Fault", "Person", "PublishCall", "RedditStandIn", "Rejected", "Subreddit", "Thing", "Where"]

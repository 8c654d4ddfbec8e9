"""A strict stand-in of Bluesky: a PDS, the AppView and a Jetstream; able to misbehave on command."""

from sandbox.bluesky.faults import FAULTS, Fault, Where
from sandbox.bluesky.lexicon import Rejected
from sandbox.bluesky.server import PublishCall
from sandbox.bluesky.standin import SkyStandIn
from sandbox.bluesky.world import Person, Post

__all__ = ["FAULTS", "Fault", "Person", "Post", "PublishCall", "Rejected", "SkyStandIn", "Where"]

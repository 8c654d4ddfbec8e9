"""A strict stand-in of YouTube's Data API and of Google's sign-in; able to misbehave on command."""

from sandbox.youtube.faults import FAULTS, Fault, Where
from sandbox.youtube.refusal import Rejected
from sandbox.youtube.server import PublishCall
from sandbox.youtube.standin import TubeStandIn
from sandbox.youtube.world import Comment, Person, Video

__all__ = ["FAULTS", "Comment", "Fault", "Person", "PublishCall", "Rejected", "TubeStandIn", "Video", "Where"]

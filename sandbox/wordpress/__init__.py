"""A WordPress site in memory: its REST API for comments as 6.1 and 6.6 were seen to answer, with our account."""

from sandbox.wordpress.faults import Fault, Where
from sandbox.wordpress.standin import PressStandIn
from sandbox.wordpress.world import Comment, PublishCall

__all__ = ["Comment", "Fault", "PressStandIn", "PublishCall", "Where"]

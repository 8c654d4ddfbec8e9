"""A strict stand-in of Threads: its API, webhooks and tokens; able to misbehave on command."""

from sandbox.graph import FAULTS, Fault, PublishCall, Rejected, Where
from sandbox.threads.standin import ThreadsStandIn
from sandbox.threads.world import Container, Person, Post

__all__ = ["FAULTS", "Container", "Fault", "Person", "Post", "PublishCall", "Rejected", "ThreadsStandIn", "Where"]

"""A strict stand-in of X's API v2 with its webhooks; able to misbehave on command."""

from sandbox.x.faults import FAULTS, Fault, Where
from sandbox.x.hooks import BadWebhook, Delivery
from sandbox.x.problems import Rejected
from sandbox.x.server import PublishCall
from sandbox.x.standin import XStandIn
from sandbox.x.world import Person, Post

__all__ = [
    "FAULTS",
    "BadWebhook",
    "Delivery",
    "Fault",
    "Person",
    "Post",
    "PublishCall",
    "Rejected",
    "Where",
    "XStandIn",
]

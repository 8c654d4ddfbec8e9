"""A strict stand-in of a Mastodon-compatible server, 4.4 and later; able to misbehave on command."""

from sandbox.square.calls import PublishCall
from sandbox.square.faults import FAULTS, Fault, Where
from sandbox.square.people import Person
from sandbox.square.standin import SquareStandIn
from sandbox.square.world import Notification, Rejected, Status, Visibility

__all__ = [
    "FAULTS",
    "Fault",
    "Notification",
    "Person",
    "PublishCall",
    "Rejected",
    "SquareStandIn",
    "Status",
    "Visibility",
    "Where",
]

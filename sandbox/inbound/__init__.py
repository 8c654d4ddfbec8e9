"""A company's own system in memory: customers write in it, it tells Twoway by signed calls and takes replies."""

from sandbox.inbound.faults import Fault, Where
from sandbox.inbound.standin import Office
from sandbox.inbound.world import Message, PublishCall

__all__ = ["Fault", "Message", "Office", "PublishCall", "Where"]

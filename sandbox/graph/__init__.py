"""What the stand-ins of Meta's platforms share: the door of the Graph API, its errors, fields, lists and webhooks."""

from sandbox.graph.errors import Rejected
from sandbox.graph.faults import FAULTS, Active, Fault, Where
from sandbox.graph.server import GraphServer, PublishCall

__all__ = ["FAULTS", "Active", "Fault", "GraphServer", "PublishCall", "Rejected", "Where"]

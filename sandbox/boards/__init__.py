"""What the stand-ins of feedback boards share: topics and posts in memory, faults, the door, webhooks, Markdown."""

from sandbox.boards.faults import Fault, Where
from sandbox.boards.world import Item

__all__ = ["Fault", "Item", "Where"]

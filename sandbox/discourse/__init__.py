"""A Discourse forum in memory: its API as the documentation and recorded answers have it, and its webhook."""

from sandbox.discourse.standin import DiscourseStandIn

__all__ = ["DiscourseStandIn"]

"""A company's forums on UserVoice in memory: the Admin API v2 with client credentials."""

from sandbox.uservoice.standin import UserVoiceStandIn

__all__ = ["UserVoiceStandIn"]

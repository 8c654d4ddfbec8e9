"""A strict stand-in of a professional Instagram account: comments, mentions, messages, webhooks; able to misbehave."""

from sandbox.graph import FAULTS, Fault, PublishCall, Rejected, Where
from sandbox.graph.inbox import Chat, Message, Person
from sandbox.instagram.standin import GramStandIn
from sandbox.instagram.world import Comment, Media

__all__ = [
    "FAULTS",
    "Chat",
    "Comment",
    "Fault",
    "GramStandIn",
    "Media",
    "Message",
    "Person",
    "PublishCall",
    "Rejected",
    "Where",
]

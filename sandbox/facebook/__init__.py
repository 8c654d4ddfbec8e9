"""A strict stand-in of a Facebook Page: feed, comments, reviews, Messenger, webhooks; able to misbehave on command."""

from sandbox.facebook.standin import PageStandIn
from sandbox.facebook.world import Comment, Post, Review
from sandbox.graph import FAULTS, Fault, PublishCall, Rejected, Where
from sandbox.graph.inbox import Chat, Message, Person

__all__ = [
    "FAULTS",
    "Chat",
    "Comment",
    "Fault",
    "Message",
    "PageStandIn",
    "Person",
    "Post",
    "PublishCall",
    "Rejected",
    "Review",
    "Where",
]

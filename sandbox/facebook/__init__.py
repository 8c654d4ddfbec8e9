"""A strict stand-in of a Facebook Page: feed, comments, reviews, Messenger, webhooks; able to misbehave on command."""

from sandbox.facebook.standin import PageStandIn
from sandbox.facebook.world import Chat, Comment, Message, Person, Post, Review
from sandbox.graph import FAULTS, Fault, PublishCall, Rejected, Where

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

"""Every table, imported once: whoever needs the whole schema imports this."""

from models import chat, conversation, days, ideas, journal, keeping, people, places, praise, quiet, reply, waiting
from models.base import Base

__all__ = [
    "Base",
    "chat",
    "conversation",
    "days",
    "ideas",
    "journal",
    "keeping",
    "people",
    "places",
    "praise",
    "quiet",
    "reply",
    "waiting",
]

"""Every table, imported once: whoever needs the whole schema imports this."""

from models import chat, conversation, journal, keeping, people, places, reply
from models.base import Base

__all__ = ["Base", "chat", "conversation", "journal", "keeping", "people", "places", "reply"]

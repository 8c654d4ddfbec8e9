"""Every table, imported once: whoever needs the whole schema imports this."""

from models import chat, conversation, days, journal, keeping, people, places, reply, triage, waiting
from models.base import Base

__all__ = [
    "Base",
    "chat",
    "conversation",
    "days",
    "journal",
    "keeping",
    "people",
    "places",
    "reply",
    "triage",
    "waiting",
]

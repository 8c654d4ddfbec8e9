"""Every table, imported once: whoever needs the whole schema imports this."""

from models import chat, conversation, days, duty, journal, keeping, people, places, reply, snoozes, triage, waiting
from models.base import Base

__all__ = [
    "Base",
    "chat",
    "conversation",
    "days",
    "duty",
    "journal",
    "keeping",
    "people",
    "places",
    "reply",
    "snoozes",
    "triage",
    "waiting",
]

"""Every table, imported once: whoever needs the whole schema imports this."""

from models import (
    chat,
    conversation,
    days,
    drawings,
    duty,
    ideas,
    journal,
    keeping,
    paragraphs,
    people,
    places,
    praise,
    quiet,
    reply,
    snoozes,
    triage,
    waiting,
)
from models.base import Base

__all__ = [
    "Base",
    "chat",
    "conversation",
    "days",
    "drawings",
    "duty",
    "ideas",
    "journal",
    "keeping",
    "paragraphs",
    "people",
    "places",
    "praise",
    "quiet",
    "reply",
    "snoozes",
    "triage",
    "waiting",
]

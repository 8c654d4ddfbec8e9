"""Every table, imported once: whoever needs the whole schema imports this."""

from models import (
    answers,
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
    waiting,
)
from models.base import Base

__all__ = [
    "Base",
    "answers",
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
    "waiting",
]

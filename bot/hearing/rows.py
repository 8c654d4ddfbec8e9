"""The columns of the rows that hearing writes many of at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.hearing.said import Said
from models.chat import CardKind
from models.journal import digest_of
from models.telling import EventKind

FIRST_LOOK = timedelta(minutes=1)  # after hearing a post, when it is asked for again the first time


def post_row(
    one: Said, *, id: int, account_id: int, conversation_id: int, people: Mapping[str, int], now: datetime
) -> dict[str, object]:
    """A new post. A customer's is due for a second look."""
    return {
        "id": id,
        "account_id": account_id,
        "conversation_id": conversation_id,
        "identity_id": None if one.ours else people[one.author.ref],
        "ours": one.ours,
        "ref": one.ref,
        "parent": one.parent,
        "words": one.words,
        "spans": one.spans,
        "warning": one.warning,
        "media": one.media,
        "extra": one.extra,
        "visibility": one.post.visibility.value,
        "language": one.language,
        "url": one.url,
        "at": one.at,
        "heard_at": now,
        "version": 1,
        "digest": one.digest,
        "edited_at": one.edited_at,
        "due_at": None if one.ours else now + FIRST_LOOK,
        "fence": 0,
        "tries": 0,
    }


def first_event_row(conversation_id: int, now: datetime, data: dict[str, object]) -> dict[str, object]:
    """The beginning of a conversation's journal: it was heard."""
    kind = EventKind.HEARD.value
    digest = digest_of(before="", chain=conversation_id, seq=1, at=now, kind=kind, rep=None, data=data)
    return {
        "chain": conversation_id,
        "seq": 1,
        "at": now,
        "kind": kind,
        "rep_id": None,
        "data": data,
        "before": "",
        "digest": digest,
    }


def card_row(conversation_id: int, channel_id: int, due_at: datetime) -> dict[str, object]:
    """The card of a new conversation."""
    return {
        "kind": CardKind.CONVERSATION.value,
        "ref": conversation_id,
        "channel_id": channel_id,
        "conversation_id": conversation_id,
        "urgency": 0,
        "wanted": 1,
        "shown": 0,
        "given_up": "",
        "due_at": due_at,
        "fence": 0,
        "tries": 0,
    }

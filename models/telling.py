"""What can be written in the journal, and who is told of it and how: one table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class EventKind(StrEnum):
    """Everything the journal knows to happen."""

    # the world
    HEARD = "heard"
    CUSTOMER_REPLIED = "customer_replied"
    CUSTOMER_EDITED = "customer_edited"
    POST_REMOVED = "post_removed"
    POST_GONE = "post_gone"
    POST_HIDDEN = "post_hidden"
    POST_BACK = "post_back"
    ERASED = "erased"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    # the team
    CLAIMED = "claimed"
    RELEASED = "released"
    CLAIM_ENDED = "claim_ended"
    HANDED_OVER = "handed_over"
    MOVED = "moved"
    DRAFTED = "drafted"
    DISCARDED = "discarded"
    DRAFT_SHOWN = "draft_shown"
    APPROVED = "approved"
    UNAPPROVED = "unapproved"
    ASKED_AGAIN = "asked_again"
    OBJECTED = "objected"
    OBJECTION_WITHDRAWN = "objection_withdrawn"
    ORDERED = "ordered"
    VOIDED = "voided"
    NOTED = "noted"
    CUSTOMERS_JOINED = "customers_joined"
    CUSTOMER_PARTED = "customer_parted"
    CLOSED = "closed"
    REOPENED = "reopened"
    HELD = "held"
    RESUMED = "resumed"
    ANSWERED_BY_HAND = "answered_by_hand"
    SETTLED_SENT = "settled_sent"
    SETTLED_ABSENT = "settled_absent"
    TAGGED = "tagged"
    IDEA = "idea"
    IDEA_WITHDRAWN = "idea_withdrawn"
    IDEA_MOVED = "idea_moved"
    IDEA_NAMED = "idea_named"
    IDEA_MERGED = "idea_merged"
    IDEA_SPLIT = "idea_split"
    IDEA_LINKED = "idea_linked"
    IDEA_VOTED = "idea_voted"
    IDEA_SHIPPED = "idea_shipped"
    IDEA_DECLINED = "idea_declined"
    IDEA_REOPENED = "idea_reopened"
    IDEA_TOLD = "idea_told"
    IDEA_NOT_TOLD = "idea_not_told"
    QUIET = "quiet"
    QUIET_ENDED = "quiet_ended"
    PRAISE = "praise"
    PRAISE_WITHDRAWN = "praise_withdrawn"
    QUOTE_ASKED = "quote_asked"
    QUOTE_ALLOWED = "quote_allowed"
    QUOTE_REFUSED = "quote_refused"
    STORM_JOINED = "storm_joined"
    STORM_LEFT = "storm_left"
    ESCALATED = "escalated"
    GRAVE = "grave"
    BELONGS = "belongs"
    # the clock
    REMINDED = "reminded"
    WARNED = "warned"
    OVERDUE = "overdue"
    # people: when they are there, and who knows whom
    SHIFT_ENDED = "shift_ended"
    KEPT = "kept"
    SNOOZED = "snoozed"
    UNSNOOZED = "unsnoozed"
    RETURNED = "returned"
    RETURNED_TO_ALL = "returned_to_all"
    OFFERED = "offered"
    # publishing
    READY = "ready"
    INTENT = "intent"
    SENT = "sent"
    SURFACED = "surfaced"
    THROTTLED = "throttled"
    REFUSED = "refused"
    LOST = "lost"
    UNSURE = "unsure"
    ABSENT = "absent"
    UNFIT = "unfit"
    VISIBLE = "visible"
    HIDDEN = "hidden"
    # operation
    ACCOUNT_TROUBLE = "account_trouble"
    ACCOUNT_WELL = "account_well"
    ACCOUNT_ENDING = "account_ending"
    RECOVERED = "recovered"
    SEALED = "sealed"


class Telling(StrEnum):
    """How loud. SILENT changes cards only; THREAD posts in the thread; MENTION names somebody there; CHANNEL is a
    new message in the channel."""

    SILENT = "silent"
    THREAD = "thread"
    MENTION = "mention"
    CHANNEL = "channel"


#: Everything that is not named here is silent.
TELLING: Mapping[EventKind, Telling] = {
    EventKind.CUSTOMER_REPLIED: Telling.MENTION,
    EventKind.CUSTOMER_EDITED: Telling.THREAD,
    EventKind.POST_REMOVED: Telling.THREAD,
    EventKind.POST_GONE: Telling.THREAD,
    EventKind.POST_HIDDEN: Telling.THREAD,
    EventKind.ANSWERED_ELSEWHERE: Telling.THREAD,
    EventKind.CLAIM_ENDED: Telling.THREAD,
    EventKind.HANDED_OVER: Telling.MENTION,
    EventKind.MOVED: Telling.THREAD,
    EventKind.DISCARDED: Telling.THREAD,
    EventKind.UNAPPROVED: Telling.THREAD,
    EventKind.ASKED_AGAIN: Telling.MENTION,
    EventKind.OBJECTED: Telling.MENTION,
    EventKind.VOIDED: Telling.MENTION,
    EventKind.NOTED: Telling.THREAD,
    EventKind.CUSTOMERS_JOINED: Telling.THREAD,
    EventKind.CUSTOMER_PARTED: Telling.THREAD,
    EventKind.REOPENED: Telling.THREAD,
    EventKind.CLOSED: Telling.THREAD,
    EventKind.HELD: Telling.THREAD,
    EventKind.RESUMED: Telling.THREAD,
    EventKind.ANSWERED_BY_HAND: Telling.THREAD,
    EventKind.SETTLED_SENT: Telling.THREAD,
    EventKind.SETTLED_ABSENT: Telling.MENTION,
    EventKind.IDEA_TOLD: Telling.THREAD,
    EventKind.QUIET: Telling.THREAD,
    EventKind.QUIET_ENDED: Telling.THREAD,
    EventKind.QUOTE_ALLOWED: Telling.THREAD,
    EventKind.QUOTE_REFUSED: Telling.THREAD,
    EventKind.ESCALATED: Telling.CHANNEL,
    EventKind.REMINDED: Telling.MENTION,
    EventKind.WARNED: Telling.CHANNEL,
    EventKind.OVERDUE: Telling.CHANNEL,
    EventKind.GRAVE: Telling.CHANNEL,
    EventKind.BELONGS: Telling.THREAD,
    EventKind.SHIFT_ENDED: Telling.MENTION,
    EventKind.KEPT: Telling.THREAD,
    EventKind.RETURNED: Telling.MENTION,
    EventKind.RETURNED_TO_ALL: Telling.CHANNEL,
    EventKind.SENT: Telling.THREAD,
    EventKind.SURFACED: Telling.MENTION,
    EventKind.REFUSED: Telling.MENTION,
    EventKind.UNSURE: Telling.MENTION,
    EventKind.ABSENT: Telling.THREAD,
    EventKind.UNFIT: Telling.MENTION,
    EventKind.HIDDEN: Telling.MENTION,
    EventKind.VISIBLE: Telling.THREAD,  # only where it had to wait for that
    EventKind.ACCOUNT_TROUBLE: Telling.CHANNEL,
    EventKind.ACCOUNT_WELL: Telling.CHANNEL,
    EventKind.ACCOUNT_ENDING: Telling.CHANNEL,
    EventKind.RECOVERED: Telling.CHANNEL,
}


def telling(kind: EventKind) -> Telling:
    """How loud an event of this kind is."""
    return TELLING.get(kind, Telling.SILENT)

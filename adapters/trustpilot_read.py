"""What Trustpilot says of service reviews, made ours. Any JSON gives a value or `Malformed`; nothing is asked here.

Where from: documentation-apidocumentation.trustpilot.com, and Trustpilot's own example of a webhook (2026).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from adapters.errors import Malformed
from adapters.payload import read_id, read_int, read_list, read_object, read_str, read_str_or_none, read_time
from adapters.payload import read_time_or_none as read_moment
from adapters.posts import Author
from adapters.reviews_values import Answer, Page, Review

NOBODY = "A Trustpilot user"
MOST_EVENTS = 50  # of one call


class Happened(Enum):
    """What a webhook tells. Other kinds (product reviews, tags) are passed over."""

    CREATED = "service-review-created"
    UPDATED = "service-review-updated"
    DELETED = "service-review-deleted"


@dataclass(frozen=True, slots=True)
class Event:
    """That something happened to a review. What it says is asked for: nothing shows that Trustpilot sent the call."""

    happened: Happened
    id: str


def read_review(value: object) -> Review:
    """A review, and the company's reply if there is one."""
    entry = read_object(value, "review")
    id = read_id(entry.get("id"), "review id")
    reply = entry.get("companyReply")
    return Review(
        id=id,
        stars=read_int(entry.get("stars"), "review stars"),
        title=(read_str_or_none(entry.get("title"), "review title") or "").strip(),
        words=(read_str_or_none(entry.get("text"), "review text") or "").strip(),
        author=_author(entry.get("consumer"), id),
        at=read_time(entry.get("createdAt"), "review createdAt"),
        changed=read_moment(entry.get("updatedAt"), "review updatedAt"),
        language=_language(entry.get("language")),
        url=f"https://www.trustpilot.com/reviews/{quote(id, safe='')}",
        about="verified" if entry.get("isVerified") is True else "",
        answer=None if reply is None else _reply(reply),
    )


def read_unit(value: object) -> str:
    """Whose review it is: a business unit's id, "" where that is not said."""
    unit = value.get("businessUnit") if isinstance(value, dict) else None
    id = unit.get("id") if isinstance(unit, dict) else None
    return id if isinstance(id, str) else ""


def read_reviews(value: object, *, page: int, most: int) -> Page:
    """A page of the list, which says neither how many there are nor what comes next."""
    listed = read_list(read_object(value, "reviews").get("reviews"), "reviews")
    found: list[Review] = []
    for one in listed:
        try:
            found.append(read_review(one))
        except Malformed:
            continue
    return Page(tuple(found), str(page + 1) if len(listed) >= most else "", len(listed) - len(found))


def read_events(value: object) -> tuple[Event, ...]:
    """A webhook's body. Unknown kinds are none of ours; what we know has to be readable, or it comes again."""
    listed = read_list(read_object(value, "webhook").get("events"), "webhook events")
    if len(listed) > MOST_EVENTS:
        raise Malformed("webhook events", f"{MOST_EVENTS} at most")
    found: list[Event] = []
    for one in listed:
        event = read_object(one, "webhook event")
        name = read_str(event.get("eventName"), "webhook eventName")
        if name in {kind.value for kind in Happened}:
            data = read_object(event.get("eventData"), "webhook eventData")
            found.append(Event(Happened(name), read_id(data.get("id"), "webhook id")))
    return tuple(found)


def read_said(value: object) -> str:
    """What an error says, for people."""
    entry = value if isinstance(value, dict) else {}
    said = entry.get("message") or entry.get("fault") or entry.get("error")
    return said if isinstance(said, str) else ""


# Inside


def _reply(value: object) -> Answer:
    entry = read_object(value, "review companyReply")
    created = read_time(entry.get("createdAt"), "companyReply createdAt")
    return Answer(
        words=read_str(entry.get("text"), "companyReply text"),
        at=read_moment(entry.get("updatedAt"), "companyReply updatedAt") or created,
    )


def _author(value: object, id: str) -> Author:
    consumer = value if isinstance(value, dict) else {}
    name, known = consumer.get("displayName"), consumer.get("id")
    words = read_str(name, "consumer displayName").strip() if isinstance(name, str) else ""
    if not isinstance(known, str) or not known:
        return Author(ref=f"review:{id}", handle="", name=(words or NOBODY)[:200])
    page = f"https://www.trustpilot.com/users/{quote(known, safe='')}"
    return Author(ref=f"consumer:{read_id(known, 'consumer id')}", handle="", name=(words or NOBODY)[:200], url=page)


def _language(value: object) -> str | None:
    return value if isinstance(value, str) and 1 < len(value) <= 16 else None

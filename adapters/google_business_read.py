"""What Google says of a business's reviews, made ours. Any JSON gives a value or `Malformed`; nothing is asked here.

Where from: developers.google.com/my-business, reference of v4 (2026): Review, Reviewer, ReviewReply.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from adapters.errors import Malformed
from adapters.markup import is_web_address
from adapters.payload import read_id, read_list, read_object, read_str, read_str_or_none, read_time, read_time_or_none
from adapters.posts import Author, Visibility
from adapters.reviews_values import Answer, Page, Review

NOBODY = "A Google user"
STARS: Mapping[str, int] = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
STATES: Mapping[str, Visibility] = {
    "APPROVED": Visibility.VISIBLE,
    "PENDING": Visibility.PENDING,
    "REJECTED": Visibility.REJECTED,
}
_TRANSLATED = "(Translated by Google)"
_ORIGINAL = re.compile(r"^\(Original\)\s*\n?", re.M)


def read_review(value: object, *, place: str = "") -> Review:
    """A review, and the answer to it if there is one. `place`: the business's page, where reviews can be seen."""
    entry = read_object(value, "review")
    id = read_id(entry.get("reviewId"), "review reviewId")
    at = read_time(entry.get("createTime"), "review createTime")
    reply = entry.get("reviewReply")
    return Review(
        id=id,
        stars=STARS.get(read_str_or_none(entry.get("starRating"), "review starRating") or "", 0),
        title="",
        words=original(read_str_or_none(entry.get("comment"), "review comment") or ""),
        author=_author(entry.get("reviewer"), id),
        at=at,
        changed=read_time_or_none(entry.get("updateTime"), "review updateTime") or at,
        url=place or None,
        answer=None if reply is None else read_reply(reply),
    )


def read_reviews(value: object, *, place: str = "") -> Page:
    """A page of the list."""
    entry = read_object(value, "reviews")
    listed = read_list(entry.get("reviews", []), "reviews")  # an empty list is left out
    found: list[Review] = []
    for one in listed:
        try:
            found.append(read_review(one, place=place))
        except Malformed:
            continue
    more = read_str_or_none(entry.get("nextPageToken"), "nextPageToken") or ""
    return Page(tuple(found), more, len(listed) - len(found))


def read_reply(value: object) -> Answer:
    """An answer. Before Google moderated them there was no state, and what stood there could be seen."""
    entry = read_object(value, "reply")
    state = read_str_or_none(entry.get("reviewReplyState"), "reply reviewReplyState")
    usual = Visibility.VISIBLE if state in (None, "REVIEW_REPLY_STATE_UNSPECIFIED") else Visibility.PENDING
    why = entry.get("policyViolation")
    return Answer(
        words=read_str(entry.get("comment"), "reply comment"),
        at=read_time(entry.get("updateTime"), "reply updateTime"),
        shown=STATES.get(state or "", usual),
        why=why if isinstance(why, str) else "",
    )


def original(words: str) -> str:
    """What was written, of a comment to which Google added a translation: before it or behind it."""
    if _TRANSLATED not in words:
        return words.strip()
    parted = _ORIGINAL.split(words, maxsplit=1)
    if len(parted) == 2 and words.lstrip().startswith(_TRANSLATED):
        return parted[1].strip()
    return words.partition(_TRANSLATED)[0].strip() or words.strip()


# Inside


def _author(value: object, id: str) -> Author:
    """Google gives a name and a picture, and no id: two reviews are not known to be one person's."""
    reviewer = value if isinstance(value, dict) else {}
    name = reviewer.get("displayName") if reviewer.get("isAnonymous") is not True else None
    photo = reviewer.get("profilePhotoUrl")
    words = read_str(name, "reviewer displayName").strip() if isinstance(name, str) else ""
    avatar = photo if isinstance(photo, str) and is_web_address(photo) else None
    return Author(ref=f"review:{id}", handle="", name=(words or NOBODY)[:200], avatar=avatar)

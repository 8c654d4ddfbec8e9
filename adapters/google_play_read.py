"""What Google Play says of reviews, made ours. Any JSON gives a value or `Malformed`; nothing is asked here.

Where from: the androidpublisher.v3 discovery document (rev. 20261026).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from adapters.errors import Malformed
from adapters.payload import read_id, read_int, read_list, read_object, read_str, read_str_or_none
from adapters.posts import Author
from adapters.reviews_values import Answer, Page, Review

NOBODY = "A Google user"  # authorName may be missing
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_review(value: object, *, package: str) -> Review:
    """A review: what its author says now, and the developer's reply if there is one."""
    entry = read_object(value, "review")
    id = read_id(entry.get("reviewId"), "review reviewId")
    theirs: Mapping[str, object] | None = None
    answer: Answer | None = None
    for one in read_list(entry.get("comments"), "review comments"):
        comment = read_object(one, "review comment")
        if comment.get("userComment") is not None:
            theirs = read_object(comment.get("userComment"), "review userComment")
        if comment.get("developerComment") is not None:
            answer = _answer(comment.get("developerComment"))
    if theirs is None:
        raise Malformed("review comments", "one of its author's")
    title, words = _words(theirs)
    at = read_timestamp(theirs.get("lastModified"), "review lastModified")
    name = (read_str_or_none(entry.get("authorName"), "review authorName") or "").strip()
    return Review(
        id=id,
        stars=read_int(theirs.get("starRating", 0), "review starRating"),
        title=title,
        words=words,
        # There is no id of theirs; one person has one review of an app.
        author=Author(ref=f"review:{id}", handle="", name=(name or NOBODY)[:200]),
        at=at,
        changed=at,
        language=_language(theirs.get("reviewerLanguage")),
        url=f"https://play.google.com/store/apps/details?id={quote(package)}&reviewId={quote(id)}",
        about=_about(theirs),
        answer=answer,
    )


def read_reviews(value: object, *, package: str) -> Page:
    """A page of the list."""
    entry = read_object(value, "reviews")
    listed = read_list(entry.get("reviews", []), "reviews")  # an empty list is left out
    found: list[Review] = []
    for one in listed:
        try:
            found.append(read_review(one, package=package))
        except Malformed:
            continue
    paging = entry.get("tokenPagination")
    more = read_object(paging, "tokenPagination").get("nextPageToken") if paging is not None else None
    return Page(tuple(found), read_str_or_none(more, "nextPageToken") or "", len(listed) - len(found))


def read_result(value: object) -> Answer:
    """What reviews.reply says stands there now."""
    result = read_object(read_object(value, "reply").get("result"), "reply result")
    return Answer(
        words=read_str(result.get("replyText"), "reply replyText"),
        at=read_timestamp(result.get("lastEdited"), "reply lastEdited"),
    )


def read_timestamp(value: object, where: str) -> datetime:
    """Seconds (a string: they are 64 bits) and nanoseconds."""
    entry = read_object(value, where)
    seconds, nanos = entry.get("seconds", "0"), read_int(entry.get("nanos", 0), where)
    try:
        whole = int(seconds) if isinstance(seconds, str | int) and not isinstance(seconds, bool) else None
        if whole is None:
            raise Malformed(where, "seconds")
        return EPOCH + timedelta(seconds=whole, microseconds=nanos // 1000)
    except (ValueError, OverflowError):
        raise Malformed(where, "seconds") from None


# Inside


def _answer(value: object) -> Answer:
    entry = read_object(value, "review developerComment")
    return Answer(
        words=read_str(entry.get("text"), "developerComment text"),
        at=read_timestamp(entry.get("lastModified"), "developerComment lastModified"),
    )


def _words(theirs: Mapping[str, object]) -> tuple[str, str]:
    """Title and body, as they were written: `text` may be a translation, and `originalText` is there then."""
    original = read_str_or_none(theirs.get("originalText"), "review originalText")
    said = original or read_str_or_none(theirs.get("text"), "review text") or ""
    title, tab, body = said.partition("\t")
    return (title.strip(), body.strip()) if tab else ("", said.strip())


def _language(value: object) -> str | None:
    """Of the device, as Android writes it: en_GB."""
    return value.replace("_", "-") if isinstance(value, str) and 1 < len(value) <= 16 else None


def _about(theirs: Mapping[str, object]) -> str:
    """Device, Android and the app's version, as far as they are said. Of hints nothing is required."""
    metadata = theirs.get("deviceMetadata")
    product = metadata.get("productName") if isinstance(metadata, dict) else None
    device = product if isinstance(product, str) and product else theirs.get("device")
    system, version = theirs.get("androidOsVersion"), theirs.get("appVersionName")
    said = [
        device[:80] if isinstance(device, str) else "",
        f"Android API {system}" if isinstance(system, int) and not isinstance(system, bool) else "",
        f"version {version[:40]}" if isinstance(version, str) and version else "",
    ]
    return ", ".join(one for one in said if one)

"""What App Store Connect says of reviews, made ours. Any JSON gives a value or `Malformed`; nothing is asked here.

Where from: its OpenAPI description 4.4.1 (2026-07).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from adapters.errors import Malformed
from adapters.payload import read_id, read_int, read_list, read_object, read_str, read_str_or_none, read_time
from adapters.posts import Author, Visibility
from adapters.reviews_values import Answer, Page, Review

NOBODY = "An App Store customer"
RESPONSES = "customerReviewResponses"
STATES: Mapping[str, Visibility] = {"PUBLISHED": Visibility.VISIBLE, "PENDING_PUBLISH": Visibility.PENDING}


def read_one(value: object, *, app: str) -> Review:
    """The answer of customerReviews/{id}, its response included."""
    entry = read_object(value, "review")
    return _review(entry.get("data"), _included(entry), app=app)


def read_page(value: object, *, app: str) -> Page:
    """A page of an app's customerReviews, their responses included."""
    entry = read_object(value, "reviews")
    included = _included(entry)
    listed = read_list(entry.get("data"), "reviews data")
    found: list[Review] = []
    for one in listed:
        try:
            found.append(_review(one, included, app=app))
        except Malformed:
            continue
    links = entry.get("links")
    following = read_str_or_none(read_object(links, "links").get("next"), "links next") if links is not None else None
    return Page(tuple(found), read_cursor(following), len(listed) - len(found))


def read_cursor(address: str | None) -> str:
    """What a link to the next page asks for; "" without one. The address itself is never called: it would get our
    token, wherever it leads."""
    try:
        return parse_qs(urlsplit(address or "").query).get("cursor", [""])[0]
    except ValueError:
        raise Malformed("links next", "an address") from None


def read_response(value: object) -> Answer:
    """A response, as it is listed and as a call that made it gives it."""
    entry = read_object(value, "response")
    attributes = read_object(entry.get("attributes"), "response attributes")
    state = read_str(attributes.get("state", "PENDING_PUBLISH"), "response state")
    return Answer(
        id=read_id(entry.get("id"), "response id"),
        words=read_str(attributes.get("responseBody"), "response responseBody"),
        at=read_time(attributes.get("lastModifiedDate"), "response lastModifiedDate"),
        shown=STATES.get(state, Visibility.PENDING),
    )


def read_made(value: object) -> Answer:
    """The answer of POST customerReviewResponses."""
    return read_response(read_object(value, "response").get("data"))


def read_error(value: object) -> tuple[str, str]:
    """The code of the first error, and what it says; both "" where it is none of Apple's."""
    errors = value.get("errors") if isinstance(value, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return "", ""
    code, said = first.get("code"), first.get("detail") or first.get("title")
    return code if isinstance(code, str) else "", said if isinstance(said, str) else ""


# Inside


def _included(entry: Mapping[str, object]) -> dict[str, object]:
    """The responses that came along, by their ids."""
    included = entry.get("included")
    found: dict[str, object] = {}
    for one in read_list(included, "included") if included is not None else ():
        if isinstance(one, dict) and one.get("type") == RESPONSES:
            found[read_id(one.get("id"), "included id")] = one
    return found


def _review(value: object, included: Mapping[str, object], *, app: str) -> Review:
    entry = read_object(value, "review")
    id = read_id(entry.get("id"), "review id")
    attributes = read_object(entry.get("attributes"), "review attributes")
    territory = read_str_or_none(attributes.get("territory"), "review territory")
    nickname = (read_str_or_none(attributes.get("reviewerNickname"), "review reviewerNickname") or "").strip()
    return Review(
        id=id,
        stars=read_int(attributes.get("rating"), "review rating"),
        title=(read_str_or_none(attributes.get("title"), "review title") or "").strip(),
        words=(read_str_or_none(attributes.get("body"), "review body") or "").strip(),
        # Nothing says that two nicknames are one person, nor that one is.
        author=Author(ref=f"review:{id}", handle="", name=(nickname or NOBODY)[:200]),
        at=read_time(attributes.get("createdDate"), "review createdDate"),
        # Reviews have no page of their own.
        url=f"https://apps.apple.com/app/id{app}?see-all=reviews",
        about=f"from the App Store of {territory[:8]}" if territory else "",
        answer=_answer(entry, included),
    )


def _answer(entry: Mapping[str, object], included: Mapping[str, object]) -> Answer | None:
    relationships = entry.get("relationships")
    if relationships is None:
        return None
    response = read_object(relationships, "review relationships").get("response")
    data = read_object(response, "review response").get("data") if response is not None else None
    if data is None:
        return None
    id = read_id(read_object(data, "review response").get("id"), "review response id")
    if id not in included:
        raise Malformed("included", "the response that a review names")
    return read_response(included[id])

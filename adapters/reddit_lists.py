"""What Reddit says of many things at once, made ours: listings, the inbox, subreddits, whole threads.

Every function takes any JSON and gives a value or raises `Malformed`. It makes no calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.errors import Malformed
from adapters.payload import read_id, read_list, read_object, read_str
from adapters.reddit_read import SUBREDDIT, Thing, full_name, moment, read_thing

_DEEPEST = 500  # levels of a thread; Reddit shows ten at once


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a listing, newest first. `broken`: what cannot be read, by name."""

    things: tuple[Thing, ...]
    broken: tuple[str, ...]
    after: str | None
    oldest: datetime | None  # of all that it holds, messages too


@dataclass(frozen=True, slots=True)
class Place:
    """A subreddit, as our account meets it."""

    name: str
    banned: bool  # we are
    closed: bool  # only some may comment, and we are none of them
    quarantined: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """A post with the comments under it, and the names of those that were left out."""

    things: tuple[Thing, ...]
    more: tuple[str, ...]


def read_page(value: object, *, me: str | None) -> Page:
    """A listing; what in it cannot be read is named, what is neither comment nor post left out."""
    outer = read_object(value, "listing")
    if outer.get("kind") != "Listing":
        raise Malformed("listing kind", "Listing")
    data = read_object(outer.get("data"), "listing data")
    things: list[Thing] = []
    broken: list[str] = []
    moments: list[datetime] = []
    for item in read_list(data.get("children"), "listing children"):
        inner = item.get("data") if isinstance(item, dict) else None
        entry = inner if isinstance(inner, dict) else {}
        try:
            thing = read_thing(item, me=me)
            moments.append(thing.post.at if thing else moment(entry.get("created_utc"), "created_utc"))
        except Malformed:
            name = entry.get("name")
            if isinstance(name, str) and re.fullmatch(r"t[13]_\w+", name, re.ASCII):
                broken.append(name)
            continue
        if thing is not None:
            things.append(thing)
    after = data.get("after")
    return Page(
        things=tuple(things),
        broken=tuple(broken),
        after=after if isinstance(after, str) and after else None,
        oldest=min(moments, default=None),
    )


def read_places(value: object) -> Mapping[str, Place]:
    """The subreddits among the things of /api/info, by their names (t5_…)."""
    data = read_object(read_object(value, "listing").get("data"), "listing data")
    found: dict[str, Place] = {}
    for item in read_list(data.get("children"), "listing children"):
        outer = read_object(item, "thing")
        if outer.get("kind") != "t5":
            continue
        entry = read_object(outer.get("data"), "subreddit")
        insider = entry.get("user_is_contributor") is True or entry.get("user_is_moderator") is True
        found[full_name(entry.get("name"), SUBREDDIT, "subreddit name")] = Place(
            name=read_str(entry.get("display_name"), "subreddit display_name"),
            banned=entry.get("user_is_banned") is True,
            closed=entry.get("restrict_commenting") is True and not insider,
            quarantined=entry.get("quarantine") is True,
        )
    return found


def read_tree(value: object, *, me: str | None) -> Tree:
    """The answer of /comments/…: the post's listing, and the comments' with all under them."""
    both = read_list(value, "thread")
    if len(both) != 2:
        raise Malformed("thread", "two listings")
    things = [thing for item in _children(both[0]) if (thing := read_thing(item, me=me)) is not None]
    more: list[str] = []
    for item in _below(both[1]):
        _take(item, things, more, me)
    return Tree(tuple(things), tuple(more))


def read_more(value: object, *, me: str | None) -> Tree:
    """The answer of /api/morechildren: comments in a row, not in each other."""
    entry = read_object(read_object(value, "morechildren").get("json"), "morechildren json")
    data = read_object(entry.get("data"), "morechildren data")
    things: list[Thing] = []
    more: list[str] = []
    for item in read_list(data.get("things"), "morechildren things"):
        _take(item, things, more, me)
    return Tree(tuple(things), tuple(more))


def _take(item: object, things: list[Thing], more: list[str], me: str | None) -> None:
    outer = read_object(item, "thing")
    if outer.get("kind") == "more":
        children = read_list(read_object(outer.get("data"), "more").get("children"), "more children")
        # One without names leads to a page of its own: too deep, read when somebody asks for what is there.
        more.extend(read_id(one, "more child") for one in children if one != "_")
    elif (thing := read_thing(item, me=me)) is not None:
        things.append(thing)


def _children(listing: object) -> Sequence[object]:
    data = read_object(read_object(listing, "listing").get("data"), "listing data")
    return read_list(data.get("children"), "listing children")


def _below(listing: object) -> Iterator[object]:
    """Every item of a tree of listings. Not by recursion: a payload decides how deep it is."""
    waiting = [(item, 0) for item in reversed(_children(listing))]
    while waiting:
        item, depth = waiting.pop()
        yield item
        data = item.get("data") if isinstance(item, dict) else None
        replies = data.get("replies") if isinstance(data, dict) else None
        if isinstance(replies, dict):  # "" where there are none
            if depth >= _DEEPEST:
                raise Malformed("thread", f"at most {_DEEPEST} levels")
            waiting += [(one, depth + 1) for one in reversed(_children(replies))]

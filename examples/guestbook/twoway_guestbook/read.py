"""What the guest book says, made Twoway's. Any JSON gives a value or `Malformed`; nothing is asked here."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.payload import read_id, read_int, read_list, read_object, read_str, read_time, read_time_or_none
from adapters.posts import Author, PostRef, PublicPost
from adapters.text import Text


def read_me(value: object) -> Author:
    """Who we are there."""
    return read_author(read_object(value, "me").get("author"))


def read_author(value: object) -> Author:
    entry = read_object(value, "author")
    handle = read_id(entry.get("handle"), "author handle")
    return Author(ref=handle, handle=handle, name=read_str(entry.get("name"), "author name"))


def read_entry(value: object, *, me: str) -> PublicPost:
    """One entry. The first of a thread names no entry that it stands under."""
    entry = read_object(value, "entry")
    ref = PostRef(str(read_int(entry.get("number"), "entry number")))
    under = entry.get("under")
    parent = None if under is None else PostRef(str(read_int(under, "entry under")))
    author = read_author(entry.get("author"))
    return PublicPost(
        ref=ref,
        root=PostRef(str(read_int(entry.get("thread"), "entry thread"))),
        parent=parent,
        author=author,
        text=Text.of(read_str(entry.get("words"), "entry words")),
        at=read_time(entry.get("at"), "entry at"),
        edited_at=read_time_or_none(entry.get("edited_at"), "entry edited_at"),
        url=read_str(entry.get("url"), "entry url"),
        ours=author.ref == me,
    )


def read_entries(value: object, *, me: str) -> Sequence[PublicPost]:
    return tuple(read_entry(one, me=me) for one in read_list(read_object(value, "entries").get("entries"), "entries"))

"""Whom a message of ours notifies: people, groups, everybody; whatever block says so."""

from __future__ import annotations

from collections.abc import Iterator

PINGING = {"user": "user_id", "usergroup": "usergroup_id", "broadcast": "range", "mention": "mentioned"}


def pinged(message: object) -> list[str]:
    """The ids of whom `message` (with its blocks) notifies."""
    return list(_walk(message.blocks))


def _walk(thing: object) -> Iterator[str]:
    if isinstance(thing, list):
        for one in thing:
            yield from _walk(one)
    elif isinstance(thing, dict):
        kind = thing.get("type")
        if isinstance(kind, str) and PINGING.get(kind) in thing:
            who = thing[PINGING[kind]]
            yield str(who["id"] if isinstance(who, dict) else who)
        for one in thing.values():
            yield from _walk(one)

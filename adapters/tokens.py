"""Tokens as OAuth 2.0 brings them, read from a token address's answer and from what we kept.

Getting, renewing and keeping them is left to `oauth`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from adapters.errors import Malformed
from adapters.payload import read_object, read_str, read_str_or_none, read_time_or_none


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a consent brought. `more`: other words of the answer, and what a platform's steps put there."""

    access: str = field(repr=False)
    made: datetime
    refresh: str = field(default="", repr=False)
    ends: datetime | None = None  # the access token; None: it does not end by itself
    # From when on only a person can bring another; None: not by itself.
    connect_by: datetime | None = None
    scopes: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict, repr=False)

    def to_json(self) -> str:
        """What a `Keeper` keeps."""
        return json.dumps(
            {
                "access": self.access,
                "refresh": self.refresh,
                "made": self.made.isoformat(),
                "ends": self.ends and self.ends.isoformat(),
                "connect_by": self.connect_by and self.connect_by.isoformat(),
                "scopes": list(self.scopes),
                "more": dict(self.more),
            }
        )


def read_tokens(value: object, now: datetime, *, before: Tokens | None = None) -> Tokens:
    """The answer of a token address (RFC 6749, 5.1). What it does not say is as `before`: a refresh token may stay."""
    entry = read_object(value, "tokens")
    access = read_str(entry.get("access_token"), "access_token")
    if not access or (read_str_or_none(entry.get("token_type"), "token_type") or "bearer").lower() != "bearer":
        raise Malformed("tokens", "a bearer token")
    refresh = read_str_or_none(entry.get("refresh_token"), "refresh_token")
    scope = read_str_or_none(entry.get("scope"), "scope")
    # Google: only while its consent screen is in testing. Others: as a matter of course.
    person = _after(entry.get("refresh_token_expires_in", entry.get("refresh_expires_in")), now)
    known = {"access_token", "refresh_token", "token_type", "scope", "expires_in", "id_token"}
    more = {key: str(item) for key, item in entry.items() if key not in known and _is_word(item)}
    new = Tokens(
        access=access,
        made=now,
        refresh=refresh or "",
        ends=_after(entry.get("expires_in"), now),
        connect_by=person,
        scopes=tuple((scope or "").replace(",", " ").split()),
        more=more,
    )
    if before is None:
        return new
    return replace(
        new,
        refresh=new.refresh or before.refresh,
        connect_by=person or before.connect_by,
        scopes=new.scopes or before.scopes,
        more={**before.more, **more},
    )


def read_kept(words: str) -> Tokens:
    """What `Tokens.to_json` wrote; `Malformed` for anything else."""
    try:
        given: object = json.loads(words)
    except (ValueError, RecursionError):
        raise Malformed("kept tokens", "JSON") from None
    entry = read_object(given, "kept tokens")
    made = read_time_or_none(entry.get("made"), "made")
    scopes, more = entry.get("scopes"), read_object(entry.get("more"), "more")
    if made is None or not isinstance(scopes, list):
        raise Malformed("kept tokens", "when they were made, and what for")
    access = read_str(entry.get("access"), "access")
    if not access:
        raise Malformed("kept tokens", "an access token")
    return Tokens(
        access=access,
        made=made,
        refresh=read_str(entry.get("refresh"), "refresh"),
        ends=read_time_or_none(entry.get("ends"), "ends"),
        connect_by=read_time_or_none(entry.get("connect_by"), "connect_by"),
        scopes=tuple(read_str(one, "scope") for one in scopes),
        more={key: read_str(item, "more") for key, item in more.items()},
    )


def _is_word(value: object) -> bool:
    return (isinstance(value, str) and len(value) <= 1000) or (isinstance(value, int) and not isinstance(value, bool))


def _after(value: object, now: datetime) -> datetime | None:
    """So many seconds from now; some say it in quotes. None where nothing is said, or 0: it does not end."""
    try:
        seconds = float(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else 0.0
        return now + timedelta(seconds=seconds) if seconds > 0 else None
    except (ValueError, OverflowError):
        return None

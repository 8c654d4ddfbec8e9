"""Meta's webhooks as every platform on them has them: the check of our address, signatures, calls full of changes.

Each change becomes an `Event`, or is passed over by its name. One that cannot be read does not hide the others. What
a change means is left to the platforms. Where from: docs/graph-api/webhooks, 2026, and calls recorded by restfb.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import partial

from adapters.errors import AuthFailed, Malformed
from adapters.graph_refs import Ref
from adapters.payload import read_list, read_object, read_str, read_time
from adapters.posts import Hook, HookAnswer, PublicPost
from adapters.webhooks import hub_challenge, signed


class Verb(Enum):
    """What happened to a post."""

    SAID = "said"
    EDITED = "edited"
    REMOVED = "removed"
    HIDDEN = "hidden"  # by somebody of ours, or by a filter
    SHOWN = "shown"  # again


@dataclass(frozen=True, kw_only=True)
class Event:
    """One change. `post` is what the call says. `ask`: the call does not say it all (a picture, who it was), the
    Graph API does."""

    verb: Verb
    ref: Ref
    at: datetime
    post: PublicPost | None = None
    ask: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what it tells, and what we pass over, by name, such as `feed/like/add`."""

    events: tuple[Event, ...]
    passed: tuple[str, ...]


class Passed(Exception):
    """Nothing for us; its words, if any, say why."""


#: A change or a message of an entry, with the entry's time -> what it says. `Passed`, `Malformed`.
Reader = Callable[[Mapping[str, object], datetime], Event]


def body_of(request: Hook, *, app_secret: str, verify_token: str) -> object | HookAnswer:
    """The JSON of a call that Meta signed, or the answer where there is none: the check of our address, other methods.

    `AuthFailed`: not signed with our app's secret. `Malformed`: signed, and no JSON.
    """
    if request.method == "GET":
        challenge = hub_challenge(request.query, verify_token)
        if challenge is None:
            return HookAnswer(status=403, body=b"not our verify token")
        return HookAnswer(status=200, body=challenge.encode())
    if request.method != "POST":
        return HookAnswer(status=405, allow="GET, POST")
    given = request.headers.get("x-hub-signature-256")
    if not signed(app_secret.encode(), request.body, given, prefix="sha256="):
        raise AuthFailed("The call is not signed with the app's secret.")
    try:
        body: object = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Malformed("call", "JSON") from None
    return body


def read_call(body: object, *, kind: str, me: str, change: Reader, message: Reader) -> Call:
    """A whole call about our account `me` of this `kind` (page, instagram). `Malformed`: no call of Meta's at all."""
    call = read_object(body, "call")
    about = read_str(call.get("object"), "call object")
    events: list[Event] = []
    passed: list[str] = []
    for item in read_list(call.get("entry"), "call entry"):
        entry = item if isinstance(item, dict) else {}
        if about != kind:
            passed += [f"{about}/{_name(one)}" for one in _all(entry, "changes")] or [f"{about}/nothing"]
            continue
        if str(entry.get("id")) != me:
            passed.append("another account")
            continue
        try:
            at = read_moment(entry.get("time"), "entry time")
        except Malformed:
            passed.append("an entry without a time")
            continue
        for one in _all(entry, "changes"):
            _take(events, passed, _name(one), partial(change, one, at))
        for key in ("messaging", "standby"):
            for one in _all(entry, key):
                _take(events, passed, f"{key}/{_what(one)}", partial(message, one, at))
    return Call(tuple(events), tuple(passed))


def _take(events: list[Event], passed: list[str], name: str, read: Callable[[], Event]) -> None:
    try:
        events.append(read())
    except Passed as why:
        passed.append(f"{name}{why}")
    except Malformed as error:
        passed.append(f"{name} (unreadable: {error.where})")


def _all(entry: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    found = entry.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _name(change: Mapping[str, object]) -> str:
    value = change.get("value")
    parts = [change.get("field"), *([value.get("item"), value.get("verb")] if isinstance(value, dict) else [])]
    return "/".join(part[:40] for part in parts if isinstance(part, str)) or "nothing"


def _what(item: Mapping[str, object]) -> str:
    """What a messaging event is: the key that is not always there."""
    always = {"sender", "recipient", "timestamp", "prior_message"}
    return next((str(key)[:40] for key in item if key not in always), "nothing")


def read_moment(value: object, where: str) -> datetime:
    """A time: seconds or milliseconds since 1970, or ISO 8601; never before 1970, which no chat can show."""
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            at = datetime.fromtimestamp(value / 1000 if value > 100_000_000_000 else value, UTC)
        except (ValueError, OverflowError, OSError):
            raise Malformed(where, "a time") from None
    else:
        at = read_time(value, where)
    return max(at, datetime(1970, 1, 1, tzinfo=UTC))

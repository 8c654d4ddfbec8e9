"""What X calls us for: its challenges, and the events of the Activity API. The signature is over the raw bytes.

Where from: docs.x.com/x-api/webhooks and .../activity, 2026-08. Events come again, and in another order: nothing is
remembered here of what came before; whoever stores them knows what is newer. Kinds that say nothing about a
conversation are let pass by name.
"""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from adapters.errors import AuthFailed, Malformed
from adapters.payload import read_list, read_object, read_str
from adapters.posts import Heard, Hook, HookAnswer, Posted, PostRef, PublicPost, Removed
from adapters.webhooks import Spelling, crc_answer, signed
from adapters.x_calls import Calls
from adapters.x_content import string
from adapters.x_posts import Posts
from adapters.x_read import Us, histories_of, is_repost, lacks_author, read_included, read_post
from adapters.x_refs import read_post_id
from adapters.x_watch import Watch

log = logging.getLogger(__name__)

SIGNATURE = "x-twitter-webhooks-signature"
GONE = 5000  # deletions that the process remembers; after a restart the next look at the post tells


class Says(Enum):
    """What an event means to us."""

    SPOKEN = "somebody says something to us"
    WRITTEN = "a post of whoever is watched: perhaps ours, perhaps another version"
    DELETED = "a post is gone"
    REVOKED = "somebody withdrew our access"


EVENTS: Mapping[str, Says] = {
    "post.mention.create": Says.SPOKEN,
    "post.reply.create": Says.SPOKEN,
    "post.quote.create": Says.SPOKEN,
    "post.create": Says.WRITTEN,
    "post.delete": Says.DELETED,
    "oauth.revoke": Says.REVOKED,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its kind by X's name; a post, an id, or neither, by what it says."""

    kind: str
    says: Says | None  # None: nothing to us, or to another account of the app
    post: PublicPost | None = None
    id: str | None = None
    histories: tuple[tuple[str, ...], ...] = ()  # of all edited posts that came with it


def read_events(body: bytes, *, us: Us) -> tuple[Event, ...]:
    """The events of one call, in either envelope. `Malformed` for what is none."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("webhook", "JSON") from None
    entry = read_object(value, "webhook")
    if entry.keys() & {"for_user_id", "user_event"}:  # the Account Activity API, which X is about to end
        deleted = read_list(entry.get("tweet_delete_events", []), "webhook deletions")
        return tuple(_deleted("tweet_delete_events", read_object(one, "deletion").get("status")) for one in deleted)
    data = entry.get("data")
    return tuple(read_event(one, us=us) for one in (data if isinstance(data, list) else [data]))


def read_event(value: object, *, us: Us) -> Event:
    """One event of the Activity API; a kind that we do not know is no error."""
    entry = read_object(value, "event")
    kind = read_str(entry.get("event_type"), "event type")
    says = EVENTS.get(kind)
    if says in (Says.SPOKEN, Says.REVOKED) and _whose(entry, us) != us.id:
        return Event(kind, None)
    match says:
        case Says.DELETED:
            return _deleted(kind, entry.get("payload"))
        case Says.SPOKEN | Says.WRITTEN:
            payload = read_object(entry.get("payload"), "event payload")
            if is_repost(payload) or not payload:
                return Event(kind, None)
            included = read_included(entry.get("includes", payload.get("includes")))
            histories = histories_of((payload, *included.posts.values()))
            return Event(kind, says, read_post(payload, included, us=us), histories=histories)
        case _:
            return Event(kind, says)


def _whose(entry: Mapping[str, object], us: Us) -> str:
    """Whose event it is: accounts of one app have one secret, and X calls every webhook that asked. Ours if unsaid."""
    given = entry.get("filter")
    return (string(given.get("user_id")) if isinstance(given, dict) else "") or us.id


def _deleted(kind: str, value: object) -> Event:
    id = read_post_id(read_object(value, "deletion").get("id"), "deletion id")
    return Event(kind, Says.DELETED, id=id)


class Hooks:
    """One account's door for X. `secret` is the app's API key secret."""

    def __init__(self, posts: Posts, calls: Calls, watch: Watch, *, secret: str, price: Decimal) -> None:
        self._posts = posts
        self._watch = watch
        self._calls = calls
        self._price = price  # an event of a post costs as much as reading it
        self._secret = secret.encode()
        self._gone: OrderedDict[str, None] = OrderedDict()  # ids of posts that were deleted, as X named them

    def challenge(self, request: Hook) -> HookAnswer:
        """X asks whether we know the secret, when the webhook is made and again and again.

        Anybody may ask, and the answer is made as the signature of a call is: what could be the body of a call (always
        an object, so with a brace) is not signed.
        """
        token = request.query.get("crc_token")
        if not self._secret or not token or "{" in token:
            return HookAnswer(status=400 if self._secret else 404)
        body = json.dumps(dict(crc_answer(token, self._secret))).encode()
        return HookAnswer(status=200, body=body, content_type="application/json")

    def check(self, request: Hook) -> None:
        """`AuthFailed` for what X has not signed."""
        given = request.headers.get(SIGNATURE)
        if not signed(self._secret, request.body, given, spelling=Spelling.BASE64, prefix="sha256="):
            raise AuthFailed("The call is not signed with the app's API key secret.")

    async def heard(self, request: Hook, *, us: Us) -> tuple[Heard, ...]:
        """What the events say. May ask X for a post that came without its author: raises as reading does."""
        heard: list[Heard] = []
        for event in read_events(request.body, us=us):
            for history in event.histories:
                self._posts.versions.learn(history)
            # A deletion names one version. Where it came before we knew of which post, it is that post's all the same.
            gone = [history[0] for history in event.histories if not self._gone.keys().isdisjoint(history)]
            heard += [Removed(PostRef(id)) for id in gone]
            if event.id is not None:
                self._gone[event.id] = None
                while len(self._gone) > GONE:
                    self._gone.popitem(last=False)
                heard.append(Removed(PostRef(self._posts.versions.first(event.id))))
            elif event.post is not None and event.post.ref.id in gone:
                log.info("told of a post that is deleted already")
            elif event.post is not None:
                await self._calls.pay(self._price)
                heard += await self._spoken(event, event.post, us)
            elif event.says is Says.REVOKED:
                log.warning("our access was withdrawn on X")
            else:
                log.info("an event that says nothing to us: %s", event.kind)
        self._watch.note(one.post.author.ref for one in heard if isinstance(one, Posted) and not one.post.ours)
        return tuple(heard)

    async def _spoken(self, event: Event, post: PublicPost, us: Us) -> list[Heard]:
        ours, edited = post.ours, post.edited_at is not None
        if event.says is Says.WRITTEN and not ours and not edited and not post.extra.get("summoned"):
            return []  # somebody who is watched says something to somebody else
        if lacks_author(post) or post.extra.get("summoned") is None:
            now = await self._posts.one(post.ref, us=us)
            if isinstance(now, PublicPost):
                return [Posted(now)]
            if lacks_author(post):
                return []  # gone since
        return [Posted(self._posts.named(post))]

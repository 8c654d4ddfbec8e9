"""What stands on Bluesky: people, their posts, gates, blocks, notifications; and who sees what.

No HTTP here. The PDS keeps a record as soon as it is written; the AppView shows it when it has indexed it.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.bluesky.lexicon import POSTS, Rejected, check_post, cid_of, read_uri, tid
from sandbox.square.changes import Changes

# A reply tells the authors of so many posts above it: REPLY_NOTIF_DEPTH in packages/bsky plugins/post.ts.
_DEPTH = 5
_MENTION = re.compile(r"(?:^|(?<=[\s(]))@([a-z0-9-]+(?:\.[a-z0-9-]+)+)")
_LINK = re.compile(r"https?://[^\s)]*[^\s).,;:!?]")
_TAG = re.compile(r"(?:^|(?<=\s))#(\w*[^\W\d]\w*)")


@dataclass(slots=True)
class Person:
    """An account."""

    did: str
    handle: str
    name: str
    followers: int = 0
    labels: set[str] = field(default_factory=set)
    gone: str | None = None  # deleted, suspended, deactivated


@dataclass(slots=True)
class Post:
    """A record in somebody's repository. `written` is when the PDS took this version."""

    author: Person
    key: str
    value: Mapping[str, object]
    cid: str
    written: datetime
    pictures: tuple[str, ...] = ()

    @property
    def uri(self) -> str:
        return f"at://{self.author.did}/{POSTS}/{self.key}"

    @property
    def text(self) -> str:
        return str(self.value["text"])

    @property
    def sort_at(self) -> datetime:
        return min(datetime.fromisoformat(str(self.value["createdAt"])), self.written)

    def ref(self) -> dict[str, object]:
        return {"uri": self.uri, "cid": self.cid}

    def answers(self, name: str = "parent") -> str | None:
        reply = self.value.get("reply")
        return str(reply[name]["uri"]) if isinstance(reply, dict) else None


@dataclass(slots=True)
class Notification:
    """Somebody mentioned, quoted or answered us (or liked us). Its post may change or vanish under it."""

    uri: str
    reason: str
    person: Person
    indexed: datetime
    subject: str | None = None
    read: bool = False


@dataclass(slots=True)
class Gate:
    """Who may answer under a root; None: everybody. `hidden` are answers that its author hides."""

    allow: frozenset[str] | None = None
    hidden: set[str] = field(default_factory=set)


Emit = Callable[[str, Person, dict[str, object]], None]


class World:
    """One network, as the company's account meets it."""

    def __init__(self, *, account: str, clock: Callable[[], datetime], emit: Emit) -> None:
        self.clock = clock
        self.changes = Changes()
        self.people: dict[str, Person] = {}
        self.posts: dict[str, Post] = {}
        self.gates: dict[str, Gate] = {}
        self.blocks: set[tuple[str, str]] = set()  # who blocks, who is blocked
        self.notifications: list[Notification] = []
        self.lag = timedelta(0)
        self.blobs: dict[str, bytes] = {}
        self._emit = emit
        self._last_micros = 0
        self.us = self.person(account, followers=1200)
        self.us.labels.add("bot")

    # People

    def person(self, handle: str, *, name: str | None = None, followers: int | None = None) -> Person:
        """The person with this handle (`lea` is `lea.test`), made if new."""
        handle = handle.lstrip("@").lower()
        handle = handle if "." in handle else f"{handle}.test"
        found = next((one for one in self.people.values() if one.handle == handle), None)
        if found is None:
            digest = hashlib.sha256(handle.encode()).digest()
            did = "did:plc:" + base64.b32encode(digest).decode().lower()[:24]
            found = self.people[did] = Person(did, handle, handle.split(".")[0].title())
        found.name = found.name if name is None else name
        found.followers = found.followers if followers is None else followers
        return found

    def whose(self, handle: str) -> Person | None:
        return next((one for one in self.people.values() if one.handle == handle.lower() or one.did == handle), None)

    def leave(self, person: Person, status: str = "deleted") -> None:
        """The account is deleted, suspended or deactivated; its posts are seen no more."""
        person.gone = status
        self._emit("account", person, {"active": False, "did": person.did, "status": status})
        self.changes.tell()

    def block(self, one: Person, other: Person) -> None:
        self.blocks.add((one.did, other.did))
        self.changes.tell()

    def blocked(self, one: Person, other: Person) -> bool:
        return (one.did, other.did) in self.blocks or (other.did, one.did) in self.blocks

    # Writing

    def next_key(self) -> str:
        micros = int(self.clock().timestamp() * 1_000_000)
        self._last_micros = max(self._last_micros + 1, micros)
        return tid(self._last_micros)

    def put(self, author: Person, key: str, record: object, *, pictures: Sequence[str] = ()) -> Post:
        """Write a record under a key, new or over another one, and tell whom it concerns."""
        value = check_post(record)
        before = self.posts.get(f"at://{author.did}/{POSTS}/{key}")
        drawn = tuple(pictures) if before is None else before.pictures
        post = Post(author, key, value, cid_of(value), self.clock(), drawn)
        self.posts[post.uri] = post
        commit = {"rev": self.next_key(), "operation": "update" if before else "create", "collection": POSTS}
        self._emit("commit", author, {**commit, "rkey": key, "record": dict(value), "cid": post.cid})
        if before is None:
            self._notify_of(post)
        self.changes.tell()
        return post

    def keep_blob(self, body: bytes, kind: str) -> dict[str, object]:
        """Bytes that wait for a record to name them."""
        link = "bafkrei" + base64.b32encode(hashlib.sha256(body).digest()).decode().lower().rstrip("=")
        self.blobs[link] = body
        return {"$type": "blob", "ref": {"$link": link}, "mimeType": kind, "size": len(body)}

    def known_blob(self, blob: Mapping[str, object]) -> None:
        """The reference PDS (repo/prepare.ts): a record names only blobs that were uploaded before."""
        ref = blob.get("ref")
        link = str(ref.get("$link")) if isinstance(ref, dict) else ""
        if link not in self.blobs:
            raise Rejected(400, "InvalidRequest", f"Could not find blob: {link}")
        if blob.get("size") != len(self.blobs[link]):
            raise Rejected(400, "InvalidRequest", "Referenced Size does not match stored blob")

    def remove(self, uri: str) -> None:
        """The author deletes it. What answers it stays."""
        post = self.posts.pop(uri, None)
        if post is None:
            return
        commit: dict[str, object] = {
            "rev": self.next_key(),
            "operation": "delete",
            "collection": POSTS,
            "rkey": post.key,
        }
        self._emit("commit", post.author, commit)
        self.changes.tell()

    def record(
        self,
        words: str,
        *,
        parent: Post | None = None,
        at: datetime | None = None,
        language: str | None = None,
        quotes: Post | None = None,
        pictures: Sequence[str] = (),
    ) -> dict[str, object]:
        """A record as the official client writes one: mentions, links and tags marked, the reply's root carried on."""
        value: dict[str, object] = {
            "$type": POSTS,
            "text": words,
            "createdAt": stamp(at or self.clock()),
            "langs": [language or "en"],
        }
        if facets := self._facets(words):
            value["facets"] = facets
        if parent is not None:
            reply = parent.value.get("reply")
            root = dict(reply["root"]) if isinstance(reply, dict) else parent.ref()
            value["reply"] = {"root": root, "parent": parent.ref()}
        if quotes is not None:
            value["embed"] = {"$type": "app.bsky.embed.record", "record": quotes.ref()}
        elif pictures:
            images = [{"alt": alt, "image": {"$type": "blob", "mimeType": "image/png"}} for alt in pictures]
            value["embed"] = {"$type": "app.bsky.embed.images", "images": images}
        return value

    def _facets(self, words: str) -> list[dict[str, object]]:
        kind = "app.bsky.richtext.facet#"
        people = [(match, self.whose(match[1])) for match in _MENTION.finditer(words)]
        kind = "app.bsky.richtext.facet#"
        people = [(match, self.whose(match[1])) for match in _MENTION.finditer(words)]
        found = [
            *((*match.span(), {"$type": f"{kind}mention", "did": who.did}) for match, who in people if who is not None),
            *((*match.span(), {"$type": f"{kind}link", "uri": match[0]}) for match in _LINK.finditer(words)),
            *((*match.span(), {"$type": f"{kind}tag", "tag": match[1]}) for match in _TAG.finditer(words)),
        ]
        return [
            {
                "index": {"byteStart": len(words[:start].encode()), "byteEnd": len(words[:end].encode())},
                "features": [feature],
            }
            for start, end, feature in sorted(found, key=lambda one: one[0])
        ]

    def _notify_of(self, post: Post) -> None:
        """Once a post at most: a mention first, then a quote, then an answer within five posts."""
        if post.author is self.us:
            return
        if self.us.did in _mentioned(post.value):
            self.notify("mention", post)
        elif (quoted := _quoted(post.value)) and quoted.startswith(f"at://{self.us.did}/"):
            self.notify("quote", post, subject=quoted)
        else:
            above = post.answers()
            for _ in range(_DEPTH):
                if above is None:
                    return
                if above.startswith(f"at://{self.us.did}/"):
                    self.notify("reply", post, subject=above)
                    return
                parent = self.posts.get(above)
                above = parent.answers() if parent else None

    def notify(self, reason: str, post: Post, *, subject: str | None = None) -> None:
        self.notifications.append(Notification(post.uri, reason, post.author, self.clock(), subject))
        self.changes.tell()

    # Reading

    def indexed(self, post: Post) -> bool:
        """Whether the AppView has this version."""
        return self.clock() - post.written >= self.lag

    def shown(self, uri: str) -> Post | None:
        """The post, if the AppView has it and its author is there."""
        post = self.posts.get(uri)
        return None if post is None or post.author.gone or not self.indexed(post) else post

    def replies(self, uri: str) -> list[Post]:
        """Direct answers that stand, oldest first."""
        return sorted((one for one in self.posts.values() if one.answers() == uri), key=lambda one: one.sort_at)

    def reply_disabled(self, post: Post) -> bool:
        """Whether the gate of the thread keeps us out."""
        root = self.posts.get(post.answers("root") or post.uri)
        gate = self.gates.get(root.uri) if root else None
        if root is None or gate is None or gate.allow is None or root.author is self.us:
            return False
        allowed = ("mentioned" in gate.allow and self.us.did in _mentioned(root.value)) or self.us.did in gate.allow
        return not allowed

    def find(self, uri: str) -> Post:
        read_uri(uri)
        post = self.posts.get(uri)
        if post is None:
            raise Rejected(400, "NotFound", f"Post not found: {uri}")
        return post


def _mentioned(value: Mapping[str, object]) -> set[str]:
    facets = value.get("facets", [])
    features = [one for facet in facets for one in facet["features"]] if isinstance(facets, list) else []
    return {str(one["did"]) for one in features if "did" in one}


def _quoted(value: Mapping[str, object]) -> str:
    embed = value.get("embed")
    record = embed.get("record") if isinstance(embed, dict) else None
    return str(record.get("uri", "")) if isinstance(record, dict) else ""


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_now() -> datetime:
    return datetime.now(UTC)

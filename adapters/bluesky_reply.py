"""What goes out on Bluesky: the record of a reply, whether it may stand there, and the receipt for it.

Sending it, and looking for it, is left to others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.bluesky_calls import Calls
from adapters.bluesky_facets import detect, mentioned, with_dids
from adapters.bluesky_posts import Posts
from adapters.bluesky_read import Place, cid_of, error_name, read_place
from adapters.bluesky_refs import POSTS, Uri, page, parse, post_of, read_did, stamp
from adapters.bluesky_session import Session
from adapters.errors import Lost, Malformed, Reason, Refused
from adapters.http import Clock, good_body
from adapters.payload import JSON, read_object
from adapters.pictures import Picture
from adapters.posts import PostRef, Receipt, Refusal, Reply
from adapters.text import Mark, Text

PARENTS = 1000  # lexicons/app/bsky/feed/getPostThread.json


class Replies:
    """Makes replies of one account. It asks, and never writes. Errors are those of reading."""

    def __init__(self, calls: Calls, posts: Posts, *, clock: Clock) -> None:
        self._calls = calls
        self._posts = posts
        self._clock = clock

    async def place(self, ref: PostRef) -> Place:
        """The post that would be answered, with what would keep us from it."""
        uri = post_of(ref)
        if uri is None:
            return Place(post=None)
        session = await self._calls.session()
        asked = [("uri", str(uri)), ("depth", "0"), ("parentHeight", str(PARENTS))]
        answer = await self._calls.ask("app.bsky.feed.getPostThread", asked)
        if error_name(answer.body) == "NotFound":
            return Place(post=None)
        return read_place(good_body(answer, "thread"), me=session.did)

    async def record(self, reply: Reply) -> dict[str, JSON]:
        """The record to be sent. `Refused` where what we answer is gone."""
        words = reply.text.plain
        dids = {handle: did for handle in mentioned(words) if (did := await self.resolve(handle)) is not None}
        parent: JSON = {"uri": reply.parent.id, "cid": reply.extra.get("cid") or await self._cid_of(reply.parent)}
        record: dict[str, JSON] = {
            "$type": POSTS,
            "text": words,
            "createdAt": stamp(min(reply.attempts, default=self._clock())),
            "reply": {"root": reply.extra.get("root") or parent, "parent": parent},
        }
        if facets := [one.to_json() for one in with_dids(detect(words), dids)]:
            record["facets"] = facets
        if reply.language:
            record["langs"] = [reply.language]
        if reply.pictures:
            record["embed"] = embed_of(reply.pictures)
        return record

    async def resolve(self, handle: str) -> str | None:
        """Whose handle it is; None if it is nobody's."""
        answer = await self._calls.ask("com.atproto.identity.resolveHandle", [("handle", handle)])
        if not answer.good:
            return None
        return read_did(read_object(answer.body, "resolveHandle").get("did"), "resolveHandle did")

    async def _cid_of(self, ref: PostRef) -> str:
        session = await self._calls.session()
        found = (await self._posts.get([ref.id], me=session.did)).get(ref.id)
        if found is None:
            raise Refused(Reason.GONE, "The post we answer is not there any more.")
        return cid_of(found)


def embed_of(pictures: Sequence[Picture]) -> JSON:
    """lexicons/app/bsky/embed/images.json. `Refused` where one was not uploaded: without it it was not approved."""
    images: list[JSON] = []
    for one in pictures:
        if not isinstance(one.handle, dict):
            raise Refused(Reason.INVALID, "A picture was not uploaded.")
        ratio: JSON = {"width": one.width, "height": one.height}
        images.append({"alt": one.alt, "image": one.handle, "aspectRatio": ratio})
    return {"$type": "app.bsky.embed.images", "images": images}


def refusal_of(place: Place) -> Refusal | None:
    """Why we may not answer there, as the AppView tells. The server itself would take the answer, and nobody see it."""
    if place.blocked:
        return Refusal(Reason.NOT_ALLOWED, "The author and this account have blocked each other, or one the other.")
    if place.post is None:
        return Refusal(Reason.GONE, "The post is deleted, or not visible to us any more.")
    if place.gated:
        return Refusal(Reason.NOT_ALLOWED, "Whoever began this thread lets only some people answer in it.")
    if place.root_blocked:
        return Refusal(Reason.NOT_ALLOWED, "Whoever began this thread and this account have blocked each other.")
    return None


def receipt_for(body: object, uri: Uri, session: Session, record: Mapping[str, JSON]) -> Receipt:
    """From the answer to a call that the server accepted; one that names another record is `Lost`."""
    try:
        entry = read_object(body, "putRecord")
    except Malformed as error:
        raise Lost(f"accepted, but the answer cannot be read: {error}") from error
    if parse(str(entry.get("uri"))) != uri:
        raise Lost("accepted, but the answer names another record")
    return Receipt(
        ref=PostRef(str(uri)),
        url=page(uri, session.handle),
        at=datetime.fromisoformat(str(record["createdAt"])),
        text=str(record["text"]),
        extra={"cid": str(entry.get("cid"))},
        pictures=_pictures_in(record),  # a record is kept as it was sent, or not at all
    )


def _pictures_in(record: Mapping[str, JSON]) -> int:
    embed = record.get("embed")
    images = embed.get("images") if isinstance(embed, dict) else None
    return len(images) if isinstance(images, list) else 0


# What a reply loses because a post has only links, mentions and tags.
_LOSSES: Mapping[Mark, str] = {
    Mark.QUOTE: "quotes become lines with >",
    Mark.CODE: "code becomes plain words",
    Mark.EMPHASIS: "emphasis becomes plain words",
    Mark.STRONG: "bold becomes plain words",
}


def losses(text: Text) -> tuple[str, ...]:
    marks = text.marks()
    lost = [phrase for mark, phrase in _LOSSES.items() if mark in marks]
    if any(s.mark is Mark.LINK and s.target and s.words not in ("", s.target) for s in text.spans):
        lost.append("labels of links stand beside their addresses")
    return tuple(lost)

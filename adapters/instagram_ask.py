"""What stands on an Instagram account now: comments one by one, many at once, whole threads, and what is new.

Mentions elsewhere cannot be listed: webhooks tell of them, and each can be asked for by its ids.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from adapters.errors import AuthFailed, Malformed, Throttled, Unreachable
from adapters.graph import Graph, NotOffered, NotPermitted, NotThere, read_page
from adapters.graph_chats import FIELDS as MESSAGE_FIELDS
from adapters.graph_chats import Chats
from adapters.graph_refs import Kind, Ref, parse
from adapters.http import Clock
from adapters.instagram_read import (
    COMMENT_FIELDS,
    MEDIA_FIELDS,
    MENTIONED,
    MENTIONED_MEDIA,
    REPLY_FIELDS,
    Seen,
    parts_of,
    read_comment,
    read_media,
    read_mention,
    with_replies,
)
from adapters.payload import read_object
from adapters.posts import Author, PostRef, PublicPost, Unavailable

log = logging.getLogger(__name__)

AT_ONCE = 25  # ids in one question; Meta takes 50
PAGE = 25
LINKS = 5000
UNSEEN = "deleted, or not visible to us any more"
HIDDEN = "hidden on Instagram"


class Asking:
    """One account's view. `me` gives it. Errors are those of reading."""

    def __init__(
        self,
        graph: Graph,
        chats: Chats,
        *,
        me: Callable[[], Author],
        posts_back: timedelta,
        messages: bool,
        clock: Clock,
    ) -> None:
        self._graph = graph
        self._chats = chats
        self._me = me
        self._posts_back = posts_back
        self._messages = messages
        self._clock = clock
        self._links: OrderedDict[str, str] = OrderedDict()  # media -> where it stands
        self._closed = False  # Meta does not let us ask for messages

    # One by one

    async def comment(self, ref: Ref) -> Seen:
        return read_comment(await self._graph.get(ref.path, [("fields", COMMENT_FIELDS)]), me=self._me())

    async def mention(self, ref: Ref) -> PublicPost:
        media, comment = parts_of(ref)
        field = f"mentioned_comment.comment_id({comment}){{{MENTIONED}}}"
        if not comment:
            field = f"mentioned_media.media_id({media}){{{MENTIONED_MEDIA}}}"
        return read_mention(await self._graph.get(f"/{self._me().ref}", [("fields", field)]), ref)

    async def link(self, media: str | None) -> str | None:
        """Where media of ours stands; None where that cannot be had now: no reason not to hear a comment."""
        if media is not None and media not in self._links:
            try:
                found = read_object(
                    await self._graph.get(Ref(Kind.POST, media).path, [("fields", "permalink")]), "media"
                )
                self._links[media] = str(found.get("permalink") or "")
            except (AuthFailed, Unreachable, Throttled, Malformed) as error:
                log.info("where a comment stands is not known: %s", type(error).__name__)
                return None
            while len(self._links) > LINKS:
                self._links.popitem(last=False)
        return None if media is None else self._links[media] or None

    # Many

    async def fetch(self, refs: Iterable[PostRef]) -> Mapping[PostRef, PublicPost | Unavailable]:
        """Each as it is now. Instagram does not say of what it does not show whether it was deleted."""
        wanted = {ref: parse(ref) for ref in dict.fromkeys(refs)}
        found: dict[PostRef, PublicPost | Unavailable] = {ref: Unavailable(ref, UNSEEN) for ref in wanted}
        for kind, fields in ((Kind.COMMENT, COMMENT_FIELDS), (Kind.MESSAGE, MESSAGE_FIELDS)):
            ids = [ref for ref in wanted.values() if ref is not None and ref.kind is kind]
            for start in range(0, len(ids), AT_ONCE):
                nodes = await self._nodes(fields, ids[start : start + AT_ONCE])
                found |= {ref.post: self._as_it_is(ref, nodes[ref.id]) for ref in ids if ref.id in nodes}
        for ref in wanted.values():
            if ref is not None and ref.kind is Kind.MENTION:
                try:
                    found[ref.post] = await self.mention(ref)
                except (NotThere, NotPermitted, Malformed):
                    continue
        return found

    async def _nodes(self, fields: str, refs: Sequence[Ref]) -> Mapping[str, object]:
        """Many in one call. One that is gone makes Meta refuse all of them: then by halves."""
        if not refs:
            return {}
        try:
            asked = [("ids", ",".join(ref.id for ref in refs)), ("fields", fields)]
            return read_object(await self._graph.get("/", asked), "nodes")
        except (NotThere, NotPermitted, NotOffered):
            if len(refs) == 1:
                return {}
        half = len(refs) // 2
        return {**await self._nodes(fields, refs[:half]), **await self._nodes(fields, refs[half:])}

    def _as_it_is(self, ref: Ref, node: object) -> PublicPost | Unavailable:
        try:
            if ref.kind is Kind.MESSAGE:
                return self._chats.read(node)
            seen = read_comment(node, me=self._me())
        except Malformed as error:
            log.error("%s cannot be read: %s", ref.kind.value, error)
            return Unavailable(ref.post, "we cannot read what Instagram sends for this post")
        return Unavailable(ref.post, HIDDEN) if seen.hidden and not seen.post.ours else seen.post

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        """The whole conversation, oldest first."""
        asked = parse(ref)
        try:
            found = () if asked is None else await self._thread(asked)
        except NotThere:
            return ()
        there = any(post.ref == ref for post in found) or (asked is not None and asked.kind is Kind.CHAT)
        return tuple(sorted(found, key=lambda post: post.at)) if there else ()

    async def _thread(self, asked: Ref) -> Sequence[PublicPost]:
        match asked.kind:
            case Kind.COMMENT:
                seen = await self.comment(asked)
                top = seen.post.extra.get("top")
                first = seen if not isinstance(top, str) else await self.comment(Ref(Kind.COMMENT, top))
                above = parse(first.post.ref)
                assert above is not None
                return [first.post, *[one.post async for one in self.replies(above)]]
            case Kind.MENTION:
                return [await self.mention(asked)]
            case Kind.MESSAGE:
                found = self._chats.read(await self._graph.get(asked.path, [("fields", MESSAGE_FIELDS)]))
                return await self._thread(Ref(Kind.CHAT, str(found.extra["chat"])))
            case Kind.CHAT:
                return list(reversed([post async for post in self._chats.with_(asked)]))
            case _:
                return ()

    async def replies(self, top: Ref) -> AsyncIterator[Seen]:
        """Every answer under a comment of the first level, oldest first."""
        asked = [("fields", f"{REPLY_FIELDS},media{{id,permalink}}"), ("limit", "50")]
        async for items in self._graph.pages(f"{top.path}/replies", asked):
            for item in items:
                yield read_comment(item, me=self._me(), top=top)

    # What is new

    async def everything(self, floor: datetime, *, deep: bool) -> AsyncIterator[tuple[PublicPost, bool]]:
        """Comments under our media, and messages. `deep`: under older media as well."""
        oldest = self._clock() - self._posts_back
        asked = [("fields", MEDIA_FIELDS), ("limit", str(PAGE))]
        async for items in self._graph.pages(f"/{self._me().ref}/media", asked):
            reached = False
            for item in items:
                at, inside, link = read_media(item)
                reached = reached or at < oldest
                async for seen in self._under(item, inside, link, floor):
                    yield seen.post, seen.hidden
            if reached or not deep:
                break
        if not self._messages or self._closed:
            return
        try:
            async for post in self._chats.since(floor):
                yield post, False
        except (NotPermitted, NotOffered, NotThere) as error:
            self._closed = True
            log.warning("Meta does not let us ask for messages: %s", error)

    async def _under(
        self, item: object, inside: Sequence[object], link: str | None, floor: datetime
    ) -> AsyncIterator[Seen]:
        """What came since, of the comments under media. An old comment may have a new answer, if it is in sight."""
        there = [seen for one in inside for seen in self._readable(one, link)]
        for seen in there:
            if seen.post.at >= floor:
                yield seen
        media = read_object(item, "media")
        comments = media.get("comments")
        if not there or there[-1].post.at < floor or read_page(comments)[1] is None:
            return
        fields = f"{REPLY_FIELDS},replies.limit(50){{{REPLY_FIELDS}}}"
        where = f"{Ref(Kind.POST, str(media.get('id'))).path}/comments"
        async for items in self._graph.pages(where, [("fields", fields), ("limit", "50")]):
            for one in items:
                there = self._readable(one, link)
                for seen in there:
                    if seen.post.at >= floor:
                        yield seen
                if there and there[-1].post.at < floor:
                    return

    def _readable(self, item: object, link: str | None) -> list[Seen]:
        """A comment with its answers, newest first. One that cannot be read must not hide the others."""
        try:
            return list(with_replies(item, me=self._me(), link=link))
        except Malformed as error:
            log.error("a comment cannot be read: %s", error)
            return []

"""What stands on a Page now: posts asked for one by one, many at once, and as whole threads.

Facebook marks no edit of a comment. An edit is other words under the same id; so a mark of what was seen is kept.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from adapters.errors import Malformed
from adapters.facebook_read import (
    COMMENT_FIELDS,
    POST_FIELDS,
    STORY_FIELDS,
    Comment,
    Standing,
    read_author,
    read_comment,
    read_post,
    read_story,
)
from adapters.graph import Graph, NotOffered, NotPermitted, NotThere
from adapters.graph_chats import FIELDS as MESSAGE_FIELDS
from adapters.graph_chats import Chats
from adapters.graph_refs import Kind, Ref, parse
from adapters.graph_rounds import mark_of
from adapters.http import Clock
from adapters.payload import read_object
from adapters.posts import PostRef, PublicPost, Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE = 25  # ids in one question; Meta takes 50 (docs/graph-api/overview, multiple ids)
REMEMBERED = 20_000
UNSEEN = "deleted, or not visible to us any more"
HIDDEN = "hidden on the Page"

_FIELDS: Mapping[Kind, str] = {
    Kind.COMMENT: COMMENT_FIELDS,
    Kind.POST: POST_FIELDS,
    Kind.REVIEW: STORY_FIELDS,
    Kind.MESSAGE: MESSAGE_FIELDS,
}


class Asking:
    """One Page's view. `me` gives its id. Errors are those of reading."""

    def __init__(self, graph: Graph, chats: Chats, *, me: Callable[[], str], clock: Clock) -> None:
        self._graph = graph
        self._chats = chats
        self._me = me
        self._clock = clock
        self._ours: OrderedDict[str, bool] = OrderedDict()  # a post -> whether the Page itself wrote it
        self._verdicts: OrderedDict[str, str] = OrderedDict()  # a review -> what it says besides its words
        self._seen: OrderedDict[str, tuple[str, datetime | None]] = OrderedDict()

    # What was seen

    def marked(self, post: PublicPost) -> PublicPost:
        """The post as it stands now, with the time at which it was edited as we saw it."""
        now = mark_of(post)
        before, edited = self._seen.pop(post.ref.id, (now, post.edited_at))
        if before != now:
            edited = max(self._clock(), post.at)
        _keep(self._seen, post.ref.id, (now, edited))
        return replace(post, edited_at=edited)

    def told(self, post: PublicPost, *, edited_at: datetime | None = None) -> PublicPost:
        """The post as a call has it, `edited_at` being when it was edited into this. Calls come late, again, and in
        another order: none of them makes older what was seen."""
        now = mark_of(post)
        at = None if edited_at is None else max(edited_at, post.at)
        before, edited = self._seen.get(post.ref.id, (now, None))
        newest = at if edited is None else edited if at is None else max(at, edited)
        if before == now:
            at = newest
        if before == now or (at is not None and at == newest):
            _keep(self._seen, post.ref.id, (now, at))
        return replace(post, edited_at=at)

    def recall(self, ref: str, mark: str) -> None:
        """What was seen in an earlier life of this process."""
        self._seen.setdefault(ref, (mark.removesuffix("h"), None))

    def whose(self, post: Ref, *, ours: bool) -> None:
        _keep(self._ours, post.id, ours)

    def verdict(self, review: Ref, said: str) -> None:
        _keep(self._verdicts, review.id, said)

    # Asking

    async def comment(self, ref: Ref) -> Comment:
        return read_comment(await self._graph.get(ref.path, [("fields", COMMENT_FIELDS)]), me=self._me())

    async def post(self, ref: Ref) -> Standing:
        standing = read_post(await self._graph.get(ref.path, [("fields", POST_FIELDS)]), me=self._me())
        self.whose(ref, ours=standing.post.ours)
        return standing

    async def theirs(self, under: Ref | None, comment: Ref) -> Ref | None:
        """The customer's post that a comment stands under; None: it is one of the Page's own.

        Where nobody tells which post it is, it follows from the comment's id. A post of which Facebook tells us
        nothing counts as the Page's own: then the comment stands for itself.
        """
        if under is None:
            above = comment.id.partition("_")[0]
            under = Ref(Kind.REVIEW, above) if above in self._verdicts else Ref(Kind.POST, f"{self._me()}_{above}")
        if under.kind is not Kind.POST or not under.id.startswith(f"{self._me()}_"):
            return under
        if under.id not in self._ours:
            try:
                found = read_object(await self._graph.get(under.path, [("fields", "from{id}")]), "post")
                self.whose(under, ours=read_author(found.get("from"), nobody="").ref == self._me())
            except (NotThere, NotPermitted):
                self.whose(under, ours=True)
        return None if self._ours[under.id] else under

    async def placed(self, comment: Comment, under: Ref | None = None) -> PublicPost:
        return comment.placed(await self.theirs(under, comment.ref))

    async def fetch(self, refs: Iterable[PostRef]) -> Mapping[PostRef, PublicPost | Unavailable]:
        """Each as it is now. Facebook does not say of what it does not show whether it was deleted."""
        wanted = {ref: parse(ref) for ref in dict.fromkeys(refs)}
        found: dict[PostRef, PublicPost | Unavailable] = {ref: Unavailable(ref, UNSEEN) for ref in wanted}
        for kind in _FIELDS:
            ids = [ref for ref in wanted.values() if ref is not None and ref.kind is kind]
            for start in range(0, len(ids), AT_ONCE):
                nodes = await self._nodes(kind, ids[start : start + AT_ONCE])
                for ref in ids:
                    if ref.id in nodes:
                        found[ref.post] = await self._as_it_is(ref, nodes[ref.id])
        return found

    async def _nodes(self, kind: Kind, refs: Sequence[Ref]) -> Mapping[str, object]:
        """Many in one call. One that is gone makes Meta refuse all of them: then by halves."""
        if not refs:
            return {}
        asked = [("ids", ",".join(ref.id for ref in refs)), ("fields", _FIELDS[kind])]
        try:
            return read_object(await self._graph.get("/", asked), "nodes")
        except (NotThere, NotPermitted, NotOffered):
            if len(refs) == 1:
                return {}
        half = len(refs) // 2
        return {**await self._nodes(kind, refs[:half]), **await self._nodes(kind, refs[half:])}

    async def _as_it_is(self, ref: Ref, node: object) -> PublicPost | Unavailable:
        me = self._me()
        try:
            match ref.kind:
                case Kind.COMMENT:
                    comment = read_comment(node, me=me)
                    post, hidden = await self.placed(comment), comment.hidden
                case Kind.POST:
                    standing = read_post(node, me=me)
                    post, hidden = standing.post, standing.hidden
                case Kind.REVIEW:
                    post, hidden = read_story(node, me=me, verdict=self._verdicts.get(ref.id, "")), False
                case _:
                    post, hidden = self._chats.read(node), False
        except Malformed as error:
            log.error("%s cannot be read: %s", ref.kind.value, error)
            return Unavailable(ref.post, "we cannot read what Facebook sends for this post")
        return Unavailable(ref.post, HIDDEN) if hidden and not post.ours else self.marked(post)

    # Threads

    async def thread(self, ref: PostRef) -> Sequence[PublicPost]:
        """The whole conversation, oldest first. Times are seconds, so what came in one stays in Facebook's order."""
        asked = parse(ref)
        if asked is None:
            return ()
        try:
            found = await self._thread(asked)
        except NotThere:
            return ()
        there = any(post.ref == ref for post in found) or asked.kind is Kind.CHAT
        return tuple(self.marked(post) for post in sorted(found, key=lambda post: post.at)) if there else ()

    async def _thread(self, asked: Ref) -> Sequence[PublicPost]:
        me = self._me()
        match asked.kind:
            case Kind.COMMENT:
                comment = await self.comment(asked)
                theirs = await self.theirs(None, asked)
                if theirs is not None:
                    return await self._thread(theirs)
                top = comment if comment.top is None else await self.comment(comment.top)
                below = await self.below(top.ref)
                return [one.placed(None) for one in (top, *below)]
            case Kind.POST:
                standing = await self.post(asked)
                if standing.post.ours:
                    return [standing.post]
                return [standing.post, *(one.placed(asked) for one in await self.below(asked))]
            case Kind.REVIEW:
                node = await self._graph.get(asked.path, [("fields", STORY_FIELDS)])
                first = read_story(node, me=me, verdict=self._verdicts.get(asked.id, ""))
                return [first, *(one.placed(asked) for one in await self.below(asked))]
            case Kind.MESSAGE:
                found = self._chats.read(await self._graph.get(asked.path, [("fields", MESSAGE_FIELDS)]))
                return await self._thread(Ref(Kind.CHAT, str(found.extra["chat"])))
            case Kind.MENTION:
                return ()
            case Kind.CHAT:
                return list(reversed([post async for post in self._chats.with_(asked)]))

    async def below(self, ref: Ref) -> list[Comment]:
        """Every comment under a post or a comment, oldest first."""
        asked = [("filter", "stream"), ("order", "chronological"), ("fields", COMMENT_FIELDS), ("limit", "100")]
        found: list[Comment] = []
        async for items in self._graph.pages(f"{ref.path}/comments", asked):
            found += self.readable(items)
        return found

    def readable(self, items: Iterable[object]) -> list[Comment]:
        """One comment that cannot be read must not hide the others."""
        found: list[Comment] = []
        for item in items:
            try:
                found.append(read_comment(item, me=self._me()))
            except Malformed as error:
                log.error("a comment cannot be read: %s", error)
        return found


def _keep(into: OrderedDict[str, T], key: str, value: T) -> None:
    into.pop(key, None)
    into[key] = value
    while len(into) > REMEMBERED:
        into.popitem(last=False)

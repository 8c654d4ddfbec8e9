"""Asking Threads: single posts, lists, conversations, whose post something stands under, and who people are.

What was heard, and when, is left to `threads_listen`. Errors are those of reading.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from adapters.errors import PlatformError
from adapters.graph import Graph, NotOffered, NotPermitted, NotThere
from adapters.http import Clock, Params
from adapters.posts import Author, PostRef, PublicPost
from adapters.threads_read import (
    FIELDS,
    Quotas,
    Thread,
    fingerprint,
    placed,
    read_list_of,
    read_me,
    read_profile,
    read_quotas,
    read_thread,
)

log = logging.getLogger(__name__)

PAGE = 100  # threads/reference/user, 2025-12
MOST_PAGES = 50  # of one list, in one go
KEPT = 5000
EARLIEST = datetime.fromtimestamp(1688540400, UTC)  # `since` may not be before: threads/threads-mentions
MENTIONS, REPLIES, POSTS = "/me/mentions", "/me/replies", "/me/threads"


class Ask:
    """Reads as one account."""

    def __init__(self, graph: Graph, *, clock: Clock) -> None:
        self._graph = graph
        self._clock = clock
        self._versions: OrderedDict[str, tuple[str, datetime | None]] = OrderedDict()  # what was seen, edited when
        self.me: Author | None = None
        self._ours: OrderedDict[str, bool] = OrderedDict()  # whether a post is ours
        self._people: OrderedDict[str, Author] = OrderedDict()
        self._no_people = False  # we may not ask who somebody is

    @property
    def name(self) -> str | None:
        return None if self.me is None else self.me.ref

    async def who_we_are(self) -> Author:
        asked = [("fields", "id,username,name,threads_profile_picture_url")]
        return read_me(await self._graph.get("/me", asked))

    async def one(self, id: str) -> Thread | None:
        """A post as it is now; None: deleted, or not shown to us."""
        try:
            found = read_thread(await self._graph.get(f"/{id}", [("fields", FIELDS)]), me=self.name)
        except (NotThere, NotPermitted):
            return None
        self._know(found)
        return found

    async def pages(
        self, path: str, *, since: datetime | None = None, params: Params = ()
    ) -> AsyncIterator[tuple[tuple[Thread, ...], tuple[str, ...]]]:
        """A list page by page, in the server's order: what can be read, and the ids of what cannot."""
        asked = [("fields", FIELDS), ("limit", str(PAGE)), *params]
        if since is not None:
            asked.append(("since", str(int(max(since, EARLIEST).timestamp()))))
        after: str | None = None
        for _ in range(MOST_PAGES):
            value = await self._graph.get(path, [*asked, *([("after", after)] if after else [])])
            found, broken, following = read_list_of(value, me=self.name)
            for thread in found:
                self._know(thread)
            yield found, broken
            if following is None or following == after or not (found or broken):
                return
            after = following

    async def listed(
        self, path: str, *, since: datetime | None = None, broken: list[str] | None = None
    ) -> list[Thread]:
        """A whole list, each post once."""
        found: dict[str, Thread] = {}
        async for threads, unreadable in self.pages(path, since=since):
            found |= {thread.id: thread for thread in threads}
            if broken is not None:
                broken += unreadable
        return list(found.values())

    async def conversation(self, id: str) -> list[Thread]:
        """All that stands under a post of ours, at any depth; nothing where we may not see it."""
        try:
            return await self.listed(f"/{id}/conversation")
        except (NotThere, NotPermitted, NotOffered):
            return []

    async def thread(self, asked: Thread) -> dict[str, Thread]:
        """What can be had of the thread around a post.

        Of our own posts all of it. Of somebody else's: what is above, our own answers, and what stands under those.
        """
        found = {asked.id: asked}
        top = asked.root or await self._top(asked, found)
        if top not in found and (root := await self.one(top)) is not None:
            found[top] = root
        if await self.is_ours(top):
            return found | {thread.id: thread for thread in await self.conversation(top)}
        await self._top(asked, found)
        since = min(thread.post.at for thread in found.values())
        for own in await self.listed(REPLIES, since=since):
            if own.root == top:
                found[own.id] = own
                if own.answered:
                    found |= {thread.id: thread for thread in await self.conversation(own.id)}
        return found

    async def is_ours(self, id: str) -> bool:
        """Whether a post is ours; one that is not shown is not."""
        if id not in self._ours and await self.one(id) is None:
            self._remember(id, ours=False)
        return self._ours[id]

    async def whole(self, threads: Iterable[Thread]) -> dict[str, PublicPost]:
        """These as posts: with roots, and with who their authors are."""
        posts: dict[str, PublicPost] = {}
        for thread in threads:
            under_ours = thread.root is not None and thread.root != thread.id and await self._under_ours(thread)
            post = replace(placed(thread, under_ours=under_ours), edited_at=self._edited_at(thread))
            posts[thread.id] = replace(post, author=await self._person(post.author))
        return posts

    async def quotas(self) -> Quotas:
        asked = [("fields", "reply_quota_usage,reply_config,delete_quota_usage,delete_config")]
        return read_quotas(await self._graph.get("/me/threads_publishing_limit", asked))

    def recall(self, id: str, fingerprint: str) -> None:
        """What was told of a post in an earlier life: other words than those are an edit."""
        self._versions[id] = (fingerprint, None)

    # Inside

    def _edited_at(self, thread: Thread) -> datetime | None:
        """When we saw that a post has other words than before: Threads marks no edit."""
        now = fingerprint(thread)
        before, at = self._versions.pop(thread.id, (now, None))
        if before != now:
            at = max(self._clock(), thread.post.at)
        self._versions[thread.id] = (now, at)
        while len(self._versions) > KEPT:
            self._versions.popitem(last=False)
        return at

    async def _under_ours(self, thread: Thread) -> bool:
        if thread.root_author is not None:
            return thread.root_author == self.name
        return thread.root is not None and await self.is_ours(thread.root)

    async def _top(self, thread: Thread, found: dict[str, Thread]) -> str:
        """The highest post above one that can be seen; those on the way are put into `found`."""
        for _ in range(100):
            above = thread.post.parent
            if above is None or above.id in found:
                break
            seen = await self.one(above.id)
            if seen is None:
                return above.id
            found[seen.id] = thread = seen
        return thread.root or thread.id

    def _know(self, thread: Thread) -> None:
        self._remember(thread.id, ours=thread.post.ours)
        if thread.root is not None and thread.root_author is not None:
            self._remember(thread.root, ours=thread.root_author == self.name)

    def _remember(self, id: str, *, ours: bool) -> None:
        self._ours[id] = ours
        while len(self._ours) > KEPT:
            self._ours.popitem(last=False)

    async def _person(self, author: Author) -> Author:
        """With name and followers, where we may ask. Decoration: whatever goes wrong with it, hearing goes on."""
        if self.me is not None and author.ref == self.me.ref:
            return self.me
        if author.ref not in self._people and not self._no_people:
            try:
                value = await self._graph.get("/profile_lookup", [("username", author.handle)])
                self._people[author.ref] = read_profile(value, author)
            except NotPermitted:
                self._no_people = True
            except NotThere:
                self._people[author.ref] = author
            except PlatformError as error:
                log.info("nothing about an author: %s", type(error).__name__)
        while len(self._people) > KEPT:
            self._people.popitem(last=False)
        known = self._people.get(author.ref)
        return author if known is None else replace(known, avatar=author.avatar or known.avatar)


def conversation_of(posts: Mapping[str, PublicPost], ref: PostRef, *, top: str, under_ours: bool) -> list[PublicPost]:
    """Of a thread what belongs to one conversation, each with its root, oldest first."""
    if not under_ours:
        return sorted((replace(post, root=PostRef(top)) for post in posts.values()), key=order)
    if ref.id == top:
        return [replace(posts[top], root=PostRef(top))]
    firsts = {id: first for id in posts if (first := _first(id, posts)) is not None}
    own = firsts.get(ref.id, ref.id)
    chosen = [replace(posts[id], root=PostRef(own)) for id, first in firsts.items() if first == own]
    return sorted(chosen, key=order)


def _first(id: str, posts: Mapping[str, PublicPost]) -> str | None:
    """The answer right under our post, above this one. (It has no parent any more: it begins a conversation.)"""
    for _ in range(len(posts) + 1):
        post = posts.get(id)
        if post is None:
            return None
        if post.parent is None:
            return id if post.root == post.ref else None
        id = post.parent.id
    return None


def order(post: PublicPost) -> tuple[object, ...]:
    """Oldest first. Times are whole seconds, so those of one second stand by their ids, which count up."""
    return (post.at, len(post.ref.id), post.ref.id)

"""Posts as the AppView shows them now: many at once, with their authors' followers, and whether they were edited.

Bluesky marks no edit. An edit is another content hash under the same address; so the hashes that were seen are kept.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.bluesky_calls import Calls
from adapters.bluesky_read import cid_of, read_page, read_profiles, read_view
from adapters.bluesky_refs import parse
from adapters.errors import Malformed
from adapters.http import Clock, good_body
from adapters.posts import Author, PublicPost

log = logging.getLogger(__name__)

BATCH = 25  # lexicons/app/bsky/feed/getPosts.json, app/bsky/actor/getProfiles.json
REMEMBERED = 20_000


class Posts:
    """One account's view of posts. Errors are those of reading."""

    def __init__(self, calls: Calls, *, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._versions: OrderedDict[str, tuple[str, datetime | None]] = OrderedDict()

    async def get(self, uris: Iterable[str], *, me: str, followers: bool = False) -> Mapping[str, PublicPost]:
        """Those that stand and that we may see. What is no address of a post is not asked for."""
        wanted = [uri for uri in dict.fromkeys(uris) if (parts := parse(uri)) is not None and parts.is_post]
        found: dict[str, PublicPost] = {}
        for start in range(0, len(wanted), BATCH):
            asked = [("uris", uri) for uri in wanted[start : start + BATCH]]
            body = good_body(await self._calls.ask("app.bsky.feed.getPosts", asked), "getPosts")
            for item in read_page(body, "posts")[0]:
                try:
                    post = self.marked(read_view(item, me=me))
                except Malformed as error:  # any program may write any record: one must not hide the others
                    log.error("a post cannot be read: %s", error)
                    continue
                found[post.ref.id] = post
        return await self._with_followers(found) if followers else found

    def marked(self, post: PublicPost) -> PublicPost:
        """The post, with the time at which we saw that its content was another one than before."""
        cid = cid_of(post)
        before, edited = self._versions.pop(post.ref.id, (cid, post.edited_at))
        if before != cid:
            edited = max(self._clock(), post.at)
        self._versions[post.ref.id] = (cid, edited)
        while len(self._versions) > REMEMBERED:
            self._versions.popitem(last=False)
        return replace(post, edited_at=edited)

    def recall(self, uri: str, cid: str) -> None:
        """What was seen in an earlier life of this process."""
        self._versions.setdefault(uri, (cid, None))

    async def _with_followers(self, posts: Mapping[str, PublicPost]) -> Mapping[str, PublicPost]:
        known = await self.profiles([post.author.ref for post in posts.values()])
        return {uri: replace(post, author=known.get(post.author.ref, post.author)) for uri, post in posts.items()}

    async def profiles(self, dids: Sequence[str]) -> Mapping[str, Author]:
        """Whole profiles, with followers, of those that there are."""
        found: dict[str, Author] = {}
        wanted = list(dict.fromkeys(dids))
        for start in range(0, len(wanted), BATCH):
            asked = [("actors", did) for did in wanted[start : start + BATCH]]
            answer = await self._calls.ask("app.bsky.actor.getProfiles", asked)
            found |= {author.ref: author for author in read_profiles(good_body(answer, "getProfiles"))}
        return found

"""Comments and posts as they are now: by name, whole threads, with whose post they stand under and authors' pictures.

What was heard, and when, is left to `reddit_listen`.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from adapters.errors import AuthFailed, PlatformError, Throttled
from adapters.http import good_body
from adapters.posts import PostRef, PublicPost
from adapters.reddit_calls import Calls
from adapters.reddit_lists import Page, Place, Tree, read_more, read_page, read_places, read_tree
from adapters.reddit_read import ACCOUNT, COMMENT, LINK, Thing, placed, read_pictures

log = logging.getLogger(__name__)

BATCH = 100  # names in one call: reddit.com/dev/api#GET_api_info
PAGE = 100  # items of a listing: the same
MOST_MORE = 10  # calls for what a long thread leaves out; the rest is not read
KEPT = 5000


class Posts:
    """Reads posts of one account's world. Errors are those of reading."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.me: str | None = None  # our account (t2_…), as soon as it is known
        self.handle = ""
        self._owners: OrderedDict[str, bool] = OrderedDict()  # whether a post is ours
        self._pictures: OrderedDict[str, str | None] = OrderedDict()
        self._no_pictures = False  # Reddit does not let us ask

    async def page(self, path: str, params: Iterable[tuple[str, str]] = ()) -> Page:
        """A part of a listing, newest first."""
        answer = await self._calls.ask(path, [("limit", str(PAGE)), *params])
        if answer.status == 403 and answer.is_json and not path.startswith("/r/"):
            raise AuthFailed("Reddit keeps this account from its own lists: it is suspended, or a scope is missing.")
        return read_page(good_body(answer, path), me=self.me)

    async def info(self, names: Iterable[str]) -> tuple[dict[str, Thing], dict[str, Place]]:
        """Comments, posts and subreddits by their names; what Reddit does not show is not among them."""
        things: dict[str, Thing] = {}
        places: dict[str, Place] = {}
        wanted = [name for name in dict.fromkeys(names) if re.fullmatch(r"t[135]_[a-z0-9]+", name)]
        for at in range(0, len(wanted), BATCH):
            answer = await self._calls.ask("/api/info", [("id", ",".join(wanted[at : at + BATCH]))])
            body = good_body(answer, "info")
            things |= {thing.name: thing for thing in read_page(body, me=self.me).things}
            places |= read_places(body)
        for thing in things.values():
            self._know(thing)
        return things, places

    async def whole(self, things: Iterable[Thing]) -> dict[str, PublicPost]:
        """These as posts: with roots, and with authors' pictures."""
        some = list(things)
        for thing in some:
            self._know(thing)
        unknown = {thing.link for thing in some if thing.link not in self._owners}
        if unknown:
            await self.info(unknown)
        await self._ask_pictures({thing.post.author.ref for thing in some})
        return {thing.name: self._finished(thing) for thing in some}

    async def thread(self, ref: PostRef) -> tuple[PublicPost, ...]:
        """The conversation around a post, oldest first; under our own posts that is one comment with what is below.

        Of a thread with thousands of comments some are left out, but never those above and below the one asked for.
        """
        things, _ = await self.info([ref.id])
        asked = things.get(ref.id)
        if asked is None:
            return ()
        found = await self._tree(asked.link)
        if ref.id not in found and ref.id.startswith(COMMENT):
            found |= await self._tree(asked.link, around=ref.id)
        found.setdefault(ref.id, asked)
        posts = await self.whole(found.values())
        return _conversation(posts, found, ref, under_ours=self._owners.get(asked.link, False))

    async def tree(self, link: str) -> list[Thing]:
        """What stands under a post, and the post."""
        return list((await self._tree(link)).values())

    async def beneath(self, ref: PostRef, link: str) -> list[Thing]:
        """What answers a comment or post, newest first where there are many."""
        around = ref.id if ref.id.startswith(COMMENT) else None
        found = await self._tree(link, around=around, depth=2, more=False)
        return [thing for thing in found.values() if thing.post.parent == ref]

    # Inside

    async def _tree(
        self, link: str, *, around: str | None = None, depth: int | None = None, more: bool = True
    ) -> dict[str, Thing]:
        path = f"/comments/{link.removeprefix(LINK)}"
        asked = [("limit", "500"), ("sort", "new")]
        if around is not None:
            path += f"/_/{around.removeprefix(COMMENT)}"
            asked.append(("context", "8"))
        if depth is not None:
            asked.append(("depth", str(depth)))
        answer = await self._calls.ask(path, asked)
        if answer.status in (403, 404):
            return {}
        tree = read_tree(good_body(answer, "thread"), me=self.me)
        things = {thing.name: thing for thing in tree.things}
        left = list(tree.more) if more else []
        for _ in range(MOST_MORE):
            if not left:
                break
            some, left = left[:BATCH], left[BATCH:]
            further = await self._more(link, some)
            things |= {thing.name: thing for thing in further.things}
            left += further.more
        if left:
            log.info("a thread is read in part: %d comments are left out", len(left))
        return things

    async def _more(self, link: str, names: Sequence[str]) -> Tree:
        asked = [("api_type", "json"), ("link_id", link), ("children", ",".join(names)), ("limit_children", "false")]
        return read_more(good_body(await self._calls.ask("/api/morechildren", asked), "morechildren"), me=self.me)

    def _know(self, thing: Thing) -> None:
        if thing.name == thing.link and not (thing.gone and thing.link in self._owners):
            self._owners[thing.link] = thing.post.ours
            while len(self._owners) > KEPT:
                self._owners.popitem(last=False)

    async def _ask_pictures(self, authors: Iterable[str]) -> None:
        """Decoration: whatever goes wrong with it, hearing goes on."""
        wanted = [ref for ref in authors if ref.startswith(ACCOUNT) and ref not in self._pictures]
        for at in range(0, 0 if self._no_pictures else len(wanted), BATCH):
            some = wanted[at : at + BATCH]
            try:
                answer = await self._calls.ask("/api/user_data_by_account_ids", [("ids", ",".join(some))])
                found: Mapping[str, str] = read_pictures(answer.body) if answer.good else {}
                self._no_pictures = answer.status == 403
            except Throttled:
                return
            except PlatformError as error:
                log.info("no pictures of authors: %s", error)
                return
            for ref in some:
                self._pictures[ref] = found.get(ref)
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)

    def _finished(self, thing: Thing) -> PublicPost:
        post = placed(thing, under_ours=self._owners.get(thing.link, False) and thing.name != thing.link)
        picture = self._pictures.get(post.author.ref)
        return replace(post, author=replace(post.author, avatar=picture)) if picture else post


def _conversation(
    posts: Mapping[str, PublicPost], things: Mapping[str, Thing], ref: PostRef, *, under_ours: bool
) -> tuple[PublicPost, ...]:
    """Of a thread what belongs to one conversation, each with its root."""
    shown = {name: post for name, post in posts.items() if not things[name].gone and not things[name].unseen}
    if not under_ours:
        return tuple(sorted(shown.values(), key=order))
    tops = {name: top for name in things if (top := _top(name, things)) is not None}
    if ref.id.startswith(LINK):
        chosen = {ref.id: shown[ref.id]} if ref.id in shown else {}
    else:
        top = tops.get(ref.id, ref.id)
        chosen = {name: replace(post, root=PostRef(top)) for name, post in shown.items() if tops.get(name) == top}
    return tuple(sorted(chosen.values(), key=order))


def _top(name: str, things: Mapping[str, Thing]) -> str | None:
    """The comment right under the post, above this one."""
    for _ in range(len(things) + 1):
        thing = things.get(name)
        if thing is None or thing.post.parent is None:
            return None
        if thing.post.parent.id.startswith(LINK):
            return name
        name = thing.post.parent.id
    return None


def order(post: PublicPost) -> tuple[object, ...]:
    """Oldest first. Times are whole seconds, so those of one second stand by their ids, which count up."""
    kind, _, number = post.ref.id.partition("_")
    return (post.at, kind != LINK[:2], len(number), number)

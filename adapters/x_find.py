"""Looking for our own reply: in the account's timeline, and in a search of the conversation.

Each may show it a little later than the other. It is there if either shows it; it is not there if both say so, and
only as far as the bounds in the settings let one believe that.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from adapters.posts import Absent, CannotTell, PublicPost, Receipt, Reply
from adapters.text import normalised
from adapters.x_calls import Kind
from adapters.x_content import without_leading
from adapters.x_posts import Posts
from adapters.x_read import Us, versions_of
from adapters.x_refs import id_at, is_id
from adapters.x_reply import receipt_of
from adapters.x_settings import PRICE_OWN
from adapters.x_text import links

MOST_PAGES = 10
# How far the server's clock and ours may be apart, or ours may have jumped since the attempt.
SKEW = timedelta(minutes=10)
SEARCHED = timedelta(days=7)  # docs.x.com/x-api/posts/search, 2026-08: recent search goes back no further
TWINS = timedelta(days=1)  # a guess of ours: docs.x.com does not say
_EDGE = timedelta(minutes=10)


async def find(posts: Posts, reply: Reply, *, us: Us, now: datetime) -> Receipt | Absent | CannotTell:
    """Whether an earlier attempt of `reply` arrived. Raises as reading does.

    One of ours under that post with the same words is the reply; one with other words from after the first attempt
    may be a colleague's, and a person decides.
    """
    parents = _parents(posts, reply)
    if not parents:
        return CannotTell("the post that we answer is none of X's")
    first = min(reply.attempts, default=None)
    since = max(int(min(parents, key=int)), 1 if first is None else int(id_at(first - SKEW)))
    found, whole = await _timeline(posts, since, us=us)
    more, readable = await _searched(posts, reply, since, us=us, now=now)
    found |= more
    ours = [one for one in found.values() if _under(one, parents) and one.ours and one.ref not in reply.known]
    for one in sorted(ours, key=lambda post: post.at):
        if as_compared(one.text.plain) == as_compared(reply.text.plain):
            return receipt_of(one)
    strange = [one for one in ours if first is not None and one.at >= first - SKEW]
    if strange:
        return CannotTell(f"our account answered there at that time with other words: {strange[0].url}")
    return Absent() if whole and readable else CannotTell("not all that our account has posted since can be read")


async def same_elsewhere(posts: Posts, reply: Reply, *, us: Us, now: datetime) -> PublicPost | None:
    """A post of ours from the last day with these very words, but under another post: X refuses a text that the
    account has posted lately, and does not say how lately."""
    parents = _parents(posts, reply)
    found, _ = await _timeline(posts, int(id_at(now - TWINS)), us=us)
    words = as_compared(reply.text.plain)
    twins = (one for one in found.values() if not _under(one, parents) and as_compared(one.text.plain) == words)
    return next(twins, None)


async def _timeline(posts: Posts, since: int, *, us: Us) -> tuple[dict[str, PublicPost], bool]:
    """Our own posts, and whether these are all."""
    found: dict[str, PublicPost] = {}
    whole, readable = False, True
    path, asked = f"/2/users/{us.id}/tweets", [("since_id", str(since))]
    async for page in posts.pages(Kind.TIMELINE, path, asked, us=us, price=PRICE_OWN, most=MOST_PAGES):
        found |= {post.ref.id: post for post in page.posts}
        whole = page.next is None
        readable = readable and not page.broken and not page.unnamed
    return found, whole and readable


async def _searched(
    posts: Posts, reply: Reply, since: int, *, us: Us, now: datetime
) -> tuple[dict[str, PublicPost], bool]:
    """Our posts in the conversation, and whether each could be read."""
    root = reply.root or reply.parent
    floor = max(since, int(id_at(now - SEARCHED + _EDGE)))
    asked = [("query", f"conversation_id:{root.id} from:{us.handle}"), ("since_id", str(floor))]
    found: dict[str, PublicPost] = {}
    readable = True
    async for page in posts.pages(Kind.SEARCH, "/2/tweets/search/recent", asked, us=us, most=MOST_PAGES):
        found |= {post.ref.id: post for post in page.posts}
        readable = readable and not page.broken and not page.unnamed
    return found, readable


def _parents(posts: Posts, reply: Reply) -> set[str]:
    """Every version of the post that we answer."""
    known = {reply.parent.id, *versions_of(reply.extra, reply.parent), *posts.versions.of(reply.parent.id)}
    return {id for id in known if is_id(id)}


def _under(post: PublicPost, parents: set[str]) -> bool:
    return post.parent is not None and post.parent.id in parents


def as_compared(words: str) -> str:
    """A reply without what X changes in it: mentions at its beginning, the protocol of a link, spacing."""
    words = without_leading(words)
    out, at = [], 0
    for link in links(words):
        name = link.words.partition("://")[2] or link.words
        out += [words[at : link.start], name.rstrip("/").lower()]
        at = link.end
    return normalised("".join([*out, words[at:]]))

"""Looking for our own reply on Reddit, which knows no keys: among our own comments, and under what we answered.

It answers only what these listings prove: the reply is there, it is not, or we cannot tell.
"""

from __future__ import annotations

from datetime import timedelta

from adapters.posts import Absent, CannotTell, Receipt, Reply
from adapters.reddit_markdown import to_reddit
from adapters.reddit_posts import Posts
from adapters.reddit_read import LINK, Thing
from adapters.text import same_words

MOST_PAGES = 10  # a listing ends after a thousand
# How far Reddit's clock and ours may be apart, or ours may have jumped since the attempt.
SKEW = timedelta(minutes=10)
FAR_BACK = timedelta(hours=1)  # so far before the first attempt our comments are read


async def find(posts: Posts, reply: Reply) -> Receipt | Absent | CannotTell:
    """Whether an earlier attempt of `reply` arrived.

    Two lists are read: our own comments back to well before the first attempt, and what stands under the parent. A
    comment of ours under that parent with the same words is the reply, whatever its time. One with other words from
    after the first attempt may be a colleague's: a person decides. Raises as reading does.
    """
    own, complete = await _own(posts, reply)
    link = reply.extra.get("link")
    if reply.parent.id.startswith(LINK):
        link = reply.parent.id
    if isinstance(link, str):
        own |= {thing.name: thing for thing in await posts.beneath(reply.parent, link) if thing.post.ours}
    here = [
        thing
        for thing in own.values()
        if thing.post.parent == reply.parent and thing.post.ref not in reply.known and not thing.gone
    ]
    for thing in here:
        if is_reply(thing, reply):
            return receipt_of(thing)
    first = min(reply.attempts, default=None)
    strange = [thing for thing in here if first is not None and thing.post.at >= first - SKEW]
    if strange:
        return CannotTell(f"our account answered there at that time with other words: {strange[0].post.url}")
    if not complete:
        return CannotTell("our account has commented too much since to read it all")
    return Absent()


def is_reply(thing: Thing, reply: Reply) -> bool:
    """Whether these are the words that were to go out: by their Markdown, or as Reddit shows them."""
    plain = reply.text.plain
    return same_words(thing.source, to_reddit(plain)) or same_words(thing.post.text.plain, plain)


def receipt_of(thing: Thing) -> Receipt:
    post = thing.post
    return Receipt(ref=post.ref, url=post.url, at=post.at, text=post.text.plain, extra={"link": thing.link})


async def _own(posts: Posts, reply: Reply) -> tuple[dict[str, Thing], bool]:
    """Our comments, and whether they were read back to before the first attempt."""
    first = min(reply.attempts, default=None)
    found: dict[str, Thing] = {}
    after: str | None = None
    for _ in range(MOST_PAGES):
        asked = [("sort", "new"), *([("after", after)] if after else [])]
        page = await posts.page(f"/user/{posts.handle}/comments", asked)
        fresh = {thing.name: thing for thing in page.things if thing.name not in found}
        found |= fresh
        after = page.after
        back = first is not None and page.oldest is not None and page.oldest < first - FAR_BACK
        if after is None or back or not fresh:
            # A thousand comments are all that a listing holds: its end is not always the end.
            return found, back or len(found) < 900
    return found, False

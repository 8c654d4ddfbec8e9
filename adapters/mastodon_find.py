"""Looking for our own reply on a server of the Mastodon kind, whatever its keys promise.

It answers only what the server's lists prove: the reply is there, it is not, or we cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import quote

from adapters.errors import Malformed
from adapters.http import Http, good_body
from adapters.mastodon_read import read_context, read_source, read_statuses
from adapters.posts import Absent, CannotTell, PostRef, PublicPost, Receipt, Reply
from adapters.text import same_words

PAGE = 40  # docs.joinmastodon.org/methods/accounts/#statuses: at most
# An account that answers 2,000 times in an hour: servers allow 300 calls in five minutes
# (docs.joinmastodon.org/api/rate-limits), and looks come ever later.
MOST_PAGES = 50
# How far the server's clock and ours may be apart, or ours may have jumped since the attempt.
SKEW = timedelta(minutes=10)
FAR_BACK = timedelta(hours=1)  # so far before the first attempt our statuses are read


async def find(http: Http, reply: Reply, *, me: str, domain: str) -> Receipt | Absent | CannotTell:
    """Whether an earlier attempt of `reply` arrived.

    Two lists are read: the thread under the parent, and our own statuses back to before the first attempt. A
    status of ours under that parent with the same words is the reply, whatever its time (clocks jump). One with
    other words from after the first attempt may be it (a server rewrites) or a colleague's: a person decides.
    `Absent` only when our own statuses were read to the end, or back to well before the first attempt. The thread
    comes first: what stands there needs no long list.
    Raises as `Http.get` does.
    """
    own: dict[PostRef, PublicPost] = {}
    answer = await http.get(f"/api/v1/statuses/{quote(reply.parent.id, safe='')}/context")
    gone = answer.status in (404, 410)
    if not gone:  # else our own list alone has to tell
        _, after = read_context(good_body(answer, "context"), me=me, domain=domain)
        own = {post.ref: post for post in after if post.author.ref == me and _is_candidate(post, reply)}
    if found := await _ours_among(http, own.values(), reply, gone=gone):
        return found
    listed = await _own_statuses(http, reply, me=me, domain=domain)
    more = {post.ref: post for post in listed.posts if _is_candidate(post, reply) and post.ref not in own}
    if found := await _ours_among(http, more.values(), reply, gone=gone):
        return found
    own |= more
    first = min(reply.attempts, default=None)
    others = [p for p in own.values() if p.parent == reply.parent and first and p.at >= first - SKEW]
    if others:
        return CannotTell(f"our account answered there at that time with other words: {others[0].url}")
    if not listed.complete:
        return CannotTell("our account has posted too much since to read it all")
    return Absent()


async def _ours_among(http: Http, posts: Iterable[PublicPost], reply: Reply, *, gone: bool) -> Receipt | None:
    for post in posts:
        if len(post.media) != len(reply.pictures):
            continue  # the same words without their picture are another answer
        # What answers nobody is asked for its source only where it may have answered what is gone: else each news of
        # ours would cost a call.
        asked = post.parent == reply.parent or gone
        if same_words(post.text.plain, reply.text.plain) or (asked and await _source_is(http, post, reply)):
            return Receipt(ref=post.ref, url=post.url, at=post.at, text=post.text.plain, pictures=len(post.media))
    return None


def _is_candidate(post: PublicPost, reply: Reply) -> bool:
    # When the parent is deleted, the server forgets what its answers answered.
    return post.ref not in reply.known and post.parent in (reply.parent, None)


class _Listed:
    def __init__(self, posts: list[PublicPost], *, complete: bool) -> None:
        self.posts = posts
        self.complete = complete


async def _own_statuses(http: Http, reply: Reply, *, me: str, domain: str) -> _Listed:
    posts: list[PublicPost] = []
    seen: set[PostRef] = set()
    before: list[tuple[str, str]] = []
    first = min(reply.attempts, default=None)
    for _ in range(MOST_PAGES):
        answer = await http.get(
            f"/api/v1/accounts/{quote(me, safe='')}/statuses",
            [("limit", str(PAGE)), ("exclude_reblogs", "true"), *before],
        )
        page = read_statuses(good_body(answer, "our statuses"), me=me, domain=domain)
        fresh = [post for post in page if post.ref not in seen]
        if not fresh:
            return _Listed(posts, complete=True)
        posts += fresh
        seen |= {post.ref for post in fresh}
        if first is not None and min(post.at for post in fresh) < first - FAR_BACK:
            return _Listed(posts, complete=True)
        before = [("max_id", page[-1].ref.id)]
    return _Listed(posts, complete=False)


async def _source_is(http: Http, post: PublicPost, reply: Reply) -> bool:
    """Whether a status of ours was sent with exactly these words: its HTML may have lost some of them."""
    answer = await http.get(f"/api/v1/statuses/{quote(post.ref.id, safe='')}/source")
    if not answer.good:
        return False  # a server without it: the words on show have to do
    try:
        return same_words(read_source(answer.body)[0], reply.text.plain)
    except Malformed:
        return False

"""Looking for our own reply where it would stand: in its thread's whole list.

YouTube drops no repeat, so this comes before every second try. It answers only what the list proves: the reply is
there, it is not, or we cannot tell.
"""

from __future__ import annotations

from datetime import timedelta

from adapters.payload import JSON
from adapters.posts import Absent, CannotTell, PublicPost, Receipt, Reply, Visibility
from adapters.text import same_words
from adapters.youtube_posts import Comments
from adapters.youtube_quota import For
from adapters.youtube_read import thread_of

# How far YouTube's clock and ours may be apart, or ours may have jumped since the attempt.
SKEW = timedelta(minutes=10)


async def find(comments: Comments, reply: Reply) -> Receipt | Absent | CannotTell:
    """Whether an earlier attempt of `reply` arrived.

    One of ours in that thread with the same words is the reply, whatever its time (clocks jump). One with other words
    from after the first attempt may be a colleague's: a person decides. A thread that is gone took our reply with it.
    Raises as reading does.
    """
    answers = await comments.replies(thread_of(reply.root or reply.parent), For.ANSWERING, every=True)
    if answers is None:
        return Absent()
    ours = [post for post in answers if post.ours and post.ref not in reply.known]
    for post in ours:
        if same_words(post.text.plain, reply.text.plain):
            return receipt_of(post)
    first = min(reply.attempts, default=None)
    others = [post for post in ours if first is not None and post.at >= first - SKEW]
    if others:
        return CannotTell(
            f"our channel answered there at that time with other words: {others[0].url or others[0].ref.id}"
        )
    return Absent()


async def look(comments: Comments, receipt: Receipt) -> Visibility:
    """What became of a reply: its thread's list says how it is seen; only asked for by id, it may be there unseen."""
    thread = thread_of(receipt.ref)
    answers = await comments.replies(thread, For.ANSWERING)
    found = next((post for post in answers or () if post.ref == receipt.ref), None)
    if found is None:
        there = await comments.comments([receipt.ref.id], For.ANSWERING)
        return Visibility.HIDDEN if receipt.ref.id in there else Visibility.REJECTED
    if found.shown is not None:
        return found.shown
    around = (await comments.threads([thread], For.ANSWERING)).get(thread)
    return Visibility.VISIBLE if around is None or around.public else Visibility.HIDDEN


def receipt_of(post: PublicPost) -> Receipt:
    by: dict[str, JSON] = {"by": post.author.ref}
    return Receipt(ref=post.ref, url=post.url, at=post.at, text=post.text.plain, visibility=post.shown, extra=by)

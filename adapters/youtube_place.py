"""May we answer there? What YouTube says about a comment, its thread and its video, before anybody drafts.

It asks, and never writes. Sending is left to others.
"""

from __future__ import annotations

import re
from datetime import datetime

from adapters.errors import Reason
from adapters.posts import PostRef, Refusal
from adapters.youtube_calls import Calls
from adapters.youtube_posts import Comments
from adapters.youtube_quota import REPLY, For, Method, clock_time
from adapters.youtube_read import Thread, read_reason, thread_of

FEW = 10  # replies that are still paid for: from here on drafts say how many

# Words between these are shown bold, slanted or struck through: support.google.com/youtube/answer/6000964, 2026.
_MARKED = re.compile(r"(?<![\w*_-])([*_-])(?![\s*_-])[^\n*_]{0,200}?(?<![\s*_-])\1(?![\w*_-])")


async def refusal_at(comments: Comments, calls: Calls, parent: PostRef) -> Refusal | None:
    """Why we may not answer a comment; None: we may. Raises as reading does."""
    id = thread_of(parent)
    thread = (await comments.threads([id], For.ANSWERING)).get(id)
    if thread is None:
        return Refusal(Reason.GONE, "The comment is deleted, or not visible to us any more.")
    shown = {thread.id, *(post.ref.id for post in thread.shown)}
    if parent.id not in shown and parent.id not in await comments.comments([parent.id], For.ANSWERING):
        return Refusal(Reason.GONE, "The comment is deleted, or not visible to us any more.")
    if thread.video is not None and (refusal := await _at_video(comments, calls, thread)) is not None:
        return refusal
    if not thread.public:
        return Refusal(
            Reason.NOT_ALLOWED,
            "YouTube holds this comment for review, and nobody else sees it: publish it in YouTube Studio first.",
        )
    if not thread.can_reply:
        return Refusal(Reason.NOT_ALLOWED, "YouTube lets nobody, or not us, answer this comment.")
    return None


async def _at_video(comments: Comments, calls: Calls, thread: Thread) -> Refusal | None:
    """What is wrong with the video. Whether its comments are switched off is asked only where something is."""
    assert thread.video is not None
    video = await comments.video(thread.video, For.ANSWERING)
    if video is None:
        return Refusal(Reason.GONE, "The video is deleted, or not visible to us any more.")
    if video.for_kids:
        return Refusal(Reason.NOT_ALLOWED, "The video is made for kids: YouTube shows no comments there.")
    if video.private:
        return Refusal(Reason.NOT_ALLOWED, "The video is private: the customer would not see an answer.")
    if not thread.can_reply:
        asked = [("part", "id"), ("videoId", thread.video), ("maxResults", "1")]
        answer = await calls.ask(Method.THREADS, asked, For.ANSWERING)
        if read_reason(answer.body) == "commentsDisabled":
            return Refusal(Reason.NOT_ALLOWED, "Comments are switched off on this video.")
    return None


def notes_on(words: str, *, left: int, resets: datetime) -> tuple[str, ...]:
    """What people should know of a draft: what YouTube makes of it, and whether it can go out today. Pure."""
    notes = []
    if _MARKED.search(words):
        notes.append("YouTube shows words between two *, _ or - bold, slanted or struck through.")
    if left < REPLY:
        notes.append(f"Today's quota is used up: it goes out after {clock_time(resets)}.")
    elif left < FEW * REPLY:
        notes.append(f"Today's quota is enough for {left // REPLY} more replies, until {clock_time(resets)}.")
    return tuple(notes)

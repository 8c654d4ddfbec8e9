"""Videos of others that speak of us: found by their words, and asked for again as they are now. They are heard; what
is said under them is not ours to hear, and people answer there themselves.

Where from: developers.google.com/youtube/v3/docs, search/list and videos/list, 2026.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from adapters.http import good_body
from adapters.payload import read_id, read_list, read_object, read_str, read_str_or_none, read_time
from adapters.posts import BY_HAND, Author, Gone, PostRef, PublicPost, Unavailable
from adapters.text import Mark, Span, Text
from adapters.youtube_calls import Calls
from adapters.youtube_quota import For, Method
from adapters.youtube_read import WEB, read_page, read_reason

PREFIX = "video:"
ANSWER_THERE = "This is a video of somebody else's: comment under it in the browser, as our channel."
MOST = 50  # maxResults of both calls
LATE = timedelta(hours=2)  # so long after it was published a video may be found first: a margin of ours


def is_video(ref: PostRef) -> bool:
    """Whether it is a video, and no comment."""
    return ref.id.startswith(PREFIX)


def read_found(value: object) -> tuple[str, ...]:
    """The ids of the videos that search.list gave."""
    items, _ = read_page(value, "search")
    found = [read_object(read_object(item, "result").get("id"), "result id") for item in items]
    return tuple(read_id(one.get("videoId"), "videoId") for one in found if one.get("videoId") is not None)


def read_published(value: object) -> PublicPost:
    """A video as videos.list gives it: its title and what is written below it."""
    entry = read_object(value, "video")
    id = read_id(entry.get("id"), "video id")
    snippet = read_object(entry.get("snippet"), "video snippet")
    channel = read_id(snippet.get("channelId"), "video channelId")
    title = read_str(snippet.get("title"), "video title").strip()
    about = (read_str_or_none(snippet.get("description"), "video description") or "").strip()
    ref = PostRef(PREFIX + id)
    return PublicPost(
        ref=ref,
        root=ref,
        parent=None,
        author=Author(
            ref=channel,
            handle="",
            name=read_str_or_none(snippet.get("channelTitle"), "video channelTitle") or channel,
            url=f"{WEB}/channel/{channel}",
        ),
        text=Text((Span(title, Mark.STRONG), *((Span(f"\n\n{about}"),) if about else ()))),
        at=read_time(snippet.get("publishedAt"), "video publishedAt"),
        url=f"{WEB}/watch?v={id}",
        extra={BY_HAND: ANSWER_THERE},
    )


class Videos:
    """One account's view."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def search(self, words: str, after: datetime | None, *, me: str) -> Sequence[PublicPost]:
        """Those of others, the newest that there are. Costs one search of the day's hundred."""
        asked = [("part", "snippet"), ("type", "video"), ("order", "date"), ("maxResults", str(MOST)), ("q", words)]
        if after is not None:
            asked.append(("publishedAfter", f"{after - LATE:%Y-%m-%dT%H:%M:%SZ}"))
        ids = read_found(good_body(await self._calls.ask(Method.SEARCH, asked, For.LISTENING), "search"))
        # What search gives is cut short and escaped; the same words are seen at every later look.
        found = await self._ask(ids, For.LISTENING)
        return [post for post in found.values() if post.author.ref != me]

    async def now(self, refs: Iterable[PostRef], use: For) -> Mapping[PostRef, PublicPost | Gone | Unavailable]:
        """Each as it is now; of one that is not shown YouTube does not say why."""
        wanted = list(refs)
        found = await self._ask([ref.id.removeprefix(PREFIX) for ref in wanted], use)
        return {ref: found.get(ref) or Unavailable(ref, "deleted, or private") for ref in wanted}

    async def _ask(self, ids: Sequence[str], use: For) -> Mapping[PostRef, PublicPost]:
        found: dict[PostRef, PublicPost] = {}
        for start in range(0, len(ids), MOST):
            asked = [("part", "snippet"), ("id", ",".join(ids[start : start + MOST]))]
            answer = await self._calls.ask(Method.VIDEOS, asked, use)
            if read_reason(answer.body) == "videoNotFound":
                continue
            body = read_object(good_body(answer, "videos"), "videos")
            posts = [read_published(item) for item in read_list(body.get("items", []), "videos items")]
            found |= {post.ref: post for post in posts}
        return found

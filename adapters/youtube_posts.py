"""Comments and threads as YouTube shows them now: many in one call, dressed with their authors' profiles and the
video's name; and, where one is missing, what can be known of why.

Leaves hearing, and what goes out, to others. Errors are those of reading.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.errors import Malformed, Throttled, Unreachable
from adapters.http import Answer, Clock, Params, good_body
from adapters.payload import storable
from adapters.posts import Author, Gone, Media, MediaKind, PostRef, PublicPost, Unavailable
from adapters.youtube_calls import Calls
from adapters.youtube_quota import For, Method
from adapters.youtube_read import (
    WEB,
    Thread,
    Video,
    oldest_first,
    read_channel,
    read_comment,
    read_page,
    read_reason,
    read_thread,
    read_video,
    thread_of,
    with_profile,
)

log = logging.getLogger(__name__)

IDS = 50  # in one call: videos.batchGetStats says so of itself, and it is the same everywhere as far as was seen
PAGE = 100  # comments.list, commentThreads.list: maxResults
MOST_PAGES = 50
REMEMBERED = 20_000
PROFILES_FOR = timedelta(days=1)
HTML = ("textFormat", "html")  # the default, said
UNSEEN = ("heldForReview", "likelySpam")  # commentThreads.list, moderationStatus


class Comments:
    """One channel's view. `me` is our channel, once it is known."""

    def __init__(self, calls: Calls, *, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self.me = ""
        self._places: OrderedDict[str, str | None] = OrderedDict()  # thread -> its video; None: the channel itself
        self._videos: OrderedDict[str, Video] = OrderedDict()
        self._profiles: OrderedDict[str, tuple[Author, datetime]] = OrderedDict()

    # Asking

    async def threads(self, ids: Iterable[str], use: For) -> Mapping[str, Thread]:
        """Those that are there, with some of their answers."""
        found: dict[str, Thread] = {}
        for some in _chunks(ids):
            asked = [("part", "snippet,replies"), ("id", ",".join(some)), HTML]
            answer = await self._calls.ask(Method.THREADS, asked, use)
            if read_reason(answer.body) in ("commentThreadNotFound", "commentNotFound", "videoNotFound"):
                continue
            items = read_page(good_body(answer, "commentThreads"), "commentThreads")[0]
            found |= {thread.id: thread for thread in self.read_threads(items)[0]}
        return found

    async def page(self, asked: Params, use: For) -> tuple[Sequence[object], str | None]:
        """One page of threads, unread."""
        params = [("part", "snippet,replies"), ("maxResults", str(PAGE)), HTML, *asked]
        return read_page(good_body(await self._calls.ask(Method.THREADS, params, use), "commentThreads"), "threads")

    def read_threads(self, items: Sequence[object]) -> tuple[Sequence[Thread], Sequence[str]]:
        """Those that can be read, and the ids of the others: one must not hide those behind it."""
        found: list[Thread] = []
        broken: list[str] = []
        for item in items:
            try:
                thread = read_thread(item, me=self.me)
            except Malformed as error:
                log.error("a thread cannot be read: %s", error)
                if isinstance(item, dict) and isinstance(id := item.get("id"), str) and id and storable(id) == id:
                    broken.append(id)
                continue
            self.remember(thread.id, thread.video)
            found.append(thread)
        return found, broken

    async def comments(self, ids: Iterable[str], use: For) -> Mapping[str, PublicPost]:
        """Those that are there; YouTube leaves out the others in silence."""
        found: dict[str, PublicPost] = {}
        for some in _chunks(ids):
            answer = await self._calls.ask(Method.COMMENTS, [("part", "snippet"), ("id", ",".join(some)), HTML], use)
            if read_reason(answer.body) == "commentNotFound":
                continue
            for item in read_page(good_body(answer, "comments"), "comments")[0]:
                post = self._read(item)
                if post is not None:
                    found[post.ref.id] = post
        await self._learn_places([thread_of(PostRef(id)) for id in found], use)
        return {id: self.placed(post) for id, post in found.items()}

    async def replies(self, thread: str, use: For, *, every: bool = False) -> Sequence[PublicPost] | None:
        """The answers in a thread, newest first as they come. None: there is no such thread.

        With `every` an error, where one of them cannot be read or there are too many: what is not in it is not there.
        """
        found: dict[str, PublicPost] = {}
        token: str | None = None
        for _ in range(MOST_PAGES):
            asked = [("part", "snippet"), ("parentId", thread), ("maxResults", str(PAGE)), HTML]
            answer = await self._calls.ask(Method.COMMENTS, asked + ([("pageToken", token)] if token else []), use)
            if read_reason(answer.body) in ("commentNotFound", "parentCommentNotFound"):
                return None
            items, token = read_page(good_body(answer, "replies"), "replies")
            read = [read_comment(item, me=self.me) if every else self._read(item) for item in items]
            found |= {post.ref.id: post for post in read if post is not None}
            if token is None:
                break
        else:
            if every:
                raise Unreachable("there are too many answers to read them all")
        return tuple(self.placed(post) for post in found.values())

    async def video(self, id: str, use: For) -> Video | None:
        """A video as it is now; None where it is gone, or not for us."""
        return (await self._ask_videos([id], use)).get(id)

    async def whole(self, thread: Thread, use: For) -> Sequence[PublicPost]:
        """A thread's comments, oldest first."""
        answers = thread.shown if thread.whole else await self.replies(thread.id, use) or thread.shown
        return (thread.top, *oldest_first(answers))

    # Where it stands, and who wrote it

    def remember(self, thread: str, video: str | None) -> None:
        self._places[thread] = video
        while len(self._places) > REMEMBERED:
            self._places.popitem(last=False)

    async def dressed(self, posts: Sequence[PublicPost], use: For) -> Sequence[PublicPost]:
        """With profiles, and with the video that they stand under. Posts are heard also where these cannot be had."""
        try:
            profiles = await self.profiles([post.author.ref for post in posts if not post.ours], use)
            missing = [video for post in posts if (video := _video(post)) is not None and video not in self._videos]
            if missing:
                await self._ask_videos(missing, use)
        except (Throttled, Unreachable, Malformed) as error:
            log.warning("profiles or videos could not be asked for: %s", type(error).__name__)
            profiles = {}
        return tuple(
            replace(
                post,
                author=with_profile(post.author, profiles.get(post.author.ref)),
                media=(*post.media, *self._context(post)),
            )
            for post in posts
        )

    async def profiles(self, channels: Iterable[str], use: For) -> Mapping[str, Author]:
        """Whole profiles, not older than a day."""
        now = self._clock()
        wanted = [one for one in dict.fromkeys(channels) if one.startswith("UC")]
        old = [one for one in wanted if one not in self._profiles or now - self._profiles[one][1] > PROFILES_FOR]
        for some in _chunks(old):
            asked = [("part", "snippet,statistics"), ("id", ",".join(some)), ("maxResults", str(IDS))]
            answer = await self._calls.ask(Method.CHANNELS, asked, use)
            for item in read_page(good_body(answer, "channels"), "channels")[0]:
                author = read_channel(item)
                self._profiles[author.ref] = (author, now)
                while len(self._profiles) > REMEMBERED:
                    self._profiles.popitem(last=False)
        return {one: self._profiles[one][0] for one in wanted if one in self._profiles}

    # What is missing

    async def missing(self, ids: Sequence[str], use: For) -> Mapping[str, PublicPost | Gone | Unavailable]:
        """Why comments are not shown. `Gone` only where all around them is: their thread, or their video's comments.

        YouTube leaves out what was deleted, what a moderator rejected, and whatever stands under a video that is
        private or has its comments switched off; and it does not say which.
        """
        answers = [id for id in ids if thread_of(PostRef(id)) != id]
        standing = await self.threads({thread_of(PostRef(id)) for id in answers}, use) if answers else {}
        tops = {thread_of(PostRef(id)) for id in ids} - standing.keys()
        verdicts: dict[str, PublicPost | Gone | Unavailable] = {}
        by_video: dict[str | None, list[str]] = {}
        for top in tops:
            if top not in self._places:
                verdicts[top] = Unavailable(PostRef(top), "deleted, or not visible to us any more")
            else:
                by_video.setdefault(self._places[top], []).append(top)
        for video, under in by_video.items():
            verdicts |= await self._missing_under(video, under, use)
        found: dict[str, PublicPost | Gone | Unavailable] = {}
        for id in ids:
            verdict = verdicts.get(thread_of(PostRef(id)))
            if isinstance(verdict, PublicPost) and verdict.ref.id == id:
                found[id] = verdict
            elif isinstance(verdict, Unavailable | PublicPost):  # of a thread that is hidden nobody knows
                why = verdict.why if isinstance(verdict, Unavailable) else "YouTube holds its thread for review"
                found[id] = Unavailable(PostRef(id), why)
            else:
                found[id] = Gone(PostRef(id))
        return found

    async def _missing_under(
        self, video: str | None, tops: Sequence[str], use: For
    ) -> Mapping[str, PublicPost | Gone | Unavailable]:
        where = ("allThreadsRelatedToChannelId", self.me) if video is None else ("videoId", video)
        probe = await self._calls.ask(Method.THREADS, [("part", "id"), where, ("maxResults", "1")], use)
        if not probe.good:
            return {top: Unavailable(PostRef(top), _why_hidden(probe)) for top in tops}
        held: dict[str, PublicPost] = {}
        for status in UNSEEN:
            items, _ = await self.page([where, ("moderationStatus", status), ("order", "time")], use)
            held |= {thread.id: thread.top for thread in self.read_threads(items)[0]}
        return {top: held.get(top) or Gone(PostRef(top)) for top in tops}

    # Inside

    def _read(self, item: object) -> PublicPost | None:
        """One comment that cannot be read must not hide the others."""
        try:
            return read_comment(item, me=self.me)
        except Malformed as error:
            log.error("a comment cannot be read: %s", error)
            return None

    async def _learn_places(self, threads: Iterable[str], use: For) -> None:
        """Comments that are asked for by id name no video; their threads do."""
        unknown = [one for one in dict.fromkeys(threads) if one not in self._places]
        if unknown:
            await self.threads(unknown, use)

    def placed(self, post: PublicPost) -> PublicPost:
        video = self._places.get(thread_of(post.ref)) if _video(post) is None else _video(post)
        if video is None or (_video(post) == video and post.url):
            return post
        extra = {**post.extra, "video": video}
        return replace(post, url=f"{WEB}/watch?v={video}&lc={post.ref.id}", extra=extra)

    def _context(self, post: PublicPost) -> tuple[Media, ...]:
        """The video, under its name. An answer's card has its thread's first comment, and that the video."""
        video = self._videos.get(_video(post) or "")
        if video is None or post.parent is not None or not video.title:
            return ()
        return (
            Media(
                MediaKind.OTHER, f"{WEB}/watch?v={video.id}", description=f"On the video: {video.title}", context=True
            ),
        )

    async def _ask_videos(self, ids: Iterable[str], use: For) -> Mapping[str, Video]:
        found: dict[str, Video] = {}
        for some in _chunks(ids):
            asked = [("part", "snippet,status"), ("id", ",".join(some))]
            answer = await self._calls.ask(Method.VIDEOS, asked, use)
            if read_reason(answer.body) == "videoNotFound":
                continue
            for item in read_page(good_body(answer, "videos"), "videos")[0]:
                video = read_video(item)
                found[video.id] = self._videos[video.id] = video
                while len(self._videos) > REMEMBERED:
                    self._videos.popitem(last=False)
        return found


def _why_hidden(answer: Answer) -> str:
    if read_reason(answer.body) == "commentsDisabled":
        return "comments are switched off on this video"
    return "the video is gone, or not visible to us any more"


def _video(post: PublicPost) -> str | None:
    found = post.extra.get("video")
    return found if isinstance(found, str) else None


def _chunks(ids: Iterable[str]) -> Iterable[Sequence[str]]:
    # What holds a comma would be two ids.
    wanted = [id for id in dict.fromkeys(ids) if "," not in id]
    return (wanted[at : at + IDS] for at in range(0, len(wanted), IDS))

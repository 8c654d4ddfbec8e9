"""commentThreads, comments, channels and videos, as the Data API answers our channel's owner."""

import base64
import binascii
from collections.abc import Sequence

from sandbox.youtube.faults import Fault, Where
from sandbox.youtube.gate import Call, Endpoint
from sandbox.youtube.refusal import Rejected
from sandbox.youtube.server import Server
from sandbox.youtube.world import UNSEEN, Comment, stamp

LONGEST = 10_000  # characters of a comment; not documented
Json = dict[str, object]


class DataApi:
    """The endpoints of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._world = server.world
        self._shapes = server.shapes

    def endpoints(self) -> Sequence[Endpoint]:
        paged = {"part", "maxResults", "pageToken"}
        talk = frozenset({*paged, "id", "textFormat"})
        threads = {"allThreadsRelatedToChannelId", "channelId", "videoId", "moderationStatus", "order", "searchTerms"}
        channels = frozenset({*paged, "id", "mine", "forHandle", "forUsername", "hl", "managedByMe"})
        sought = frozenset({*paged, "q", "type", "order", "publishedAfter"})
        change = Where.CHANGE
        return (
            Endpoint("GET", "commentThreads.list", self.list_threads, Where.READ, talk | threads),
            Endpoint("GET", "comments.list", self.list_comments, Where.READ, talk | {"parentId"}),
            Endpoint("GET", "channels.list", self.list_channels, Where.READ, channels),
            Endpoint("GET", "videos.list", self.list_videos, Where.READ, frozenset({*paged, "id", "chart", "hl"})),
            Endpoint("GET", "search.list", self.search, Where.READ, sought, 0),
            Endpoint("POST", "comments.insert", self.insert, Where.PUBLISH, frozenset({"part"}), 50, input=True),
            Endpoint("PUT", "comments.update", self.update, change, frozenset({"part"}), 50, input=True),
            Endpoint("DELETE", "comments.delete", self.delete, change, frozenset({"id"}), 50),
        )

    # Reading

    async def list_threads(self, call: Call) -> Json:
        parts = call.parts({"id", "snippet", "replies"})
        by = call.one_of("allThreadsRelatedToChannelId", "channelId", "videoId", "id")
        status = call.choice("moderationStatus", "published", "heldForReview", "likelySpam", "rejected")
        call.choice("order", "time", "relevance", "orderUnspecified")
        html = call.choice("textFormat", "html", "plainText") == "html"
        if by == "id":
            for name in ("moderationStatus", "maxResults", "pageToken", "order", "searchTerms"):
                if name in call.request.query:
                    raise Rejected(400, "incompatibleParameters", f"Incompatible parameters: id, {name}")
            tops = [one for id in call.ids() if (one := self._world.comments.get(id)) is not None]
            found = [one for one in tops if one.parent is None and self._world.stands(one)]
            return _listed("commentThread", [self._shapes.thread(one, parts, html=html) for one in found])
        found = [one for one in self._asked_for(by, call.get(by) or "", status) if one.status == status]
        if words := (call.get("searchTerms") or "").lower():
            found = [one for one in found if words in one.text.lower()]
        page, rest = _page(call, found, default=20)
        return {**_listed("commentThread", [self._shapes.thread(one, parts, html=html) for one in page]), **rest}

    def _asked_for(self, by: str, value: str, status: str) -> list[Comment]:
        tops = list(self._world.tops())
        if by == "videoId":
            video = self._world.videos.get(value)
            if video is None or video.gone:
                raise Rejected(404, "videoNotFound", "The video cannot be found.", domain="youtube.commentThread")
            if not video.talks:
                said = "The video has disabled comments."
                raise Rejected(403, "commentsDisabled", said, domain="youtube.commentThread")
            return [one for one in tops if one.video is video]
        if value not in self._world.people:
            raise Rejected(404, "channelNotFound", "The channel cannot be found.", domain="youtube.commentThread")
        if value != self._world.us.id:
            if status != "published":
                said = "One or more of the requested comment threads cannot be retrieved: insufficient permissions."
                raise Rejected(403, "forbidden", said, domain="youtube.commentThread")
            return []
        return [one for one in tops if by == "allThreadsRelatedToChannelId" or one.video is None]

    async def list_comments(self, call: Call) -> Json:
        call.parts({"id", "snippet"})
        by = call.one_of("id", "parentId")
        html = call.choice("textFormat", "html", "plainText") == "html"
        if by == "id":
            for name in ("maxResults", "pageToken"):
                if name in call.request.query:
                    raise Rejected(400, "incompatibleParameters", f"Incompatible parameters: id, {name}")
            given = [one for id in call.ids() if (one := self._world.comments.get(id)) is not None]
            omits = self._server.faults.on(Fault.OMIT_HELD)
            shown = [one for one in given if self._world.stands(one) and not (omits and one.status in UNSEEN)]
            return _listed("comment", [self._shapes.comment(one, html=html, by_id=True) for one in shown])
        parent = self._world.find(call.get("parentId") or "")
        if not self._world.stands(parent):
            raise Rejected(404, "commentNotFound", "The specified comments cannot be found.")
        page, rest = _page(call, list(self._world.answers(parent.id)), default=20)
        return {**_listed("comment", [self._shapes.comment(one, html=html) for one in page]), **rest}

    async def list_channels(self, call: Call) -> Json:
        parts = call.parts({"id", "snippet", "statistics", "status", "contentDetails"})
        by = call.one_of("mine", "id", "forHandle")
        call.number("maxResults", default=5, least=0, most=50)
        people = self._world.people
        if by == "mine":
            found = [self._world.us]
        elif by == "id":
            found = [people[id] for id in call.ids() if id in people]
        else:
            handle = (call.get(by) or "").removeprefix("@").lower()
            found = [one for one in people.values() if one.handle == handle]
        return _listed("channel", [self._shapes.channel(one, parts) for one in found])

    async def list_videos(self, call: Call) -> Json:
        parts = call.parts({"id", "snippet", "status", "statistics", "contentDetails"})
        call.one_of("id", "chart")
        found = [video for id in call.ids() if (video := self._world.videos.get(id)) is not None and not video.gone]
        return _listed("video", [self._shapes.video(one, parts) for one in found])

    async def search(self, call: Call) -> Json:
        """Videos by the words of their titles and descriptions, the newest first: a hundred times a day."""
        call.parts({"id", "snippet"})
        if call.get("type") != "video":
            raise Rejected(400, "invalidParameter", "This stand-in searches for videos alone")
        call.choice("order", "date", "relevance")
        self._server.searched += 1
        if self._server.searched > self._server.most_searches:
            raise Rejected(403, "quotaExceeded", "You have exceeded your quota for search.list.")
        after = call.get("publishedAfter") or "1970-01-01T00:00:00Z"
        words = (call.get("q") or "").lower()
        found = [
            video
            for video in self._world.videos.values()
            if not video.gone
            and video.privacy == "public"
            and words in f"{video.title} {video.about}".lower()
            and stamp(video.at) >= after
        ]
        found.sort(key=lambda video: video.at, reverse=True)
        most = call.number("maxResults", default=5, least=0, most=50)
        return _listed("search", [self._shapes.found(one) for one in found[:most]])

    # Writing

    async def insert(self, call: Call) -> Json:
        """YouTube takes the same words as often as they come."""
        call.parts({"id", "snippet"})
        words = self._words(call)
        parent = call.snippet().get("parentId")
        if not isinstance(parent, str) or not parent:
            raise Rejected(400, "parentIdMissing", "The comment that is being inserted must be linked to a parent.")
        above = self._world.comments.get(parent)
        if above is None:
            raise Rejected(404, "parentCommentNotFound", "The specified parent comment could not be found.")
        if above.parent is not None:
            # YouTube itself may put it into the thread all the same. Strict: nobody means to send that.
            raise Rejected(400, "invalidCommentMetadata", "The parent is no top-level comment.")
        if above.video is not None and not above.video.talks:
            raise Rejected(403, "commentsDisabled", "The video has disabled comments.")
        if above.status != "published":
            raise Rejected(400, "parentCommentIsPrivate", "The specified parent comment is private.")
        if not above.can_reply:
            raise Rejected(400, "operationNotSupported", "The API user cannot insert a comment in reply to this one.")
        status = "likelySpam" if self._server.faults.on(Fault.SPAM) else "published"
        made = self._world.say(self._world.us, words, parent=above, status=status)
        if call.publish is not None:
            call.publish.accepted = made.id
        return self._shapes.comment(made, html=True, by_id=True)

    async def update(self, call: Call) -> Json:
        call.parts({"id", "snippet"})
        id = call.body.get("id")
        if not isinstance(id, str) or not id:
            raise Rejected(400, "commentIdMissing", "The comment that is being updated must have an id.")
        comment = self._world.find(id)
        words = self._words(call)
        if comment.author is not self._world.us:
            raise Rejected(403, "forbidden", "The comment cannot be updated due to insufficient permissions.")
        self._world.edit(comment, words)
        return self._shapes.comment(comment, html=True, by_id=True)

    async def delete(self, call: Call) -> None:
        comment = self._world.find(call.get("id") or "")
        if comment.author is not self._world.us:
            raise Rejected(403, "forbidden", "The comment cannot be deleted due to insufficient permissions.")
        self._world.remove(comment)

    def _words(self, call: Call) -> str:
        words = call.snippet().get("textOriginal")
        if not isinstance(words, str) or not words.strip():
            raise Rejected(400, "commentTextRequired", "Comments cannot be empty.")
        if len(words) > LONGEST:
            raise Rejected(400, "commentTextTooLong", "The comment has too many characters.")
        return words


def _listed(kind: str, items: Sequence[Json]) -> Json:
    info = {"totalResults": len(items), "resultsPerPage": len(items)}
    return {"kind": f"youtube#{kind}ListResponse", "etag": "e", "pageInfo": info, "items": list(items)}


def _page(call: Call, found: list[Comment], *, default: int) -> tuple[list[Comment], Json]:
    """A page token is the place of the last comment of the page before: what comes or goes moves nothing."""
    count = call.number("maxResults", default=default, least=1, most=100)
    token = call.get("pageToken")
    if token is not None:
        try:
            at, _, nth = base64.b64decode(token, altchars=b"-_", validate=True).decode().partition(".")
            last = (int(at), int(nth))
        except (binascii.Error, ValueError):
            raise Rejected(400, "invalidPageToken", "The request specifies an invalid page token.") from None
        found = [one for one in found if _place(one) < last]
    page = found[:count]
    if count >= len(found):
        return page, {}
    at_end = ".".join(str(part) for part in _place(page[-1]))
    return page, {"nextPageToken": base64.urlsafe_b64encode(at_end.encode()).decode()}


def _place(comment: Comment) -> tuple[int, int]:
    return int(comment.published.timestamp()), comment.nth

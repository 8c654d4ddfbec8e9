"""How channels, videos and comments look in JSON, field by field, as recorded answers have them."""

import re
from html import escape

from sandbox.youtube.world import UNSEEN, Comment, Person, Video, World, stamp

Json = dict[str, object]
SHOWN = 5  # answers that a thread shows
_LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")
_WATCH = re.compile(r"https://www\.youtube\.com/watch\?v=([\w-]{11})")


class Shapes:
    """Makes JSON of what the world holds. `base` is the server's address; it may be set late."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.base = ""
        self.originals = True  # whether textOriginal is given for others' comments

    def channel(self, person: Person, parts: set[str]) -> Json:
        shape: Json = {"kind": "youtube#channel", "etag": "e", "id": person.id}
        if "snippet" in parts:
            picture = {"url": f"{self.base}/img/{person.id}", "width": 88, "height": 88}
            shape["snippet"] = {
                "title": person.name,
                "description": "",
                "customUrl": f"@{person.handle}",
                "publishedAt": "2024-01-01T00:00:00Z",
                "thumbnails": {"default": picture},
            }
        if "statistics" in parts:
            count = {} if person.hides_subscribers else {"subscriberCount": str(person.subscribers)}
            shape["statistics"] = {
                "viewCount": "0",
                **count,
                "hiddenSubscriberCount": person.hides_subscribers,
                "videoCount": "0",
            }
        return shape

    def video(self, video: Video, parts: set[str]) -> Json:
        shape: Json = {"kind": "youtube#video", "etag": "e", "id": video.id}
        if "snippet" in parts:
            by = video.by or self._world.us
            shape["snippet"] = {
                "title": video.title,
                "description": video.about,
                "publishedAt": stamp(video.at),
                "channelId": by.id,
                "channelTitle": by.name,
            }
        if "status" in parts:
            shape["status"] = {
                "uploadStatus": "processed",
                "privacyStatus": video.privacy,
                "license": "youtube",
                "embeddable": True,
                "publicStatsViewable": True,
                "madeForKids": video.for_kids,
            }
        return shape

    def found(self, video: Video) -> Json:
        """As search.list has it: escaped, and cut short."""
        by = video.by or self._world.us
        return {
            "kind": "youtube#searchResult",
            "etag": "e",
            "id": {"kind": "youtube#video", "videoId": video.id},
            "snippet": {
                "title": escape(video.title),
                "description": escape(video.about[:100]),
                "publishedAt": stamp(video.at),
                "channelId": by.id,
                "channelTitle": by.name,
            },
        }

    def comment(self, comment: Comment, *, html: bool, within: bool = False, by_id: bool = False) -> Json:
        """`within` a thread it names channel and video; asked for by id it says nothing of moderation."""
        who = comment.author
        snippet: Json = {
            "textDisplay": self._displayed(comment.text, html=html),
            "authorDisplayName": f"@{who.handle}",
            "authorProfileImageUrl": f"{self.base}/img/{who.id}",
            "authorChannelUrl": f"http://www.youtube.com/@{who.handle}",
            "authorChannelId": {"value": who.id},
            "canRate": True,
            "viewerRating": "none",
            "likeCount": 0,
            "publishedAt": stamp(comment.published),
            "updatedAt": stamp(comment.updated),
        }
        if self.originals or who is self._world.us:
            snippet["textOriginal"] = comment.text
        if comment.parent is not None:
            snippet["parentId"] = comment.parent
        if within:
            snippet["channelId"] = self._world.us.id
            if comment.video is not None:
                snippet["videoId"] = comment.video.id
        if comment.status in UNSEEN and not by_id:
            snippet["moderationStatus"] = comment.status
        if comment.picture:
            snippet["imageUrl"] = f"{self.base}/img/{comment.id}?expire=6h"
        return {"kind": "youtube#comment", "etag": "e", "id": comment.id, "snippet": snippet}

    def thread(self, top: Comment, parts: set[str], *, html: bool) -> Json:
        answers = [one for one in self._world.answers(top.id) if one.status == "published"]
        shape: Json = {"kind": "youtube#commentThread", "etag": "e", "id": top.id}
        if "snippet" in parts:
            place = {} if top.video is None else {"videoId": top.video.id}
            shape["snippet"] = {
                "channelId": self._world.us.id,
                **place,
                "topLevelComment": self.comment(top, html=html, within=True),
                "canReply": top.can_reply and top.status == "published",
                "totalReplyCount": len(answers),
                "isPublic": top.status == "published",
            }
        if "replies" in parts and answers:
            shown = [self.comment(one, html=html, within=True) for one in answers[:SHOWN]]
            shape["replies"] = {"comments": shown}
        return shape

    def _displayed(self, words: str, *, html: bool) -> str:
        """HTML with links, or words in which the titles of videos stand for their addresses."""
        if not html:
            return _WATCH.sub(lambda found: self._title(found[1]) or found[0], words)
        out, at = [], 0
        for found in _LINK.finditer(words):
            watched = _WATCH.fullmatch(found[0])
            label = self._title(watched[1]) if watched else ""
            out += [escape(words[at : found.start()]), f'<a href="{escape(found[0])}">{escape(label or found[0])}</a>']
            at = found.end()
        return "".join([*out, escape(words[at:])]).replace("\n", "<br>")

    def _title(self, video: str) -> str:
        found = self._world.videos.get(video)
        return found.title if found else ""

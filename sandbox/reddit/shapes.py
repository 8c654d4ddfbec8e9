"""How things look in JSON, field by field, as answers of 2025 had them (those fields that anybody reads)."""

from collections.abc import Sequence

from sandbox.reddit.markdown import to_html
from sandbox.reddit.world import DELETED, Letter, Person, Subreddit, Thing, World

Json = dict[str, object]


class Shapes:
    """Makes JSON of what the world holds. `base` is the server's address; it may be set late."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.base = ""

    def me(self, *, suspended: bool) -> Json:
        us = self._world.us
        return {
            "id": us.name[3:],
            "name": us.handle,
            "icon_img": self._picture(us),
            "is_suspended": suspended,
            "has_verified_email": True,
            "total_karma": 4711,
            "subreddit": {"display_name": f"u_{us.handle}", "subscribers": 1200},
        }

    def account(self, person: Person) -> Json:
        return {"name": person.handle, "profile_img": self._picture(person), "comment_karma": 7, "link_karma": 1}

    def place(self, place: Subreddit) -> Json:
        data: Json = {
            "name": place.name,
            "id": place.name[3:],
            "display_name": place.title,
            "subreddit_type": "private" if place.private else "public",
            "user_is_banned": place.bans_us,
            "user_is_muted": False,
            "user_is_contributor": False,
            "user_is_moderator": False,
            "restrict_commenting": place.members_only,
            "restrict_posting": True,
            "quarantine": place.quarantined,
        }
        return {"kind": "t5", "data": data}

    def thing(self, thing: Thing, *, to_us: bool = True, replies: object = "") -> Json:
        """A comment or a post. What was taken away, and by whom, stands in place of author and words."""
        author, source = self._words(thing, to_us=to_us)
        data: Json = {
            "name": thing.name,
            "id": thing.id,
            "author": author,
            "subreddit": thing.place.title,
            "subreddit_id": thing.place.name,
            "created_utc": float(int(thing.at.timestamp())),
            "edited": False if thing.edited is None else float(int(thing.edited.timestamp())),
            "permalink": thing.page,
            "archived": thing.archived or thing.link.archived,
            "locked": thing.locked,
            "score": 1,
            "distinguished": None,
            "stickied": False,
            "removed": None,
            "media_metadata": None,
        }
        if author == thing.author.handle:
            data["author_fullname"] = thing.author.name
        if not thing.is_link:
            parent = thing.parent
            data |= {
                "body": source,
                "body_html": to_html(source),
                "parent_id": parent.name if parent else None,
                "link_id": thing.link.name,
                "is_submitter": thing.author is thing.link.author,
                "collapsed_reason_code": "DELETED" if thing.taken else None,
                "replies": replies,
            }
            return {"kind": "t1", "data": data}
        data |= {
            "title": thing.title,
            "is_self": thing.url is None and not thing.pictures,
            "selftext": source,
            "selftext_html": to_html(source) if source else None,
            "num_comments": self._world.below(thing),
            "url": thing.url or f"https://www.reddit.com{thing.page}",
            "removed_by_category": {None: None, DELETED: "deleted"}.get(thing.taken, "moderator"),
        }
        if thing.url is not None:
            data["url_overridden_by_dest"] = thing.url
        if thing.pictures:
            data |= self._gallery(thing)
        return {"kind": "t3", "data": data}

    def letter(self, letter: Letter) -> Json:
        """As the inbox has it: no link, no edits, an address in `context`."""
        if letter.thing is None:
            data: Json = {"name": letter.name, "type": letter.kind, "was_comment": False, "author": "somebody"}
            data |= {
                "created_utc": float(int(letter.at.timestamp())),
                "body": "hello",
                "context": "",
                "subreddit": None,
            }
            return {"kind": "t4", "data": data}
        thing = letter.thing
        author, source = self._words(thing, to_us=True)
        data = {
            "name": thing.name,
            "id": thing.id,
            "type": letter.kind,
            "subject": letter.kind.replace("_", " "),
            "was_comment": True,
            "new": True,
            "author": author,
            "body": source,
            "body_html": f"<!-- SC_OFF -->{to_html(source)}<!-- SC_ON -->",
            "parent_id": thing.parent.name if thing.parent else None,
            "subreddit": thing.place.title,
            "link_title": thing.link.title,
            "context": f"{thing.page}?context=3",
            "created_utc": float(int(thing.at.timestamp())),
            "num_comments": self._world.below(thing.link),
            "dest": self._world.us.handle,
        }
        if author == thing.author.handle:
            data["author_fullname"] = thing.author.name
        return {"kind": "t1", "data": data}

    def more(self, parent: Thing, left: Sequence[Thing], depth: int) -> Json:
        data: Json = {"name": left[0].name, "id": left[0].id, "parent_id": parent.name, "depth": depth}
        return {"kind": "more", "data": {**data, "count": len(left), "children": [one.id for one in left]}}

    def listing(self, children: Sequence[object], after: str | None = None) -> Json:
        data: Json = {"after": after, "before": None, "dist": len(children), "modhash": None, "geo_filter": ""}
        return {"kind": "Listing", "data": {**data, "children": list(children)}}

    def _words(self, thing: Thing, *, to_us: bool) -> tuple[str, str]:
        if thing.taken is not None:
            return "[deleted]", thing.taken
        if to_us and thing.author.blocks_us:
            return "[unavailable]", "[unavailable]"
        if not to_us and thing.filtered:
            return "[deleted]", "[removed]"
        return thing.author.handle, thing.source

    def _picture(self, person: Person) -> str:
        return f"{self.base}/img/{person.handle}.png"

    def _gallery(self, thing: Thing) -> Json:
        keys = [f"{thing.id}{number}" for number in range(len(thing.pictures))]
        address = f"{self.base}/img"
        return {
            "is_gallery": True,
            "gallery_data": {
                "items": [
                    {"media_id": key, "id": number, "caption": said}
                    for number, (key, said) in enumerate(zip(keys, thing.pictures, strict=True))
                ]
            },
            "media_metadata": {
                key: {"status": "valid", "e": "Image", "m": "image/png", "s": {"u": f"{address}/{key}.png"}}
                for key in keys
            },
        }

"""How statuses, accounts and notifications look in JSON: the entities of a 4.4 server, field by field."""

from collections.abc import Callable
from datetime import datetime

from sandbox.square.people import Person
from sandbox.square.world import Notification, Picture, Status, Version, World

Json = dict[str, object]


class Shapes:
    """Makes JSON of what the world holds. `base` is the server's address; it may be set late."""

    def __init__(self, world: World, *, odd_acct: Callable[[], bool]) -> None:
        self._world = world
        self._odd_acct = odd_acct
        self.base = ""

    def profile_url(self, person: Person) -> str:
        return f"{self.base}/@{person.acct}"

    def status_url(self, status: Status) -> str:
        return f"{self.base}/@{status.author.acct}/{status.id}"

    def account(self, person: Person) -> Json:
        avatar = f"{self.base}/avatars/{person.id}.png"
        return {
            "id": person.id,
            "username": person.username,
            "acct": f"{person.username}@{self._world.people.domain}"
            if self._odd_acct() and person.domain is None
            else person.acct,
            "display_name": person.display_name,
            "locked": False,
            "bot": person.bot,
            "discoverable": True,
            "indexable": True,
            "group": False,
            # Accounts are dated by the day.
            "created_at": f"{person.created_at.date().isoformat()}T00:00:00.000Z",
            "note": "",
            "url": self.profile_url(person),
            "uri": f"{self.base}/ap/users/{person.id}",
            "avatar": avatar,
            "avatar_static": avatar,
            "header": f"{self.base}/avatars/{person.id}.png",
            "header_static": f"{self.base}/avatars/{person.id}.png",
            "followers_count": person.followers,
            "following_count": 0,
            "statuses_count": person.posts,
            "last_status_at": person.last_post_at.date().isoformat() if person.last_post_at else None,
            "hide_collections": None,
            "noindex": False,
            "emojis": [],
            "roles": [],
            "fields": [],
        }

    def own_account(self) -> Json:
        """CredentialAccount."""
        source = {
            "privacy": "public",
            "sensitive": False,
            "language": None,
            "note": "",
            "fields": [],
            "follow_requests_count": 0,
        }
        return {**self.account(self._world.us), "source": source}

    def status(self, status: Status) -> Json:
        version = status.now
        parent = self._world.any_status(status.parent_id or "")
        parent_stands = parent is not None and not parent.removed
        return {
            "id": status.id,
            "created_at": stamp(status.created_at),
            # The server forgets what was answered when that is deleted.
            "in_reply_to_id": status.parent_id if parent_stands else None,
            "in_reply_to_account_id": status.parent_author_id,
            "sensitive": version.sensitive,
            "spoiler_text": version.warning,
            "visibility": status.visibility.value,
            "language": status.language,
            "uri": f"{self.base}/ap/users/{status.author.id}/statuses/{status.id}",
            "url": self.status_url(status),
            "replies_count": len(self._world.replies(status.id)),
            "reblogs_count": 0,
            "favourites_count": 0,
            "quotes_count": 0,
            "edited_at": stamp(status.edited_at) if status.edited_at else None,
            "favourited": False,
            "reblogged": False,
            "muted": False,
            "bookmarked": False,
            "content": self._world.html(status, version),
            "filtered": [],
            "reblog": None,
            "application": {"name": status.application, "website": None} if status.application else None,
            "account": self.account(status.author),
            "media_attachments": [self.media(kept) for kept in version.media],
            "mentions": [self._mention(person) for person in status.mentions],
            "tags": [],
            "emojis": [],
            "quote": None,
            "card": None,
            "poll": None,
        }

    def deleted(self, status: Status) -> Json:
        """What DELETE answers: the text as it was written in place of the HTML."""
        shape = self.status(status)
        del shape["content"]
        return {**shape, "text": status.now.text}

    def source(self, status: Status) -> Json:
        return {"id": status.id, "text": status.now.text, "spoiler_text": status.now.warning}

    def version(self, status: Status, version: Version) -> Json:
        """StatusEdit."""
        return {
            "content": self._world.html(status, version),
            "spoiler_text": version.warning,
            "sensitive": version.sensitive,
            "created_at": stamp(version.at),
            "account": self.account(status.author),
            "media_attachments": [self.media(kept) for kept in version.media],
            "emojis": [],
        }

    def media(self, kept: Picture, *, ready: bool = True) -> Json:
        kind = kept.content_type.split("/", 1)[0]
        url = f"{self.base}/media/{kept.id}"
        return {
            "id": kept.id,
            "type": kind if kind in ("image", "video", "audio") else "unknown",
            "url": url if ready else None,
            "preview_url": url if ready else None,
            "remote_url": None,
            "text_url": None,
            "meta": {},
            "description": kept.description,
            "blurhash": None,
        }

    def notification(self, notification: Notification) -> Json:
        shape: Json = {
            "id": notification.id,
            "type": notification.type,
            "created_at": stamp(notification.at),
            "group_key": f"ungrouped-{notification.id}",
            "account": self.account(notification.person),
        }
        if notification.status is not None:
            shape["status"] = self.status(notification.status)
        if notification.filtered:
            shape["filtered"] = True
        return shape

    def policy(self) -> Json:
        waiting = [n for n in self._world.notifications() if n.filtered]
        summary = {
            "pending_requests_count": len({n.person.id for n in waiting}),
            "pending_notifications_count": len(waiting),
        }
        return {**self._world.policy, "summary": summary}

    def _mention(self, person: Person) -> Json:
        return {
            "id": person.id,
            "username": person.username,
            "url": self.profile_url(person),
            "acct": person.acct,
        }


def stamp(at: datetime) -> str:
    """UTC with milliseconds and a Z. `strftime` would be ten times slower."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

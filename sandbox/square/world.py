"""What stands on the square: statuses with their versions, notifications, and who may see what.

No HTTP and no JSON here. Rules are the server's; each refusal is a `Rejected` with its status and words.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sandbox.square import words
from sandbox.square.changes import Changes
from sandbox.square.people import People, Person
from sandbox.square.pictures import picture


class Rejected(Exception):
    """The server's no: a status and the words of the error."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(f"{status} {error}")
        self.status = status
        self.error = error


class Visibility(StrEnum):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"
    DIRECT = "direct"


class Channel(StrEnum):
    """What streams carry: `user` has both, `user:notification` only the second."""

    HOME = "home"
    NOTIFICATIONS = "notifications"


@dataclass(frozen=True, slots=True)
class Picture:
    """An uploaded file. `ready_at` is when the server has processed it."""

    id: str
    body: bytes
    content_type: str
    description: str | None
    ready_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A status's words at one time."""

    text: str
    warning: str
    sensitive: bool
    media: tuple[Picture, ...]
    at: datetime


@dataclass(slots=True)
class Status:
    """A post. `parent_id` is what it answered, also after the parent is gone."""

    id: str
    author: Person
    visibility: Visibility
    language: str | None
    parent_id: str | None
    parent_author_id: str | None
    created_at: datetime
    versions: list[Version]
    mentions: list[Person] = field(default_factory=list)
    application: str | None = None
    removed: bool = False

    @property
    def now(self) -> Version:
        return self.versions[-1]

    @property
    def edited_at(self) -> datetime | None:
        return self.now.at if len(self.versions) > 1 else None


@dataclass(frozen=True, slots=True)
class Notification:
    id: str
    type: str
    person: Person
    status: Status | None
    at: datetime
    filtered: bool


# What NotificationPolicy names, in the order of the entity (4.4).
POLICIES = (
    "for_not_following",
    "for_not_followers",
    "for_new_accounts",
    "for_private_mentions",
    "for_limited_accounts",
)

Emit = Callable[[Channel, str, Status | Notification | str], None]


class World:
    """Statuses, people and notifications of one server, as its company's account meets them."""

    def __init__(self, *, account: str, clock: Callable[[], datetime], max_characters: int, emit: Emit) -> None:
        self.clock = clock
        self.max_characters = max_characters
        self.changes = Changes()
        self.people = People()
        self.us = self.people.make(account, now=clock() - timedelta(days=400), bot=True, followers=1200)
        self.policy: dict[str, str] = dict.fromkeys(POLICIES, "accept")
        self.media: dict[str, Picture] = {}
        self.tag_base = ""
        self.url_of: Callable[[Person], str] = lambda person: person.acct
        self._emit = emit
        self._statuses: dict[str, Status] = {}
        self._children: dict[str, list[Status]] = {}
        self._notifications: list[Notification] = []
        self._notification_ids = itertools.count(1)
        self._media_ids = itertools.count(109_500_000_000_000_001)
        self._last_id = 0

    # Reading

    def statuses(self) -> list[Status]:
        """Every status that stands, oldest first."""
        return [status for status in self._statuses.values() if not status.removed]

    def status(self, id: str, *, viewer: Person | None) -> Status:
        """The status, if it stands and the viewer may see it."""
        status = self._statuses.get(id)
        if status is None or status.removed or not sees(viewer, status):
            raise Rejected(404, "Record not found")
        return status

    def any_status(self, id: str) -> Status | None:
        """The status, removed or not."""
        return self._statuses.get(id)

    def replies(self, id: str) -> list[Status]:
        """Direct replies that stand, oldest first."""
        return [status for status in self._children.get(id, ()) if not status.removed]

    def ancestors(self, status: Status) -> list[Status]:
        found: list[Status] = []
        parent = self._statuses.get(status.parent_id or "")
        while parent is not None and not parent.removed:
            found.insert(0, parent)
            parent = self._statuses.get(parent.parent_id or "")
        return found

    def descendants(self, status: Status) -> list[Status]:
        """Everything below, depth first, oldest first on each level."""
        found: list[Status] = []
        for reply in self.replies(status.id):
            found.append(reply)
            found.extend(self.descendants(reply))
        return found

    def notifications(self) -> list[Notification]:
        """Those whose status stands, oldest first."""
        return [n for n in self._notifications if n.status is None or not n.status.removed]

    # Writing

    def post(
        self,
        author: Person,
        text: str,
        *,
        parent: Status | None = None,
        visibility: Visibility = Visibility.PUBLIC,
        warning: str = "",
        sensitive: bool = False,
        media: Sequence[Picture] = (),
        language: str | None = None,
        application: str | None = None,
    ) -> Status:
        text, warning = self._fitting(author, text, warning, media)
        now = self.clock()
        status = Status(
            id=self._next_id(now),
            author=author,
            visibility=visibility,
            language=language,
            parent_id=parent.id if parent else None,
            parent_author_id=parent.author.id if parent else None,
            created_at=now,
            versions=[Version(text, warning, sensitive or bool(warning), tuple(media), now)],
            mentions=self._mentioned(text),
            application=application,
        )
        self._statuses[status.id] = status
        if parent is not None:
            self._children.setdefault(parent.id, []).append(status)
        author.posts += 1
        author.last_post_at = now
        if author is self.us or (author.followed and sees(self.us, status)):
            self._emit(Channel.HOME, "update", status)
        self._notify_of(status)
        self.changes.tell()
        return status

    def edit(
        self,
        status: Status,
        text: str,
        *,
        warning: str | None = None,
        sensitive: bool | None = None,
        media: Sequence[Picture] | None = None,
        language: str | None = None,
    ) -> Status:
        """A new version. Nothing happens when nothing changed."""
        old = status.now
        pictures = old.media if media is None else tuple(media)
        text, warning = self._fitting(status.author, text, old.warning if warning is None else warning, pictures)
        shy = (old.sensitive if sensitive is None else sensitive) or bool(warning)
        if (text, warning, shy, pictures) == (old.text, old.warning, old.sensitive, old.media):
            return status
        status.versions.append(Version(text, warning, shy, pictures, self.clock()))
        status.language = language or status.language
        mentioned_before = self.us in status.mentions
        status.mentions = self._mentioned(text)
        if status.author is self.us or (status.author.followed and sees(self.us, status)):
            self._emit(Channel.HOME, "status.update", status)
        if not mentioned_before:
            self._notify_of(status)
        self.changes.tell()
        return status

    def remove(self, status: Status) -> None:
        """The author deletes it. Replies to it stay, and say no longer what they answered."""
        if status.removed:
            return
        status.removed = True
        status.author.posts -= 1
        followed = status.author.followed and sees(self.us, status)
        if status.author is self.us or followed or self.us in status.mentions:
            self._emit(Channel.HOME, "delete", status.id)
        self.changes.tell()

    def notify(self, type: str, person: Person, status: Status | None) -> Notification | None:
        """Tell the company's account, as its policy has it: accepted, filtered, or dropped (None)."""
        verdict = self._verdict(person, status)
        if verdict == "drop":
            return None
        notification = Notification(
            str(next(self._notification_ids)), type, person, status, self.clock(), verdict == "filter"
        )
        self._notifications.append(notification)
        if not notification.filtered:
            self._emit(Channel.NOTIFICATIONS, "notification", notification)
        self.changes.tell()
        return notification

    def add_media(
        self,
        body: bytes | None,
        *,
        content_type: str = "image/png",
        description: str | None,
        ready_in: float = 0,
    ) -> Picture:
        """Keep a file; without a body one is drawn from its description."""
        drawn = picture(description or "", cells=8, scale=40) if body is None else body
        kept = Picture(
            str(next(self._media_ids)),
            drawn,
            content_type,
            description,
            self.clock() + timedelta(seconds=ready_in),
        )
        self.media[kept.id] = kept
        return kept

    def loose_media(self, ids: Sequence[str]) -> list[Picture]:
        """Those that a new status names: each has to be there, and in no status yet (PostStatusService)."""
        taken = {kept.id for status in self._statuses.values() for one in status.versions for kept in one.media}
        missing = [id for id in ids if id not in self.media or id in taken]
        if missing:
            raise Rejected(422, f"Media {', '.join(missing)} not found or already attached to another post")
        return self.media_of(ids)

    def media_of(self, ids: Sequence[str]) -> list[Picture]:
        found = [self.media[id] for id in ids if id in self.media]
        if any(kept.ready_at > self.clock() for kept in found):
            raise Rejected(422, "Cannot attach files that have not finished processing. Try again in a moment!")
        if len(found) > 4:  # configuration.statuses.max_media_attachments
            raise Rejected(422, "Cannot attach more than 4 files")
        return found

    # Rules

    def may_see(self, viewer: Person | None, status: Status) -> bool:
        return sees(viewer, status)

    def html(self, status: Status, version: Version) -> str:
        remote = status.author.domain is not None
        return words.to_html(version.text, who=self._link, tag_base=self.tag_base, remote=remote)

    def _fitting(self, author: Person, text: str, warning: str, media: Sequence[Picture]) -> tuple[str, str]:
        text, warning = text.strip(), warning.strip()
        if not text and warning:
            text, warning = warning, ""
        if not text and not media:
            raise Rejected(422, "Validation failed: Text can't be blank")
        if author.domain is None and words.length(text, warning) > self.max_characters:
            raise Rejected(422, f"Validation failed: Text character limit of {self.max_characters} exceeded")
        return text, warning

    def _mentioned(self, text: str) -> list[Person]:
        found = [self._who(entity) for entity in words.entities(text) if entity.kind is words.Kind.MENTION]
        return list({person.id: person for person in found if person is not None}.values())

    def _who(self, entity: words.Entity) -> Person | None:
        return self.people.find(f"@{entity.name}@{entity.domain}" if entity.domain else f"@{entity.name}")

    def _link(self, entity: words.Entity) -> words.Link | None:
        person = self._who(entity)
        return words.Link(self.url_of(person), person.username) if person else None

    def _notify_of(self, status: Status) -> None:
        if self.us in status.mentions and status.author is not self.us:
            self.notify("mention", status.author, status)

    def _verdict(self, person: Person, status: Status | None) -> str:
        """NotifyService: a reply to us is never unsolicited; the strictest policy that applies counts."""
        answers_us = status is not None and status.parent_author_id == self.us.id
        private = status is not None and status.visibility is Visibility.DIRECT
        applies: Mapping[str, bool] = {
            "for_not_following": not person.followed,
            "for_not_followers": not person.followed,
            "for_new_accounts": person.created_at > self.clock() - timedelta(days=30),
            "for_private_mentions": private and not person.followed,
            "for_limited_accounts": person.limited,
        }
        verdicts = {self.policy[name] for name, does in applies.items() if does and not answers_us}
        return next((verdict for verdict in ("drop", "filter") if verdict in verdicts), "accept")

    def _next_id(self, now: datetime) -> str:
        """Milliseconds and a counter, as Mastodon::Snowflake makes them; always rising."""
        self._last_id = max(self._last_id + 1, int(now.timestamp() * 1000) << 16)
        return str(self._last_id)


def sees(viewer: Person | None, status: Status) -> bool:
    """Who may see a status: everybody the public ones, otherwise its author and whom it names."""
    if status.visibility in (Visibility.PUBLIC, Visibility.UNLISTED):
        return True
    return viewer is not None and (viewer is status.author or viewer in status.mentions)


def utc_now() -> datetime:
    return datetime.now(UTC)

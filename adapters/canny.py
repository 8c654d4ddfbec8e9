"""Boards on Canny: suggestions are heard with their votes, and answered by comments.

All calls are POSTs with the API key in the body, so that it stands in no address and in no header. A webhook's call is
signed over a nonce alone, and not over what it says: it only names something, which is then asked for. Settings are in
`canny_settings`. Where from: developers.canny.io as copied by api-evangelist/canny, examples of webhooks (2026).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from adapters.boards import TOPIC, Board, Entry, Standing, as_it_is, in_order
from adapters.boards_ask import ask
from adapters.boards_hooks import body_of
from adapters.boards_versions import Versions
from adapters.canny_settings import CAPABILITIES, SKEW, Settings
from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Unreachable
from adapters.http import Answer, Clock, Http, platform_words, utc_now
from adapters.keeping import Keeper
from adapters.payload import JSON, read_id, read_int, read_list, read_object, read_str, read_str_or_none, read_time
from adapters.posts import (
    VOTES,
    Author,
    Edited,
    Gone,
    Heard,
    Hook,
    HookAnswer,
    Posted,
    PostRef,
    PublicPost,
    Receipt,
    Removed,
    Reply,
    Unavailable,
    Voted,
)
from adapters.text import Mark, Span, Text
from adapters.webhooks import Spelling, signed

API = "/api/v1"
PAGE = 100
MOST_PAGES = 10
AUTH = "Canny does not take the API key: copy it anew from Settings, API."
SUGGESTION, COMMENT = "post:", "comment:"
_MISSING = ("not found", "does not exist", "invalid id", "invalid post", "invalid comment", "invalid user")
NONCES = 5_000


def read_author(value: object) -> Author:
    """Somebody; of a user who was deleted nothing is said."""
    if value is None:
        return Author(ref="user:gone", handle="", name="Somebody")
    entry = read_object(value, "author")
    return Author(
        ref=f"user:{read_id(entry.get('id'), 'author id')}",
        handle="",
        name=read_str_or_none(entry.get("name"), "author name") or "Somebody",
        avatar=read_str_or_none(entry.get("avatarURL"), "avatarURL"),
        url=read_str_or_none(entry.get("url"), "author url"),
    )


def read_suggestion(value: object, *, me: str) -> Entry:
    """A post of a board: title, details, and how many voted."""
    entry = read_object(value, "post")
    id = read_id(entry.get("id"), "post id")
    ref = PostRef(SUGGESTION + id)
    title, details = read_str(entry.get("title"), "title"), read_str_or_none(entry.get("details"), "details") or ""
    author = read_author(entry.get("author"))
    post = PublicPost(
        ref=ref,
        root=ref,
        parent=None,
        author=author,
        text=Text((Span(title, Mark.STRONG), *((Span(f"\n\n{details}"),) if details else ()))),
        at=read_time(entry.get("created"), "post created"),
        url=read_str_or_none(entry.get("url"), "post url"),
        ours=author.ref == f"user:{me}",
        extra={TOPIC: id, VOTES: max(0, read_int(entry.get("score"), "post score"))},
    )
    return Entry(post=post, topic=id)


def read_comment(value: object, *, me: str) -> Entry | None:
    """A comment; None where only the team sees it."""
    entry = read_object(value, "comment")
    if entry.get("private") is True or entry.get("internal") is True:
        return None
    about = read_object(entry.get("post"), "comment post")
    topic = read_id(about.get("id"), "comment post id")
    above = entry.get("parentID")
    root = PostRef(SUGGESTION + topic)
    author = read_author(entry.get("author"))
    extra: dict[str, JSON] = {TOPIC: topic}
    post = PublicPost(
        ref=PostRef(COMMENT + read_id(entry.get("id"), "comment id")),
        root=root,
        parent=root if above in (None, "") else PostRef(COMMENT + read_id(above, "comment parentID")),
        author=author,
        text=Text.of(read_str(entry.get("value"), "comment value")),
        at=read_time(entry.get("created"), "comment created"),
        url=read_str_or_none(about.get("url"), "comment url"),
        ours=author.ref == f"user:{me}",
        extra=extra,
    )
    return Entry(post=post, topic=topic)


def read_page(value: object, key: str) -> tuple[Sequence[object], bool]:
    """What a list holds, and whether there is more."""
    entry = read_object(value, key)
    return read_list(entry.get(key), key), entry.get("hasMore") is True


def read_event(value: object) -> tuple[str, PostRef] | None:
    """What a webhook names: its kind, and what has to be asked for. None where it is nothing to us."""
    entry = read_object(value, "event")
    kind = read_str(entry.get("type"), "event type")
    about = read_object(entry.get("object"), "event object")
    family, _, _ = kind.partition(".")
    if family == "post":
        return kind, PostRef(SUGGESTION + read_id(about.get("id"), "event post id"))
    if family == "comment":
        return kind, PostRef(COMMENT + read_id(about.get("id"), "event comment id"))
    if family == "vote":
        voted = read_object(about.get("post"), "event vote post")
        return kind, PostRef(SUGGESTION + read_id(voted.get("id"), "event vote post id"))
    return None


class CannyCalls:
    """One company, one administrator. See `adapters.boards.Calls`."""

    def __init__(self, settings: Settings, clock: Clock, versions: Versions) -> None:
        self._settings = settings
        self._clock = clock
        self._http = Http(settings.server.rstrip("/") + API, headers={"User-Agent": "Twoway"}, clock=clock)
        self._versions = versions

    async def open(self) -> Author:
        answer = await self._asked("/users/retrieve", {"id": self._settings.author})
        if _missing(answer):
            raise AuthFailed("Canny knows no user with the id that is set as author.")
        me = read_author(_good(answer, "user"))
        return Author(ref=me.ref, handle=me.name, name=me.name, avatar=me.avatar, url=me.url)

    async def close(self) -> None:
        await self._http.close()

    def notes(self) -> tuple[str, ...]:
        return ()

    async def newest(self, floor: datetime) -> Sequence[Entry]:
        suggestions = await self._listed("/posts/list", "posts", {"sort": "newest"}, floor)
        comments = await self._listed("/comments/list", "comments", {}, floor)
        return sorted((*reversed(suggestions), *reversed(comments)), key=lambda one: one.post.at)

    async def counted(self) -> dict[PostRef, int]:
        entries = await self._listed("/posts/list", "posts", {"sort": "score"}, None)
        return {one.post.ref: votes for one in entries if isinstance(votes := one.post.extra.get(VOTES), int)}

    async def some(self, refs: Sequence[PostRef]) -> dict[PostRef, Standing]:
        return {ref: await self._one(ref) for ref in refs}

    async def under(self, topic: str, *, since: datetime | None) -> tuple[Sequence[Entry], bool]:
        head = await self._one(PostRef(SUGGESTION + topic))
        if not isinstance(head, Entry):
            return (), False
        found: list[Entry] = []
        for number in range(MOST_PAGES):
            given = {"postID": topic, "limit": PAGE, "skip": number * PAGE}
            items, more = read_page(_good(await self._asked("/comments/list", given), "comments"), "comments")
            found += self._read(items, "comments")
            if not more:
                return in_order(head, found), True
        return in_order(head, found), False

    async def found(self, words: str) -> Sequence[Entry]:
        return await self._listed("/posts/list", "posts", {"search": words}, None)

    def source(self, words: str, key: str) -> str:
        return words

    async def write(self, reply: Reply, key: str) -> Entry:
        topic = str(reply.extra[TOPIC])
        body: dict[str, object] = {
            "authorID": self._settings.author,
            "postID": topic,
            "value": reply.text.plain,
            "shouldNotifyVoters": self._settings.notify,
        }
        root = PostRef(SUGGESTION + topic)
        if reply.parent.id.startswith(COMMENT):
            body["parentID"] = reply.parent.id.removeprefix(COMMENT)
        answer = await self._write("/comments/create", body)
        try:
            id = read_id(read_object(answer.body, "comment").get("id"), "comment id")
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error
        post = PublicPost(
            ref=PostRef(COMMENT + id),
            root=root,
            parent=reply.parent,
            author=Author(ref=f"user:{self._settings.author}", handle="", name="us"),
            text=reply.text,
            at=self._clock(),  # the answer says no more than the id
            ours=True,
            extra={TOPIC: topic},
        )
        return Entry(post=post, topic=topic)

    async def change(self, receipt: Receipt, words: str, key: str) -> Entry:
        raise Refused(Reason.UNSUPPORTED, "Canny has no way to change a comment: take it back and write another.")

    async def remove(self, receipt: Receipt) -> None:
        await self._write("/comments/delete", {"commentID": receipt.ref.id.removeprefix(COMMENT)})

    # Inside

    async def _one(self, ref: PostRef) -> Standing:
        for kind, path in ((SUGGESTION, "/posts/retrieve"), (COMMENT, "/comments/retrieve")):
            if not ref.id.startswith(kind):
                continue
            answer = await self._asked(path, {"id": ref.id.removeprefix(kind)})
            if _missing(answer):
                return Gone(ref)
            if not answer.good:
                return Unavailable(ref, "Canny does not show it to us")
            (entry,) = self._read([_good(answer, "post")], "posts" if kind == SUGGESTION else "comments") or (None,)
            return Unavailable(ref, "only the team sees it") if entry is None else entry
        return Gone(ref)

    async def _listed(self, path: str, key: str, given: Mapping[str, object], floor: datetime | None) -> list[Entry]:
        """The newest first, as far back as `floor`; without one, the first page."""
        found: list[Entry] = []
        for number in range(MOST_PAGES):
            asked = {**given, "limit": PAGE, "skip": number * PAGE}
            items, more = read_page(_good(await self._asked(path, asked), key), key)
            entries = self._read(items, key)
            found += entries
            if not more or floor is None or any(one.post.at < floor for one in entries):
                break
        return found

    def _read(self, items: Sequence[object], key: str) -> list[Entry]:
        found: list[Entry] = []
        for item in items:
            if not self._heard_here(item):
                continue
            reads = read_suggestion if key == "posts" else read_comment
            entry = reads(item, me=self._settings.author)
            if entry is not None:
                found.append(replace(entry, post=self._versions.dated(entry.post)))
        return found

    def _heard_here(self, item: object) -> bool:
        board = item.get("board") if isinstance(item, dict) else None
        if not isinstance(board, dict):
            return True
        wanted = self._settings.heard
        return board.get("id") in wanted if wanted else board.get("isPrivate") is not True

    async def _asked(self, path: str, given: Mapping[str, object]) -> Answer:
        answer = await ask(self._http, path, {"apiKey": self._settings.token, **given}, auth=AUTH)
        if not answer.good and "api key" in _said(answer).replace("apikey", "api key"):
            raise AuthFailed(AUTH)
        return answer

    async def _write(self, path: str, given: Mapping[str, object]) -> Answer:
        body = {"apiKey": self._settings.token, **given}
        try:
            return await self._http.write_once("POST", path, body=body, limit=self._settings.call_limit)
        except Refused as error:
            said = error.sentence.lower()
            if any(one in said for one in _MISSING):
                raise Refused(Reason.GONE, "The suggestion or the comment is not there any more.") from error
            raise


class Canny(Board):
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "canny"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        del keeper  # its key comes from the settings and does not end
        self._settings = settings
        self._nonces: OrderedDict[str, None] = OrderedDict()
        versions = Versions(clock)
        super().__init__(CannyCalls(settings, clock, versions), settings, clock, versions=versions)

    async def hook(self, request: Hook) -> HookAnswer:
        """A webhook's call. What it says is signed by nobody: what it names is asked for."""
        if request.method != "POST":
            return HookAnswer(status=405, body=b"POST only")
        nonce = request.headers.get("canny-nonce", "")
        given, key = request.headers.get("canny-signature"), self._settings.token.encode()
        if not nonce or not signed(key, nonce.encode(), given, spelling=Spelling.BASE64):
            raise AuthFailed("the call is not signed with the API key")
        if abs(_sent(request.headers.get("canny-timestamp", "")) - self._clock()) > SKEW:
            raise AuthFailed("the call is too old")
        if nonce in self._nonces:
            return HookAnswer(status=200, body=b"had that")
        named = read_event(body_of(request.body))
        heard = () if named is None else await self._told(*named)
        self._nonces[nonce] = None  # only now: what failed shall come again
        while len(self._nonces) > NONCES:
            self._nonces.popitem(last=False)
        return HookAnswer(status=200, heard=heard)

    async def _told(self, kind: str, ref: PostRef) -> tuple[Heard, ...]:
        standing = (await self._calls.some([ref]))[ref]
        match as_it_is(ref, standing):
            case Gone():
                return (Removed(ref),)
            case Unavailable():
                return ()  # of a private board, or only the team sees it
            case post:
                votes = post.extra.get(VOTES)
                if kind.startswith("vote."):
                    return (Voted(ref, votes),) if isinstance(votes, int) else ()
                if kind.endswith(".created"):
                    return (Posted(post),)
                return (Edited(post),) if kind.endswith(".edited") else ()


def _sent(words: str) -> datetime:
    """Milliseconds since 1970; what cannot be read was sent then."""
    try:
        return datetime.fromtimestamp(int(words) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime(1970, 1, 1, tzinfo=UTC)


def _said(answer: Answer) -> str:
    words = platform_words(answer.body)
    return words.lower() if isinstance(words, str) else ""


def _missing(answer: Answer) -> bool:
    return answer.status == 404 or (answer.status == 400 and any(one in _said(answer) for one in _MISSING))


def _good(answer: Answer, where: str) -> object:
    if not answer.good:
        raise Unreachable(f"{where} answered {answer.status}")
    if not answer.is_json:
        raise Malformed(where, "JSON")
    return answer.body


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `Canny` against the contract."""
    return Canny(settings)

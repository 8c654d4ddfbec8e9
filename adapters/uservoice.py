"""Forums on UserVoice: suggestions are heard with their supporters, and answered by public comments.

Settings are in `uservoice_settings`. Where from: the Admin API v2 as api-evangelist/uservoice and usefulapi describe
it; answers of a real company have not been seen, so that what is missing in them is borne.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from adapters.boards import TOPIC, UNDER, Board, Entry, Standing, in_order
from adapters.boards_versions import Versions
from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled
from adapters.http import WAIT_WITHOUT_HEADER, Answer, Clock, Http, Params, good_body, utc_now
from adapters.keeping import Keeper
from adapters.markup import from_html
from adapters.payload import JSON, read_id, read_int, read_list, read_object, read_str, read_str_or_none, read_time
from adapters.posts import VOTES, Author, Gone, PostRef, PublicPost, Receipt, Reply, Unavailable
from adapters.text import Mark, Span, Text
from adapters.uservoice_settings import CAPABILITIES, Settings

API = "/api/v2/admin"
PAGE = 100  # the most that per_page takes
MOST_PAGES = 10
AUTH = "UserVoice does not take the API key: its id, its secret, or both are wrong."
SUGGESTION, COMMENT = "suggestion:", "comment:"
UNSEEN = frozenset({"pending", "unapproved", "spam", "draft", "hidden", "deleted"})
NOBODY = "Somebody"

People = Mapping[str, Author]


def read_people(value: object) -> People:
    """Who is named beside a list (`includes=users`), by number."""
    entry = read_object(value, "answer")
    people: dict[str, Author] = {}
    for one in read_list(entry.get("users", []), "users"):
        user = read_object(one, "user")
        id = read_id(user.get("id"), "user id")
        name = read_str_or_none(user.get("name"), "user name") or NOBODY
        avatar = read_str_or_none(user.get("avatar_url"), "avatar_url")
        people[id] = Author(ref=f"user:{id}", handle="", name=name, avatar=avatar)
    return people


def read_suggestion(value: object, people: People, *, me: str) -> Entry:
    """A suggestion: title, words, and how many support it."""
    entry = read_object(value, "suggestion")
    id = read_id(entry.get("id"), "suggestion id")
    ref = PostRef(SUGGESTION + id)
    words = _words(entry)
    title = read_str(entry.get("title"), "suggestion title")
    extra: dict[str, JSON] = {TOPIC: id, "forum": _link(entry, "forum") or ""}
    votes = entry.get("supporters_count", entry.get("votes_count"))
    if votes is not None:
        extra[VOTES] = max(0, read_int(votes, "supporters_count"))
    author = _author(entry, people)
    post = PublicPost(
        ref=ref,
        root=ref,
        parent=None,
        author=author,
        text=Text((Span(title, Mark.STRONG), *((Span("\n\n"), *words.spans) if words else ()))),
        at=read_time(entry.get("created_at"), "suggestion created_at"),
        url=read_str_or_none(entry.get("portal_url"), "portal_url"),
        ours=author.ref == f"user:{me}",
        extra=extra,
    )
    return Entry(post=post, topic=id, unseen=_unseen(entry))


def read_comment(value: object, people: People, *, me: str) -> Entry:
    """A public comment on a suggestion."""
    entry = read_object(value, "comment")
    topic = _link(entry, "suggestion")
    if not topic:
        raise Malformed("comment suggestion", "an id")
    root = PostRef(SUGGESTION + topic)
    author = _author(entry, people)
    extra: dict[str, JSON] = {TOPIC: topic, UNDER: root.id}  # comments answer the suggestion, and no comment
    post = PublicPost(
        ref=PostRef(COMMENT + read_id(entry.get("id"), "comment id")),
        root=root,
        parent=root,
        author=author,
        text=_words(entry),
        at=read_time(entry.get("created_at"), "comment created_at"),
        url=read_str_or_none(entry.get("portal_url"), "portal_url"),
        ours=author.ref == f"user:{me}",
        extra=extra,
    )
    return Entry(post=post, topic=topic, unseen=_unseen(entry))


def read_more(value: object) -> str:
    """The cursor of the next page; "" where there is none."""
    entry = read_object(value, "answer")
    pages = entry.get("pagination")
    found = read_object(pages, "pagination").get("next_cursor") if pages is not None else None
    return found if isinstance(found, str) else ""


def _words(entry: Mapping[str, object]) -> Text:
    body = read_str_or_none(entry.get("body"), "body") or ""
    return from_html(body) if entry.get("body_mime_type") == "text/html" else Text.of(body)


def _link(entry: Mapping[str, object], name: str) -> str:
    """What something belongs to: a number among its links."""
    links = entry.get("links")
    found = links.get(name) if isinstance(links, dict) else None
    return "" if found is None else read_id(found, f"link {name}")


def _author(entry: Mapping[str, object], people: People) -> Author:
    id = _link(entry, "created_by")
    if not id:
        return Author(ref="user:gone", handle="", name=NOBODY)
    return people.get(id, Author(ref=f"user:{id}", handle="", name=NOBODY))


def _unseen(entry: Mapping[str, object]) -> str:
    state = entry.get("state")
    return f"it is not published ({state})" if isinstance(state, str) and state.lower() in UNSEEN else ""


class UserVoiceCalls:
    """One company, one API key. See `adapters.boards.Calls`."""

    def __init__(self, settings: Settings, clock: Clock, versions: Versions) -> None:
        self._settings = settings
        self._clock = clock
        self._http = Http(settings.server, headers={"User-Agent": "Twoway"}, clock=clock)
        self._versions = versions
        self._bearer = ""

    async def open(self) -> Author:
        answer = await self._get(f"/users/{self._settings.user}", [])
        if answer.status == 404:
            raise AuthFailed("UserVoice knows no user with the number that is set.")
        me = read_people(good_body(answer, "user")).get(self._settings.user)
        name = me.name if me is not None else f"user {self._settings.user}"
        return Author(ref=f"user:{self._settings.user}", handle=name, name=name, avatar=me.avatar if me else None)

    async def close(self) -> None:
        await self._http.close()

    def notes(self) -> tuple[str, ...]:
        return ("Everybody who subscribed to a suggestion gets each comment on it by mail, ours too.",)

    async def newest(self, floor: datetime) -> Sequence[Entry]:
        after = ("updated_after", floor.strftime("%Y-%m-%dT%H:%M:%SZ"))
        suggestions, comments = await self._listed("suggestions", [after]), await self._listed("comments", [after])
        return sorted((*reversed(suggestions), *reversed(comments)), key=lambda one: one.post.at)

    async def counted(self) -> dict[PostRef, int]:
        entries = await self._listed("suggestions", [("sort", "-supporters_count")], pages=1)
        return {one.post.ref: votes for one in entries if isinstance(votes := one.post.extra.get(VOTES), int)}

    async def some(self, refs: Sequence[PostRef]) -> dict[PostRef, Standing]:
        return {ref: await self._one(ref) for ref in refs}

    async def under(self, topic: str, *, since: datetime | None) -> tuple[Sequence[Entry], bool]:
        head = await self._one(PostRef(SUGGESTION + topic))
        if not isinstance(head, Entry):
            return (), False
        comments = await self._listed("comments", [("suggestion_ids", topic), ("sort", "-created_at")])
        complete = len(comments) < PAGE * MOST_PAGES
        return in_order(head, comments), complete

    async def found(self, words: str) -> Sequence[Entry]:
        return ()

    def source(self, words: str, key: str) -> str:
        return words

    async def write(self, reply: Reply, key: str) -> Entry:
        body = {"body": reply.text.plain, "links": {"suggestion": int(str(reply.extra[TOPIC]))}}
        bearer = await self._signed_in_to_write()
        limit = self._settings.call_limit
        answer = await self._http.write_once("POST", f"{API}/comments", body=body, headers=bearer, limit=limit)
        try:
            made = read_list(read_object(answer.body, "comment").get("comments"), "comments")
            entry = read_comment(made[0] if made else None, {}, me=self._settings.user)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error
        return replace(entry, post=self._versions.dated(entry.post))

    async def change(self, receipt: Receipt, words: str, key: str) -> Entry:
        raise Refused(Reason.UNSUPPORTED, "UserVoice documents no way to change a comment.")

    async def remove(self, receipt: Receipt) -> None:
        raise Refused(Reason.UNSUPPORTED, "UserVoice documents no way to delete a comment: do it there, by hand.")

    # Inside

    async def _one(self, ref: PostRef) -> Standing:
        for kind, name in ((SUGGESTION, "suggestions"), (COMMENT, "comments")):
            id = ref.id.removeprefix(kind)
            if not ref.id.startswith(kind) or not (id.isascii() and id.isdecimal()):
                continue
            answer = await self._get(f"/{name}/{id}", [])
            if answer.status in (404, 410):
                return Gone(ref)
            if answer.status == 403:
                return Unavailable(ref, "it is not for this key to see")
            entries = self._read(good_body(answer, name), name)
            return entries[0] if entries else Unavailable(ref, "it is in a forum that is not heard")
        return Gone(ref)

    async def _listed(self, name: str, given: Params, pages: int = MOST_PAGES) -> list[Entry]:
        found: list[Entry] = []
        cursor = ""
        for _ in range(pages):
            sort = [] if any(key == "sort" for key, _ in given) else [("sort", "-updated_at")]
            more = [("cursor", cursor)] if cursor else []
            body = good_body(await self._get(f"/{name}", [*given, *sort, ("per_page", str(PAGE)), *more]), name)
            found += self._read(body, name)
            cursor = read_more(body)
            if not cursor:
                break
        return found

    def _read(self, body: object, name: str) -> list[Entry]:
        people = read_people(body)
        found: list[Entry] = []
        reads = read_suggestion if name == "suggestions" else read_comment
        for one in read_list(read_object(body, name).get(name), name):
            entry = reads(one, people, me=self._settings.user)
            forum = entry.post.extra.get("forum")
            if not self._settings.heard or forum in (None, "") or forum in self._settings.heard:
                found.append(replace(entry, post=self._versions.dated(entry.post)))
        return found

    async def _get(self, path: str, params: Params) -> Answer:
        """With a token that is asked for anew once, since nobody says how long it lasts."""
        asked = [*params, ("includes", "users")]
        try:
            return await self._http.get(API + path, asked, headers=await self._signed_in())
        except AuthFailed:
            self._bearer = ""
        try:
            return await self._http.get(API + path, asked, headers=await self._signed_in())
        except AuthFailed:
            raise AuthFailed(AUTH) from None

    async def _signed_in(self) -> Mapping[str, str]:
        try:
            return await self._signed_in_to_write()
        except Refused as error:
            raise AuthFailed(AUTH) from error

    async def _signed_in_to_write(self) -> Mapping[str, str]:
        """Asking for a token publishes nothing; where nobody answers, nothing was sent."""
        if not self._bearer:
            given = {
                "grant_type": "client_credentials",
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret,
            }
            limit = self._settings.call_limit / 2
            try:
                answer = await self._http.write_once("POST", "/api/v2/oauth/token", form=given, limit=limit)
            except Lost as error:
                raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, "UserVoice gave us no token.") from error
            try:
                token = read_object(answer.body, "token").get("access_token")
                self._bearer = read_str(token, "access_token")
            except Malformed as error:
                raise Throttled(self._clock() + WAIT_WITHOUT_HEADER, "UserVoice gave us no token.") from error
        return {"Authorization": f"Bearer {self._bearer}"}


class UserVoice(Board):
    """See `adapters.contract.Platform`; nothing here promises more or less."""

    name: ClassVar[str] = "uservoice"
    settings: ClassVar[type] = Settings
    declares: ClassVar[Capabilities] = CAPABILITIES

    def __init__(self, settings: Settings, keeper: Keeper | None = None, *, clock: Clock = utc_now) -> None:
        del keeper  # its key comes from the settings; a token is asked for whenever one is needed
        versions = Versions(clock)
        super().__init__(UserVoiceCalls(settings, clock, versions), settings, clock, versions=versions)


def _is_a_platform(settings: Settings) -> Platform:
    """Here mypy holds `UserVoice` against the contract."""
    return UserVoice(settings)

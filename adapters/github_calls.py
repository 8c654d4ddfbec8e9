"""What is asked of GitHub about one repository, and what is written there. See `adapters.boards.Calls`.

Lists and webhooks only name posts; each post is read by its node id, always in the same shape, a hundred at once. The
header asks for the newer form of ids, so that one post has one id wherever it is named.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.boards import TOPIC, UNDER, Entry, Standing
from adapters.boards_ask import ask
from adapters.boards_words import marked, to_markdown
from adapters.errors import AuthFailed, Lost, Malformed, Reason, Refused, Throttled, Unreachable
from adapters.github_queries import (
    ADD_COMMENT,
    ADD_DISCUSSION_COMMENT,
    DELETE_COMMENT,
    DELETE_DISCUSSION_COMMENT,
    DISCUSSIONS,
    NODES,
    THREAD,
    UPDATE_COMMENT,
    UPDATE_DISCUSSION_COMMENT,
    VIEWER,
)
from adapters.github_read import (
    KIND,
    LIMITED,
    Failed,
    Kind,
    Me,
    failure,
    judge,
    limited,
    read_discussions,
    read_graph,
    read_hits,
    read_ids,
    read_me,
    read_node,
    read_thread,
)
from adapters.github_settings import Settings
from adapters.http import WAIT_WITHOUT_HEADER, Answer, Clock, Http, Params, good_body
from adapters.payload import read_list, read_object
from adapters.posts import VOTES, Author, Gone, PostRef, Receipt, Reply, Unavailable
from adapters.waits import read_wait

log = logging.getLogger(__name__)

AUTH = "GitHub does not take the access token any more: make a new one there, and set it."
PAGE = 100  # the most that per_page, and a question for nodes, takes
MOST_PAGES = 10
MOST_THREAD = 10  # pages of one thread


class GitHubCalls:
    """One repository, one account."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        headers = {
            "Authorization": f"Bearer {settings.token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "X-Github-Next-Global-ID": "1",
            "User-Agent": "Twoway",
        }
        self._http = Http(settings.server, headers=headers, clock=clock)
        self._home = {"owner": settings.owner, "name": settings.repository_name}
        self._me: Me | None = None
        self._notes: tuple[str, ...] = ()

    async def open(self) -> Author:
        return (await self._open()).author

    async def close(self) -> None:
        await self._http.close()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    async def newest(self, floor: datetime) -> Sequence[Entry]:
        me = await self._open()
        ids: list[str] = []
        if self._settings.issues and me.issues:
            for path in ("issues", "issues/comments"):
                ids += await self._listed(path, floor)
        if self._settings.discussions and me.discussions:
            ids += await self._discussed(floor)
        standings = await self.some([PostRef(id) for id in dict.fromkeys(ids)])
        entries = [one for one in standings.values() if isinstance(one, Entry)]
        return sorted(entries, key=lambda one: one.post.at)

    async def counted(self) -> Mapping[PostRef, int]:
        """A 👍 changes nothing that a list would show: now and then those with the most are asked for."""
        if not self._settings.issues:
            return {}
        entries = await self._search(f"repo:{self._settings.repository} is:issue is:open", "reactions-+1")
        return {one.post.ref: votes for one in entries if isinstance(votes := one.post.extra.get(VOTES), int)}

    async def some(self, refs: Sequence[PostRef]) -> Mapping[PostRef, Standing]:
        found: dict[PostRef, Standing] = {}
        for at in range(0, len(refs), PAGE):
            found |= await self._nodes(refs[at : at + PAGE])
        return found

    async def under(self, topic: str, *, since: datetime | None) -> tuple[Sequence[Entry], bool]:
        ids: list[str] = []
        cursor: str | None = None
        found: dict[PostRef, Entry] = {}
        for _ in range(MOST_THREAD):
            data, errors = await self._graph(THREAD, {"id": topic, "before": cursor})
            page = None if data is None else read_thread(data)
            if page is None:
                _read_failure(errors)
                return (), False
            ids = [id for id, _ in page.ids]
            wanted = [PostRef(id) for id in (ids if found else [topic, *ids])]
            more = [one for one in (await self.some(wanted)).values() if isinstance(one, Entry)]
            found |= {one.post.ref: one for one in more}
            oldest = min((one.post.at for one in more if one.post.parent is not None), default=None)
            if not page.more or (since is not None and oldest is not None and oldest < since):
                return sorted(found.values(), key=lambda one: one.post.at), True
            cursor = page.more
        return sorted(found.values(), key=lambda one: one.post.at), False

    async def found(self, words: str) -> Sequence[Entry]:
        return await self._search(f"{words} repo:{self._settings.repository} is:issue", "created")

    def source(self, words: str, key: str) -> str:
        return marked(to_markdown(words), key)

    async def write(self, reply: Reply, key: str) -> Entry:
        discussed = _kind(reply.extra.get(KIND)).discussed
        topic, under = str(reply.extra[TOPIC]), reply.extra.get(UNDER)
        given: dict[str, object] = {"subject": topic, "body": self.source(reply.text.plain, key), "key": key[:100]}
        if discussed:
            given["under"] = under if isinstance(under, str) and under not in ("", topic) else None
        data = await self._change(ADD_DISCUSSION_COMMENT if discussed else ADD_COMMENT, given)
        if discussed:
            return self._ours(data, "addDiscussionComment", "comment")
        return self._ours(data, "addComment", "commentEdge", "node")

    async def change(self, receipt: Receipt, words: str, key: str) -> Entry:
        discussed = _kind(receipt.extra.get(KIND)).discussed
        given = {"id": receipt.ref.id, "body": self.source(words, key)}
        data = await self._change(UPDATE_DISCUSSION_COMMENT if discussed else UPDATE_COMMENT, given)
        if discussed:
            return self._ours(data, "updateDiscussionComment", "comment")
        return self._ours(data, "updateIssueComment", "issueComment")

    async def remove(self, receipt: Receipt) -> None:
        discussed = _kind(receipt.extra.get(KIND)).discussed
        await self._change(DELETE_DISCUSSION_COMMENT if discussed else DELETE_COMMENT, {"id": receipt.ref.id})

    # Inside

    async def _open(self) -> Me:
        if self._me is not None:
            return self._me
        data, errors = await self._graph(VIEWER, self._home)
        if data is None or data.get("viewer") is None:
            _read_failure(errors)
            raise AuthFailed(AUTH)
        me = read_me(data)
        if not me.repository:
            raise AuthFailed(f"The access token does not reach {self._settings.repository}: give it that repository.")
        notes = []
        if not self._settings.hook_secret:
            notes.append("No webhook is set: news is heard by asking, and deletions only when posts are asked for.")
        if self._settings.issues and not me.issues:
            notes.append("The repository has no issues switched on.")
        if self._settings.discussions and not me.discussions:
            notes.append("The repository has no discussions switched on.")
        if me.archived:
            notes.append("The repository is archived: nobody can write there.")
        self._me, self._notes = me, tuple(notes)
        return me

    async def _nodes(self, refs: Sequence[PostRef]) -> dict[PostRef, Standing]:
        me = await self._open()
        data, errors = await self._graph(NODES, {"ids": [ref.id for ref in refs], **self._home})
        if data is None or data.get("repository") is None:
            # Without the repository, "not found" would say nothing about the posts.
            _read_failure(errors)
            raise AuthFailed(f"The access token does not reach {self._settings.repository} any more.")
        nodes = read_list(data.get("nodes"), "nodes")
        if len(nodes) != len(refs):
            raise Malformed("nodes", "one for each id")
        found: dict[PostRef, Standing] = {}
        for at, (ref, node) in enumerate(zip(refs, nodes, strict=True)):
            if node is None:
                kinds = {one.kind for one in errors if one.path[:2] == ("nodes", at)}
                found[ref] = Gone(ref) if kinds == {"NOT_FOUND"} else Unavailable(ref, "GitHub does not show it to us")
                continue
            entry = read_node(node, me=me.author.ref)
            found[ref] = Gone(ref) if entry is None else entry
        return found

    async def _listed(self, path: str, floor: datetime) -> list[str]:
        ids: list[str] = []
        for number in range(1, MOST_PAGES + 1):
            params: Params = [
                ("since", floor.strftime("%Y-%m-%dT%H:%M:%SZ")),
                ("sort", "updated"),
                ("direction", "asc"),
                ("per_page", str(PAGE)),
                ("page", str(number)),
                *([("state", "all")] if path == "issues" else []),
            ]
            body = good_body(await self._get(f"/repos/{self._settings.repository}/{path}", params), path)
            ids += read_ids(body, floor.replace(microsecond=0))
            if len(read_list(body, path)) < PAGE:
                return ids
        # Oldest first: what is left out is the newest, and stands in the next round's list.
        log.warning("more has changed since than is read at once")
        return ids

    async def _discussed(self, floor: datetime) -> list[str]:
        ids: list[str] = []
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            data, errors = await self._graph(DISCUSSIONS, {**self._home, "after": cursor})
            if data is None:
                _read_failure(errors)
                return ids
            page = read_discussions(data)
            changed = [id for id, at in page.ids if at is None or at >= floor.replace(microsecond=0)]
            ids += changed
            if not page.more or not changed:
                return ids
            cursor = page.more
        return ids

    async def _search(self, words: str, sort: str) -> Sequence[Entry]:
        params = [("q", words), ("sort", sort), ("order", "desc"), ("per_page", "50")]
        ids = read_hits(good_body(await self._get("/search/issues", params), "search"))
        standings = await self.some([PostRef(id) for id in dict.fromkeys(ids)]) if ids else {}
        return [one for one in standings.values() if isinstance(one, Entry)]

    async def _get(self, path: str, params: Params) -> Answer:
        answer = await self._http.get(path, params)
        if answer.status == 403 and limited(answer):
            raise Throttled(read_wait(answer.headers, self._clock()) or self._clock() + WAIT_WITHOUT_HEADER)
        if answer.status in (403, 404):
            raise AuthFailed(f"The access token does not let us read {path}: it needs issues and discussions.")
        return answer

    async def _graph(
        self, query: str, given: Mapping[str, object]
    ) -> tuple[Mapping[str, object] | None, tuple[Failed, ...]]:
        """Data and errors of a question."""
        body = {"query": query, "variables": dict(given)}
        answer = await ask(self._http, "/graphql", body, judge=judge, auth=AUTH)
        data, errors = read_graph(good_body(answer, "graphql"))
        if any(one.kind in LIMITED for one in errors):
            raise Throttled(read_wait(answer.headers, self._clock()) or self._clock() + WAIT_WITHOUT_HEADER)
        return data, errors

    async def _change(self, query: str, given: Mapping[str, object]) -> Mapping[str, object]:
        """The data of a mutation; its errors come with status 200."""
        answer = await self._http.write_once(
            "POST",
            "/graphql",
            body={"query": query, "variables": dict(given)},
            limit=self._settings.call_limit,
            judge=judge,
        )
        try:
            data, errors = read_graph(answer.body)
        except Malformed as error:
            raise Lost(f"the answer cannot be read: {error}") from error
        if errors:
            raise failure(errors, answer, self._clock())
        if data is None:
            raise Lost("GitHub answered nothing")
        return data

    def _ours(self, data: Mapping[str, object], *way: str) -> Entry:
        try:
            found: object = data
            for step in way:
                found = read_object(found, step).get(step)
            me = self._me.author.ref if self._me is not None else ""
            entry = read_node(found, me=me)
        except Malformed as error:
            raise Lost(f"accepted, but the answer cannot be read: {error}") from error
        if entry is None:
            raise Lost("accepted, but the answer shows no comment")
        return entry


def _read_failure(errors: Sequence[Failed]) -> None:
    """What errors without data mean for a question; nothing is raised where the thing asked for is only not there."""
    for one in errors:
        if one.kind in ("FORBIDDEN", "INSUFFICIENT_SCOPES"):
            raise AuthFailed("GitHub does not let the access token read that: it needs issues and discussions.")
        if one.kind != "NOT_FOUND":
            raise Unreachable(f"GitHub answered with an error ({one.kind or 'no kind is given'})")


def _kind(value: object) -> Kind:
    try:
        return Kind(value)
    except ValueError:
        raise Refused(Reason.INVALID, "Whether that is an issue or a discussion is not known.") from None

"""A repository on a port of its own. Where from: docs.github.com (REST, GraphQL), webhooks recorded by octokit."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import uuid4

from aiohttp import web

from sandbox.boards.faults import Where
from sandbox.boards.standin import Answer, BoardStandIn, Called, encoded
from sandbox.boards.world import US, Item, Refusal, utc_now
from sandbox.github.graphql import Node, Value, Wrong, answer, read
from sandbox.github.lists import connection, given_object, listed, whole

REPOSITORY = "acme/app"
LONGEST = 65_536
WRITES = ("addComment", "addDiscussionComment")
CHANGES = ("updateIssueComment", "updateDiscussionComment", "deleteIssueComment", "deleteDiscussionComment")
Given = Mapping[str, Value]


def moment(at: datetime) -> str:
    """GitHub's clock has whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class GitHubStandIn(BoardStandIn):
    """Customers open issues; with `discussing` they begin discussions instead. `hidden`: the token does not reach the
    repository (any more)."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        hook: str = "",
        discussing: bool = False,
        discussions: bool = True,
    ) -> None:
        super().__init__(clock=clock, hook=hook)
        self.discussing = discussing
        self.discussions = discussions
        self.hidden = False
        self.minimized: set[int] = set()
        self.pulls: set[int] = set()

    def routes(self) -> tuple[tuple[str, str, Answer, Where], ...]:
        return (
            ("POST", "/graphql", self._graphql, Where.READ),
            ("GET", f"/repos/{REPOSITORY}/issues", self._issues, Where.READ),
            ("GET", f"/repos/{REPOSITORY}/issues/comments", self._comments, Where.READ),
            ("GET", "/search/issues", self._search, Where.READ),
        )

    def is_publish(self, request: web.Request, body: dict[str, object]) -> str | None:
        variables = body.get("variables")
        if not any(f"{one}(" in str(body.get("query", "")) for one in WRITES) or not isinstance(variables, dict):
            return None
        return str(variables.get("body", ""))

    def kind(self, item: Item) -> str:
        if self.discussing:
            return "Discussion" if item.begins else "DiscussionComment"
        return "Issue" if item.begins else "IssueComment"

    def name(self, item: Item) -> str:
        return {"Issue": "I", "IssueComment": "IC", "Discussion": "D", "DiscussionComment": "DC"}[
            self.kind(item)
        ] + f"_kwDO{item.id}"

    def named(self, name: str) -> Item:
        found = next((one for one in self.world.items.values() if self.name(one) == name), None)
        if found is None:
            raise Wrong(f"Could not resolve to a node with the global id of '{name}'", "NOT_FOUND")
        return found

    def refusal(self) -> Refusal:
        error = {"type": "FORBIDDEN", "path": ["addComment"], "message": "Resource not accessible by access token"}
        return Refusal(200, {"data": {"addComment": None}, "errors": [error]})

    def throttled(self, seconds: int) -> Refusal:
        said = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        return Refusal(403, {"message": said}, {"Retry-After": str(seconds)})

    def told(self, event: str, item: Item) -> Called | None:
        if event in ("voted", "recovered"):
            return None  # GitHub tells of neither
        action = "opened" if event == "created" and self.kind(item) == "Issue" else event
        thread = self.world.head(item.topic)
        home = "discussion" if self.discussing else "issue"
        body: dict[str, object] = {
            "action": action,
            home: self._rest(thread) if thread is not None else None,
            "repository": {"full_name": REPOSITORY},
            "sender": {"login": item.author},
        }
        if not item.begins:
            body["comment"] = self._rest(item)
        names = {"Issue": "issues", "IssueComment": "issue_comment", "Discussion": "discussion"}
        return self.signed(names.get(self.kind(item), "discussion_comment"), body)

    def signed(self, event: str, body: object) -> Called:
        raw = encoded(body)
        signature = hmac.new(self.hook_secret.encode(), raw, hashlib.sha256).hexdigest()
        return Called(
            {
                "x-github-event": event,
                "x-github-delivery": str(uuid4()),
                "x-hub-signature-256": f"sha256={signature}",
            },
            raw,
        )

    # REST

    def _rest(self, item: Item) -> dict[str, object]:
        shape: dict[str, object] = {
            "id": item.id,
            "node_id": self.name(item),
            "html_url": self._url(item),
            "body": item.source,
            "user": {"login": item.author, "id": self.world.person(item.author)},
            "created_at": moment(item.at),
            "updated_at": moment(item.changed),
        }
        if item.begins:
            shape |= {"number": item.topic, "title": item.title, "locked": item.topic in self.world.closed}
            shape |= {"pull_request": {}} if item.topic in self.pulls else {}
        return shape

    def _url(self, item: Item) -> str:
        kind = "discussions" if self.discussing else "pull" if item.topic in self.pulls else "issues"
        page = f"https://github.example/{REPOSITORY}/{kind}/{item.topic}"
        return page if item.begins else f"{page}#comment-{item.id}"

    async def _issues(self, request: web.Request) -> web.Response:
        return self._page(request, begins=True)

    async def _comments(self, request: web.Request) -> web.Response:
        return self._page(request, begins=False)

    def _page(self, request: web.Request, *, begins: bool) -> web.Response:
        self._signed_in(request)
        self.asked += 1
        if self.hidden:
            raise Refusal(404, {"message": "Not Found"})
        query = request.query
        size, number = int(query.get("per_page", "30")), int(query.get("page", "1"))
        if not 1 <= size <= 100:
            raise Refusal(422, {"message": "Validation Failed"})
        found = [one for one in self._standing() if one.begins is begins] if not self.discussing else []
        found = [one for one in found if moment(one.changed) >= query.get("since", "")]
        found.sort(key=lambda one: (one.changed, one.id))
        if query.get("direction", "desc") == "desc":
            found.reverse()
        return web.json_response([self._rest(one) for one in found[(number - 1) * size : number * size]])

    async def _search(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        words = [one for one in request.query["q"].lower().split() if ":" not in one]
        if not any(one.startswith("repo:") for one in request.query["q"].split()):
            raise Refusal(422, {"message": "Validation Failed"})
        found = [one for one in self._standing() if one.begins and not self.discussing]
        found = [one for one in found if all(word in f"{one.title} {one.source}".lower() for word in words)]
        found.sort(key=lambda one: -len(one.voters))
        return web.json_response({"total_count": len(found), "items": [self._rest(one) for one in found]})

    def _standing(self) -> list[Item]:
        heads = {one.topic for one in self.world.items.values() if one.begins and not one.gone}
        return [one for one in self.world.items.values() if not one.gone and one.topic in heads]

    # GraphQL

    async def _graphql(self, request: web.Request) -> web.Response:
        self._signed_in(request)
        asked = await request.json()
        try:
            query = read(str(asked.get("query")), asked.get("variables") or {})
            root = self._queries() if query.kind == "query" else self._mutations()
            data, errors = answer(root, query)
        except Wrong as wrong:
            return web.json_response({"errors": [{"message": str(wrong)}]})
        return web.json_response({"data": data, **({"errors": errors} if errors else {})})

    def _queries(self) -> Node:
        return Node(
            "Query",
            {
                "viewer": self._who(US),
                "repository": self._repository,
                "nodes": lambda given: [self._found(str(one)) for one in listed(given.get("ids"))],
                "node": lambda given: self._one(str(given.get("id"))),
            },
        )

    def _mutations(self) -> Node:
        return Node(
            "Mutation",
            {
                "addComment": self._add,
                "addDiscussionComment": self._add_discussed,
                "updateIssueComment": lambda given: self._update(given, "id", "issueComment"),
                "updateDiscussionComment": lambda given: self._update(given, "commentId", "comment"),
                "deleteIssueComment": self._delete,
                "deleteDiscussionComment": self._delete,
            },
        )

    def _who(self, author: str) -> Node:
        return Node(
            "User",
            {
                "login": author,
                "databaseId": self.world.person(author),
                "avatarUrl": f"https://avatars.example/{author}",
                "url": f"https://github.example/{author}",
                "name": author.title(),
            },
        )

    def _repository(self, given: Given) -> Value:
        if self.hidden or f"{given.get('owner')}/{given.get('name')}" != REPOSITORY:
            raise Wrong("Could not resolve to a Repository", "NOT_FOUND")
        return Node(
            "Repository",
            {
                "id": "R_kwDO1",
                "hasIssuesEnabled": True,
                "hasDiscussionsEnabled": self.discussions,
                "isArchived": False,
                "discussions": self._discussions,
            },
        )

    def _discussions(self, given: Given) -> Node:
        self.asked += 1
        threads = [one for one in self._standing() if one.begins] if self.discussing else []
        threads.sort(key=lambda one: max(below.changed for below in self.world.of(one.topic)), reverse=True)
        size, start = whole(given.get("first")), int(str(given.get("after") or 0))
        return connection([self._thread(one) for one in threads], start, start + size, forward=True)

    def _thread(self, item: Item) -> Node:
        """A discussion in a list: what was said in it last counts as its change."""
        below = [one for one in self.world.of(item.topic) if not one.gone]
        fields = dict(self._node(item).fields)
        return Node("Discussion", {**fields, "updatedAt": moment(max(one.changed for one in below))})

    def _found(self, name: str) -> Value:
        try:
            return self._one(name)
        except Wrong as wrong:
            return wrong

    def _one(self, name: str) -> Node:
        item = self.named(name)
        head = self.world.head(item.topic)
        if self.hidden or item.gone or head is None or head.gone:
            raise Wrong(f"Could not resolve to a node with the global id of '{name}'", "NOT_FOUND")
        return self._node(item)

    def _node(self, item: Item) -> Node:
        locked = item.topic in self.world.closed
        fields: dict[str, Value] = {
            "id": self.name(item),
            "body": item.source,
            "createdAt": moment(item.at),
            "lastEditedAt": moment(item.changed) if item.version > 1 else None,
            "updatedAt": moment(item.changed),
            "url": self._url(item),
            "author": self._who(item.author) if item.author != "ghost" else None,
        }
        kind = self.kind(item)
        if item.begins:
            fields |= {"title": item.title, "locked": locked, "comments": lambda given: self._below(item, given)}
        else:
            hidden = item.id in self.minimized
            fields |= {"isMinimized": hidden, "minimizedReason": "spam" if hidden else None}
            head = self.world.head(item.topic)
            assert head is not None
            home = Node("Discussion" if self.discussing else "Issue", {"id": self.name(head), "locked": locked})
            fields["discussion" if self.discussing else "issue"] = home
        if kind == "Issue":
            fields["reactions"] = lambda given: Node("Reactions", {"totalCount": self._thumbs(item, given)})
        if kind == "Discussion":
            fields["upvoteCount"] = len(item.voters)
        if kind == "DiscussionComment":
            top = self._top(item)
            fields |= {"deletedAt": None, "replyTo": Node(kind, {"id": self.name(top)}) if top is not item else None}
            fields["replies"] = lambda given: self._replies(item, given)
        return Node(kind, fields)

    @staticmethod
    def _thumbs(item: Item, given: Given) -> int:
        return len(item.voters) if given.get("content") == "THUMBS_UP" else 0

    def _top(self, item: Item) -> Item:
        """Discussions nest one level: what answers a reply stands beside it."""
        while item.above is not None and not item.above.begins:
            item = item.above
        return item

    def _below(self, head: Item, given: Given) -> Node:
        items = [one for one in self.world.of(head.topic) if not one.begins and not one.gone]
        if self.discussing:
            items = [one for one in items if self._top(one) is one]
        size = whole(given.get("last"))
        end = int(str(given.get("before"))) if given.get("before") else len(items)
        return connection([self._node(one) for one in items], max(0, end - size), end, forward=False)

    def _replies(self, top: Item, given: Given) -> Node:
        items = [one for one in self.world.of(top.topic) if not one.gone and one is not top and self._top(one) is top]
        return connection([self._node(one) for one in items[-whole(given.get("last")) :]], 0, 100, forward=False)

    # Writing

    def _add(self, given: Given) -> Node:
        asked = given_object(given.get("input"))
        head = self.named(str(asked.get("subjectId")))
        if self.kind(head) != "Issue":
            raise Wrong("Could not resolve to a node", "NOT_FOUND")
        item = self._write(head, head, str(asked.get("body")))
        return Node("AddCommentPayload", {"commentEdge": Node("IssueCommentEdge", {"node": self._node(item)})})

    def _add_discussed(self, given: Given) -> Node:
        asked = given_object(given.get("input"))
        head = self.named(str(asked.get("discussionId")))
        under = asked.get("replyToId")
        above = self.named(str(under)) if under is not None else head
        if under is not None and self._top(above) is not above:
            raise Wrong("Parent comment is already in a thread, cannot reply to it", "UNPROCESSABLE")
        item = self._write(head, above, str(asked.get("body")))
        return Node("AddDiscussionCommentPayload", {"comment": self._node(item)})

    def _write(self, head: Item, above: Item, source: str) -> Item:
        if head.gone or above.gone:
            raise Wrong("Could not resolve to a node", "NOT_FOUND")
        if head.topic in self.world.closed:
            raise Wrong("Unable to create comment because the conversation is locked", "FORBIDDEN")
        self._check(source)
        item = self.world.add(head.topic, above, US, source)
        self._tell("created", item)
        return item

    def _update(self, given: Given, key: str, name: str) -> Node:
        asked = given_object(given.get("input"))
        item = self._own(str(asked.get(key)))
        source = str(asked.get("body"))
        self._check(source)
        self.world.change(item, source)
        self._tell("edited", item)
        return Node("UpdatePayload", {name: self._node(item)})

    def _delete(self, given: Given) -> Node:
        item = self._own(str(given_object(given.get("input")).get("id")))
        item.gone = True
        self._tell("deleted", item)
        return Node("DeletePayload", {"clientMutationId": None})

    def _own(self, name: str) -> Item:
        item = self.named(name)
        if item.gone:
            raise Wrong("Could not resolve to a node", "NOT_FOUND")
        if not item.ours:
            raise Wrong("acme does not have permission", "FORBIDDEN")
        return item

    @staticmethod
    def _check(source: str) -> None:
        if not source.strip():
            raise Wrong("Body cannot be blank", "UNPROCESSABLE")
        if len(source) > LONGEST:
            raise Wrong(f"Body is too long (maximum is {LONGEST} characters)", "UNPROCESSABLE")

    def _signed_in(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise Refusal(401, {"message": "Bad credentials"})
        if not request.headers.get("User-Agent"):
            raise Refusal(403, {"message": "Request forbidden by administrative rules."})

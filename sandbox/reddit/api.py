"""The API: who we are, the inbox, listings, threads; writing, correcting and deleting comments."""

import html
from collections.abc import Callable, Sequence

from sandbox.reddit.faults import Fault, Where
from sandbox.reddit.gate import Call, Endpoint
from sandbox.reddit.server import FormError, Rejected, Server
from sandbox.reddit.world import DELETED, Thing

Json = dict[str, object]
LONGEST = 10_000
MOST_LISTED = 1000
_DEPTH = 10


class Api:
    """The endpoints."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._world = server.world
        self._shapes = server.shapes

    def endpoints(self) -> Sequence[Endpoint]:
        return (
            Endpoint("GET", "/api/v1/me", self.me),
            Endpoint("GET", "/message/inbox", self.inbox),
            Endpoint("GET", "/user/{who}/comments", self.comments_of, ours=False),
            Endpoint("GET", "/user/{who}/submitted", self.posts_of, ours=False),
            Endpoint("GET", "/r/{place}/new", self.new_in, ours=False),
            Endpoint("GET", "/r/{place}/comments", self.comments_in, ours=False),
            Endpoint("GET", "/comments/{link}", self.thread, ours=False),
            Endpoint("GET", "/comments/{link}/_/{comment}", self.thread, ours=False),
            Endpoint("GET", "/api/info", self.info, ours=False),
            Endpoint("GET", "/api/morechildren", self.more, ours=False),
            Endpoint("GET", "/api/user_data_by_account_ids", self.accounts),
            Endpoint("GET", "/search", self.search, ours=False),
            Endpoint("POST", "/api/comment", self.comment, Where.PUBLISH),
            Endpoint("POST", "/api/editusertext", self.edit, Where.CHANGE),
            Endpoint("POST", "/api/del", self.delete, Where.CHANGE),
        )

    # Reading

    async def me(self, call: Call) -> Json:
        return self._shapes.me(suspended=self._server.faults.on(Fault.SUSPENDED))

    async def inbox(self, call: Call) -> Json:
        self._server.inbox_asked += 1
        self._world.changes.tell()
        letters = [one for one in self._world.inbox if one.thing is None or self._world.listed(one.thing, to_us=True)]
        letters.reverse()
        return self._page(call, letters, lambda one: one.thing.name if one.thing else one.name, self._shapes.letter)

    async def comments_of(self, call: Call) -> Json:
        return self._things(call, [one for one in self._theirs(call) if not one.is_link and one.taken != DELETED])

    async def posts_of(self, call: Call) -> Json:
        return self._things(call, [one for one in self._theirs(call) if one.is_link and one.taken != DELETED])

    async def new_in(self, call: Call) -> Json:
        return self._things(call, [one for one in self._here(call) if one.is_link])

    async def comments_in(self, call: Call) -> Json:
        return self._things(call, [one for one in self._here(call) if not one.is_link])

    async def info(self, call: Call) -> Json:
        names = (call.get("id") or "").split(",")
        if len(names) > 100:
            raise Rejected(400, "Bad Request")
        places = {place.name: place for place in self._world.places.values()}
        found: list[object] = []
        for name in names:
            thing = self._world.things.get(name)
            if thing is not None and not thing.place.private:
                found.append(self._shape(call, thing))
            elif name in places:
                found.append(self._shapes.place(places[name]))
        return self._shapes.listing(found)

    async def thread(self, call: Call) -> list[Json]:
        link = self._world.things.get(f"t3_{call.part('link')}")
        if link is None or link.place.private:
            raise Rejected(*((404, "Not Found") if link is None else (403, "Forbidden", "private")))
        room = call.number("limit", default=200, most=500)
        depth = call.number("depth", default=_DEPTH, most=_DEPTH)
        about = call.request.match_info.get("comment")
        tops = self._children(call, link)
        if about is not None:
            comment = self._world.things.get(f"t1_{about}")
            if comment is None or comment.link is not link:
                raise Rejected(404, "Not Found")
            chain = [comment]
            for _ in range(call.number("context", default=0, most=8)):
                above = chain[0].parent
                if above is None or above.is_link:
                    break
                chain.insert(0, above)
            tops = [chain[0]]
            return self._both(call, link, self._nested(call, link, tops, [room], depth + len(chain), 0, chain[1:]))
        return self._both(call, link, self._nested(call, link, tops, [room], depth, 0, []))

    async def more(self, call: Call) -> Json:
        link = self._world.things.get(call.get("link_id") or "")
        names = (call.get("children") or "").split(",")
        if call.get("api_type") != "json" or link is None or len(names) > 100:
            raise Rejected(400, "Bad Request")
        waiting = [self._world.things[f"t1_{name}"] for name in names if f"t1_{name}" in self._world.things]
        found: list[object] = []
        while waiting:
            thing = waiting.pop(0)
            found.append(self._shape(call, thing))
            waiting += self._children(call, thing)
        return {"json": {"errors": [], "data": {"things": found}}}

    async def accounts(self, call: Call) -> Json:
        names = set((call.get("ids") or "").split(","))
        return {one.name: self._shapes.account(one) for one in self._world.people.values() if one.name in names}

    async def search(self, call: Call) -> Json:
        words = (call.get("q") or "").lower()
        here = [one for one in self._all(call) if one.is_link and one.taken is None]
        return self._things(call, [one for one in here if words in f"{one.title} {one.source}".lower()])

    # Writing

    async def comment(self, call: Call) -> Json:
        parent = self._parent(call)
        words = self._text(call)
        self._may_answer(parent)
        thing = self._world.comment(self._world.us, parent, words)
        thing.filtered = self._server.faults.on(Fault.FILTER)
        if call.publish is not None:
            call.publish.accepted = thing.name
        return self._made(thing)

    async def edit(self, call: Call) -> Json:
        thing = self._world.things.get(call.form.get("thing_id", ""))
        if thing is None or thing.author is not self._world.us or thing.taken is not None:
            raise FormError("NOT_AUTHOR", "you can't do that", "thing_id")
        self._world.edit(thing, self._text(call))
        return self._made(thing)

    async def delete(self, call: Call) -> Json:
        """The same answer, whatever stood there."""
        thing = self._world.things.get(call.form.get("id", ""))
        if thing is not None and thing.author is self._world.us:
            self._world.take(thing, DELETED)
        return {}

    def _parent(self, call: Call) -> Thing:
        if call.form.get("api_type") != "json":
            raise Rejected(400, "Bad Request")
        name = call.form.get("thing_id", "")
        parent = self._world.things.get(name)
        if not name or (parent is None and not name.startswith(("t1_", "t3_"))):
            raise FormError("NO_THING_ID", "id not specified", "parent")
        if parent is None or parent.taken is not None:
            link = name.startswith("t3_")
            code = "DELETED_LINK" if link else "DELETED_COMMENT"
            raise FormError(code, f"that {'link' if link else 'comment'} has been deleted", "parent")
        return parent

    def _text(self, call: Call) -> str:
        words = call.form.get("text", "")
        if not words.strip():
            raise FormError("NO_TEXT", "we need something here", "text")
        if len(words) > LONGEST:
            raise FormError("TOO_LONG", f"this is too long (max: {LONGEST})", "text")
        return words

    def _may_answer(self, parent: Thing) -> None:
        link = parent.link
        if parent.place.private:
            raise Rejected(403, "Forbidden", "private")
        if link.archived or parent.archived:
            raise FormError("TOO_OLD", "that's a piece of history now; it's too late to reply to it", "parent")
        if link.locked or parent.locked:
            raise FormError("THREAD_LOCKED", "Comments are locked.", "parent")
        if parent.place.bans_us or parent.place.members_only:
            raise FormError("SUBREDDIT_NOTALLOWED", "you aren't allowed to post there.", "thing_id")
        if parent.author.blocks_us:
            raise FormError("USER_BLOCKED", "you can't reply to that user", "parent")

    def _made(self, thing: Thing) -> Json:
        return {"json": {"errors": [], "data": {"things": [self._shapes.thing(thing)]}}}

    # Parts

    def _all(self, call: Call) -> list[Thing]:
        """Everything that listings show, newest first."""
        return [one for one in reversed(self._world.things.values()) if self._world.listed(one, to_us=call.bearer.ours)]

    def _here(self, call: Call) -> list[Thing]:
        place = self._world.places.get(call.part("place").lower())
        if place is None:
            raise Rejected(404, "Not Found")
        if place.private:
            raise Rejected(403, "Forbidden", "private")
        return [one for one in self._all(call) if one.place is place and one.taken is None]

    def _theirs(self, call: Call) -> list[Thing]:
        who = call.part("who").lower()
        return [one for one in self._all(call) if one.author.handle.lower() == who]

    def _things(self, call: Call, things: Sequence[Thing]) -> Json:
        return self._page(call, things, lambda one: one.name, lambda one: self._shape(call, one))

    def _page(self, call: Call, items: Sequence, named: Callable, shape: Callable) -> Json:  # type: ignore[type-arg]
        """A part of a listing. `after` something that is not in it any more: nothing at all."""
        shown = list(items[:MOST_LISTED])
        if (after := call.get("after")) is not None:
            names = [named(one) for one in shown]
            shown = shown[names.index(after) + 1 :] if after in names else []
        some = shown[: call.number("limit", default=25, most=100)]
        last = named(some[-1]) if len(some) < len(shown) else None
        return self._shapes.listing([self._escaped(call, shape(one)) for one in some], last)

    def _shape(self, call: Call, thing: Thing, replies: object = "") -> Json:
        return self._escaped(call, self._shapes.thing(thing, to_us=call.bearer.ours, replies=replies))

    def _escaped(self, call: Call, shape: Json) -> Json:
        """Without raw_json=1, words come as HTML would have them."""
        data = shape["data"]
        if call.get("raw_json") == "1" or not isinstance(data, dict):
            return shape
        words = {
            key: html.escape(data[key], quote=False) for key in data if key in _WORDS and isinstance(data[key], str)
        }
        return {**shape, "data": {**data, **words}}

    def _both(self, call: Call, link: Thing, children: Sequence[object]) -> list[Json]:
        return [self._shapes.listing([self._shape(call, link)]), self._shapes.listing(children)]

    def _children(self, call: Call, thing: Thing) -> list[Thing]:
        """Newest first. What is deleted and has nothing beneath it is not there."""
        there = [one for one in thing.answers if self._world.listed(one, to_us=call.bearer.ours)]
        return [one for one in reversed(there) if one.taken is None or one.answers]

    def _nested(
        self, call: Call, above: Thing, things: list[Thing], room: list[int], depth: int, at: int, only: list[Thing]
    ) -> list[object]:
        """Comments with those beneath them, as many as there is room for; of the others the names.

        `only`: the way down to the comment that was asked for; beside it nothing is shown.
        """
        shown: list[object] = []
        for number, thing in enumerate(things):
            if room[0] <= 0 or at >= depth:
                shown.append(self._shapes.more(above, things[number:], at))
                break
            room[0] -= 1
            below = only[:1] or self._children(call, thing)
            nested = self._nested(call, thing, below, room, depth, at + 1, only[1:]) if below else []
            shown.append(self._shape(call, thing, self._shapes.listing(nested) if nested else ""))
        return shown


_WORDS = frozenset({"body", "body_html", "title", "selftext", "selftext_html"})

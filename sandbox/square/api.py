"""The Mastodon client API: statuses, accounts, media, search, the server's own description."""

from collections.abc import Sequence

from aiohttp import web

from sandbox.square.calls import Params
from sandbox.square.faults import Fault, Where
from sandbox.square.gate import Call, Endpoint
from sandbox.square.limits import Family
from sandbox.square.paging import link_header, page
from sandbox.square.people import Person
from sandbox.square.pictures import looks_like
from sandbox.square.server import Server
from sandbox.square.world import Rejected, Status, Visibility

# DEFAULT_STATUSES_LIMIT of Api::BaseController; the batch is refused above it.
_BATCH = 20
_CLIENT = "Twoway"
IMAGE_SIZE_LIMIT, DESCRIPTION_LIMIT = 16_777_216, 1_500  # configuration.media_attachments


class Api:
    """The endpoints of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._world = server.world
        self._shapes = server.shapes

    def endpoints(self) -> Sequence[Endpoint]:
        read, write, publish, change = Where.READ, "write:statuses", Where.PUBLISH, Where.CHANGE
        one = "/api/v1/statuses/{id}"
        return (
            Endpoint("GET", "/api/v1/accounts/verify_credentials", self.whoami, "read:accounts", read),
            Endpoint("GET", "/api/v1/accounts/lookup", self.lookup, None, read),
            Endpoint("GET", "/api/v1/accounts/{id}", self.account, None, read),
            Endpoint("GET", "/api/v1/accounts/{id}/statuses", self.statuses_of, None, read),
            Endpoint("POST", "/api/v1/statuses", self.create, write, publish, Family.STATUSES),
            Endpoint("GET", "/api/v1/statuses", self.batch, None, read),
            Endpoint("GET", one, self.show, None, read),
            Endpoint("PUT", one, self.update, write, change, Family.STATUSES),
            Endpoint("DELETE", one, self.delete, write, change, Family.DELETES),
            Endpoint("GET", f"{one}/context", self.context, None, read),
            Endpoint("GET", f"{one}/history", self.history, "read:statuses", read),
            Endpoint("GET", f"{one}/source", self.source, "read:statuses", read),
            Endpoint("GET", "/api/v2/search", self.search, "read:search", read),
            Endpoint("GET", "/api/v1/timelines/tag/{tag}", self.tagged, None, read),
            Endpoint("POST", "/api/v1/media", self.upload, "write:media", None, Family.MEDIA),
            Endpoint("POST", "/api/v2/media", self.upload, "write:media", None, Family.MEDIA),
            Endpoint("GET", "/api/v1/media/{id}", self.media, "write:media", read),
        )

    # Accounts

    async def whoami(self, call: Call) -> web.Response:
        return web.json_response(self._shapes.own_account())

    async def lookup(self, call: Call) -> web.Response:
        person = self._world.people.find(call.params.get("acct") or "?")
        if person is None:
            raise Rejected(404, "Record not found")
        return web.json_response(self._shapes.account(person))

    async def account(self, call: Call) -> web.Response:
        return web.json_response(self._shapes.account(self._person(call)))

    async def statuses_of(self, call: Call) -> web.Response:
        person, params = self._person(call), call.params
        limit = params.number("limit", default=20, most=40)
        theirs = [
            status
            for status in self._world.statuses()
            if status.author is person
            and self._visible(call, status)
            and not (params.flag("exclude_replies") and status.parent_id)
            and not (params.flag("only_media") and not status.now.media)
        ]
        shown = page([status for status in theirs if not self._lags(status)], params, limit=limit)
        links = link_header(shown, params, address=self._server.base + call.request.path, limit=limit)
        return web.json_response([self._shapes.status(status) for status in shown], headers=links)

    # Statuses

    async def create(self, call: Call) -> web.Response:
        """A status. The same key within an hour gives the first one, whatever the text."""
        params, key = call.params, call.request.headers.get("Idempotency-Key")
        parent = self._parent(params)
        if not key:
            return web.json_response(self._shapes.status(self._accept(call, parent)))
        async with self._server.lock(key):
            honoured = not self._server.faults.on(Fault.IGNORE_KEY)
            made = self._server.remembered(key) if honoured else None
            status = self._accept(call, parent) if made is None else self._world.status(made, viewer=self._world.us)
            if made is None:
                self._server.remember(key, status.id)
            elif call.publish is not None:
                call.publish.accepted = status.id
        return web.json_response(self._shapes.status(status))

    def _accept(self, call: Call, parent: Status | None) -> Status:
        params = call.params
        status = self._world.post(
            self._world.us,
            params.get("status") or "",
            parent=parent,
            visibility=self._visibility(params),
            warning=params.get("spoiler_text") or "",
            sensitive=params.flag("sensitive") or False,
            media=self._world.loose_media(params.all("media_ids")),
            language=params.get("language"),
            application=_CLIENT,
        )
        if call.publish is not None:
            call.publish.accepted, call.publish.made = status.id, True
        return status

    async def batch(self, call: Call) -> web.Response:
        """Those of the ids that stand and may be seen; the others are left out."""
        if self._server.faults.on(Fault.NO_BATCH):
            raise Rejected(404, "Not Found")
        ids = list(dict.fromkeys(call.params.all("id")))
        if len(ids) > _BATCH:
            raise Rejected(422, "Mastodon::ValidationError")
        found = [self._world.any_status(id) for id in ids]
        seen = [status for status in found if status is not None and self._visible(call, status)]
        return web.json_response([self._shapes.status(status) for status in seen if not status.removed])

    async def show(self, call: Call) -> web.Response:
        return web.json_response(self._shapes.status(self._status(call)))

    async def update(self, call: Call) -> web.Response:
        """A new version. Media that are not named again are gone, as the server has it."""
        status, params = self._own(call), call.params
        media = self._world.media_of(params.all("media_ids"))
        text = params.get("status")
        self._world.edit(
            status,
            status.now.text if text is None else text,
            warning=params.get("spoiler_text"),
            sensitive=params.flag("sensitive"),
            media=media,
            language=params.get("language"),
        )
        return web.json_response(self._shapes.status(status))

    async def delete(self, call: Call) -> web.Response:
        status = self._own(call)
        shape = self._shapes.deleted(status)
        self._world.remove(status)
        return web.json_response(shape)

    async def context(self, call: Call) -> web.Response:
        status = self._status(call)
        ancestors, descendants = self._world.ancestors(status), self._world.descendants(status)
        # CONTEXT_LIMIT with a token, ANCESTORS_LIMIT and DESCENDANTS_LIMIT without.
        most_above, most_below = (4096, 4096) if call.known else (40, 60)
        above = [self._shapes.status(one) for one in ancestors if self._visible(call, one)]
        below = [self._shapes.status(one) for one in descendants if self._visible(call, one) and not self._lags(one)]
        return web.json_response({"ancestors": above[-most_above:], "descendants": below[:most_below]})

    async def history(self, call: Call) -> web.Response:
        if self._server.faults.on(Fault.NO_HISTORY):
            raise Rejected(404, "Not Found")
        status = self._status(call)
        return web.json_response([self._shapes.version(status, version) for version in status.versions])

    async def source(self, call: Call) -> web.Response:
        """The words as written; only of one's own statuses (StatusPolicy: own)."""
        status = self._status(call)
        if status.author is not self._world.us:
            raise Rejected(403, "This action is not allowed")
        return web.json_response(self._shapes.source(status))

    async def search(self, call: Call) -> web.Response:
        params = call.params
        words, kind = (params.get("q") or "").strip(), params.get("type")
        if not words:
            raise Rejected(400, "param is missing or the value is empty or invalid: q")
        limit = params.number("limit", default=20, most=40)
        offset, after = params.get("offset") or "0", params.get("min_id") or "0"
        if not offset.isdecimal() or (int(offset) and kind is None):  # search_service.rb: no type, no offset
            raise Rejected(400, "an offset is for one type of results")
        statuses = [one for one in reversed(self._world.statuses()) if self._visible(call, one)]
        statuses = [one for one in statuses if not after.isdecimal() or int(one.id) > int(after)]
        people = list(self._world.people)
        if words.startswith(("http://", "https://")):
            statuses = [s for s in statuses if words in (self._shapes.status(s)["uri"], self._shapes.status_url(s))]
            people = [person for person in people if words == self._shapes.profile_url(person)]
        else:
            lowered = words.lower()
            statuses = [status for status in statuses if lowered in status.now.text.lower()]
            people = [person for person in people if lowered.lstrip("@") in person.acct.lower()]
        return web.json_response(
            {
                "accounts": [self._shapes.account(one) for one in people[:limit]] if kind in (None, "accounts") else [],
                "statuses": [self._shapes.status(one) for one in statuses[int(offset) : int(offset) + limit]]
                if kind in (None, "statuses")
                else [],
                "hashtags": [],
            }
        )

    async def tagged(self, call: Call) -> web.Response:
        """A hashtag's timeline: public posts alone, as pages are cut everywhere."""
        sought = f"#{call.request.match_info['tag']}".lower()
        theirs = [
            status
            for status in self._world.statuses()
            if status.visibility is Visibility.PUBLIC
            and sought in {word.rstrip(".,:;!?").lower() for word in status.now.text.split()}
        ]
        limit = call.params.number("limit", default=20, most=40)
        return web.json_response([self._shapes.status(one) for one in page(theirs, call.params, limit=limit)])

    # Media

    async def upload(self, call: Call) -> web.Response:
        """200 when it is ready, 202 when v2 still processes it."""
        form = await call.request.post()
        file = form.get("file")
        if not isinstance(file, web.FileField):
            raise Rejected(422, "Validation failed: File can't be blank")
        kind, body = file.content_type, file.file.read()
        if kind.split("/", 1)[0] not in ("image", "video", "audio") or not looks_like(kind, body):
            raise Rejected(422, "Validation failed: File content type is invalid, File is invalid")
        if kind.startswith("image/") and len(body) > IMAGE_SIZE_LIMIT:
            raise Rejected(422, "Validation failed: File file size must be less than or equal to 16 MB")
        description = form.get("description")
        if isinstance(description, str) and len(description) > DESCRIPTION_LIMIT:
            error = f"Validation failed: Description is too long (maximum is {DESCRIPTION_LIMIT} characters)"
            raise Rejected(422, error)
        takes = self._server.media_takes
        kept = self._world.add_media(
            body,
            content_type=kind,
            description=description if isinstance(description, str) else None,
            ready_in=takes,
        )
        shape = self._shapes.media(kept, ready=takes == 0)
        return web.json_response(shape, status=202 if takes and "/v2/" in call.request.path else 200)

    async def media(self, call: Call) -> web.Response:
        """206 while it is processed."""
        kept = self._world.media.get(call.part("id"))
        if kept is None:
            raise Rejected(404, "Record not found")
        ready = kept.ready_at <= self._world.clock()
        return web.json_response(self._shapes.media(kept, ready=ready), status=200 if ready else 206)

    # What several share

    def _person(self, call: Call) -> Person:
        person = self._world.people.by_id(call.part("id"))
        if person is None:
            raise Rejected(404, "Record not found")
        return person

    def _status(self, call: Call) -> Status:
        return self._world.status(call.part("id"), viewer=self._viewer(call))

    def _own(self, call: Call) -> Status:
        status = self._world.any_status(call.part("id"))
        if status is None or status.removed or status.author is not self._world.us:
            raise Rejected(404, "Record not found")
        return status

    def _parent(self, params: Params) -> Status | None:
        id = params.get("in_reply_to_id")
        if not id:
            return None
        try:
            return self._world.status(id, viewer=self._world.us)
        except Rejected:
            error = "The post you are trying to reply to does not appear to exist."
            raise Rejected(404, error) from None

    def _visibility(self, params: Params) -> Visibility:
        name = params.get("visibility") or Visibility.PUBLIC.value
        if name not in set(Visibility):
            raise Rejected(422, "Validation failed: Visibility is not included in the list")
        return Visibility(name)

    def _viewer(self, call: Call) -> Person | None:
        return self._world.us if call.known else None

    def _visible(self, call: Call, status: Status) -> bool:
        return self._world.may_see(self._viewer(call), status)

    def _lags(self, status: Status) -> bool:
        lag = self._server.faults.get(Fault.LAG)
        if lag is None or status.author is not self._world.us:
            return False
        return (self._world.clock() - status.created_at).total_seconds() < lag.seconds

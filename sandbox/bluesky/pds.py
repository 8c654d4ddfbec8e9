"""com.atproto.*: sessions, records and handles, as the account's own server (its PDS) answers."""

from collections.abc import Sequence

from sandbox.bluesky.faults import Fault, Where
from sandbox.bluesky.gate import Call, Endpoint
from sandbox.bluesky.lexicon import POSTS, Rejected, check_images, check_key, check_post, cid_of, images_of
from sandbox.bluesky.server import Family, Server
from sandbox.bluesky.world import Post

LARGEST_BLOB = 52_428_800  # PDS_BLOB_UPLOAD_LIMIT of the distribution, 2026-08


class Pds:
    """The endpoints of one server. Only our account lives on it; others' records are the AppView's to show."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._world = server.world

    def endpoints(self) -> Sequence[Endpoint]:
        read, write, session = Where.READ, Where.PUBLISH, Where.SESSION
        server, repo = "com.atproto.server", "com.atproto.repo"
        return (
            Endpoint("POST", f"{server}.createSession", self.create, session, open=True, family=Family.SESSION),
            Endpoint("POST", f"{server}.refreshSession", self.refresh, session, open=True, input=False),
            Endpoint("GET", f"{server}.getSession", self.session, read),
            Endpoint("POST", f"{repo}.putRecord", self.put_record, write, points=2),
            Endpoint("POST", f"{repo}.uploadBlob", self.upload_blob, Where.CHANGE, raw=True),
            Endpoint("POST", f"{repo}.createRecord", self.create_record, write, points=3),
            Endpoint("POST", f"{repo}.deleteRecord", self.delete_record, Where.CHANGE),
            Endpoint("GET", f"{repo}.getRecord", self.get_record, read, open=True),
            Endpoint("GET", f"{repo}.listRecords", self.list_records, read, open=True),
            Endpoint("GET", "com.atproto.identity.resolveHandle", self.resolve, read, open=True),
        )

    # Sessions

    async def create(self, call: Call) -> dict[str, object]:
        who = self._world.whose(call.text("identifier"))
        if who is not self._world.us or call.text("password") != self._server.password:
            raise Rejected(401, "AuthenticationRequired", "Invalid identifier or password")
        if self._server.faults.on(Fault.TAKEDOWN):
            raise Rejected(401, "AccountTakedown", "Account has been taken down")
        return self._server.new_session()

    async def refresh(self, call: Call) -> dict[str, object]:
        if self._server.faults.on(Fault.TAKEDOWN):
            raise Rejected(401, "AccountTakedown", "Account has been taken down")
        self._server.use_refresh(call.request.headers.get("Authorization", "").removeprefix("Bearer "))
        return self._server.new_session()

    async def session(self, call: Call) -> dict[str, object]:
        us = self._world.us
        return {"handle": us.handle, "did": us.did, "active": True}

    async def resolve(self, call: Call) -> dict[str, object]:
        who = self._world.whose(call.need("handle"))
        if who is None:
            raise Rejected(400, "InvalidRequest", "Unable to resolve handle")
        return {"did": who.did}

    # Records

    async def put_record(self, call: Call) -> dict[str, object]:
        """The same content again is no commit; `swapRecord` null: nothing may stand there; a cid: exactly that."""
        key, record, before = self._asked(call)
        if before is not None and before.cid == cid_of(record):
            return self._written(call, before, made=False)
        if "swapRecord" in call.body:
            swap = call.body["swapRecord"]
            if swap != (before.cid if before else None):
                raise Rejected(400, "InvalidSwap", f"Record was at {before.cid if before else 'null'}")
        described = [str(one["alt"]) for one in images_of(record)]
        return self._written(call, self._world.put(self._world.us, key, record, pictures=described), made=True)

    async def create_record(self, call: Call) -> dict[str, object]:
        """Over a key that is taken the reference PDS stumbles (packages/repo mst.ts)."""
        key, record, before = self._asked(call)
        if before is not None:
            raise Rejected(500, "InternalServerError", "Internal Server Error")
        return self._written(call, self._world.put(self._world.us, key, record), made=True)

    async def upload_blob(self, call: Call) -> dict[str, object]:
        """Bytes that no record names yet. Named by their content, so that the same bytes are one blob."""
        body = await call.request.read()
        if not body:
            raise Rejected(400, "InvalidRequest", "Request body is empty")
        if len(body) > LARGEST_BLOB:
            raise Rejected(413, "PayloadTooLarge", "request entity too large")
        kept = self._world.keep_blob(body, call.request.content_type)
        return {"blob": kept}

    def _asked(self, call: Call) -> tuple[str, dict[str, object], Post | None]:
        self._own(call.text("repo"))
        if call.text("collection") != POSTS:
            raise Rejected(400, "InvalidRequest", "This stand-in keeps posts only")
        key = check_key(call.body.get("rkey"))
        record = dict(check_post(call.body.get("record")))
        for blob in check_images(record.get("embed")):
            self._world.known_blob(blob)
        return key, record, self._world.posts.get(f"at://{self._world.us.did}/{POSTS}/{key}")

    def _written(self, call: Call, post: Post, *, made: bool) -> dict[str, object]:
        if call.publish is not None:
            call.publish.accepted, call.publish.made = post.uri, made
        answer: dict[str, object] = {"uri": post.uri, "cid": post.cid, "validationStatus": "valid"}
        return {**answer, "commit": {"cid": post.cid, "rev": self._world.next_key()}} if made else answer

    async def delete_record(self, call: Call) -> dict[str, object]:
        """What is not there is deleted as well."""
        self._own(call.text("repo"))
        self._world.remove(f"at://{self._world.us.did}/{call.text('collection')}/{call.text('rkey')}")
        return {}

    async def get_record(self, call: Call) -> dict[str, object]:
        who = self._world.whose(call.need("repo"))
        uri = f"at://{who.did if who else '?'}/{call.need('collection')}/{call.need('rkey')}"
        post = self._world.posts.get(uri)
        if post is None:
            raise Rejected(400, "RecordNotFound", f"Could not locate record: {uri}")
        return {"uri": post.uri, "cid": post.cid, "value": dict(post.value)}

    async def list_records(self, call: Call) -> dict[str, object]:
        """By key, newest first unless `reverse`; the cursor is the last key."""
        who = self._world.whose(call.need("repo"))
        if who is not self._world.us:
            raise Rejected(400, "InvalidRequest", f"Could not find repo: {call.get('repo')}")
        limit = call.number("limit", default=50, least=1, most=100)
        reverse, cursor = call.get("reverse") == "true", call.get("cursor")
        own = [post for post in self._world.posts.values() if post.author is who and call.need("collection") == POSTS]
        own.sort(key=lambda post: post.key, reverse=not reverse)
        if cursor:
            own = [post for post in own if (post.key > cursor if reverse else post.key < cursor)]
        shown = own[:limit]
        answer: dict[str, object] = {
            "records": [{"uri": post.uri, "cid": post.cid, "value": dict(post.value)} for post in shown]
        }
        return {**answer, "cursor": shown[-1].key} if shown else answer

    def _own(self, repo: str) -> None:
        if self._world.whose(repo) is not self._world.us:
            raise Rejected(401, "AuthenticationRequired", "Authentication Required")

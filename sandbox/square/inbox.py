"""What the account is told: its notifications, their policy, and what the server says of itself."""

from collections.abc import Sequence

from aiohttp import web

from sandbox.square.faults import Where
from sandbox.square.gate import Call, Endpoint
from sandbox.square.paging import link_header, page
from sandbox.square.server import Server
from sandbox.square.words import CHARACTERS_PER_URL
from sandbox.square.world import POLICIES, Notification, Rejected


class Inbox:
    """Notifications and the instance's description."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._world = server.world
        self._shapes = server.shapes

    def endpoints(self) -> Sequence[Endpoint]:
        read, told = Where.READ, "read:notifications"
        return (
            Endpoint("GET", "/api/v1/instance", self.instance_v1, None, read),
            Endpoint("GET", "/api/v2/instance", self.instance, None, read),
            Endpoint("GET", "/api/v1/notifications", self.notifications, told, read),
            Endpoint("GET", "/api/v2/notifications/policy", self.policy, told, read),
            Endpoint("PATCH", "/api/v2/notifications/policy", self.set_policy, "write:notifications", None),
            Endpoint("GET", "/api/v1/notifications/{id}", self.notification, told, read),
        )

    async def notifications(self, call: Call) -> web.Response:
        """40 unless `limit` says otherwise, at most 80. Filtered ones only with `include_filtered`."""
        params = call.params
        limit = params.number("limit", default=40, most=80)
        wanted, unwanted = params.all("types"), params.all("exclude_types")
        filtered, author = params.flag("include_filtered"), params.get("account_id")
        theirs = [
            one
            for one in self._world.notifications()
            if (not wanted or one.type in wanted)
            and one.type not in unwanted
            and (filtered or not one.filtered)
            and (author is None or one.person.id == author)
        ]
        shown = page(theirs, params, limit=limit)
        links = link_header(shown, params, address=self._server.base + "/api/v1/notifications", limit=limit)
        return web.json_response([self._shapes.notification(one) for one in shown], headers=links)

    async def notification(self, call: Call) -> web.Response:
        found: Notification | None = next(
            (one for one in self._world.notifications() if one.id == call.part("id")), None
        )
        if found is None:
            raise Rejected(404, "Record not found")
        return web.json_response(self._shapes.notification(found))

    async def policy(self, call: Call) -> web.Response:
        return web.json_response(self._shapes.policy())

    async def set_policy(self, call: Call) -> web.Response:
        for name in POLICIES:
            value = call.params.get(name)
            if value is None:
                continue
            if value not in ("accept", "filter", "drop"):
                raise Rejected(422, f"Validation failed: {name} is not included in the list")
            self._world.policy[name] = value
        return web.json_response(self._shapes.policy())

    async def instance(self, call: Call) -> web.Response:
        return web.json_response(
            {
                "domain": self._world.people.domain,
                "title": "The square",
                "version": self._server.version,
                "source_url": "https://github.com/mastodon/mastodon",
                "description": "A stand-in of a Mastodon-compatible server",
                "usage": {"users": {"active_month": len(list(self._world.people))}},
                "languages": ["en"],
                "configuration": {
                    "urls": {"streaming": self._streaming(), "status": None},
                    "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
                    "statuses": self._status_limits(),
                    "media_attachments": {
                        "description_limit": 1500,
                        "image_size_limit": 16777216,
                        "image_matrix_limit": 33177600,
                        "supported_mime_types": [
                            "image/jpeg",
                            "image/png",
                            "image/gif",
                            "image/webp",
                            "video/mp4",
                        ],
                        "video_size_limit": 103809024,
                    },
                    "translation": {"enabled": False},
                    "limited_federation": False,
                },
                "registrations": {"enabled": False, "approval_required": False, "message": None, "url": None},
                "api_versions": {"mastodon": 6},
                "contact": {"email": "", "account": None},
                "rules": [],
            }
        )

    async def instance_v1(self, call: Call) -> web.Response:
        return web.json_response(
            {
                "uri": self._world.people.domain,
                "title": "The square",
                "short_description": "A stand-in of a Mastodon-compatible server",
                "description": "",
                "version": self._server.version,
                "urls": {"streaming_api": self._streaming()},
                "stats": {
                    "user_count": len(list(self._world.people)),
                    "status_count": len(self._world.statuses()),
                    "domain_count": 1,
                },
                "languages": ["en"],
                "configuration": {"statuses": self._status_limits()},
                "rules": [],
            }
        )

    def _streaming(self) -> str:
        return self._server.base.replace("http", "ws", 1)

    def _status_limits(self) -> dict[str, object]:
        return {
            "max_characters": self._world.max_characters,
            "max_media_attachments": 4,
            "characters_reserved_per_url": CHARACTERS_PER_URL,
        }

"""What X calls a company for: the challenge of a webhook, and the events of the Activity API, signed."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field

import aiohttp

from sandbox.x.server import Server
from sandbox.x.world import Post

SIGNATURE = "x-twitter-webhooks-signature"


class BadWebhook(Exception):
    """The address did not answer the challenge as X asks for it."""


@dataclass(slots=True)
class Delivery:
    """One event as it was sent, and what was answered: statuses, 0 for none."""

    kind: str
    body: bytes
    answers: list[int] = field(default_factory=list)


class Webhooks:
    """One webhook of our app. Without an address nothing is sent, and events are kept all the same."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.id = str(1_790_000_000_000_000_000)
        self.address: str | None = None
        self.subscriptions: set[tuple[str, str]] = set()  # kinds of events, and whose they are
        self.deliveries: list[Delivery] = []

    def sign(self, body: bytes) -> str:
        digest = hmac.new(self._server.consumer_secret.encode(), body, hashlib.sha256).digest()
        return f"sha256={base64.b64encode(digest).decode()}"

    async def register(self, address: str) -> None:
        """As `POST /2/webhooks`: the address has to know the secret."""
        token = secrets.token_urlsafe(16)
        async with aiohttp.ClientSession() as session, session.get(address, params={"crc_token": token}) as answer:
            said = await answer.text()
        try:
            known = json.loads(said)["response_token"] == self.sign(token.encode())
        except (ValueError, KeyError, TypeError):
            known = False
        if answer.status != 200 or not known:
            raise BadWebhook(f"CRC failed: {answer.status}")
        self.address = address

    def event(self, kind: str, payload: object, includes: object) -> bytes:
        """The envelope, as in docs.x.com/x-api/activity/event-payloads, 2026-08."""
        data = {
            "event_uuid": str(secrets.randbits(62)),
            "filter": {"user_id": self._server.world.us.id},
            "event_type": kind,
            "tag": kind,
            "payload": payload,
            "includes": includes,
        }
        return json.dumps({"data": data}, ensure_ascii=False).encode()

    def spoken(self, kind: str, post: Post, *, bare: bool = False) -> bytes:
        """Somebody wrote. `bare`: without anything that it refers to, as replies come."""
        shapes = self._server.shapes
        return self.event(kind, shapes.post(post), {} if bare else shapes.includes([post]))

    def deleted(self, post: Post) -> bytes:
        return self.event("post.delete", {"id": post.id, "author_id": post.author.id}, {})

    def wanted(self, kind: str, who: str) -> bool:
        """Whether somebody asked for it. Without a webhook all is kept, and nothing sent."""
        return self.address is None or (kind, who) in self.subscriptions

    async def tell(self, kind: str, body: bytes) -> Delivery:
        """Send it, once, whoever asked for it."""
        delivery = Delivery(kind, body)
        self.deliveries.append(delivery)
        await self.send(delivery)
        return delivery

    async def send(self, delivery: Delivery) -> None:
        """Send it (again)."""
        if self.address is None:
            return
        headers = {SIGNATURE: self.sign(delivery.body), "Content-Type": "application/json"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
                session.post(self.address, data=delivery.body, headers=headers) as answer,
            ):
                delivery.answers.append(answer.status)
        except (aiohttp.ClientError, TimeoutError):
            delivery.answers.append(0)

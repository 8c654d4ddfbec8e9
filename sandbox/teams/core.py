"""What all parts of the stand-in share: the tenant, the doors, what is broken, and how bot and people post.

Leaves the connector's API to connector, and what people do to people and clicks.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.teams.activities import Activities, Where
from sandbox.teams.delivery import Delivery
from sandbox.teams.faults import Faults
from sandbox.teams.signing import Doors
from sandbox.teams.tenant import Tenant, now
from sandbox.teams.things import APP_ID, BOT_ID, TENANT, Json, Message, Place

# learn.microsoft.com: about 100 KB with everything around it; we hold a bot to 80, where nobody gets near it.
MESSAGE_LIMIT = 80 * 1024
WHISPER_LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class Call:
    """One call of the connector's API as it came, and what it was answered."""

    operation: str
    method: str
    path: str
    body: object
    status: int
    answer: Json


class Core:
    """The tenant with one bot installed in it."""

    tenant_id = TENANT
    app_id = APP_ID
    bot_id = BOT_ID

    def __init__(
        self,
        *,
        base_url: str | None = None,
        clock: Callable[[], datetime] = now,
        password: str | None = None,
        limits: str = "off",
        message_limit: int = MESSAGE_LIMIT,
    ) -> None:
        self.base_url = base_url.rstrip("/") if base_url else None
        self.tenant = Tenant(clock)
        self.faults = Faults(self.tenant.stamp, limits=limits)
        self.doors = Doors(APP_ID, password or secrets.token_urlsafe(24))
        self.delivery = Delivery(self.tenant, self.faults, self.doors, lambda: self.service_url)
        self.message_limit = message_limit
        self.log: list[Call] = []
        self.closing = asyncio.Event()

    # --- addresses ---

    @property
    def address(self) -> str:
        if self.base_url is None:
            raise RuntimeError("the stand-in has no address yet: give base_url or serve it")
        return self.base_url

    @property
    def service_url(self) -> str:
        """What activities name, and where the bot calls back."""
        return f"{self.address}/connector/{TENANT}/"

    @property
    def openid_url(self) -> str:
        return f"{self.address}/login/.well-known/openidconfiguration"

    @property
    def token_url(self) -> str:
        return f"{self.address}/login/{TENANT}/oauth2/v2.0/token"

    @property
    def password(self) -> str:
        return self.doors.password

    @property
    def signed(self) -> bool:
        """Whether activities are signed and the bot needs a token. Otherwise anonymous, as on a developer's machine."""
        return self.delivery.signed

    @signed.setter
    def signed(self, on: bool) -> None:
        self.delivery.signed = on

    # --- what stands where ---

    @property
    def activities(self) -> Activities:
        return Activities(self.tenant, self.service_url)

    def where(self, place: Place, message: Message | None = None) -> Where:
        return Where(place, message.root if message else None)

    def tell(self, place: Place, activity: Json) -> str | None:
        """The bot hears of it if it is installed there."""
        return self.delivery.event(activity) if self.tenant.bot_is_in(place) else None

    def post(
        self,
        place: Place,
        author: str,
        content: Json,
        *,
        root: str | None = None,
        only: str | None = None,
    ) -> Message:
        """A message appears. Tells nobody."""
        new = self.tenant.new_id()
        message = Message(new, place.id, root or new, author, self.tenant.clock(), only=only)
        fill(message, content)
        return self.tenant.add(message)

    def lapsed(self, message: Message) -> bool:
        """Targeted messages vanish after a day."""
        return message.only is not None and self.tenant.clock() - message.sent > WHISPER_LIFE


def fill(message: Message, content: Json) -> None:
    """What an activity says, into a message. All of it: an update replaces."""
    message.text = str(content.get("text") or "")
    message.attachments = list(content.get("attachments") or [])
    message.entities = list(content.get("entities") or [])
    message.importance = str(content.get("importance") or "normal")
    notification = (content.get("channelData") or {}).get("notification") or {}
    message.alerts = bool(notification.get("alert"))

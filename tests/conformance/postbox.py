"""Mail's world: the stand-in of the sandbox. A copy of what we send comes back to us, which is how it is found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from adapters.conformance.world import Shown, Trick, World
from adapters.contract import Platform
from adapters.posts import Audience, PostRef
from sandbox.mail import MailStandIn
from tests.conformance.played import Played

# An answer of 4xx or 5xx to the last dot says for certain that nothing was taken, so FAIL_AFTER is no trick of mail.
_FAULTS: dict[Trick, str] = {
    Trick.REFUSE: "refuse",
    Trick.THROTTLE: "throttle",
    Trick.ACCEPT_AND_DROP: "accept_and_drop",
    Trick.ACCEPT_AND_HANG: "accept_and_hang",
    Trick.ACCEPT_LATE: "accept_late",
    Trick.FAIL_BEFORE: "fail_before",
    Trick.CUT_OFF: "cut_off",
    Trick.NO_STREAM: "no_idle",
    Trick.STREAM_DROP: "drop_idle",
    Trick.STREAM_SILENT: "silent_idle",
}


class Postbox(Played):
    faults = _FAULTS
    platform_name = "mail"
    audience = Audience.DIRECT
    tricks = frozenset({Trick.DELETE, Trick.COUNTS_CALLS, *_FAULTS})

    def __init__(self, server: MailStandIn) -> None:
        super().__init__(server)
        self.server = server

    def table(self) -> dict[str, object]:
        return {
            "address": self.server.world.address,
            "imap": self.server.imap_address,
            "smtp": self.server.smtp_address,
            "security": "none",
            "sent": "copy",
            "link": "https://mail.acme.example/?id={id}",
            "poll": "150ms",
            "longest": 600,
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return {"password": self.server.world.password}

    def platform(
        self, *, secrets: Mapping[str, str] | None = None, table: Mapping[str, object] | None = None
    ) -> Platform:
        """A `server` that is given stands for both of ours."""
        given = dict(table or {})
        if isinstance(address := given.pop("server", None), str):
            given |= dict.fromkeys(("imap", "smtp"), address.removeprefix("http://"))
        return super().platform(secrets=secrets, table=given)

    async def post(
        self,
        words: str,
        *,
        author: str = "lea",
        to: PostRef | None = None,
        audience: Audience = Audience.PUBLIC,
        warning: str | None = None,
        picture: str | None = None,
    ) -> PostRef:
        mail = await self.server.post(author, words, reply_to=None if to is None else to.id)
        return PostRef(mail.id)

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [
            Shown(PostRef(str(one.parsed["Message-ID"]).strip("<>")), one.words, Audience.DIRECT, "")
            for one in self.server.replies_to(ref.id)
        ]

    async def delete(self, ref: PostRef) -> None:
        await self.server.delete(ref.id)


@asynccontextmanager
async def postbox_world() -> AsyncIterator[World]:
    async with MailStandIn.serve() as server:
        world = Postbox(server)
        try:
            yield world
        finally:
            await world.close()

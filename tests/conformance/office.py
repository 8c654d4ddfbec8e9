"""The world of a system of one's own: the stand-in of the sandbox, whose calls these ears take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.conformance.world import Ears, Shown, Trick, World
from adapters.contract import Cursor, Hook, Platform
from adapters.posts import Audience, PostRef
from sandbox.inbound import Fault, Office
from tests.conformance.played import Played

_FAULTS: dict[Trick, str] = {
    Trick.REFUSE: "refuse",
    Trick.THROTTLE: "throttle",
    Trick.ACCEPT_AND_DROP: "accept_and_drop",
    Trick.ACCEPT_AND_HANG: "accept_and_hang",
    Trick.ACCEPT_LATE: "accept_late",
    Trick.FAIL_BEFORE: "fail_before",
    Trick.FAIL_AFTER: "fail_after",
    Trick.IGNORE_KEYS: "ignore_keys",
    Trick.CUT_OFF: "cut_off",
}


class Called(Ears):
    """Ears at our door: the system tells its events in order, from where we had got to."""

    def __init__(self, platform: Platform, office: Office, since: Cursor | None) -> None:
        super().__init__(platform, since)
        self._office = office
        self._at = int(since or 0)

    async def _listen(self) -> None:
        office = self._office
        while True:
            version = office.changes.version
            for event in office.outbox[self._at :] if not office.faults.on(Fault.CUT_OFF) else ():
                call = Hook(method="POST", path="events", query={}, headers=office.signed(event), body=event.body)
                answer = await self._platform.hook(call)
                assert answer.status == 204
                self._at += 1
                async with self._came:
                    self.heard.extend(answer.heard)
                    self.batches.append(answer.heard)
                    self.cursors.append(Cursor(str(self._at)))
                    self._came.notify_all()
            await office.changes.after(version)


class OfficeWorld(Played):
    faults = _FAULTS
    platform_name = "inbound"
    tricks = frozenset(
        {Trick.EDIT, Trick.DELETE, Trick.PUSH_CHANGES, Trick.PICTURES, Trick.COUNTS_CALLS, Trick.LENGTH, *_FAULTS}
    )

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self.office = office

    def table(self) -> dict[str, object]:
        return {
            "webhook": self.office.webhook,
            "asks": True,
            "changes": True,
            "call_limit": "1s",
            "late_bound": "1s",
            "listing_lag": "0s",
        }

    def secrets(self) -> dict[str, str]:
        return {"secret": self.office.secret}

    def ears(self, platform: Platform, since: Cursor | None = None) -> Ears:
        return Called(platform, self.office, since)

    def elsewhere(self, address: str) -> dict[str, object]:
        return {"webhook": address}

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
        message = await self.office.post(
            author, words, reply_to=None if to is None else to.id, audience=audience.value, picture=picture
        )
        return PostRef(message.id)

    async def replies(self, ref: PostRef) -> list[Shown]:
        return [Shown(PostRef(one.id), one.words, Audience.PUBLIC, "") for one in self.office.replies_to(ref.id)]

    async def edit(self, ref: PostRef, words: str) -> None:
        await self.office.edit(ref.id, words)

    async def delete(self, ref: PostRef) -> None:
        await self.office.delete(ref.id)


@asynccontextmanager
async def office_world() -> AsyncIterator[World]:
    async with Office.serve() as office:
        world = OfficeWorld(office)
        try:
            yield world
        finally:
            await world.close()

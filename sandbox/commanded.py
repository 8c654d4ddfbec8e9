"""A stand-in that misbehaves on command: how faults are switched on and off, and the one that every stand-in has."""

from typing import Generic

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.background import Background
from sandbox.misbehaving import ActiveFault, ActiveFaults, F, W
from sandbox.serving import drop
from sandbox.square.changes import Changes, Watched


class Commanded(Watched, Background, Generic[F, W]):
    """Has `faults`, one of which is called "cut_off", and `changes`. Its application goes through `_door`."""

    faults: ActiveFaults[F, W]
    changes: Changes

    def fault(
        self,
        fault: F | str,
        *,
        times: int | None = None,
        seconds: float | None = None,
        status: int | None = None,
        where: W | str | None = None,
    ) -> ActiveFault[F, W]:
        """Misbehave, as the table of faults says; `where` nothing is said, calls that publish."""
        active = self.faults.set(
            self.faults.named(fault),
            times=times,
            seconds=seconds,
            status=status,
            where=None if where is None else self.faults.place(where),
        )
        self.changes.tell()
        return active

    def clear_faults(self, fault: F | str | None = None) -> None:
        self.faults.clear(None if fault is None else self.faults.named(fault))
        self.release()
        self.changes.tell()

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        return drop(request) if self.faults.on(self.faults.named("cut_off")) else await handler(request)

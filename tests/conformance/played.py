"""A world that one of the sandbox's stand-ins plays: its tricks are the stand-in's faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Protocol

from adapters.conformance.world import Trick, World


class StandIn(Protocol):
    """What every stand-in offers besides its own."""

    def fault(self, fault: str, *, seconds: float | None) -> object: ...

    def clear_faults(self) -> None: ...

    @property
    def publish_calls(self) -> Sequence[object]: ...


class Played(World):
    """Each such world says under which names its stand-in knows the tricks."""

    faults: ClassVar[Mapping[Trick, str]]

    def __init__(self, stand_in: StandIn) -> None:
        super().__init__()
        self.stand_in = stand_in

    async def misbehave(self, trick: Trick, *, after: timedelta = timedelta(0)) -> None:
        self.stand_in.fault(self.faults[trick], seconds=after.total_seconds() or None)

    async def behave(self) -> None:
        self.stand_in.clear_faults()

    def calls(self) -> int:
        return len(self.stand_in.publish_calls)

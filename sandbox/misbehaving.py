"""Faults that are switched on by command: how long they last, and whom they strike. What they do is each stand-in's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

F = TypeVar("F", bound=StrEnum)
W = TypeVar("W", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class FaultKind:
    """What a fault does, in one sentence, and the numbers it takes when none are given."""

    does: str
    strikes: bool = False
    seconds: float = 0
    status: int = 0


@dataclass(frozen=True, slots=True)
class ActiveFault(Generic[F, W]):
    """A fault that is on. `left` is None until cleared."""

    fault: F
    left: int | None
    seconds: float
    status: int
    where: W
    error: str | None

    def as_json(self) -> dict[str, object]:
        return {
            "fault": self.fault.value,
            "left": self.left,
            "seconds": self.seconds,
            "status": self.status,
            "where": self.where.value,
        }


class ActiveFaults(Generic[F, W]):
    """The faults that are on, in the order they were set. `usual` is where one strikes that names no place,
    `anywhere` the place that means all of them."""

    def __init__(self, table: Mapping[F, FaultKind], *, usual: W, anywhere: W) -> None:
        self._table = table
        self._usual = usual
        self._anywhere = anywhere
        self._active: list[ActiveFault[F, W]] = []

    def named(self, fault: F | str) -> F:
        """The fault that is called so. ValueError where there is none."""
        return type(next(iter(self._table)))(fault)

    def place(self, where: W | str) -> W:
        """The place that is called so. ValueError where there is none."""
        return type(self._usual)(where)

    def set(
        self,
        fault: F,
        *,
        times: int | None = None,
        seconds: float | None = None,
        status: int | None = None,
        where: W | None = None,
        error: str | None = None,
    ) -> ActiveFault[F, W]:
        """Switch a fault on. A striking one strikes `times` (once); a lasting one takes its own place."""
        kind = self._table[fault]
        active = ActiveFault(
            fault=fault,
            left=(times or 1) if kind.strikes else times,
            seconds=kind.seconds if seconds is None else seconds,
            status=kind.status if status is None else status,
            where=self._usual if where is None else where,
            error=error,
        )
        if not kind.strikes:
            self.clear(fault)
        self._active.append(active)
        return active

    def clear(self, fault: F | None = None) -> None:
        self._active = [active for active in self._active if fault is not None and active.fault is not fault]

    def get(self, fault: F) -> ActiveFault[F, W] | None:
        return next((active for active in self._active if active.fault is fault), None)

    def on(self, fault: F) -> bool:
        return self.get(fault) is not None

    def strike(self, where: W) -> ActiveFault[F, W] | None:
        """The fault that meets this call, used up by one; None when the call may pass."""
        for at, active in enumerate(self._active):
            if self._table[active.fault].strikes and active.where in (where, self._anywhere):
                return self._use(at)
        return None

    def use(self, fault: F) -> ActiveFault[F, W] | None:
        """A lasting fault with a count, used up by one."""
        for at, active in enumerate(self._active):
            if active.fault is fault:
                return self._use(at)
        return None

    def _use(self, at: int) -> ActiveFault[F, W]:
        active = self._active[at]
        if active.left is not None:
            left = active.left - 1
            self._active[at : at + 1] = [replace(active, left=left)] if left > 0 else []
        return active

    def as_json(self) -> list[dict[str, object]]:
        return [active.as_json() for active in self._active]

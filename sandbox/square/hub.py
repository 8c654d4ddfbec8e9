"""Who listens: open streams and what is on its way to them. What nobody hears is gone."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.square.faults import Fault, Faults
from sandbox.square.people import Person
from sandbox.square.shapes import Shapes
from sandbox.square.world import Channel, Notification, Status

# What a stream's name carries: the streaming server's channelNameToIds.
STREAMS: dict[str, frozenset[Channel]] = {
    "user": frozenset(Channel),
    "user:notification": frozenset({Channel.NOTIFICATIONS}),
}

_JSON = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as streams write it. `payload` is JSON, or an id as it is."""

    channel: Channel
    event: str
    payload: str


@dataclass(eq=False, slots=True)
class Listener:
    """One open connection. `cut` closes it without a word."""

    cut: Callable[[], None]
    names: list[str] = field(default_factory=list)
    waiting: asyncio.Queue[Sent | None] = field(default_factory=asyncio.Queue)

    def names_for(self, channel: Channel) -> list[str]:
        return [name for name in self.names if channel in STREAMS[name]]


class Hub:
    """Sends each event to those who listen."""

    def __init__(self, faults: Faults, us: Callable[[], Person]) -> None:
        self._faults = faults
        self._us = us
        self._listeners: set[Listener] = set()
        self.shapes: Shapes | None = None

    def __len__(self) -> int:
        return len(self._listeners)

    def open(self, cut: Callable[[], None]) -> Listener:
        listener = Listener(cut)
        self._listeners.add(listener)
        return listener

    def close(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def emit(self, channel: Channel, event: str, what: Status | Notification | str) -> None:
        listeners = [listener for listener in self._listeners if listener.names_for(channel)]
        if not listeners or self._faults.on(Fault.STREAM_SILENT) or self._kept_quiet(event, what):
            return
        sent = Sent(channel, event, self._payload(what))
        for listener in listeners:
            listener.waiting.put_nowait(sent)

    def cut_all(self) -> None:
        """Drop every open stream."""
        for listener in list(self._listeners):
            listener.cut()
            listener.waiting.put_nowait(None)

    def end_all(self) -> None:
        """Let every stream end, since the server does."""
        for listener in list(self._listeners):
            listener.waiting.put_nowait(None)

    def _kept_quiet(self, event: str, what: Status | Notification | str) -> bool:
        if event == "delete":
            return self._faults.on(Fault.NO_DELETE_EVENTS)
        theirs = isinstance(what, Status) and what.author is not self._us()
        return event == "status.update" and theirs and self._faults.on(Fault.NO_EDIT_EVENTS)

    def _payload(self, what: Status | Notification | str) -> str:
        if isinstance(what, str) or self.shapes is None:
            return str(what)
        shape = self.shapes.status(what) if isinstance(what, Status) else self.shapes.notification(what)
        return _JSON(shape)

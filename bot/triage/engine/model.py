"""What reads: a process of ours, or a server of the team's. Made of the settings here; who asks need not know which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.settings.values import ReaderSettings, Reads
from bot.triage.engine.frames import Head as FrameHead
from bot.triage.engine.process import ReaderProcess, Tongue
from bot.triage.engine.server import ModelServer, Server
from bot.triage.engine.widened import Outside
from bot.triage.heads import Heads
from bot.triage.shelf import Likeness
from bot.triage.vectors import Matrix


class Model(Protocol):
    """See `ReaderProcess`."""

    @property
    def is_open(self) -> bool: ...

    @property
    def heads(self) -> Heads | None: ...

    @property
    def likeness(self) -> Likeness | None: ...

    async def of(self, texts: Sequence[str]) -> Matrix: ...

    async def read(self, texts: Sequence[str]) -> tuple[Matrix, list[Tongue]]: ...

    async def ask(self, head: FrameHead, body: bytes = b"") -> tuple[FrameHead, bytes]: ...

    async def close(self) -> None: ...


def model_of(settings: ReaderSettings) -> Model | None:
    """None where the settings want rules alone, or nobody."""
    if settings.use is not Reads.MODEL:
        return None
    if settings.server:
        speaks = settings.speaks.value
        return ModelServer(Server(settings.server, settings.model, speaks=speaks, key=settings.key))
    return ReaderProcess(settings.folder, threads=settings.threads, outside=outside_of(settings))


def outside_of(settings: ReaderSettings) -> Outside | None:
    """The model that stands beside ours."""
    if not settings.model or settings.server:
        return None
    return Outside(
        model=settings.model,
        labels=settings.labels,
        revision=settings.revision,
        does=settings.task,
        download=settings.download,
    )

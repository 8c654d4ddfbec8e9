"""Which platforms there are: one line each, loaded when asked for. Others may bring theirs in packages."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import ClassVar, Protocol, cast

from adapters.capabilities import Capabilities
from adapters.contract import Platform
from adapters.keeping import Keeper
from adapters.oauth import Grant

ENTRY_POINTS = "twoway.adapters"  # the group under which a package of somebody else's names its platforms

PLATFORMS: Mapping[str, str] = {
    "bluesky": "adapters.bluesky:Bluesky",
    "mastodon": "adapters.mastodon:Mastodon",
}


class PlatformClass(Protocol):
    """What a name stands for: calling it with its settings gives a `Platform`, without any network call.

    Without a `keeper` it keeps its session as long as the process lives. One that a person connects in the browser
    has, besides, a `grant(settings)`: see `grant_of`.
    """

    name: ClassVar[str]
    settings: ClassVar[type]
    declares: ClassVar[Capabilities]

    def __call__(self, settings: object, keeper: Keeper | None = None) -> Platform: ...


class UnknownPlatform(Exception):
    """No platform has this name; the sentence lists those there are."""


def _others() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


def names() -> tuple[str, ...]:
    """Every platform that can be named in the settings."""
    return tuple(sorted({*PLATFORMS, *_others()}))


@cache
def title(name: str) -> str:
    """What people call it: "Mastodon". Of a platform that is not here (any more) what its name says."""
    try:
        found = load(name).declares.title
    except UnknownPlatform:
        found = ""
    return found or name.capitalize()


def load(name: str) -> PlatformClass:
    """The platform of that name. Ours win over others of the same name. `UnknownPlatform` lists the names."""
    if name in PLATFORMS:
        module, _, attribute = PLATFORMS[name].partition(":")
        return cast(PlatformClass, getattr(importlib.import_module(module), attribute))
    if (point := _others().get(name)) is not None:
        return cast(PlatformClass, point.load())
    raise UnknownPlatform(f"There is no platform {name!r}; there are {', '.join(names())}.")


def connects(kind: PlatformClass) -> bool:
    """Whether accounts there may be connected in the browser."""
    return callable(getattr(kind, "grant", None))


def grant_of(kind: PlatformClass, settings: object) -> Grant | None:
    """How an account with these settings is connected in the browser; None where it has a plain token.

    A platform says so in a static method `grant(settings)`, which may be missing. It may raise `SettingError` for
    what connecting needs and calling does not (a client id).
    """
    grant: object = getattr(kind, "grant", None)
    return cast(Callable[[object], Grant | None], grant)(settings) if callable(grant) else None

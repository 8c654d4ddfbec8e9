"""Which platforms there are: one line each, loaded when asked for. Others may bring theirs in packages."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import timedelta
from enum import Enum
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import ClassVar, Protocol, cast

from adapters.capabilities import Capabilities, Once
from adapters.contract import Platform
from adapters.keeping import Keeper
from adapters.oauth import Grant
from adapters.settings import declared as settings_of

ENTRY_POINTS = "twoway.adapters"  # the group under which a package of somebody else's names its platforms

PLATFORMS: Mapping[str, str] = {
    "app_store": "adapters.app_store:AppStore",
    "bluesky": "adapters.bluesky:Bluesky",
    "canny": "adapters.canny:Canny",
    "discourse": "adapters.discourse:Discourse",
    "facebook": "adapters.facebook:Facebook",
    "feeds": "adapters.feeds:Feeds",
    "github": "adapters.github:GitHub",
    "google_business": "adapters.google_business:GoogleBusiness",
    "google_play": "adapters.google_play:GooglePlay",
    "inbound": "adapters.inbound:Inbound",
    "instagram": "adapters.instagram:Instagram",
    "mail": "adapters.mail:Mail",
    "mastodon": "adapters.mastodon:Mastodon",
    "reddit": "adapters.reddit:Reddit",
    "threads": "adapters.threads:Threads",
    "trustpilot": "adapters.trustpilot:Trustpilot",
    "uservoice": "adapters.uservoice:UserVoice",
    "wordpress": "adapters.wordpress:WordPress",
    "x": "adapters.x:X",
    "youtube": "adapters.youtube:YouTube",
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


class Unusable(UnknownPlatform):
    """A package of somebody else's names this platform, and it cannot be used; the sentence says why."""


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


@cache
def declared(name: str) -> Capabilities:
    """What the platform of that name declares, before any account is set up. Of one that is not here: nothing."""
    try:
        return load(name).declares
    except UnknownPlatform:
        return Capabilities(hears=frozenset(), replies=False, once=Once.NEVER, finds=False)


def load(name: str) -> PlatformClass:
    """The platform of that name. Ours win over others of the same name.

    `UnknownPlatform` lists the names; `Unusable` says what is wrong with a package of somebody else's.
    """
    if name in PLATFORMS:
        module, _, attribute = PLATFORMS[name].partition(":")
        return cast(PlatformClass, getattr(importlib.import_module(module), attribute))
    if (point := _others().get(name)) is not None:
        return _of_others(point)
    raise UnknownPlatform(f"There is no platform {name!r}; there are {', '.join(names())}.")


def _of_others(point: EntryPoint) -> PlatformClass:
    package = point.dist.name if point.dist is not None else "a package"
    try:
        kind: object = point.load()
        lack = _lack(point.name, kind)
    except (Exception, SystemExit) as error:  # whatever somebody else's module does when it is imported
        said = (str(error).splitlines() or [""])[0]
        lack = f"{type(error).__name__}" + (f", {said}" if said else "")
    if lack:
        raise Unusable(f"The platform {point.name!r} of the package {package} cannot be used: {lack}.")
    return cast(PlatformClass, kind)


def _lack(name: str, kind: object) -> str:
    """What a class of somebody else's lacks to be a platform; "" where it is one."""
    settings = getattr(kind, "settings", None)
    if not isinstance(kind, type):
        return "the entry point names no class"
    if getattr(kind, "name", None) != name:
        return f"the class calls itself {getattr(kind, 'name', None)!r}"
    if not isinstance(getattr(kind, "declares", None), Capabilities):
        return "`declares` is no Capabilities"
    if not isinstance(settings, type) or not is_dataclass(settings):
        return "`settings` is no dataclass"
    for one in settings_of(settings):
        if one.kind not in (str, bool, int, timedelta) and not issubclass(one.kind, Enum):
            return f"the setting {one.key!r} is none of str, bool, int, timedelta and Enum"
    missing = [one for one in sorted(vars(Platform)) if not one.startswith("_") and not hasattr(kind, one)]
    missing = [one for one in missing if callable(vars(Platform)[one])]
    return f"it has no {', '.join(missing)}" if missing else ""


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

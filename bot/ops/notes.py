"""What an operator should know of an account that works: what its platform says, and what nobody has said yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from adapters import registry
from adapters.contract import Capabilities, Platform
from adapters.settings import declared

#: The bounds that publishing stands on, by the name of their setting: what is not known without one.
BOUNDS: Mapping[str, str] = {
    "late_bound": "how late it may still take a reply",
    "listing_lag": "how long a new reply may be missing in its lists",
}


def notes_of(platform: Platform) -> list[str]:
    """One sentence each, once the account was opened."""
    keys = {one.key for one in declared(platform.settings)}
    return [*platform.notes(), *unknown_bounds(platform.can, registry.title(platform.name), keys)]


def unknown_bounds(can: Capabilities, title: str, keys: Collection[str]) -> list[str]:
    """What follows from bounds that neither the platform says nor the settings; nothing where all are known."""
    unset = [name for name in BOUNDS if getattr(can, name) is None]
    if not unset or not (can.replies and can.finds):
        return []  # a person decides anyhow
    missing = f"{title} does not say {', nor '.join(BOUNDS[name] for name in unset)}: "
    follows = "where a call got no answer and the reply is not found, it stays unknown until a person has decided"
    settable = [name for name in unset if name in keys]
    remedy = f". Set {' and '.join(settable)} if you know." if settable else "."
    return [missing + follows + remedy]

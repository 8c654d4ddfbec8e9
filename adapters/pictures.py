"""Pictures that go out with a reply: the value, what a platform takes of them, and why some do not fit.

Pure. Making them fit (smaller, without what a camera writes into them) is left to who has them before anybody
approves; uploading them to the platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.payload import JSON

JPEG, PNG = "image/jpeg", "image/png"

_NAMES = {JPEG: "JPEG", PNG: "PNG", "image/gif": "GIF", "image/webp": "WebP", "image/avif": "AVIF"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """One picture as it was approved. `digest` is the SHA-256 of `data`, in hex; `data` is empty where only asked
    whether it fits. `handle` is what the platform calls it since it was uploaded."""

    digest: str
    kind: str  # its media type, by its bytes
    width: int
    height: int
    size: int  # bytes
    alt: str = ""
    data: bytes = field(default=b"", repr=False)
    handle: JSON = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenPictures:
    """What a platform takes of pictures with one reply. None: it names no such limit."""

    count: int
    size: int  # bytes of one
    kinds: frozenset[str]
    pixels: int | None = None  # width times height
    alt: int | None = None  # characters


def why_not(pictures: Sequence[Picture], takes: TakenPictures | None, *, where: str) -> str | None:
    """Why these cannot go out at `where`, in one sentence; None: they can."""
    if not pictures:
        return None
    if takes is None or takes.count < 1:
        return f"{where} takes no pictures from us: take them off."
    if len(pictures) > takes.count:
        return f"{where} takes {_many(takes.count)}, and there are {len(pictures)}: take some off."
    for nth, one in enumerate(pictures, 1):
        which = f"Picture {nth}"
        if one.kind not in takes.kinds:
            known = ", ".join(sorted(_NAMES.get(kind, kind) for kind in takes.kinds))
            return f"{which} is {_NAMES.get(one.kind, one.kind)}; {where} takes {known}."
        if one.size > takes.size:
            return f"{which} has {megabytes(one.size)}, {where} takes {megabytes(takes.size)} at most."
        if takes.pixels is not None and one.width * one.height > takes.pixels:
            return f"{which} has {one.width} × {one.height} pixels, more than {where} takes."
        if takes.alt is not None and len(one.alt) > takes.alt:
            return f"What describes picture {nth} has {len(one.alt)} characters, {where} takes {takes.alt}."
    return None


def _many(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def megabytes(size: int) -> str:
    """As people say it."""
    return f"{size / 1_000_000:.1f} MB" if size >= 100_000 else f"{max(size // 1000, 1)} KB"

"""Keeps the process small: what it took for a moment goes back to the system. For glibc; elsewhere nothing is done."""

from __future__ import annotations

import ctypes
from functools import cache

# malloc.h of glibc
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


@cache
def _glibc() -> ctypes.CDLL | None:
    """None where the system's library is another."""
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None


def keep_small() -> None:
    """Each of a database's threads would get a heap of its own, and the first large block that is freed would make the
    allocator keep twice as much forever (mallopt(3)): two heaps, and blocks from 256 KB on by themselves."""
    library = _glibc()
    if library is not None:
        library.mallopt(_ARENA_MAX, 2)
        library.mallopt(_MMAP_THRESHOLD, 256 * 1024)
        library.mallopt(_TRIM_THRESHOLD, 512 * 1024)


def give_back() -> None:
    """After something large was made and dropped."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)

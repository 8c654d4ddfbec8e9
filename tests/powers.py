"""A test that runs as root may do anything with a file; here it may do what the file's mode lets its owner do."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

#: capabilities(7): to write, and to read, whatever the mode says; as bits. And how the calls know their version.
OVERRIDE, SEARCH = 1 << 1, 1 << 2
VERSION = 0x20080522


@contextmanager
def modes_count() -> Iterator[None]:
    """Inside, and in threads that begin inside, a file's mode holds for root, too. Others it holds for anyhow."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(VERSION, 0)
    before = (ctypes.c_uint32 * 6)()
    _done(libc.capget(header, before))
    less = (ctypes.c_uint32 * 6)(*before)
    less[0] &= ~(OVERRIDE | SEARCH)
    _done(libc.capset(header, less))
    try:
        yield
    finally:
        _done(libc.capset(header, before))


def _done(code: int) -> None:
    if code:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

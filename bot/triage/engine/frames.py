"""What the bot and the reader's process say to each other over a pipe: a head in JSON and bytes behind it. Pure."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping

#: Before each frame: how long its head and its body are.
SIZES = struct.Struct("<II")
#: Larger than anything that is asked; guards against reading nonsense as a length.
LARGEST = 1 << 28

Head = Mapping[str, object]


class Broken(Exception):
    """No frame."""


def frame(head: Head, body: bytes = b"") -> bytes:
    said = json.dumps(head).encode()
    return SIZES.pack(len(said), len(body)) + said + body


def sizes(raw: bytes) -> tuple[int, int]:
    """How much follows; raises Broken."""
    if len(raw) != SIZES.size:
        raise Broken("it broke off")
    head, body = SIZES.unpack(raw)
    if max(head, body) > LARGEST:
        raise Broken("too long")
    return head, body


def read_head(raw: bytes) -> Head:
    """What came first; raises Broken."""
    try:
        head: object = json.loads(raw)
    except ValueError as error:
        raise Broken("no JSON") from error
    if not isinstance(head, dict):
        raise Broken("no object")
    return head

"""What the webhooks of boards have in common: a body that is one JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping

from adapters.errors import Malformed
from adapters.payload import read_object


def body_of(raw: bytes) -> Mapping[str, object]:
    """The object that was sent; `Malformed` for anything else."""
    try:
        value: object = json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed("webhook", "JSON") from None
    return read_object(value, "webhook")

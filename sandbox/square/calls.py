"""What came in over HTTP, made ours: parameters, however sent, and the log of publish calls."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.square.world import Rejected


class Params:
    """Parameters by name; lists by `name[]`. Rails' reading: the last of several single values counts."""

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        self._values = values

    def get(self, name: str) -> str | None:
        values = self._values.get(name)
        return values[-1] if values else None

    def all(self, name: str) -> list[str]:
        return self._values.get(f"{name}[]", [])

    def flag(self, name: str) -> bool | None:
        value = self.get(name)
        return None if value is None else value.lower() not in ("", "0", "f", "false", "off")

    def number(self, name: str, *, default: int, most: int) -> int:
        value = self.get(name)
        return max(1, min(int(value), most)) if value is not None and value.isdecimal() else default

    def pairs(self) -> list[tuple[str, str]]:
        return [(name, value) for name, values in self._values.items() for value in values]

    def as_json(self) -> dict[str, object]:
        return {name: values if name.endswith("[]") else values[-1] for name, values in self._values.items()}


async def read_params(request: web.Request) -> Params:
    """Query and body of a call: form, JSON or multipart. A body that is no JSON is a 400."""
    values: dict[str, list[str]] = {}
    for name, value in request.query.items():
        values.setdefault(name, []).append(value)
    if request.body_exists:
        for name, value in await _body(request):
            values.setdefault(name, []).append(value)
    return Params(values)


async def _body(request: web.Request) -> list[tuple[str, str]]:
    if request.content_type == "application/json":
        return _flat(await read_json(request))
    if request.content_type == "multipart/form-data":
        return [(name, value) for name, value in (await request.post()).items() if isinstance(value, str)]
    try:
        return parse_qsl((await request.read()).decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        raise Rejected(400, "Invalid request") from None


async def read_json(request: web.Request) -> Mapping[str, object]:
    """The body as an object, or a 400."""
    try:
        body: object = json.loads(await request.read())
    except ValueError:
        raise Rejected(400, "Invalid request") from None
    if not isinstance(body, dict):
        raise Rejected(400, "Invalid request")
    return body


def _flat(body: Mapping[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in body.items():
        if isinstance(value, list):
            found += [(f"{name.removesuffix('[]')}[]", str(item)) for item in value]
        elif isinstance(value, bool):
            found.append((name, "true" if value else "false"))
        elif value is not None:
            found.append((name, str(value)))
    return found


@dataclass(slots=True)
class PublishCall:
    """One POST of a status. `answered` is a status code, or `dropped`, `hung`, or `` while it runs.

    `accepted` is the id of the status that stands for it; `made` is whether this call made it.
    """

    at: datetime
    key: str | None
    body: Mapping[str, object]
    answered: str = ""
    accepted: str | None = None
    made: bool = False
    error: str | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "at": self.at.isoformat(),
            "key": self.key,
            "body": dict(self.body),
            "answered": self.answered,
            "accepted": self.accepted,
            "made": self.made,
            "error": self.error,
        }

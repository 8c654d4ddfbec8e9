"""Field selection and lists as the Graph API has them: `id,from{name},comments.limit(5).order(chronological){id}`.

A node answers what it was asked for and its id, and refuses what it does not have.
"""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.graph.errors import Rejected, unknown_field

Edge = Callable[["Field"], object]
Node = Mapping[str, object]  # a field -> its value, or an `Edge` that makes it
_NAME = re.compile(r"[a-z_0-9]+")
_MODIFIER = re.compile(r"\.([a-z_]+)\(([^()]*)\)")


@dataclass(slots=True)
class Field:
    """One field that was asked for."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    inside: tuple["Field", ...] = ()


def read_fields(text: str) -> tuple[Field, ...]:
    """What `fields=` says. `Rejected` with code 2500 where it cannot be read."""
    fields, rest = _fields(text)
    if rest:
        raise Rejected(2500, f"Syntax error: unexpected {rest[:10]!r} in fields")
    return fields


def _fields(text: str) -> tuple[tuple[Field, ...], str]:
    found: list[Field] = []
    while text:
        name = _NAME.match(text)
        if name is None:
            raise Rejected(2500, f'Syntax error "Expected name" at {text[:10]!r}')
        one, text = Field(name[0]), text[name.end() :]
        while (modifier := _MODIFIER.match(text)) is not None:
            one.modifiers[modifier[1]] = modifier[2]
            text = text[modifier.end() :]
        if text.startswith("{"):
            one.inside, text = _fields(text[1:])
            if not text.startswith("}"):
                raise Rejected(2500, "Syntax error: a brace is not closed")
            text = text[1:]
        found.append(one)
        if not text.startswith(","):
            return tuple(found), text
        text = text[1:]
    raise Rejected(2500, "Syntax error: a field is missing")


def pick(node: Node, fields: Sequence[Field], *, kind: str) -> dict[str, object]:
    """The node as it was asked for. What has no value is left out."""
    out: dict[str, object] = {"id": node["id"]} if "id" in node else {}
    for one in fields:
        if one.name not in node:
            raise unknown_field(one.name, kind)
        value = node[one.name]
        value = value(one) if callable(value) else _inside(value, one)
        if value is not None:
            out[one.name] = value
    return out


def _inside(value: object, one: Field) -> object:
    """A value's own fields, where only some were asked for."""
    if not one.inside or not isinstance(value, dict | list):
        return value
    if isinstance(value, list):
        return [_inside(item, one) for item in value]
    if isinstance(value.get("data"), list):
        return {"data": [_inside(item, one) for item in value["data"]]}
    if isinstance(value.get("data"), dict):
        return {"data": _inside(value["data"], one)}
    return {part.name: _inside(value[part.name], part) for part in one.inside if part.name in value}


def listed(
    items: Sequence[Node],
    asked: Field,
    *,
    kind: str,
    address: str,
    usual: int = 25,
    most: int = 100,
) -> dict[str, object]:
    """A page of a list. `address` is where the whole list is, for `next`; it carries what was asked, as Meta's does."""
    limit = _number(asked.modifiers.get("limit"), usual, most)
    start = _place(asked.modifiers.get("after"))
    some = items[start : start + limit]
    page: dict[str, object] = {"data": [pick(item, asked.inside, kind=kind) for item in some]}
    if some:
        cursors = {"before": cursor(start), "after": cursor(start + len(some))}
        paging: dict[str, object] = {"cursors": cursors}
        if start + limit < len(items):
            said = {**asked.modifiers, "limit": str(limit), "after": cursors["after"]}
            said = {"access_token": "THE-TOKEN", "fields": written(asked.inside), **said}
            paging["next"] = f"{address}?" + "&".join(f"{key}={value}" for key, value in said.items())
        page["paging"] = paging
    return page


def written(fields: Sequence[Field]) -> str:
    return ",".join(
        one.name
        + "".join(f".{key}({value})" for key, value in one.modifiers.items())
        + (f"{{{written(one.inside)}}}" if one.inside else "")
        for one in fields
    )


def cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"at:{place}".encode()).decode().rstrip("=")


def _place(given: str | None) -> int:
    if not given:
        return 0
    try:
        return int(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode().removeprefix("at:"))
    except ValueError:
        raise Rejected(100, "(#100) Invalid cursor") from None


def _number(given: str | None, usual: int, most: int) -> int:
    if given is None:
        return usual
    if not given.isdecimal() or int(given) < 1:
        raise Rejected(100, "(#100) Param limit must be a positive integer")
    return min(int(given), most)

"""Values that an OpenAPI description allows, for hypothesis: the part of JSON Schema that our own description uses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

_FORMATS = {
    "date-time": st.builds(
        lambda at, zone: f"{at:%Y-%m-%dT%H:%M:%S}{zone}",
        st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9000, 1, 1)),
        st.sampled_from(["Z", "+05:30", ".25-11:00"]),
    ),
    "uri": st.sampled_from(["https://acme.example/ä?x=1#y", "mailto:lea@acme.example", "http://[::1]:80/", "urn:x"]),
}
_MARKERS = {"^[ -~]+$": st.characters(min_codepoint=32, max_codepoint=126)}


def allowed(description: Mapping[str, Any], path: str = "/events") -> st.SearchStrategy[Any]:
    """Bodies that may be posted to `path`."""
    operation = description["paths"][path]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return _of(schema, description["components"]["schemas"])


def _of(schema: Mapping[str, Any], named: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _of(named[schema["$ref"].rpartition("/")[2]], named)
    if "allOf" in schema:
        return _of(_merged(schema["allOf"], named), named)
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            rest = {key: value for key, value in schema.items() if key != choice}
            ways = schema[choice]
            made = [_of(_merged([rest, way], named, without=_others(ways, way, choice)), named) for way in ways]
            return st.one_of(made)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case None:  # it may be anything
            return st.none() | st.booleans() | st.integers() | st.text(max_size=20)
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(min_value=schema.get("minimum"))
        case "array":
            return st.lists(_of(schema["items"], named), max_size=min(3, schema.get("maxItems", 3)))
        case "string":
            return _string(schema)
        case _:
            return _object(schema, named)


def _string(schema: Mapping[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    words = st.text(
        _MARKERS.get(schema.get("pattern", ""), st.characters()), max_size=min(20, schema.get("maxLength", 20))
    )
    if schema.get("pattern") == "[A-Za-z0-9]":
        return words.map(lambda some: some + "a")
    return words.map(lambda some: some or "x" if schema.get("minLength") else some)


def _object(schema: Mapping[str, Any], named: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    properties = {name: _of(one, named) for name, one in schema.get("properties", {}).items()}
    needed = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: one for name, one in properties.items() if name in needed},
        optional={name: one for name, one in properties.items() if name not in needed},
    )


def _merged(
    schemas: list[Mapping[str, Any]], named: Mapping[str, Any], *, without: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Several schemas of one object as one."""
    whole: dict[str, Any] = {}
    for one in schemas:
        flat = named[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        properties = {**whole.get("properties", {}), **flat.get("properties", {})}
        whole = {**whole, **flat, "required": [*whole.get("required", ()), *flat.get("required", ())]}
        whole["properties"] = {name: value for name, value in properties.items() if name not in without}
    return whole


def _others(ways: list[Mapping[str, Any]], way: Mapping[str, Any], choice: str) -> frozenset[str]:
    """What must not stand beside one of several ways: where exactly one is meant, what only the others need."""
    if choice != "oneOf":
        return frozenset()
    others = {name for one in ways if one is not way for name in one.get("required", ())}
    return frozenset(others - set(way.get("required", ())))

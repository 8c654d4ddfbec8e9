"""A small reader of GraphQL: what a query asks for is what it gets, and a field that is not there is an error.

Types are objects with their fields; a field is a value, or something to call with the arguments. No schema, no
directives: what GitHub's own queries here do not need is not read.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

Value = object
_TOKEN = re.compile(
    r'[\s,]*(?:(?P<name>[_A-Za-z]\w*)|(?P<number>-?\d+)|(?P<string>"[^"]*")|(?P<sign>\.\.\.|[{}()\[\]:$!=]))'
)


class Wrong(Exception):
    """What GitHub says of a query, or of one field of it. `kind` is its type; without one the query itself is wrong."""

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Node:
    """An object: its type, and what can be asked of it."""

    kind: str
    fields: Mapping[str, Value | Callable[[Mapping[str, Value]], Value]]


@dataclass(slots=True)
class Asked:
    """A field that is asked for, or (`on`) fields for one type only."""

    name: str
    on: str = ""
    given: dict[str, Value] = field(default_factory=dict)
    below: "list[Asked] | None" = None


@dataclass(slots=True)
class Query:
    kind: str
    name: str
    fields: list[Asked]


def read(source: str, variables: Mapping[str, Value]) -> Query:
    reader = _Reader(source, variables)
    kind, name = reader.take_name(), reader.take_name()
    if kind not in ("query", "mutation"):
        raise Wrong(f"Parse error on {kind}")
    if reader.peek() == "(":
        reader.declared()
    fields = reader.selection()
    if reader.peek():
        raise Wrong(f"Parse error on {reader.peek()}")
    return Query(kind, name, fields)


def answer(root: Node, query: Query) -> tuple[dict[str, Value], list[dict[str, Value]]]:
    """Data and errors. A field of which it is said that it is not allowed is null, with an error that names it."""
    errors: list[dict[str, Value]] = []
    return _fields(root, query.fields, (), errors), errors


def _fields(
    node: Node, asked: list[Asked], path: tuple[str | int, ...], errors: list[dict[str, Value]]
) -> dict[str, Value]:
    out: dict[str, Value] = {}
    for one in asked:
        if one.on:
            if one.on == node.kind:
                out |= _fields(node, one.below or [], path, errors)
            continue
        if one.name == "__typename":
            out[one.name] = node.kind
            continue
        if one.name not in node.fields:
            raise Wrong(f"Field '{one.name}' doesn't exist on type '{node.kind}'")
        here = (*path, one.name)
        try:
            value = node.fields[one.name]
            value = value(one.given) if callable(value) else value
        except Wrong as wrong:
            if not wrong.kind:
                raise
            errors.append({"type": wrong.kind, "path": list(here), "message": str(wrong)})
            value = None
        out[one.name] = _value(value, one, here, errors)
    return out


def _value(value: Value, asked: Asked, path: tuple[str | int, ...], errors: list[dict[str, Value]]) -> Value:
    if isinstance(value, Wrong):
        errors.append({"type": value.kind, "path": list(path), "message": str(value)})
        return None
    if isinstance(value, list):
        return [_value(one, asked, (*path, at), errors) for at, one in enumerate(value)]
    if isinstance(value, Node):
        if asked.below is None:
            raise Wrong(f"Field must have selections (field '{asked.name}' returns {value.kind})")
        return _fields(value, asked.below, path, errors)
    if value is not None and asked.below is not None:
        raise Wrong(f"Selections can't be made on scalars (field '{asked.name}')")
    return value


class _Reader:
    def __init__(self, source: str, variables: Mapping[str, Value]) -> None:
        self._tokens = list(self._read(source))
        self._at = 0
        self._variables = variables

    @staticmethod
    def _read(source: str) -> Iterator[tuple[str, str]]:
        at = 0
        source = source.rstrip()
        while at < len(source):
            found = _TOKEN.match(source, at)
            if found is None:
                raise Wrong(f"Parse error at {at}")
            yield found.lastgroup or "", found[found.lastgroup or ""]
            at = found.end()

    def peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def take(self, wanted: str = "") -> str:
        word = self.peek()
        if not word or (wanted and word != wanted):
            raise Wrong(f"Parse error on {word or 'the end'}, expected {wanted}")
        self._at += 1
        return word

    def take_name(self) -> str:
        if self._at >= len(self._tokens) or self._tokens[self._at][0] != "name":
            raise Wrong(f"Parse error on {self.peek() or 'the end'}, expected a name")
        return self.take()

    def declared(self) -> None:
        self.take("(")
        while self.peek() != ")":
            self.take("$")
            name = self.take_name()
            self.take(":")
            needed = self._type()
            if needed and self._variables.get(name) is None:
                raise Wrong(f"Variable ${name} was provided invalid value")
        self.take(")")

    def _type(self) -> bool:
        if self.peek() == "[":
            self.take("[")
            self._type()
            self.take("]")
        else:
            self.take_name()
        if self.peek() == "!":
            self.take("!")
            return True
        return False

    def selection(self) -> list[Asked]:
        self.take("{")
        found: list[Asked] = []
        while self.peek() != "}":
            if self.peek() == "...":
                self.take("...")
                self.take("on")
                found.append(Asked("", on=self.take_name(), below=self.selection()))
                continue
            one = Asked(self.take_name())
            if self.peek() == "(":
                one.given = self._object("(", ")")
            if self.peek() == "{":
                one.below = self.selection()
            found.append(one)
        self.take("}")
        return found

    def _object(self, start: str, end: str) -> dict[str, Value]:
        self.take(start)
        found: dict[str, Value] = {}
        while self.peek() != end:
            name = self.take_name()
            self.take(":")
            found[name] = self._value()
        self.take(end)
        return found

    def _value(self) -> Value:
        kind, word = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        if word == "$":
            self.take("$")
            return self._variables.get(self.take_name())
        if word == "{":
            return self._object("{", "}")
        self.take()
        match kind:
            case "number":
                return int(word)
            case "string":
                return word[1:-1]
            case "name":
                return {"true": True, "false": False, "null": None}.get(word, word)
            case _:
                raise Wrong(f"Parse error on {word}")

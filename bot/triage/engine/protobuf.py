"""Writes the few parts of protobuf that an ONNX file is made of, so that nobody needs the `onnx` package.

Field numbers are those of onnx.proto (github.com/onnx/onnx, onnx/onnx.proto, IR version 8). Pure.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

FLOAT, INT8, INT32 = 1, 3, 6
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT, _EXTERNAL = 1, 2, 1
IR_VERSION = 8


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _whole(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _bytes(field: int, content: bytes | str) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def node(
    kind: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    *,
    domain: str = "",
    **attributes: float,
) -> bytes:
    """A NodeProto, as a field of the graph. An `int` attribute is a whole number, a `float` one is not."""
    parts = [_bytes(1, one) for one in inputs] + [_bytes(2, one) for one in outputs]
    parts += [_bytes(3, outputs[0]), _bytes(4, kind)]
    for name, value in attributes.items():
        if isinstance(value, int):
            said = _whole(3, value) + _whole(20, _ATTRIBUTE_INT)
        else:
            said = _varint(2 << 3 | 5) + struct.pack("<f", value) + _whole(20, _ATTRIBUTE_FLOAT)
        parts.append(_bytes(5, _bytes(1, name) + said))
    if domain:
        parts.append(_bytes(7, domain))
    return _bytes(1, b"".join(parts))


def outside(name: str, kind: int, shape: Sequence[int], *, file: str, offset: int, length: int) -> bytes:
    """A TensorProto whose numbers are in another file, as a field of the graph."""
    parts = [_whole(1, size) for size in shape] + [_whole(2, kind), _bytes(8, name)]
    where = (("location", file), ("offset", str(offset)), ("length", str(length)))
    parts += [_bytes(13, _bytes(1, key) + _bytes(2, value)) for key, value in where]
    return _bytes(5, b"".join([*parts, _whole(14, _EXTERNAL)]))


def constant(name: str, kind: int, shape: Sequence[int], raw: bytes) -> bytes:
    """A TensorProto with its numbers, as a field of the graph."""
    return _bytes(5, b"".join([*(_whole(1, size) for size in shape), _whole(2, kind), _bytes(8, name), _bytes(9, raw)]))


def value(name: str, kind: int, shape: Sequence[int | str], *, field: int) -> bytes:
    """A ValueInfoProto; a size that has a name differs from call to call. Field 11 is an input, 12 an output."""
    sizes = b"".join(_bytes(1, _bytes(2, size) if isinstance(size, str) else _whole(1, size)) for size in shape)
    return _bytes(field, _bytes(1, name) + _bytes(2, _bytes(1, _whole(1, kind) + _bytes(2, sizes))))


def model(graph: Sequence[bytes], *, name: str, opsets: Mapping[str, int]) -> bytes:
    """The ModelProto, as a file holds it."""
    parts = [_whole(1, IR_VERSION), _bytes(2, "twoway"), _bytes(7, b"".join([*graph, _bytes(2, name)]))]
    parts += [
        _bytes(8, (_bytes(1, domain) if domain else b"") + _whole(2, version)) for domain, version in opsets.items()
    ]
    return b"".join(parts)

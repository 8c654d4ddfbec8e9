"""The transformer as an ONNX graph, and where in the file beside it each of its weights stands. Pure.

The encoder of BERT with weights of 8 bits: every product of matrices takes numbers of 8 bits and gives 32-bit floats
(`DynamicQuantizeMatMul`). The vectors of words are not in it: they are looked up before, in the package's own file.
Operators of the domain com.microsoft: onnxruntime, docs/ContribOperators.md.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from bot.triage.engine.packed import Shape
from bot.triage.engine.protobuf import FLOAT, INT8, INT32, constant, model, node, outside, value

#: The names of the two files; the graph names the other one.
GRAPH_FILE, WEIGHTS_FILE = "reader.onnx", "reader.weights"
_MS = "com.microsoft"
_SIZES = {FLOAT: 4, INT8: 1}
#: Each weight begins at a multiple of this, as processors like it.
_ALIGN = 64


@dataclass(frozen=True, slots=True)
class Slot:
    """One weight: its name in the graph, its kind and shape, and where in the file it stands."""

    name: str
    kind: int
    shape: tuple[int, ...]
    offset: int

    @property
    def length(self) -> int:
        return prod(self.shape) * _SIZES[self.kind]


#: The products of a layer: name in the graph, tensors in the package's file side by side, inputs and outputs.
def products(shape: Shape) -> tuple[tuple[str, tuple[str, ...], int, int], ...]:
    width, inner = shape.width, shape.inner
    return (
        ("qkv", ("q", "k", "v"), width, 3 * width),
        ("ao", ("ao",), width, width),
        ("fi", ("fi",), width, inner),
        ("fo", ("fo",), inner, width),
    )


def slots(shape: Shape) -> tuple[Slot, ...]:
    """Every weight, in the order of the file."""
    found: list[Slot] = []
    for name, kind, sizes in _wanted(shape):
        end = found[-1].offset + found[-1].length if found else 0
        found.append(Slot(name, kind, sizes, -(-end // _ALIGN) * _ALIGN))
    return tuple(found)


def _wanted(shape: Shape) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    width = shape.width
    yield from _norm("emb.ln", width)
    for layer in range(shape.layers):
        for name, _, inputs, outputs in products(shape):
            yield f"l{layer}.{name}.w", INT8, (inputs, outputs)
            yield f"l{layer}.{name}.scale", FLOAT, (outputs,)
            yield f"l{layer}.{name}.b", FLOAT, (outputs,)
        yield from _norm(f"l{layer}.aln", width)
        yield from _norm(f"l{layer}.oln", width)


def _norm(name: str, width: int) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    yield f"{name}.w", FLOAT, (width,)
    yield f"{name}.b", FLOAT, (width,)


def graph(shape: Shape, *, also: Sequence[int] = ()) -> bytes:
    """The file that onnxruntime loads: in, the summed vectors of words and which of them count; out, the same after
    all layers, `x12` where there are twelve, and after those of `also` (`x6` after the sixth)."""
    size = ("posts", "words", shape.width)
    nodes: list[bytes] = [value("words", FLOAT, size, field=11), value("counts", INT32, size[:2], field=11)]
    nodes += [
        outside(one.name, one.kind, one.shape, file=WEIGHTS_FILE, offset=one.offset, length=one.length)
        for one in slots(shape)
    ]
    nodes.append(constant("thirds", 7, (3,), struct.pack("<3q", *[shape.width] * 3)))
    inputs = ("words", "emb.ln.w", "emb.ln.b")
    nodes.append(node("LayerNormalization", inputs, ("x0",), axis=-1 % 3, epsilon=shape.epsilon))
    for layer in range(shape.layers):
        nodes += _layer(shape, layer)
    nodes += [value(f"x{layer}", FLOAT, size, field=12) for layer in sorted({*also, shape.layers})]
    return model(nodes, name="reader", opsets={"": 17, _MS: 1})


def _layer(shape: Shape, layer: int) -> Iterator[bytes]:
    at, came, out = f"l{layer}", f"x{layer}", f"x{layer + 1}"
    yield _product(at, "qkv", came)
    parts = tuple(f"{at}.{part}" for part in "qkv")
    yield node("Split", (f"{at}.qkv", "thirds"), parts, axis=2)
    yield node("MultiHeadAttention", (*parts, "", "counts"), (f"{at}.heads",), domain=_MS, num_heads=shape.heads)
    yield _product(at, "ao", f"{at}.heads")
    yield _added(f"{at}.aln", came, f"{at}.ao", f"{at}.said", shape.epsilon)
    yield _product(at, "fi", f"{at}.said")
    yield node("Gelu", (f"{at}.fi",), (f"{at}.bent",), domain=_MS)
    yield _product(at, "fo", f"{at}.bent")
    yield _added(f"{at}.oln", f"{at}.said", f"{at}.fo", out, shape.epsilon)


def _product(at: str, name: str, of: str) -> bytes:
    full = f"{at}.{name}"
    inputs = (of, f"{full}.w", f"{full}.scale", "", f"{full}.b")
    return node("DynamicQuantizeMatMul", inputs, (full,), domain=_MS)


def _added(norm: str, one: str, other: str, out: str, epsilon: float) -> bytes:
    inputs = (one, other, f"{norm}.w", f"{norm}.b")
    return node("SkipLayerNormalization", inputs, (out,), domain=_MS, epsilon=epsilon)

"""Figures in the text format that Prometheus reads (prometheus.io/docs/instrumenting/exposition_formats)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def as_prometheus(rows: Sequence[tuple[str, Mapping[str, str], float]]) -> str:
    """One line for each (name, labels, value)."""
    return "".join(f"{name}{_labels(labels)} {value:.17g}\n" for name, labels, value in rows)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

"""What a head would know that had learnt from sets which may not be shipped: measured, and kept out of the reader."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bot.triage.engine import building
from bot.triage.engine.transformer import Transformer
from scripts import research
from tests.triage import tiny

TEXTS = ["the bag is lost", "good", "the bag is good"]


def test_several_layers_stand_side_by_side_and_the_last_is_the_readers(tmp_path: Path) -> None:
    path = tmp_path / "tiny.bin"
    folder = building.built(tmp_path / "data", path, sha256=tiny.write(path))
    usual = Transformer(folder, path, threads=1)
    last = usual._packed.shape.layers
    deep = research.Deep(folder, path, threads=1, layers=(last - 1, last))
    found = deep.vectors(TEXTS)
    assert found.shape == (3, 2 * tiny.WIDTH)
    ours = found[:, tiny.WIDTH :]
    assert np.allclose(ours / np.linalg.norm(ours, axis=1, keepdims=True), usual.vectors(TEXTS), atol=1e-5)
    assert not np.allclose(found[:, : tiny.WIDTH], ours, atol=1e-3)
    assert np.allclose(research.Deep(folder, path, threads=1, layers=(last - 1, last)).vectors(TEXTS), found)


def test_the_rarer_ideas_are_the_surer_one_has_to_be() -> None:
    truth = np.array([1.0, 1, 0, 1, 1, 0, 1, 0, 0, 0])
    logits = np.arange(10.0)[::-1]
    edges = [research.edge(logits, truth, share) for share in (0.02, 0.2, None, 0.9)]
    assert edges == sorted(edges, reverse=True)
    assert edges[0] > edges[2] > edges[3]
    said = logits >= 3
    assert research.of(said, truth > 0, None) == pytest.approx((5 / 7, 1, 10 / 12))
    precision, recall, _ = research.of(said, truth > 0, 0.02)
    assert (precision, recall) == pytest.approx((0.02 / (0.02 + 0.98 * 2 / 5), 1))


def test_a_line_is_judged_on_posts_that_it_did_not_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(4)

    def vectors(texts: tuple[str, ...]) -> np.ndarray:  # type: ignore[type-arg]
        """What is an idea lies in one of the numbers; the others are chance, by which only what was seen is known."""
        rows = numbers.standard_normal((len(texts), 60 * len(research.LAYERS))).astype(np.float32)
        rows[:, 0] += np.array([3.0 * ("please" in one) for one in texts])
        return rows

    monkeypatch.setattr(research, "vectors", vectors)
    known = research.Labelled(
        tuple(f"please {n}" if n % 2 else f"it is {n}" for n in range(600)), np.arange(600) % 2 * 1.0
    )
    guessed = research.Labelled(tuple(f"it is so {n}" for n in range(300)), np.arange(300) % 2 * 1.0)
    assert _f1(research.judge(known, known, None, share=None, counts=4)) > 80
    assert _f1(research.judge(guessed, guessed, None, share=None, counts=4)) < 72, "two thirds is what chance finds"


def _f1(lines: object) -> float:
    text = "\n".join(lines)  # type: ignore[call-overload]
    return float(text.split("F1 ")[1].split(" %")[0])


def test_a_set_of_something_else_is_told_by_its_name(tmp_path: Path) -> None:
    moods = tmp_path / "moods.jsonl"
    moods.write_text(json.dumps({"text": "well", "label": "positive"}), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"moods\.jsonl needs posts with the label 'suggestion'"):
        research.labelled(moods)
    with pytest.raises(SystemExit, match="no file"):
        research.labelled(tmp_path / "none.jsonl")

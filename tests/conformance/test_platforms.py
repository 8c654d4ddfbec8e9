"""The suite over the stand-ins of all platforms that we bring."""

from __future__ import annotations

from adapters.conformance.suite import Conformance
from adapters.registry import PLATFORMS
from tests.conformance.conftest import WORLDS


class TestPlatforms(Conformance):
    """Every test of the suite, once a platform."""


def test_every_platform_brings_its_world() -> None:
    assert set(WORLDS) == set(PLATFORMS)

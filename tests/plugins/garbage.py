"""Python looks for garbage in cycles rarely: what was collected and imported stays until the end anyway.

A fifth of a story's processor time was spent on walking through modules and tests that are never freed.
"""

from __future__ import annotations

import gc

import pytest


def pytest_configure() -> None:
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 50, 100)

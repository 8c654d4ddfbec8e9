"""Every registered platform's stand-in, as a world of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

pytest.register_assert_rewrite("tests.conformance.suite", "tests.conformance.world")

from tests.conformance.square import square_world  # noqa: E402 - after the registration
from tests.conformance.world import World  # noqa: E402

WORLDS: dict[str, Callable[[], AbstractAsyncContextManager[World]]] = {"mastodon": square_world}


@pytest.fixture(params=sorted(WORLDS))
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with WORLDS[request.param]() as one:
        yield one

"""Every registered platform's stand-in, as a world of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from adapters.conformance.world import World
from tests.conformance.blog import blog_world
from tests.conformance.boards import canny_world, discourse_world, github_world, uservoice_world
from tests.conformance.forum import forum_world
from tests.conformance.gram import gram_world
from tests.conformance.office import office_world
from tests.conformance.pages import page_world
from tests.conformance.postbox import postbox_world
from tests.conformance.press import press_world
from tests.conformance.shops import app_store_world, business_world, play_world, trustpilot_world
from tests.conformance.sky import sky_world
from tests.conformance.square import square_world
from tests.conformance.strings import strings_world
from tests.conformance.tube import tube_world
from tests.conformance.xworld import x_world

WORLDS: dict[str, Callable[[], AbstractAsyncContextManager[World]]] = {
    "app_store": app_store_world,
    "bluesky": sky_world,
    "canny": canny_world,
    "discourse": discourse_world,
    "facebook": page_world,
    "feeds": blog_world,
    "github": github_world,
    "google_business": business_world,
    "google_play": play_world,
    "inbound": office_world,
    "instagram": gram_world,
    "mail": postbox_world,
    "mastodon": square_world,
    "reddit": forum_world,
    "threads": strings_world,
    "trustpilot": trustpilot_world,
    "uservoice": uservoice_world,
    "wordpress": press_world,
    "x": x_world,
    "youtube": tube_world,
}


@pytest.fixture(params=sorted(WORLDS))
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with WORLDS[request.param]() as one:
        yield one

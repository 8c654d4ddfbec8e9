"""What every part of the suite uses: an opened platform, a post as it is now, a reply to it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from adapters.conformance.world import World
from adapters.contract import Platform, PostRef, PublicPost, Reply, Text


class Part:
    """Tests that a subclass runs over its fixture `world`."""

    @pytest.fixture
    async def platform(self, world: World) -> Platform:
        platform = world.platform()
        await platform.open()
        return platform


def skip_unless(declared: bool, otherwise: str) -> None:
    """The rest of a test is about what a platform declares. Where it declares something else, that is said."""
    if not declared:
        pytest.skip(f"this platform {otherwise}")


async def the_post(platform: Platform, ref: PostRef) -> PublicPost:
    post = (await platform.fetch([ref]))[ref]
    assert isinstance(post, PublicPost)
    return post


async def reply_to(platform: Platform, ref: PostRef, words: str, *, tried: bool = False) -> Reply:
    """The reply to a post as `deliver` makes it; `tried`: an attempt was just made."""
    skip_unless(platform.can.replies, "declares no replies")
    parent = await the_post(platform, ref)
    attempts = (datetime.now(UTC),) if tried else ()
    return Reply.to(parent, text=platform.compose(Text.of(words), parent), attempts=attempts)


def new_word() -> str:
    """Never said before, of letters only."""
    return "zan" + uuid4().hex[:8].translate(str.maketrans("0123456789", "ghijklmnop"))


def new_key() -> str:
    """Never used before: a server may live longer than a test. (What is found does not hang on the key.)"""
    return uuid4().hex

"""Attacks are stories in the same town, told by somebody who means harm."""

from __future__ import annotations

import pytest

from tests.audit.conftest import world
from tests.desk.conftest import desk
from tests.stories.conftest import here, quiet_town

__all__ = ["desk", "here", "mode", "quiet_town", "world"]


@pytest.fixture
def mode() -> str:
    """How Slack reaches the bot: what an attack tries is the same either way."""
    return "http"

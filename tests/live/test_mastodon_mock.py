"""Mastodon's adapter against a server that we did not write."""

from __future__ import annotations

import pytest

from adapters.conformance.suite import Conformance

pytestmark = pytest.mark.needs("live")


class TestMastodonMock(Conformance):
    """Every test of the suite that this server can play."""

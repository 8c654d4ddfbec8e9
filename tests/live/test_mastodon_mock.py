"""Mastodon's adapter against a server that we did not write."""

from __future__ import annotations

from tests.conformance.suite import Conformance


class TestMastodonMock(Conformance):
    """Every test of the suite that this server can play."""

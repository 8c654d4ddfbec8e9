"""What SQLAlchemy has compiled for one test's engine serves the next test's: hundreds of tests make an engine each, and
a third of their processor time went into compiling the same statements again.

An engine keeps its compiled statements under its dialect, so engines of one kind are given one dialect as well. All
of them talk to the same server, or to the same SQLite.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.engine import Dialect, Engine

_MAKE = Engine.__init__
_FIRST: dict[type[Dialect], Engine] = {}


def _made(self: Engine, pool: Any, dialect: Dialect, *args: Any, **named: Any) -> None:
    first = _FIRST.setdefault(type(dialect), self)
    if first is not self:
        dialect = pool._dialect = first.dialect
    _MAKE(self, pool, dialect, *args, **named)
    self._compiled_cache = first._compiled_cache


def pytest_configure(config: pytest.Config) -> None:
    Engine.__init__ = _made  # type: ignore[method-assign]
    config.add_cleanup(lambda: setattr(Engine, "__init__", _MAKE))

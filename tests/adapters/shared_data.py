"""Where recorded answers of real servers lie. They are not part of this repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared(*parts: str) -> Path:
    """A path under the shared data; the test is skipped, with the reason, where there is none."""
    root = Path(os.environ.get("TWOWAY_SHARED") or Path(__file__).parents[2].parent / "shared")
    path = root.joinpath("data", "platforms", *parts)
    if not path.exists():
        pytest.skip(f"recorded answers are not here ({'/'.join(parts)}); set TWOWAY_SHARED to their folder")
    return path

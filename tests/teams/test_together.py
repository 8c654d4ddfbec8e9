"""Teams beside Slack: what is imported when, and who answers at which path."""

from __future__ import annotations

import subprocess
import sys

ONLY_SLACK = """
import sys
from bot.app import App
from bot.ops import manifests
from bot.surfaces import surfaces_of
found = [name for name in sys.modules if name.split(".")[0] in {"botbuilder", "botframework", "msal", "msrest"}]
assert not found, found
"""


def test_botbuilder_is_imported_only_where_the_settings_have_teams() -> None:
    done = subprocess.run([sys.executable, "-c", ONLY_SLACK], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr

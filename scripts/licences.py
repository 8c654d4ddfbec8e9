"""Fails when something that Twoway is installed with stands under a licence it cannot ship with.

Reads the metadata of whatever is installed beside it; asks no network. GPL and AGPL are refused, and so is a
package that names no licence at all. LGPL is taken for the packages named here alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib.metadata import Distribution, distributions

# Used as a library, unchanged, which the LGPL allows a program under any licence.
LGPL_ALLOWED = frozenset({"psycopg", "psycopg-binary"})

# Packages whose metadata name no licence, and the one that their own file of it holds.
LOOKED_UP = {"imapclient": "BSD-3-Clause"}  # its COPYING, of 4.1.0

_LGPL = re.compile(r"\bLGPL|lesser general public|library general public", re.IGNORECASE)
_GPL = re.compile(r"\bA?GPL|general public licen[cs]e|affero", re.IGNORECASE)
# Longer than any licence's name: somebody put the licence's text there, and texts mention other licences.
_LONGEST_NAME = 100


def refusal(name: str, *, expression: str, licence: str, classifiers: Sequence[str]) -> str | None:
    """Why this package may not be depended on, or None if it may.

    `expression`, `licence` and `classifiers` are the metadata's License-Expression, License and Classifier
    fields. The expression wins where there is one, since only there "or" is more than a word.
    """
    named = [c.rsplit("::", 1)[-1].strip() for c in classifiers if c.startswith("License ::")]
    if licence and len(licence.splitlines()[0]) <= _LONGEST_NAME:
        named.append(licence.splitlines()[0])
    choices = re.split(r"\s+OR\s+", expression) if expression else [" and ".join(named)]
    if not any(choices):
        return "names no licence in its metadata: look it up, and have it named upstream"
    refusals = [_refusal_of_one(name, choice) for choice in choices]
    return None if None in refusals else refusals[0]


def _refusal_of_one(name: str, licence: str) -> str | None:
    without_lgpl = re.sub(r"(?i)\bLGPL\S*|gnu (lesser|library) general public licen[cs]e[^,;]*", "", licence)
    if _GPL.search(without_lgpl):
        return f"is under {licence}"
    if _LGPL.search(licence) and name.lower().replace("_", "-") not in LGPL_ALLOWED:
        return f"is under {licence}, which is taken for {', '.join(sorted(LGPL_ALLOWED))} alone"
    return None


def refusal_of(installed: Distribution) -> str | None:
    """The same question, asked of what is installed."""
    metadata = installed.metadata
    return refusal(
        installed.name,
        expression=metadata.get("License-Expression") or LOOKED_UP.get(installed.name.lower(), ""),
        licence=(metadata.get("License") or "").strip(),
        classifiers=metadata.get_all("Classifier") or [],
    )


def main() -> int:
    """Prints what was found; 1 if anything may not stay."""
    installed = sorted(distributions(), key=lambda one: one.name.lower())
    refused = [(one.name, why) for one in installed if (why := refusal_of(one)) is not None]
    for name, why in refused:
        print(f"licences: {name} {why}")
    if not refused:
        print(f"licences: good, {len(installed)} packages looked at")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())

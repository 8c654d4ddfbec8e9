"""Lists what is publicly known to be wrong with the versions in our lock files, by asking OSV (osv.dev) once for all.

    python scripts/audit.py [LOCK...]

Exit 0: nothing is known; 1: something is; 2: the database could not be asked, so nobody knows. Only names and
versions are sent, as they stand in the lock files. TWOWAY_OSV is another database that speaks the same way.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: What users install, what makes the wheel, what adds traces, and what only working on Twoway needs.
LOCKS = tuple(sorted(path.name for path in ROOT.glob("requirements*.lock")))
OSV = "https://api.osv.dev/v1"  # google.github.io/osv.dev/api, 2026-11
PATIENCE = 20.0
#: So many questions go with one call: osv.dev/docs says at most 1000.
AT_ONCE = 500

Pin = tuple[str, str]


class Unasked(Exception):
    """The database did not answer, or not in its own way."""


def pins(lock: str) -> list[Pin]:
    """Name and version of everything that a lock file names."""
    return re.findall(r"^([a-z0-9._-]+)==([^\s\\;]+)", lock, re.MULTILINE | re.IGNORECASE)


def known(wanted: Sequence[Pin], database: str) -> Iterator[tuple[Pin, str]]:
    """Each pin about which something is known, with the name under which it is known."""
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        asked = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in some]
        answer = _ask(f"{database}/querybatch", {"queries": asked})
        results = answer.get("results")
        if not isinstance(results, list) or len(results) != len(some):
            raise Unasked("an answer that is not OSV's")
        for pin, result in zip(some, results, strict=True):
            for one in _dicts(result.get("vulns") if isinstance(result, dict) else None):
                yield pin, str(one.get("id"))


def described(pin: Pin, name: str, database: str) -> str:
    """One line about it: what it is, and from which version on it is mended."""
    told = _ask(f"{database}/vulns/{name}")
    fixed = sorted(
        {
            str(event["fixed"])
            for affected in _dicts(told.get("affected"))
            for span in _dicts(affected.get("ranges"))
            if span.get("type") == "ECOSYSTEM"
            for event in _dicts(span.get("events"))
            if "fixed" in event
        }
    )
    summary = " ".join(str(told.get("summary") or told.get("details") or "").split())[:160]
    mended = f"mended in {', '.join(fixed)}" if fixed else "not mended yet"
    return f"{pin[0]} {pin[1]}: {name}, {mended}. {summary}".rstrip()


def _ask(url: str, body: Mapping[str, object] | None = None) -> Mapping[str, object]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            answer: object = json.load(response)
    except urllib.error.HTTPError as error:
        raise Unasked(f"it answered {error.code}") from error
    except urllib.error.URLError as error:
        raise Unasked(str(error.reason)) from error
    except (OSError, ValueError) as error:
        raise Unasked(str(error) or type(error).__name__) from error
    if not isinstance(answer, dict):
        raise Unasked("an answer that is not OSV's")
    return answer


def _dicts(value: object) -> list[dict[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def main(locks: Sequence[str]) -> int:
    """Prints what was found."""
    database = os.environ.get("TWOWAY_OSV", OSV).rstrip("/")
    wanted: dict[Pin, None] = {}
    for lock in locks or LOCKS:
        wanted |= dict.fromkeys(pins((ROOT / lock).read_text(encoding="utf-8")))
    try:
        found = [described(pin, name, database) for pin, name in known(list(wanted), database)]
    except Unasked as why:
        print(f"audit: the database of known vulnerabilities could not be asked ({database}: {why}).", file=sys.stderr)
        print(f"audit: nothing is known about these {len(wanted)} versions, good or bad.", file=sys.stderr)
        return 2
    for line in found:
        print(f"audit: {line}")
    print(f"audit: {len(found) or 'nothing'} known about {len(wanted)} versions.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

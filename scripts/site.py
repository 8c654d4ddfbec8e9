"""Makes the documentation's site: every page under docs/, in the order of the four kinds, into one folder.

`python scripts/site.py FOLDER` writes the settings of MkDocs into FOLDER and runs it, so that FOLDER/site is the site.
Each page is in its menu under the title that stands in it: a page is added by writing it. `make docs` calls this with a
Python that has MkDocs; the tests read `menu` without it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"

#: The menu: the folders, what each is called, and what comes first in it. The rest follows by title.
KINDS = (
    ("tutorial", "Tutorial", ("first-hour.md",)),
    ("how-to", "How to", ("slack.md", "teams.md", "connect.md", "run.md")),
    ("reference", "Reference", ("commands.md", "signs.md", "command-line.md", "settings.md")),
    ("reference/platforms", "Platforms", ("README.md",)),
    ("explanation", "Explanation", ("architecture.md", "publishing.md")),
    ("decisions", "Decisions", ("README.md",)),
)
HOME = "README.md"
#: What was measured and tried: pages of their own, at the end of the explanations.
MEASURED = ("reliability.md", "benchmarks.md")

#: What a browser loads by itself; a link that somebody follows is not among it.
FROM_OUTSIDE = re.compile(r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=\"?(https?://[^\s\">]+)")

Menu: TypeAlias = "list[dict[str, str | Menu]]"


def title(page: Path) -> str:
    """What a page calls itself: its first heading."""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            return line[2:].strip()
    raise SystemExit(f"{page.relative_to(ROOT)} has no heading")


def menu() -> Menu:
    """The site's menu. Ends the program when a page would be in none of its parts."""
    made: dict[str, Menu] = {}
    seen = {HOME}
    for folder, _, first in KINDS:
        pages = sorted((DOCS / folder).glob("*.md"), key=lambda page: _place(page, first))
        names = [page.relative_to(DOCS).as_posix() for page in pages]
        seen.update(names)
        made[folder] = [{title(page): name} for page, name in zip(pages, names, strict=True)]
    made["explanation"] += [{title(DOCS / name): name} for name in MEASURED]
    seen.update(MEASURED)
    if left := sorted({page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - seen):
        raise SystemExit(f"in no part of the menu: {', '.join(left)}; see KINDS in scripts/site.py")
    made["reference"].append({"Platforms": made.pop("reference/platforms")})
    names_of = {folder: says for folder, says, _ in KINDS}
    return [{title(DOCS / HOME): HOME}, *({names_of[folder]: pages} for folder, pages in made.items())]


def _place(page: Path, first: tuple[str, ...]) -> tuple[int, int, str]:
    """Named ones first; decisions by their number; others by title."""
    number, _, _ = page.name.partition("-")
    at = first.index(page.name) if page.name in first else len(first)
    return at, int(number) if number.isdigit() else 0, title(page).lower()


def settings(target: Path) -> dict[str, object]:
    """MkDocs' settings. Nothing is fetched from outside: no fonts, no scripts of others."""
    return {
        "site_name": "Twoway",
        "site_description": "Customers speak in public; your team answers from chat, together.",
        "docs_dir": str(DOCS),
        "site_dir": str(target / "site"),
        # So that the pages can be read from a folder, without a server.
        "use_directory_urls": False,
        "theme": {
            "name": "material",
            "font": False,
            "features": ["navigation.indexes", "navigation.top", "content.code.copy", "search.highlight"],
            "palette": [
                {"media": f"(prefers-color-scheme: {scheme})", "scheme": name, "primary": "teal"}
                for scheme, name in (("light", "default"), ("dark", "slate"))
            ],
        },
        "plugins": ["search"],
        "markdown_extensions": [
            "tables",
            "admonition",
            "pymdownx.superfences",
            {"toc": {"permalink": True}},
        ],
        "validation": {
            "omitted_files": "warn",
            "absolute_links": "warn",
            "unrecognized_links": "warn",
            "anchors": "warn",
            "not_found": "warn",
        },
        "nav": menu(),
    }


def main() -> None:
    target = Path(sys.argv[1]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    # JSON is YAML.
    (target / "mkdocs.yml").write_text(json.dumps(settings(target), indent=1), encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-f", str(target / "mkdocs.yml")]
    code = subprocess.run(command, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=False).returncode
    if code:
        sys.exit(code)
    pages = (target / "site").rglob("*.html")
    if loads := sorted({one for page in pages for one in FROM_OUTSIDE.findall(page.read_text(encoding="utf-8"))}):
        sys.exit(f"the site would load from outside: {', '.join(loads)}")


if __name__ == "__main__":
    main()

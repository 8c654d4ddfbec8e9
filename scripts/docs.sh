#!/bin/sh
# Makes the documentation's site into build/docs/site, with a virtual environment of its own: nothing that is tested or
# shipped has to fit what a site is made with. Warnings are errors, and so are broken links.
set -eu
cd "$(dirname "$0")/.."
venv=build/docs-venv
stamp=$(cksum <requirements-docs.lock)
if [ "$(cat "$venv/.locked" 2>/dev/null)" != "$stamp" ]; then
    echo "twoway: installing $(grep -c == requirements-docs.lock) locked packages for the site" >&2
    rm -rf "$venv"
    .venv/bin/python -m venv "$venv"
    scripts/quiet.sh "packages of the site" "$venv/bin/python" -m pip install --disable-pip-version-check --no-input \
        --progress-bar off --no-compile --no-deps --require-hashes -r requirements-docs.lock
    "$venv/bin/python" scripts/licences.py
    printf '%s' "$stamp" >"$venv/.locked"
fi
"$venv/bin/python" scripts/site.py build/docs
echo "The site is in build/docs/site; begin with index.html, or look at it by  python3 -m http.server -d build/docs/site"

#!/bin/sh
# Chooses versions anew and writes the lock files: hashes for every platform, no addresses.
# Needs uv; users and tests do not. UPGRADE=1 takes newer versions even where the old ones still fit.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-$(command -v uv || true)}
if [ -z "$uv" ]; then
    echo "twoway: make lock needs uv:  python3 -m venv ~/.uv && ~/.uv/bin/pip install uv && make lock UV=~/.uv/bin/uv" >&2
    exit 1
fi
lock() { # output, then what to compile
    output=$1
    shift
    # 3.11: the oldest Python we run on. --universal: one file for 3.11 to 3.13, x86_64 and aarch64.
    "$uv" pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header --strip-extras \
        ${UPGRADE:+--upgrade} "$@" -o "$output"
    echo "twoway: $output holds $(grep -c == "$output") packages"
}
lock requirements.lock pyproject.toml
lock requirements-dev.lock pyproject.toml --group dev --constraint requirements.lock
lock requirements-build.lock --group build --constraint requirements-dev.lock
lock requirements-docs.lock --group docs
if grep -nE 'https?://|index-url|find-links' requirements*.lock; then
    echo "twoway: a lock file holds an address, which is of no use elsewhere" >&2
    exit 1
fi

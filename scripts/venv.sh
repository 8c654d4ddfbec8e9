#!/bin/sh
# Makes .venv fit the lock files, and does nothing when it already does.
#   scripts/venv.sh run    what Twoway needs to run          (requirements.lock)
#   scripts/venv.sh dev    that, and what its tests need     (requirements-dev.lock)
# A stamp in .venv remembers which lock was installed where; a changed lock means a new .venv.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'twoway: %s\n' "$*" >&2; }
stamp_of() { printf '%s %s' "$PWD" "$(cksum <"$1")"; }
holds() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        [ -n "$candidate" ] || continue
        found=$("$candidate" -c 'import sys; print(sys.executable if sys.version_info >= (3, 11) else "")' 2>/dev/null) || continue
        [ -n "$found" ] && { printf '%s' "$found"; return; }
    done
}

make_anew() {
    python=$(find_python)
    if [ -z "$python" ]; then
        say "Python 3.11 or newer is needed and was not found."
        say "On Debian 12+ and Ubuntu 24.04+:  sudo apt-get install python3 python3-venv"
        say "If it lies elsewhere:  make run PYTHON=/path/to/python3"
        exit 1
    fi
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        package=python3-venv
        case "$python" in /usr/bin/python3 | "/usr/bin/python$version") package="python$version-venv" ;; esac
        [ "$(readlink -f /usr/bin/python3 2>/dev/null)" = "$(readlink -f "$python")" ] && package=python3-venv
        say "$python has no venv module, which Debian and Ubuntu keep in a package of its own."
        say "Install it:  sudo apt-get install $package"
        exit 1
    fi
    say "making a virtual environment with $python ($version)"
    rm -rf .venv
    "$python" -m venv .venv
}

# Without compiling: Python compiles what it imports when it first does, which is a small part of it all.
# By two at a time, each with every second package: unpacking keeps a core busy, and no package waits for another.
install_locked() { # lock file
    say "installing $(grep -c == "$1") locked packages, checked by their hashes (a minute or less)"
    awk 'BEGIN { half = 0 } /^[a-z0-9]/ { half = !half } { print > (".venv/half-" half) }' "$1"
    install_half 0 & first=$!
    install_half 1 & second=$!
    trap 'kill "$first" "$second"; exit 130' INT TERM
    failed=
    wait "$first" || failed=.venv/install-0.log
    wait "$second" || failed=.venv/install-1.log
    trap - INT TERM
    if [ -n "$failed" ]; then
        grep -E '^(ERROR|error)' "$failed" >&2 || tail -n 20 "$failed" >&2
        say "pip could not install $1; the whole of what it said is in $failed."
        say "Nothing is broken: once it can reach its package index, run the same make again."
        exit 1
    fi
}
install_half() { # 0 or 1
    .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off --no-compile \
        --no-deps --require-hashes -r ".venv/half-$1" >".venv/install-$1.log" 2>&1
}

# This checkout is importable from .venv, and `twoway` runs it from any folder. -P: the folder that
# somebody stands in is no place to import from.
link_checkout() {
    packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$PWD" >"$packages/twoway.pth"
    printf '#!/bin/sh\nexec "%s/.venv/bin/python" -P -m bot "$@"\n' "$PWD" >.venv/bin/twoway
    chmod +x .venv/bin/twoway
}

run_stamp=$(stamp_of requirements.lock)
dev_stamp=$(stamp_of requirements-dev.lock)
wanted=${1:-run}

works() { .venv/bin/python -c 'import click' >/dev/null 2>&1; }   # the Python below it may have been removed
if ! holds .venv/.locked-run "$run_stamp" || { [ -f .venv/.locked-dev ] && ! holds .venv/.locked-dev "$dev_stamp"; } || ! works; then
    make_anew
    if [ "$wanted" = run ]; then install_locked requirements.lock; fi
fi
if [ "$wanted" = dev ] && ! holds .venv/.locked-dev "$dev_stamp"; then
    install_locked requirements-dev.lock
    printf '%s' "$dev_stamp" >.venv/.locked-dev
fi
if ! holds .venv/.locked-run "$run_stamp"; then
    link_checkout
    printf '%s' "$run_stamp" >.venv/.locked-run
    say "ready"
fi

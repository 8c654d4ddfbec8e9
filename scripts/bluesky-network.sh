#!/usr/bin/env bash
# Installs a Bluesky network for tests (the package @atproto/dev-env) into build/bluesky-network, with a Node 22 of its
# own. It needs npm and a C++ compiler; to run it, also redis-server and a PostgreSQL as Debian packages it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=0.6.7
folder="$PWD/build/bluesky-network"
case "$(uname -m)" in x86_64) machine=x64 ;; aarch64) machine=arm64 ;; *) machine=$(uname -m) ;; esac

for program in npm c++ redis-server; do
    if ! command -v "$program" >/dev/null 2>&1; then
        echo "bluesky-network: $program is not installed (sudo apt-get install npm g++ redis-server postgresql)" >&2
        exit 1
    fi
done
if [ -d "$folder/node_modules/@atproto/dev-env" ] && [ -f "$folder/installed" ]; then
    exit 0
fi
mkdir -p "$folder/node"
npm install --prefix "$folder/node" --no-audit --no-fund --loglevel=error "node-linux-$machine@22"
node="$folder/node/node_modules/node-linux-$machine"
# Newer versions of npm run install scripts only where they are named here. This one compiles SQLite.
cat >"$folder/package.json" <<EOF
{
  "private": true,
  "dependencies": { "@atproto/dev-env": "$version" },
  "allowScripts": { "better-sqlite3": true }
}
EOF
PATH="$node/bin:$PATH" npm_config_nodedir="$node" npm install --prefix "$folder" --no-audit --no-fund --loglevel=error
touch "$folder/installed"

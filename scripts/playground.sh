#!/bin/sh
# Installs Microsoft's local playground for Teams, with which tests/live drives the bot, into build/playground.
# Its licence is for evaluation: it is fetched for a test run, never shipped and never committed.
set -eu
cd "$(dirname "$0")/.."
version=0.2.28
package=@microsoft/m365agentsplayground
folder=build/playground

say() { printf 'twoway: %s\n' "$*" >&2; }

command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || {
    say "the playground needs node 20 and npm"
    exit 1
}
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || {
    say "the playground needs node 20; this is $(node --version)"
    exit 1
}
holds() {
    [ "$(node -p "require('./$folder/node_modules/$package/package.json').version" 2>/dev/null)" = "$version" ]
}
holds && exit 0
mkdir -p "$folder"
say "installing $package $version (15 MB)"
# No scripts of packages are run.
npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts --loglevel=error "$package@$version" >&2 || {
    say "npm could not install it: is its registry in reach?"
    exit 1
}
holds

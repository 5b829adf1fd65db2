#!/bin/sh
# fuzz.sh TIME: runs every fuzz target of the project for TIME each.
set -eu
for pkg in $(go list ./...); do
  for target in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
    echo "== $pkg $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "$pkg"
  done
done

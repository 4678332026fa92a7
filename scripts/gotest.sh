#!/usr/bin/env bash
# Runs the tests of every package with the race detector, which needs cgo.
# Arguments go to go test. Nothing of its output is held back.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/path.sh
source scripts/path.sh

# SQLite is C, which the race detector never looks into. Ours was translated to
# Go, and would be three times slower for being looked into.
export CGO_ENABLED=1
race=(-race)
for package in modernc.org/sqlite/lib modernc.org/libc/... modernc.org/memory; do
	race+=("-gcflags=$package=-race=false")
done

# Compiled first, so that tests that have a browser to wait for do not share the
# processor with compilers.
go build "${race[@]}" ./...
exec go test "${race[@]}" "$@" ./...

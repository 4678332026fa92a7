#!/usr/bin/env bash
# Runs the tests of every package with the race detector, which needs cgo.
# Arguments go to go test. Nothing of its output is held back.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/path.sh
source scripts/path.sh

# Compiled first, so that tests that have a browser to wait for do not share the
# processor with compilers.
CGO_ENABLED=1 go build -race ./...
CGO_ENABLED=1 exec go test -race "$@" ./...

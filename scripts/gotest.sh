#!/usr/bin/env bash
# Runs the tests of every package with the race detector, which needs cgo.
# Arguments go to go test. Nothing of its output is held back.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/path.sh
source scripts/path.sh

CGO_ENABLED=1 exec go test -race "$@" ./...

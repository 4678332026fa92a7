#!/usr/bin/env bash
# Builds bin/daymark, a static binary. The revision is stamped into it where
# git can tell it; in a copy without a repository, or in one that git does not
# trust, it is left out instead of failing the build.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/path.sh
source scripts/path.sh

stamp=false
if [[ "$(git rev-parse --is-inside-work-tree 2>/dev/null)" == true ]]; then
	stamp=true
fi
CGO_ENABLED=0 go build -buildvcs="$stamp" -o bin/daymark ./cmd/daymark

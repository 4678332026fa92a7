#!/usr/bin/env bash
# Builds the development tools that tools/go.mod names (golangci-lint and
# gofumpt) and prints the directory that holds them. They are built once for
# each set of versions: the directory is named after a digest of the module
# file and of the Go release, so a change of either builds anew and a second
# call costs nothing. Progress goes to standard error.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
# shellcheck source=scripts/path.sh
source scripts/path.sh

key="$({ go env GOVERSION GOOS GOARCH; cat tools/go.mod tools/go.sum; } | sha256sum | cut -c1-16)"
dir="$root/.tools/$key"

if [[ ! -x "$dir/golangci-lint" || ! -x "$dir/gofumpt" ]]; then
	echo "tools: building golangci-lint and gofumpt (once; a few minutes on a small machine)" >&2
	# Built aside and moved into place, so that an interrupted build leaves no
	# half-written tool behind for the next call to trust.
	rm -rf "$root/.tools/building.$$"
	mkdir -p "$root/.tools/building.$$"
	trap 'rm -rf "$root/.tools/building.$$"' EXIT
	(cd tools && CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags='-s -w' \
		-o "$root/.tools/building.$$/" \
		github.com/golangci/golangci-lint/v2/cmd/golangci-lint mvdan.cc/gofumpt) >&2
	rm -rf "$dir"
	mv "$root/.tools/building.$$" "$dir"
fi

echo "$dir"

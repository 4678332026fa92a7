#!/usr/bin/env bash
# Runs the tests of every package with the race detector, which needs cgo.
# Arguments go to go test. Nothing of its output is held back.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/path.sh
source scripts/path.sh

# SQLite is C, which the race detector never looks into. Ours was translated to
# Go, and would be three times slower for being looked into; so would what only
# computes: pictures, compression, hashes of passwords. Nothing that debuggers
# want is linked, and vet has looked at all of it (see `make lint`).
export CGO_ENABLED=1
race=(-race -ldflags=-w)
computes=(
	modernc.org/sqlite/lib modernc.org/libc/... modernc.org/memory
	image/... compress/... github.com/klauspost/compress/... github.com/andybalholm/brotli/...
	golang.org/x/crypto/argon2 golang.org/x/crypto/blake2b
)
for package in "${computes[@]}"; do
	race+=("-gcflags=$package=-race=false")
done

# What has the most tests takes longest, and begins first. Tests wait, too, so
# that one more runs at once than there are processors. Those that start a
# browser, whose processes take what processor there is, come last and a package
# at a time; nothing is compiled beside them either.
sorted() {
	while read -r package dir; do
		echo "$(cat "$dir"/*_test.go 2>/dev/null | wc -c) $package"
	done | sort -rn | cut -d ' ' -f 2
}
packages="$(go list -f '{{.ImportPath}} {{.Dir}} {{.TestImports}} {{.XTestImports}}' ./...)"
mapfile -t without < <(awk '!/chromedp/ { print $1, $2 }' <<<"$packages" | sorted)
mapfile -t browsers < <(awk '/chromedp/ { print $1, $2 }' <<<"$packages" | sorted)
go build "${race[@]}" ./...
status=0
go test -vet=off -p $(($(nproc) + 1)) "${race[@]}" "$@" "${without[@]}" || status=$?
go test -vet=off -p 1 "${race[@]}" "$@" "${browsers[@]}" || status=$?
exit "$status"

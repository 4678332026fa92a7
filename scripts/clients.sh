#!/usr/bin/env bash
# Installs the clients of Statuspage's API that the tests let read Daymark, as
# statuspage/testdata/clients/package-lock.json pins them, each held to its
# digest, and prints the directory that holds them. They are installed once for
# each lock file; a second call costs nothing. None of their scripts is run.
# Progress goes to standard error.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
from="$root/statuspage/testdata/clients"

for program in node npm; do
	command -v "$program" >/dev/null 2>&1 || {
		echo "clients: $program is missing; scripts/install.sh node installs it" >&2
		exit 1
	}
done

key="$(cat "$from/package.json" "$from/package-lock.json" | sha256sum | cut -c1-16)"
dir="$root/.tools/clients-$key"

if [[ ! -d "$dir" ]]; then
	echo "clients: installing clients of Statuspage's API with npm (once)" >&2
	# Installed aside and moved into place, so that what was broken off leaves
	# nothing behind for the next call to trust.
	building="$root/.tools/clients-building.$$"
	rm -rf "$building"
	mkdir -p "$building"
	trap 'rm -rf "$building"' EXIT
	cp "$from/package.json" "$from/package-lock.json" "$building/"
	(cd "$building" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2 || {
		echo "clients: npm could not install them; its own words are above. It needs its registry, or a cache that has the packages." >&2
		exit 1
	}
	# Somebody else may have been quicker; theirs is as good.
	mv -T "$building" "$dir" 2>/dev/null || [[ -d "$dir" ]]
fi

echo "$dir"

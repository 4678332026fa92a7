#!/usr/bin/env bash
# What `make run` does: installs what is missing, builds, and becomes Daymark
# with its sample. PORT is the port of the public page; the sample takes the
# one above it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/path.sh
source scripts/path.sh

PORT="${PORT:-8080}"
if ! [[ "$PORT" =~ ^[1-9][0-9]{0,4}$ ]] || ((PORT > 65534)); then
	echo "run: PORT is \"$PORT\"; give a port from 1 to 65534" >&2
	exit 2
fi

scripts/install.sh run
echo "run: building bin/daymark" >&2
scripts/build.sh

# In this shell's place, so that signals reach Daymark itself.
exec bin/daymark demo --run --port "$PORT"

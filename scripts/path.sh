# shellcheck shell=bash
# Sourced by the other scripts: finds Go where its installer puts it, when
# PATH does not, as under sudo.
if ! command -v go >/dev/null 2>&1 && [[ -x /usr/local/go/bin/go ]]; then
	export PATH="$PATH:/usr/local/go/bin"
fi

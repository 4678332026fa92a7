#!/usr/bin/env bash
# Installs what Daymark needs from the system: named parts only, and only
# those that are missing. What is there is left alone, so a second run does
# nothing. It says what it installs.
#
#   scripts/install.sh run     what `make run` needs: Go, Chromium
#   scripts/install.sh test    what `make test` needs: that, a C compiler for
#                              the race detector, what mail is tried on, and
#                              what pages, the API, buckets and metrics are
#                              tried on
#   scripts/install.sh bench   what `make bench` needs: that, and the exporter
#                              that Daymark is measured beside
#   scripts/install.sh go|chromium|shell|gcc|postfix|node|npm|versitygw|exporter|promtool …
#
# Packages come from apt-get, as root or through sudo, and those of npm go into
# tools/npm, in the versions and with the digests that its lock file has. Go itself is not
# installed: Debian's is older than the one in go.mod.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/path.sh
source "$root/scripts/path.sh"

fail() {
	echo "install: $*" >&2
	exit 1
}

# have reports whether one of the named programs can be found.
have() {
	local program
	for program in "$@"; do
		if command -v "$program" >/dev/null 2>&1; then
			return 0
		fi
	done
	return 1
}

# as_root runs a command as root, by sudo where we are not.
as_root() {
	if [[ "$(id -u)" -eq 0 ]]; then
		"$@"
	elif have sudo; then
		sudo "$@"
	else
		fail "needs root to run: $* (run it as root, or install sudo)"
	fi
}

updated=no

# packages PURPOSE NAME… installs Debian packages.
packages() {
	local purpose="$1"
	shift
	have apt-get || fail "$purpose is missing and there is no apt-get here: install it by hand (in Debian: $*)"
	echo "install: installing $* with apt-get, for $purpose" >&2
	if [[ "$updated" == no ]]; then
		# One source that cannot be read need not be the one that matters.
		as_root apt-get update -qq >&2 || echo "install: apt-get update failed; trying with the lists that are there" >&2
		updated=yes
	fi
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends --no-remove "$@" >&2 ||
		fail "apt-get could not install $*; its own words are above"
}

install_go() {
	have go || fail "Go is missing: install the release that go.mod names (https://go.dev/dl) and put its bin folder on PATH"
	# A Go that is too old says so, and may fetch the right one by itself.
	(cd "$root" && go version >/dev/null) || fail "this Go cannot build Daymark; its own words are above"
}

install_chromium() {
	# The names that are looked for when a journey starts the browser.
	if have chromium chromium-browser google-chrome google-chrome-stable chrome; then
		return
	fi
	# The sandbox is a package of its own, needed by everybody but root; the
	# fonts are for readable screenshots.
	packages "Chromium, which runs browser checks" chromium chromium-sandbox fonts-dejavu-core
}

install_shell() {
	if have chromium-headless-shell; then
		return
	fi
	# Without it they do the same with the whole of Chromium, and take longer.
	(packages "the shell of Chromium, in which tests look at pages sooner" chromium-headless-shell) ||
		echo "install: tests look at pages in the whole of Chromium" >&2
}

install_gcc() {
	# The race detector links through cgo.
	if have gcc clang && [[ -e /usr/include/stdlib.h ]]; then
		return
	fi
	packages "the race detector" gcc libc6-dev
}

install_postfix() {
	# Postfix, and a second implementation of DKIM with the keys it lacks.
	if have postfix && /usr/bin/python3 -c 'import dkim, nacl' >/dev/null 2>&1; then
		return
	fi
	# Without a configuration of the system's own its service does not start:
	# the tests run theirs, in a folder of their own.
	if ! have postfix && have debconf-set-selections; then
		echo "postfix postfix/main_mailer_type select No configuration" | as_root debconf-set-selections
	fi
	packages "Postfix, which mail is tried on, and a verifier of DKIM" postfix python3-dkim python3-nacl
}

install_node() {
	if have node && have npm; then
		return
	fi
	packages "Node, for what pages and the API are held against" nodejs npm
}

install_npm() {
	install_node
	if ! have java; then
		packages "the checker of HTML" default-jre-headless
	fi
	local folder="$root/tools/npm" stamp
	stamp="$folder/node_modules/.daymark"
	if cmp -s "$folder/package-lock.json" "$stamp"; then
		return
	fi
	echo "install: installing what tools/npm/package-lock.json names, with npm" >&2
	# None of them runs anything when it is installed.
	(cd "$folder" && npm ci --ignore-scripts --no-progress >&2) || fail "npm could not install what tools/npm names; its own words are above"
	cp "$folder/package-lock.json" "$stamp"
}

# The S3 server's version; its folder under .tools is named after it, and
# statuspage/bucket looks there.
versitygw=v1.8.0

install_versitygw() {
	local dir="$root/.tools/versitygw-$versitygw"
	if [[ -x "$dir/versitygw" ]]; then
		return
	fi
	echo "install: building versitygw $versitygw, the S3 server that buckets are tried on (once)" >&2
	# Built aside, so that an interrupted build leaves nothing to be trusted.
	rm -rf "$dir.$$"
	(cd "$root" && GOBIN="$dir.$$" CGO_ENABLED=0 go install -trimpath -ldflags='-s -w' \
		"github.com/versity/versitygw/cmd/versitygw@$versitygw") >&2 ||
		fail "versitygw $versitygw cannot be built; the reason is above"
	rm -rf "$dir"
	mv "$dir.$$" "$dir"
}

install_exporter() {
	if have prometheus-blackbox-exporter; then
		return
	fi
	packages "Prometheus' blackbox_exporter, which checks are measured beside" prometheus-blackbox-exporter
	# Its package starts it as a service for the whole network; only the
	# program is wanted.
	if have systemctl; then
		as_root systemctl disable --quiet --now prometheus-blackbox-exporter >&2 ||
			echo "install: prometheus-blackbox-exporter may run as a service now; stop it if it is not wanted" >&2
	fi
}

install_promtool() {
	if have promtool; then
		return
	fi
	packages "promtool, which metrics and rules are held against" prometheus
	# As above: only a program of it is wanted.
	if have systemctl; then
		as_root systemctl disable --quiet --now prometheus >&2 ||
			echo "install: prometheus may run as a service now; stop it if it is not wanted" >&2
	fi
}

[[ $# -gt 0 ]] || fail "name what to install: run, test, bench, go, chromium, shell, gcc, postfix, node, npm, versitygw, exporter or promtool"
for part in "$@"; do
	case "$part" in
	run)
		install_go
		install_chromium
		;;
	test)
		install_go
		install_chromium
		install_shell
		install_gcc
		install_postfix
		install_npm
		install_versitygw
		install_promtool
		;;
	bench)
		install_go
		install_chromium
		install_shell
		install_gcc
		install_postfix
		install_npm
		install_versitygw
		install_promtool
		install_exporter
		;;
	go | chromium | shell | gcc | postfix | node | npm | versitygw | exporter | promtool) "install_$part" ;;
	*) fail "does not know \"$part\": name run, test, bench, go, chromium, shell, gcc, postfix, node, npm, versitygw, exporter or promtool" ;;
	esac
done

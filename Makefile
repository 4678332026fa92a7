# The commands of the project. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Go's own installer puts it here, and sudo's PATH does not.
export PATH := $(PATH):/usr/local/go/bin

# A revision is stamped by scripts/build.sh alone, where it can be had: asking
# git fails everything in a copy that belongs to somebody else.
export GOFLAGS := $(strip $(shell go env GOFLAGS 2>/dev/null) -buildvcs=false)

# Where `make run` serves; the sample takes the next port.
PORT ?= 8080
# How long each test of `make soak` lasts.
SOAK ?= 20m
# How long or often each benchmark of `make bench` runs, as go test takes it.
BENCHTIME ?=

.PHONY: help run build test verify bench soak lint fmt

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: ## build, install what is missing, and run the sample (PORT=8080)
	@PORT='$(PORT)' exec scripts/run.sh

build: ## build bin/daymark, a static binary
	scripts/install.sh go
	scripts/build.sh

test: ## lint and all tests with the race detector, at small counts
	scripts/install.sh test
	@$(MAKE) lint
	scripts/gotest.sh -timeout 14m

verify: ## the same tests at full counts
	scripts/install.sh test
	DAYMARK_FULL=1 scripts/gotest.sh -timeout 60m -count 1

bench: ## compare with references; writes bench.json (BENCHTIME=…)
	scripts/install.sh bench
	go run ./internal/benchreport -benchtime '$(BENCHTIME)'

soak: ## run the soak tests for long (SOAK=20m)
	scripts/install.sh test
	DAYMARK_SOAK='$(SOAK)' scripts/gotest.sh -run Soak -timeout 0 -count 1

# Without cgo, as the program is built: so both share what they compile. It takes
# 2 GB and half the time where it collects its garbage less often.
lint: ## golangci-lint with go vet, as tools/go.mod and .golangci.yml have it
	scripts/install.sh go
	@tools="$$(scripts/tools.sh)" && echo "golangci-lint run" && GOGC=400 CGO_ENABLED=0 "$$tools/golangci-lint" run

fmt: ## apply the formatters
	@tools="$$(scripts/tools.sh)" && "$$tools/golangci-lint" fmt

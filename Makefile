# `make run` and `make test` are all a new machine needs; `make help` lists the rest.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

FILTER ?=
ONLY ?=
unexport FILTER ONLY
PORT ?= 8080
DAPR_PORT ?= 3500
USER_ID ?= demo
SECRETS := .data/secrets.json
RANDOM_KEY := od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
BUILD := .build/release
# As the image is built: Swift's own libraries in the program, and calls between modules optimised.
RELEASE := -c release --static-swift-stdlib -Xswiftc -cross-module-optimization
# The journal's model and what it is built of alone, optimised: a test that looks into modules all the same.
MODEL := -c release -Xswiftc -enable-testing --scratch-path .build/optimised

.PHONY: help setup release secrets run token test model model-build openapi bench lint format clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## check Swift and the system's libraries, install those that are missing
	@scripts/setup

release: setup ## build both programs with optimisation
	swift build $(RELEASE) --product dev-sidecar
	swift build $(RELEASE) --product task-server

# Only who knows the token may deliver events to the server; both programs take it from their environment.
run: release secrets ## build, then run the sidecar and the task server (PORT, DAPR_PORT)
	@export APP_API_TOKEN="$${APP_API_TOKEN:-$$($(RANDOM_KEY))}"; \
	exec $(BUILD)/dev-sidecar run --app-id task-server --app-port $(PORT) --dapr-http-port $(DAPR_PORT) \
		--resources-path components/local --config dapr-config/local.yaml -- $(BUILD)/task-server serve

# Beside the tasks, and not among the components: who reads that folder, the sidecar included, reads no keys.
$(SECRETS):
	@mkdir -p .data && chmod 700 .data
	@if [ -f components/local/secrets.json ]; then mv components/local/secrets.json $@; exit; fi; \
	umask 077 && printf '{"jwt-secret": "%s"}\n' "$$($(RANDOM_KEY))" > $@; \
	echo "$@ holds a new random key" >&2

# What the file lacks is added, also to one that somebody wrote for components of their own.
secrets: $(SECRETS) ## make the keys of the local secret store, unless they are there
	@grep -q '"server-secret"' $< || sed -i "0,/{/s//{\"server-secret\": \"$$($(RANDOM_KEY))\", /" $<

token: secrets ## print a token for a demo user (USER_ID), signed with the local key
	@test -x $(BUILD)/task-server || $(MAKE) --no-print-directory release >&2
	@$(BUILD)/task-server token --user '$(USER_ID)' --secrets-file $(SECRETS)

# One after another: on few cores tests that compute would hold up those with deadlines.
test: ## the whole test suite; FILTER=DaprJSONTests runs some of it
	@scripts/setup test
	swift build --build-tests
	swift test --skip-build --disable-xctest --no-parallel $(if $(FILTER),--filter '$(FILTER)')

model model-build: export ONLY_TARGETS := JournalModelTests
model: ## the journal's model, optimised: about ten times the runs; docs/developing.md tells of MODEL_SEED and others
	@scripts/setup test
	$(MAKE) --no-print-directory model-build
	swift test --skip-build --disable-xctest --no-parallel $(MODEL)

model-build:
	swift build --build-tests $(MODEL)

openapi: setup ## write docs/openapi.json as the server serves it, unless the change breaks clients
	swift build --product dev-sidecar
	swift build --product task-server
	python3 .ci/openapi_changes.py --write

bench: ## print every goal with its measured value; ONLY=G1,G3 runs some
	@scripts/setup bench
	for program in bench task-server dev-sidecar yardstick-upstream yardstick-libcurl yardstick-urlsession yardstick-microhttpd; do \
		swift build $(RELEASE) --product $$program || exit; \
	done
	@test -x .build/bench-venv/bin/python || python3 -m venv .build/bench-venv
	.build/bench-venv/bin/pip install --quiet --disable-pip-version-check -r Sources/Programs/Yardsticks/python/requirements.txt
	$(BUILD)/bench $(ONLY)

lint: ## check the formatting of every Swift file
	git ls-files -z '*.swift' | xargs -0 swift format lint --strict --parallel

format: ## format every Swift file
	git ls-files -z '*.swift' | xargs -0 swift format --in-place --parallel

clean: ## remove what was built; tasks and keys stay
	rm -rf .build .build-*

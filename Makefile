# One door per task; CI goes through the same doors (.ci/run). Needs only make and Python 3.11 or newer; `check` Node.js too.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(VENV)/.bench-ready
TSC := node_modules/.bin/tsc
NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && echo $$python && break; done)
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url $(ARGS)
# names of keys and random letters are in every test: what looks like a key of a known service is not
SECRETS := --no-verify --disable-plugin KeywordDetector --disable-plugin Base64HighEntropyString \
	--disable-plugin HexHighEntropyString
SOURCES := aislewise models streams training serving simulation

.PHONY: help setup demo test check bench chaos lock sbom
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## install into .venv from requirements.lock; quick when nothing changed

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Aislewise needs Python 3.11 or newer with venv" \
		"(Debian: apt install python3 python3-venv; elsewhere: make setup PYTHON=/path/to/python3.11)" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@# first the installer itself, by its hash: it installs the rest in a tenth of pip's time
	sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/installer.txt
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r $(VENV)/installer.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -c 'import implicit' || { echo "implicit cannot be loaded; where libgomp is missing:" \
		"apt install libgomp1" >&2; exit 2; }
	@# the dwell engine's machine code, a minute once
	$(BIN)/python -m streams.dwell
	@touch $@

demo: setup ## the whole system on this machine, with a simulated store day; ARGS="--minutes 2" ends by itself
	$(BIN)/aislewise demo $(ARGS)

test: setup ## all tests; with Java 17 and Maven those on Apache Kafka too; ARGS="-k dwell" picks, ARGS="-n 0" is one process
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: setup $(TSC) ## style, types (the pages' too: Node.js 18 or newer with npm), import contracts, security, licences
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml $(SOURCES)
	git ls-files -z -- . ":!*.lock" ":!package-lock.json" | xargs -0 $(BIN)/detect-secrets-hook $(SECRETS)
	$(BIN)/python -m tests.house.licences
	@# on GitHub advisories can be reached, and have to be
	$(BIN)/python -m tests.house.audit $(if $(GITHUB_ACTIONS),--required)
	$(TSC) --project tsconfig.json
	$(TSC) --project tsconfig.worker.json

$(TSC): package-lock.json package.json .npmrc
	@command -v npm >/dev/null || { echo "make check needs Node.js 18 or newer with npm, for the types of the pages'" \
		"JavaScript (Debian: apt install nodejs npm; elsewhere: nodejs.org)" >&2; exit 2; }
	npm ci --loglevel=error
	@touch $@

bench: $(BENCH_READY) ## the measured figures of benchmarks/README.md, again; ARGS="accuracy --quick" picks
	$(BIN)/python -m benchmarks $(ARGS)

$(BENCH_READY): $(READY) requirements-bench.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-bench.lock
	@touch $@

chaos: setup ## 300 faults by seeds on three nodes of Apache Kafka, half an hour; ARGS="--faults 30 --seed 7" picks
	$(BIN)/python -m tests.chaos $(ARGS)

lock: setup ## requirements.lock and requirements-bench.lock from pyproject.toml; ARGS=--upgrade for newer versions
	$(LOCK) --group dev --output-file requirements.lock
	$(LOCK) --group bench --constraint requirements.lock --output-file requirements-bench.lock

sbom: setup ## dist/aislewise.cdx.json: all that an installation brings along, with hashes, as CycloneDX
	@mkdir -p dist
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url --constraint requirements.lock --output-file dist/shipped.txt
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON \
		-o dist/aislewise.cdx.json dist/shipped.txt

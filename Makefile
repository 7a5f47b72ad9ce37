SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := requirements.lock

# The first interpreter that runs and is new enough; a version manager's shim may exist without running.
IS_SUPPORTED := import sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do \
	$$python -c '$(IS_SUPPORTED)' >/dev/null 2>&1 && echo $$python && break; done)

# bash keeps a variable called SECONDS, so a value counts only when the caller gave it.
DEMO_OPTIONS = $(if $(filter command environment,$(firstword $(origin SECONDS))),$(if $(SECONDS),--seconds $(SECONDS)))

# A file's tests stay together: they share what is costly to make.
PARALLEL = --numprocesses auto --maxprocesses 8 --dist loadfile

UV_COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet \
	--custom-compile-command "make lock"

.PHONY: help setup demo test test-core test-kafka clauses lint bench-quick bench-profile bench-idle typecheck check clean lock wording

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv with the locked dependencies (does nothing when it is up to date)

$(STAMP): $(LOCK) pyproject.toml
	@if [[ -z "$(PYTHON)" ]]; then \
		echo "Leadtide needs Python 3.11 or newer, with its venv module, and found none." >&2; \
		echo "Install one (Debian, Ubuntu: apt-get install python3.11-venv), or name it: make setup PYTHON=/path/to/python3" >&2; \
		exit 1; fi
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Run the whole pipeline on sample traffic (SECONDS=20 stops by itself)
	$(BIN)/leadtide demo $(DEMO_OPTIONS)

test: setup ## Run every test that needs no Apache Kafka, a file on each core at a time
	$(BIN)/pytest -q -m "not kafka" $(PARALLEL)

test-core: setup ## Run the tests of the pure scoring core only
	$(BIN)/pytest -q tests/scoring tests/engine tests/analysis $(PARALLEL)

test-kafka: setup ## Fetch Apache Kafka and run the tests that need it (Java 17, Maven, Debian's prometheus)
	$(BIN)/leadtide broker fetch --kind kafka
	$(BIN)/pytest -q -m kafka --numprocesses 2 --dist loadfile

clauses: setup ## Break the code for each clause of the contracts, and see its test fail (docs/clauses.md)
	$(BIN)/python -m tests.clauses

bench-quick: setup ## Measure one worker beside idiomatic Faust on the same log (under 3 minutes)
	$(BIN)/python -m benchmarks.quick

bench-profile: setup ## Show where the time of a chunk goes (half a minute)
	$(BIN)/python -m benchmarks.profile_chunk

bench-idle: setup ## Measure what an idle worker costs with 100 and with 100,000 leads (some minutes)
	$(BIN)/python -m benchmarks.idle

lint: setup ## Check style, formatting and import boundaries
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

typecheck: setup ## Check types
	$(BIN)/mypy --strict pipeline agents

check: lint typecheck ## lint and typecheck

lock: setup ## Resolve pyproject.toml again into the lock files (exact pins with hashes)
	$(UV_COMPILE) --upgrade --extra build --extra embedded --extra dev -o $(LOCK)
	$(UV_COMPILE) --constraint $(LOCK) --extra build -o deploy/$(LOCK)

wording: setup ## Take new messages of the code over into the catalogues, to be translated there
	mkdir -p build
	$(BIN)/pybabel -q extract --project leadtide --add-location=file --sort-by-file -o build/leadtide.pot pipeline
	$(BIN)/pybabel -q update -i build/leadtide.pot -d pipeline/wording/locales -D leadtide -w 118 \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

clean: ## Remove caches, build output and local broker data (keeps .venv)
	rm -rf build dist *.egg-info .leadtide .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find pipeline agents tests -name __pycache__ -type d -prune -exec rm -rf {} +

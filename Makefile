# Everything a clone needs. `make run` and `make test` set themselves up; only Python 3.11 or newer must be there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WEB := src/answerable/api/static/index.html
NODE_CLIENT := tests/clients/node/node_modules/.package-lock.json
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help setup dev web run check test quality bench lock clean

help:  ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.runtime  ## Make the virtual environment with the locked packages

$(VENV)/.runtime: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --no-deps --require-hashes -r requirements.lock
	$(PIP) install --no-deps -e .
	@touch $@

dev: $(VENV)/.dev

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

web: $(WEB)  ## Build the web pages (with Node from PyPI where none is installed)

$(WEB): $(VENV)/.runtime $(WEB_SOURCES)
	$(PYTHON) scripts/node.py $(VENV) ci
	$(PYTHON) scripts/node.py $(VENV) run build
	@touch $@

run: setup web  ## Start the program; an empty data folder gets the handbook
	$(BIN)/answerable serve

check: dev web  ## Lint, types, import directions, house rules, web
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTHON) scripts/node.py $(VENV) run check
	$(BIN)/pytest -q tests/test_house_rules.py

$(NODE_CLIENT): $(VENV)/.runtime tests/clients/node/package-lock.json
	$(PYTHON) scripts/node.py $(VENV) ci --prefix ../tests/clients/node
	@touch $@

test: dev web $(NODE_CLIENT)  ## Run all tests
	@$(PYTHON) scripts/browser.py
	@$(PYTHON) scripts/promtool.py $(VENV)
	$(BIN)/pytest -n 2 --dist loadfile

quality: dev  ## Measure retrieval and answers on the development data (minutes)
	$(BIN)/python scripts/quality.py

bench: dev  ## Measure speed; see docs/benchmarks.md (minutes)
	$(BIN)/python bench/embedding.py --seconds 1
	$(BIN)/python bench/start.py --json bench/results/start.json
	$(BIN)/python bench/ingest.py --json bench/results/ingest.json
	$(BIN)/python bench/search.py --json bench/results/search.json
	$(BIN)/python bench/indexes.py --json bench/results/indexes.json
	$(BIN)/python bench/crashes.py --json bench/results/crashes.json
	$(BIN)/python bench/gateway.py --json bench/results/gateway.json
	$(BIN)/python bench/limits_and_ledger.py
	$(BIN)/python bench/streams.py --json bench/results/streams.json
	$(BIN)/python bench/streams.py --resume 1000
	$(BIN)/python bench/exports.py --json bench/results/exports.json
	PYTHONPATH=. $(BIN)/python bench/caches.py
	PYTHONPATH=. $(BIN)/python bench/database.py
	$(BIN)/python bench/telemetry.py

lock: dev  ## Resolve the newest allowed packages again
	$(BIN)/uv pip compile -q pyproject.toml --universal --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -o requirements.lock
	$(BIN)/uv pip compile -q --group dev -c requirements.lock --universal --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -o requirements-dev.lock

clean:  ## Remove everything that was built or installed here
	rm -rf $(VENV) web/node_modules tests/clients/node/node_modules src/answerable/api/static dist build .mypy_cache .ruff_cache .pytest_cache

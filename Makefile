# Every way to run, test and mend OCOP Hub. `make help` lists the targets from the comments behind them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: run test lint check bench chaos contracts lock clean help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
UV := 0.13.9
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

run: $(VENV)/.run ## Start the whole system here, play the scenario, and show it until Ctrl-C
	$(BIN)/ocop up --scenario

test: $(VENV)/.dev ## Every test, on a real Kafka and a real MongoDB (TESTS=path or any pytest arguments picks)
ifdef TESTS
	$(BIN)/python -m pytest $(TESTS)
else
	$(BIN)/python -m pytest -m "not real" --numprocesses auto
	$(BIN)/python -m pytest -m real --numprocesses 2 --dist loadfile --durations 20
endif

lint: $(VENV)/.dev ## Format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint ## The quick gate: format, lint, types, unit and contract tests
	$(BIN)/python -m pytest -m "not real" $(TESTS)

bench: $(VENV)/.dev ## Events per second, against the naive way and a hand-written floor (CASES=chain picks)
	$(BIN)/python -m tests.bench

chaos: $(VENV)/.dev ## Kill everything at random under load, and prove that nothing is lost; then take Kafka and MongoDB away for a minute (KILLS=200 SEED=…)
	$(BIN)/python -m tests.chaos
	OCOP_OUTAGE_SECONDS=$${OCOP_OUTAGE_SECONDS:-60} $(BIN)/python -m pytest tests/system/test_outages.py

contracts: $(VENV)/.dev ## Write schemas, AsyncAPI and OpenAPI from the services
	$(BIN)/python -m deploy.contracts

lock: $(VENV)/.lock ## Pin every dependency with its hash again
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--prerelease if-necessary-or-explicit requirements.in --output-file requirements.lock
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--prerelease if-necessary-or-explicit requirements-dev.in --output-file requirements-dev.lock

clean: ## Forget the data, the keys and the logs of the local system (not what was downloaded)
	@if [ -x $(BIN)/ocop ]; then $(BIN)/ocop down; fi
	@if [ -d .local ]; then \
		find .local -mindepth 1 -maxdepth 1 ! -name kafka -exec rm -rf {} + && \
		if [ -d .local/kafka ]; then find .local/kafka -mindepth 1 -maxdepth 1 ! -name libs -exec rm -rf {} +; fi; \
	fi
	@echo "Forgotten."

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

$(BIN)/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is missing; install it with: sudo apt-get install --yes python3 python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@if [ ! -e $(VENV)/.dev ] || [ requirements.lock -nt $(VENV)/.dev ]; then \
		echo "Installing what OCOP Hub runs with …"; $(INSTALL) --require-hashes --requirement requirements.lock; fi
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing what the tests need …"
	$(INSTALL) --require-hashes --requirement requirements-dev.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.lock: | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@touch $@

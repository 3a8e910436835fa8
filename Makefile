# The menu of the project: `make` shows it. On a fresh machine Python 3.11+ and make are enough.
# ARGS goes to the command: make serve ARGS="--port 9000 --timing instant", make test ARGS="tests/mockserver -k clock".

.DEFAULT_GOAL := help
.PHONY: help serve test lint fmt bench crash hosts soak deep schemathesis real image clean

# The first interpreter that is new enough and can make a virtual environment; looked for only when one is made.
PYTHON ?= $(shell for p in python3.12 python3.13 python3.11 python3.14 python3 python; do \
	$$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
SERVE_READY := $(VENV)/ready-to-serve
READY := $(VENV)/ready
BENCH_READY := $(VENV)/ready-to-bench
GOT := tests/clients/real/node_got
GOT_READY := $(GOT)/node_modules/ready
ARGS ?=

help: ## this menu
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(SERVE_READY) ## start the mock server on http://127.0.0.1:8000 (ARGS="--help" lists what it takes)
	@exec $(BIN)/mindvideo-mock serve $(ARGS)

test: $(READY) ## run the tests and demand 100 % branch coverage (with ARGS: just those, unmeasured)
	$(BIN)/python -m pytest $(or $(ARGS),-q -n auto --cov)

lint: $(READY) ## ruff, mypy, import-linter, hadolint; no registry address and no path of this machine in the tree
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/hadolint Dockerfile
	@! git grep -nIE 'https?://[^ "]+/(simple|packages|-)/[^ "]*' -- . || { echo 'A registry address is named.'; exit 1; }
	@! git grep -nIF '$(CURDIR)/' -- . || { echo 'A path of this machine is named.'; exit 1; }
	@echo 'lint: all clean'

fmt: $(READY) ## put the code in shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(BENCH_READY) ## measure speed, start-up and memory beside a bare ASGI application and other mocks (ten minutes)
	$(BIN)/python -m tests.bench $(ARGS)

crash: $(READY) ## kill workers and PostgreSQL under load, 100 times, and count what was lost (ARGS="--kills 20 --seed 1")
	$(BIN)/python -m tests.crash $(ARGS)

hosts: $(READY) ## cut servers on two hosts off from database and clients, 30 times, and count (root; ARGS="--cuts 5")
	$(BIN)/python -m tests.hosts $(ARGS)

soak: $(READY) ## half of the full speed for minutes; does memory stay flat? (ARGS="--minutes 10")
	$(BIN)/python -m tests.soak $(ARGS)

deep: $(READY) ## hold every known client to the contract for thousands of lives (half an hour)
	$(BIN)/python -m tests.clients.deep $(ARGS)

schemathesis: $(READY) ## run the Schemathesis command line against the real server, for three seeds
	$(BIN)/python -m tests.schemathesis $(ARGS)

real: $(READY) $(GOT_READY) ## hold the six real clients to the contract (slow; needs node with npm, a JDK, curl, jq)
	$(BIN)/python -m tests.clients.real $(ARGS)

image: ## build the container image, run it read-only and report (Docker, or else buildah and podman)
	tests/image/build-and-run $(ARGS)

clean: ## remove the virtual environment and everything that was built
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .*_cache

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo 'No Python 3.11 or newer with venv was found; name one: make PYTHON=/path/to/python3'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(SERVE_READY): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable .
	@touch $@

# Dependency groups need pip 25.1 or newer: the one in constraints.txt.
$(READY): $(SERVE_READY)
	$(PIP) --upgrade pip
	$(PIP) --editable '.[contracts]' --group dev
	@touch $@

# Without matplotlib everything is measured all the same; there is no picture then.
$(BENCH_READY): $(READY)
	@if $(PIP) --group bench; then touch $@; else echo 'matplotlib cannot be installed.'; fi

# Without npm the other clients are held all the same; the command says which it had to leave out.
$(GOT_READY): $(GOT)/package.json
	@if command -v npm >/dev/null; then npm install --no-audit --no-fund --loglevel=error --prefix $(GOT) && touch $@; \
		else echo 'npm is not on PATH.'; fi

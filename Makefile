# Each line after ## is what `make` prints.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
READY := .venv/.ready-$(shell cat requirements.lock pyproject.toml package-lock.json | cksum | cut -d' ' -f1)
RUN := .venv/bin/
# node and npm come with the wheels; like every other program they trust the machine's own certificates.
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" NODE_USE_SYSTEM_CA=1 npm --loglevel=error

.PHONY: help run test check demo bench faults docs lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Runs once for each state of the lock: exact versions, checked against their hashes.
$(READY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@echo "Setting up .venv (once; a few minutes) …" >&2
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(NPM) ci --ignore-scripts
	@rm -f .venv/.ready-* && touch $@

run: $(READY) ## start the whole installation on this machine (Ctrl-C ends it)
	@$(RUN)fallnetz up

test: $(READY) ## run all tests (PostgreSQL included; no container engine needed)
	@$(RUN)pytest -q -n 2 --dist loadfile $(ARGS)  # two files at a time: most of the time is waiting

check: $(READY) ## run ruff, mypy, import-linter; compare contracts, generated pages and translations
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy
	$(RUN)lint-imports
	$(RUN)python -m tests.contracts.schemas --check
	$(RUN)python -m tests.contracts.events_page --check
	$(RUN)python -m tests.texts --check

demo: $(READY) ## play an admission and two exclusions on a test clock and check every step
	@$(RUN)fallnetz demo --output table

bench: $(READY) ## measure the product against the machine's limits, into build/bench.json
	@$(RUN)python -m tests.bench

faults: $(READY) ## run the fault tests large, seeds printed (FAULTS_MINUTES=60 limits the time)
	@FAULTS=large $(RUN)pytest -m faults -s --timeout=0 $(ARGS)

docs: $(READY) ## write the generated pages, schemas and catalogues anew (docs/events.md, schemas.json, locale/*.po)
	@$(RUN)python -m tests.texts
	@$(RUN)python -m tests.contracts.schemas
	@$(RUN)python -m tests.contracts.events_page

lock: $(READY) ## compute the lock files anew from pyproject.toml and package.json (UPGRADE=1 takes newer versions)
	@$(RUN)uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" --quiet \
	  $(if $(UPGRADE),--upgrade) -o requirements.lock
	@$(NPM) install --package-lock-only --ignore-scripts
	@$(RUN)python -c 'import json; path = "package-lock.json"; lock = json.load(open(path)); \
	  [part.pop("funding", None) for part in lock["packages"].values()]; \
	  open(path, "w").write(json.dumps(lock, indent=2) + "\n")'
	@! grep -nE '://|file:|^-e ' requirements.lock package-lock.json

clean: ## remove everything that can be made again (not var/, where the state is)
	rm -rf build .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

# Everything a person or a machine runs. `make` or `make help` lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test check sbom bench screenshots campaign clean

PYTHON := .venv/bin/python
SPEED ?= 10
JOBS ?= 2
ARGS ?=

# Without a display, and with a locale Qt accepts everywhere.
OFFSCREEN := env QT_QPA_PLATFORM=offscreen LC_ALL=C.UTF-8

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make this machine ready: Qt's system libraries, uv, .venv from uv.lock
	@.ci/setup

demo: setup ## a session with simulated monitors; SPEED=1..60. Without a display: headless, with a summary
	@$(PYTHON) main.py bedside --demo --speed $(SPEED)

test: ## the whole test suite, without a display; JOBS=2 processes, ARGS=paths or options of pytest
	@.ci/setup --for-tests
	@$(OFFSCREEN) $(PYTHON) -m pytest -n $(JOBS) --dist loadgroup $(ARGS)

check: setup ## ruff, mypy, import-linter, bandit; pip-audit where its service of advisories answers
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PYTHON) .ci/findings.py
	$(PYTHON) .ci/advisories.py

sbom: setup ## write the list of all that the program is made of to sbom.cdx.json (CycloneDX 1.6)
	@$(PYTHON) .ci/sbom.py

bench: setup ## print the figures of this machine: latency, frames, memory, disk
	@for file in bench/[!_]*.py; do echo "== $$file"; $(OFFSCREEN) PYTHONPATH=. $(PYTHON) "$$file"; done

screenshots: setup ## make the README's screenshots again
	@$(OFFSCREEN) PYTHONPATH=. $(PYTHON) docs/screenshots.py

campaign: ## the long and statistical tests: minutes to hours
	@.ci/setup --for-tests
	@$(OFFSCREEN) HYPOTHESIS_PROFILE=campaign $(PYTHON) -m pytest -n $(JOBS) --dist loadgroup -m campaign --timeout 3600

clean: ## remove everything made here except .venv and .uv
	rm -rf sbom.cdx.json .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis demo-output screenshots
	find . -path ./.venv -prune -o -path ./.uv -prune -o -name __pycache__ -type d -exec rm -rf {} +

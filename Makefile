# make up               NoteTaker on this machine, with no AWS account
# make up STACK=dev     the same program on AWS, with Pulumi
# make test             every test
# make check            what a change must pass before the rest is worth its time
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
# uv needs a tenth of pip's time: the one on PATH, else one from the package index; where neither works, pip.
UV := $(or $(shell uv --version >/dev/null 2>&1 && command -v uv),$(BIN)/uv)
INSTALL = $(BIN)/python .ci/install.py $(UV) pip install --python $(BIN)/python $(WHAT) || \
	{ echo "Installing with pip, which takes a minute or more"; $(PIP) $(WHAT); }
PIP = $(BIN)/pip install --quiet --disable-pip-version-check
STACK ?=
ARGS ?=
# Tests start many processes, each of which would compile what it imports.
export PYTHONDONTWRITEBYTECODE :=
# A file's tests stay in one process, which shares what they evaluate.
PYTEST = $(BIN)/pytest --dist loadfile --no-loadscope-reorder --numprocesses $$(getconf _NPROCESSORS_ONLN)
FAST := $(wildcard tests/unit/model tests/unit/compose_file tests/unit/graph tests/unit/resources) tests/unit/test_import_direction.py
CHANGED = $$(git diff --name-only --diff-filter=d HEAD -- $(1); git ls-files --others --exclude-standard -- $(1))

.PHONY: help up down ps logs preview destroy check test lint types changed fast waiting computing unit package plugin local browser engine docs clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.venv/up: WHAT = -r requirements.txt
.venv/up: requirements.txt components/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; choose one with make PYTHON=...") if sys.version_info < (3, 11) else 0'
	@echo "Installing into .venv (once; kept until requirements.txt changes)"
	@$(PYTHON) -m venv .venv
	@[ -x "$(UV)" ] || $(PIP) uv || true
	@$(INSTALL)
	@touch $@

.venv/test: WHAT = -e './components[local,dev]' -r app/requirements.txt
.venv/test: .venv/up app/requirements.txt
	@$(INSTALL)
	@touch $@

up: .venv/up ## Run NoteTaker here; with STACK=dev or STACK=prod, deploy it to AWS
ifdef STACK
	@$(BIN)/moorage pulumi stack select --create $(STACK)
	@$(BIN)/moorage pulumi up --stack $(STACK) $(ARGS)
else
	@$(BIN)/moorage local up $(ARGS)
endif

preview: .venv/up ## Preview what STACK=... would change on AWS
	@$(BIN)/moorage pulumi preview --stack $(or $(STACK),dev) $(ARGS)

destroy: .venv/up ## Remove STACK=... from AWS
	@$(BIN)/moorage pulumi destroy --stack $(or $(STACK),dev) $(ARGS)

ps: .venv/up ## List the local tasks
	@$(BIN)/moorage local ps

logs: .venv/up ## Follow the logs of the local tasks
	@$(BIN)/moorage local logs --follow

down: .venv/up ## Stop the local tasks; data is kept
	@$(BIN)/moorage local down $(ARGS)

check: .venv/test ## Lint, types of changed modules, fast unit tests: within a minute
	@$(MAKE) --no-print-directory --jobs 3 lint changed fast

test: .venv/test ## Run every check and test, in parallel
	@$(MAKE) --no-print-directory --jobs 4 lint types waiting computing

lint: .venv/test ## Check style, names and docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/test ## Check the types of the library (strict) and of tests/support
	$(BIN)/pyright

changed: .venv/test
	@files="$(call CHANGED,'components/moorage/*.py' 'tests/support/*.py')"; [ -z "$$files" ] || $(BIN)/pyright $$files

fast: .venv/test
	$(PYTEST) $(FAST) $(ARGS)

# Side by side: tests that wait for servers and tests that compute. A process collects only its half.
waiting: .venv/test
	$(PYTEST) tests/browser tests/local tests/engine tests/package $(ARGS)

computing: .venv/test
	$(PYTEST) tests/compatibility tests/plugin app/tests tests/unit $(ARGS)

unit: .venv/test ## Test what the library decides and emits, and NoteTaker
	$(PYTEST) tests/unit app/tests $(ARGS)

package: .venv/test ## Test the wheel and the sdist in empty environments
	$(PYTEST) tests/package $(ARGS)

plugin: .venv/test ## Test the library as a Pulumi plugin
	$(PYTEST) tests/plugin $(ARGS)

local: .venv/test ## Test real runs on this machine, as processes and as containers
	$(PYTEST) tests/local $(ARGS)

browser: .venv/test ## Test NoteTaker and the plan page in headless Chromium
	$(PYTEST) tests/browser $(ARGS)

engine: .venv/test ## Deploy every example to emulated AWS with a real Pulumi CLI, where there is one
	$(PYTEST) --dist load tests/engine $(ARGS)

docs: .venv/test ## Build the documentation into .build/site; every warning is an error
	$(BIN)/python docs/site.py

clean: ## Remove installed packages, builds and caches
	rm -rf .venv .build .cache

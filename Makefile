# make up               NoteTaker on this machine, with no AWS account
# make up STACK=dev     the same program on AWS, with Pulumi
# make test             every test
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STACK ?=
ARGS ?=

.PHONY: help up down ps logs preview destroy test lint types unit plugin local browser engine clean

help: ## Say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.venv/up: requirements.txt components/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; choose one with make PYTHON=...") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test: .venv/up app/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -e './components[local,dev]' -r app/requirements.txt
	@touch $@

up: .venv/up ## Run NoteTaker here; with STACK=dev or STACK=prod deploy it to AWS
ifdef STACK
	@$(BIN)/moorage pulumi stack select --create $(STACK)
	@$(BIN)/moorage pulumi up --stack $(STACK) $(ARGS)
else
	@$(BIN)/moorage local up $(ARGS)
endif

preview: .venv/up ## Show what STACK=... would change on AWS
	@$(BIN)/moorage pulumi preview --stack $(or $(STACK),dev) $(ARGS)

destroy: .venv/up ## Remove STACK=... from AWS
	@$(BIN)/moorage pulumi destroy --stack $(or $(STACK),dev) $(ARGS)

ps: .venv/up ## List the tasks that run here
	@$(BIN)/moorage local ps

logs: .venv/up ## Follow what they print
	@$(BIN)/moorage local logs --follow

down: .venv/up ## Stop them; the notes are kept
	@$(BIN)/moorage local down $(ARGS)

test: lint types unit plugin engine local browser ## Everything that is checked

lint: .venv/test ## Style, names, docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/test ## Strict types of the library
	$(BIN)/pyright

unit: .venv/test ## What the library decides and emits, and NoteTaker's own tests
	$(BIN)/pytest tests/unit app/tests $(ARGS)

plugin: .venv/test ## The library as a Pulumi plugin
	$(BIN)/pytest tests/plugin $(ARGS)

local: .venv/test ## Real runs on this machine, as processes and as containers
	$(BIN)/pytest tests/local $(ARGS)

browser: .venv/test ## NoteTaker in headless Chromium
	$(BIN)/pytest tests/browser $(ARGS)

engine: .venv/test ## With a real Pulumi CLI, where there is one
	$(BIN)/pytest tests/engine $(ARGS)

clean: ## Remove what was installed and built here
	rm -rf .venv .build .cache

# Sluice's commands: `make help` lists them. Needs Python >= 3.11, Node >= 20 and make, and nothing else.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup run stop demo test unit-test emulator-test integration-test permissions-test lint format bench bench-load bench-engine deploy deploy-all remove-all logs redrive env cost lock

STAGE ?= local
PORT ?=
PY := .venv/bin/python
TOOLS := $(PY) -m sluice_tools
PACKAGES := shared/sluice services/ingest/sluice_ingest services/clean/sluice_clean services/query/sluice_query cli/sluice_cli tools/sluice_tools
SOURCES := $(PACKAGES) tests
EDITABLE := shared services/ingest services/clean services/query cli tools

# Found by running them: a version manager's shims exist for versions that aren't installed.
PYTHON ?= $(shell for p in python3.13 python3.14 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.installed node_modules/.installed ## Virtual environment and npm packages, from the locks

run: setup ## Start the local cloud, deploy what changed, print addresses and keys (PORT=4566)
	@$(TOOLS) run $(if $(PORT),--port $(PORT))

demo: run ## Send real files through, follow them, read records back
	@$(TOOLS) demo

stop: setup ## Stop the local cloud; its state is kept
	@$(TOOLS) stop


test: lint unit-test emulator-test ## Lint, types, unit tests, integration tests on a fresh local cloud

unit-test: setup ## Unit tests, without network
	$(PY) -m pytest tests/unit

emulator-test: setup ## Integration tests on a fresh local cloud (SLUICE_EMULATOR_SEQUENCES=50: so many random histories)
	@SLUICE_EMULATOR_SEQUENCES=$${SLUICE_EMULATOR_SEQUENCES:-50} $(TOOLS) emulator-test

integration-test: setup ## Integration tests on a fresh LocalStack, in Docker or without (LOCALSTACK=docker|host forces it)
	@$(if $(LOCALSTACK),LOCALSTACK=$(LOCALSTACK) )$(TOOLS) integration-test

permissions-test: setup ## Least privilege: the suite under the functions' own roles, then without each single grant
	@$(TOOLS) permissions-test

lint: setup ## ruff and mypy
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy $(SOURCES)

format: setup ## Format, and mend what ruff can mend
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: run ## Measure the local stage (tests/bench)
	SLUICE_PROFILE=.sluice/local.json $(PY) -m pytest -s tests/bench --ignore tests/bench/engine --ignore tests/bench/test_load.py

bench-load: run ## A million rows as fast as they are taken, then every event 20 times (OBJECTS=1000 ROWS=1000 DUPLICATES=20000 AT_ONCE=8)
	$(foreach v,OBJECTS ROWS DUPLICATES AT_ONCE,$(if $($v),$v=$($v) ))SLUICE_PROFILE=.sluice/local.json $(PY) -m pytest -s tests/bench/test_load.py

bench-engine: setup .venv-bench/.installed ## Measure the engine beside its peers (ROWS=100000,1000000 ROUNDS=5)
	@$(PY) -m compileall -q $(PACKAGES)
	$(if $(ROWS),ROWS=$(ROWS) )$(if $(ROUNDS),ROUNDS=$(ROUNDS) )$(PY) -m pytest -s tests/bench/engine

deploy: setup ## Deploy one service: SERVICE=clean [STAGE=local]
	@$(TOOLS) deploy --service $(or $(SERVICE),$(error SERVICE= is missing: clean, ingest or query)) --stage $(STAGE)

deploy-all: setup ## Deploy all services: STAGE=dev (on AWS, with your credentials)
	@$(TOOLS) deploy-all --stage $(STAGE)

remove-all: setup ## Remove a stage with its data: STAGE=dev
	@$(TOOLS) remove-all --stage $(STAGE)

redrive: setup ## Bring the events that failed for good in again, after mending the cause [STAGE=local]
	@$(TOOLS) redrive --stage $(STAGE)

env: setup ## A stage's addresses and keys for the shell: eval $$(make -s env) [STAGE=local]
	@$(TOOLS) env --stage $(STAGE)

.PHONY: templates sizes
templates: setup .venv-templates/.installed ## Package dev and prod: their CloudFormation by cfn-lint, checkov and tests, the zips' bytes
	$(PY) -m pytest tests/templates

sizes: setup ## How large the functions' packages are, and how long packaging takes
	@$(TOOLS) sizes

cost: setup ## What it costs on AWS: at rest, per million rows, per million reads
	@$(TOOLS) cost

logs: setup ## What a service's functions said in the last hour: SERVICE=clean [STAGE=local]
	@$(TOOLS) logs --service $(or $(SERVICE),$(error SERVICE= is missing: clean, ingest or query)) --stage $(STAGE)

# the day of LocalStack's release: newer dependencies break it
LOCALSTACK_LOCK := .venv/bin/uv pip compile --quiet --no-header --generate-hashes --python-version 3.13 --exclude-newer 2026-03-15
COMPILE := .venv/bin/uv pip compile --quiet --no-header --generate-hashes --universal --python-version 3.11
lock: setup ## Write the lock files anew from the *.in files (UPGRADE=--upgrade takes newer versions)
	$(COMPILE) $(UPGRADE) requirements/uv.in -o requirements/uv.txt
	$(COMPILE) $(UPGRADE) --extra lambda requirements/dev.in shared/pyproject.toml -o requirements/dev.txt
	for s in ingest clean query; do (cd services/$$s && \
	  ../../$(COMPILE) $(UPGRADE) -c ../../requirements/dev.txt requirements.in -o requirements.txt) || exit 1; done
	$(COMPILE) $(UPGRADE) requirements/bench.in -o requirements/bench.txt
	$(COMPILE) $(UPGRADE) requirements/templates.in -o requirements/templates.txt
	cd tests/localstack_host && ../../$(LOCALSTACK_LOCK) requirements.in -o requirements.txt

.venv/.installed: requirements/uv.txt requirements/dev.txt $(EDITABLE:=/pyproject.toml) services/clean/engine.in
	@test -n "$(PYTHON)" || { echo "error: no Python >= 3.11 with venv found (Debian: apt install python3-venv)" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/uv.txt
	@.venv/bin/uv pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements/dev.txt
	@.venv/bin/uv pip install --quiet --compile-bytecode --python $(PY) --no-deps --no-build-isolation $(EDITABLE:%=-e %)
	@$(PY) -m compileall -q $(PACKAGES)
	@touch $@

.venv-templates/.installed: requirements/templates.txt .venv/.installed
	@test -x .venv-templates/bin/python || .venv/bin/uv venv --quiet --python $(PY) .venv-templates
	@.venv/bin/uv pip sync --quiet --python .venv-templates/bin/python --require-hashes requirements/templates.txt
	@touch $@

.venv-bench/.installed: requirements/bench.txt .venv/.installed
	@test -x .venv-bench/bin/python || .venv/bin/uv venv --quiet --python $(PY) .venv-bench
	@.venv/bin/uv pip sync --quiet --compile-bytecode --python .venv-bench/bin/python --require-hashes requirements/bench.txt
	@touch $@

node_modules/.installed: package.json package-lock.json
	@npm ci --silent
	@touch $@

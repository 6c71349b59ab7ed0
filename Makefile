# Two commands do everything: `make rehearse` and `make test`. Both install what they need, once.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

ARGS ?=
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
COMPILE := .venv/bin/uv pip compile --quiet --python-version 3.11 --custom-compile-command "make lock"
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help rehearse test check e2e wheel live bench docs docs-serve lock clean
help: ## Show the commands.
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

rehearse: .venv/.ready ## Run the main job on the embedded AWS (ARGS="MANIFEST --report FILE ...").
	@.venv/bin/rehearse $(ARGS)

test: .venv/.ready ## Run lint, types and every test, the end-to-end rehearsal among them (ARGS="-k name ...").
	@scripts/check -n 6 --dist loadgroup --no-loadscope-reorder $(ARGS)

check: .venv/.ready ## The quick loop: lint, types, unit tests (ARGS=--changed: of what changed since main).
	@FUZZ=quick scripts/check -q -n 2 --dist loadgroup --no-loadscope-reorder -m "unit or golden" tests/unit tests/golden $(ARGS)

e2e: .venv/.ready ## Only the end-to-end tests.
	@.venv/bin/pytest -m e2e $(ARGS)

wheel: .venv/.ready ## Build the wheel of model-cicd and rehearse into dist/ (docs/first-change.md: how a team serves it).
	@rm -rf build dist
	@.venv/bin/uv build --quiet --wheel --no-build-isolation --python .venv/bin/python --out-dir dist .
	@rm -rf build && ls dist/*.whl

live: .venv/.ready ## See facts about AWS on accounts of yours; asks first (ARGS="--manifest MANIFEST --role-name NAME").
	@.venv/bin/python -m tests.live.run $(ARGS)

bench: .venv/.ready ## Measure; see benchmarks/README.md.
	@.venv/bin/python benchmarks/run.py $(ARGS)

docs: .venv/.ready ## Build the documentation as a site, into site/; links are checked.
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --quiet --clean

docs-serve: .venv/.ready ## Show the documentation on this machine while it is written.
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs serve $(ARGS)

lock: .venv/.ready ## Compile the requirements of modules, builds and tests anew.
	@$(COMPILE) --extra aws --extra rehearsal pyproject.toml requirements-dev.in -o requirements-dev.txt
	@for each in requirements model_cicd/runner-requirements model_cicd/uv-requirements; do \
	  $(COMPILE) --universal --generate-hashes --no-annotate -c requirements-dev.txt $$each.in -o $$each.txt; done

clean: ## Remove what was installed and made.
	rm -rf .venv node_modules tests/unit/iam_policy/oracle/node_modules .rehearsal cdk.out site dist .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/.ready: requirements-dev.txt package.json package-lock.json pyproject.toml
	@PYTHON="$(PYTHON)" scripts/install

# One obvious way to do each task. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install demo demo-asterisk demo-fleet demo-review test coverage soak faults bench bench-review bench-asterisk bench-realtime pipelines check docs picture format lock wheel release clean

BIN := .venv/bin
ARGS ?=
STARTER := provisioner/cli/starter/ci

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

install: ## Make .venv with `provision` in it, from the locked dependencies
	@./scripts/bootstrap
	@echo "Ready: .venv/bin/provision --help"

demo: ## Show the main job on a copy of the example (KEEP=1 keeps it, POSTGRES=1: the desk there)
	@./scripts/bootstrap $(if $(POSTGRES),--dev)
	@./scripts/demo

demo-asterisk: ## Show it on a real Asterisk, with phones and calls (POSTGRES=1; Debian; root the first time)
	@./scripts/bootstrap $(if $(POSTGRES),--dev)
	@$(BIN)/python scripts/demo-asterisk

demo-fleet: ## Show two Asterisks on one PostgreSQL, one of which dies (Debian; root the first time)
	@./scripts/bootstrap
	@$(BIN)/python scripts/demo-fleet

demo-review: ## Show the way of a merge request, on a simulated forge (ARGS=--asterisk: a real PBX; POSTGRES=1)
	@./scripts/bootstrap $(if $(POSTGRES),--dev)
	@$(BIN)/python scripts/demo-review $(ARGS)

test: ## Run the tests (ARGS="-k R10 -x" is passed to pytest)
	@./scripts/bootstrap --dev
	@# hundreds of processes of ours are started: what is compiled once is kept, whatever is set
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadgroup --no-loadscope-reorder $(ARGS)

faults: ## Every fault at every call of a run, on each pair of systems: hours (ARGS="--every 50")
	@./scripts/bootstrap --dev
	@PYTHONPATH=tests $(BIN)/python -m tests.badday $(ARGS)

coverage: ## Run the tests and show the branches that none of them takes
	@./scripts/bootstrap --dev
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadgroup --no-loadscope-reorder --cov --cov-branch $(ARGS)

soak: ## Live through a million steps of all that can happen (ARGS="--steps 10000 --seed 7")
	@./scripts/bootstrap --dev
	@$(BIN)/python scripts/soak $(ARGS)

bench: ## Print what it costs, as ratios, beside peers (ARGS="--report benchmarks/report.md")
	@./scripts/bootstrap
	@$(BIN)/python benchmarks/run.py $(ARGS)

bench-review: ## Print what a merge request costs: calls to the forge, seconds (ARGS="--customers 10000")
	@./scripts/bootstrap --dev
	@$(BIN)/python benchmarks/merging.py $(ARGS)

bench-asterisk: ## Print how long until phones register, on a real Asterisk (ARGS="--workplaces 200")
	@./scripts/bootstrap
	@$(BIN)/python benchmarks/asterisk.py $(ARGS)

bench-realtime: ## Print what a fleet's database costs, with two nodes (ARGS="--customers 10000")
	@./scripts/bootstrap --dev
	@$(BIN)/python benchmarks/realtime.py $(ARGS)

pipelines: ## Run the pipelines that `init --ci` writes, by act and gitlab-ci-local (Debian; npm)
	@./scripts/bootstrap --dev
	@./scripts/run-pipelines

check: ## Lint, formatting, types, workflows and deploy/workers, as CI does; what is not translated
	@./scripts/bootstrap --dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	@$(BIN)/python -m provisioner.cli.translations
	$(BIN)/zizmor --quiet --offline --persona=auditor .github $(STARTER)/github/.github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows \
	  .github/workflows/*.yml $(STARTER)/github/.github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci \
	  $(STARTER)/gitlab/.gitlab-ci.yml
	$(BIN)/python scripts/check-kubernetes
	$(BIN)/hadolint deploy/workers/Containerfile

docs: ## Write docs/reference/ and schemas/ anew from the code
	@./scripts/bootstrap
	$(BIN)/python -m provisioner.cli.reference docs/reference
	$(BIN)/provision schema --out schemas

picture: ## Draw docs/plan.svg anew: the plan that README.md shows
	@./scripts/bootstrap --dev
	@$(BIN)/python scripts/picture

format: ## Format the code and apply the linter's safe fixes
	@./scripts/bootstrap --dev
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

lock: ## Resolve the dependencies anew (ARGS=--upgrade for newest versions)
	@./scripts/bootstrap
	./scripts/lock $(ARGS)

wheel: ## Build dist/provisioner-*.whl
	@./scripts/bootstrap
	@rm -rf dist
	$(BIN)/python -m hatchling build -t wheel

release: ## The same, once every text exists in every language
	@./scripts/bootstrap
	$(BIN)/python -m provisioner.cli.translations --strict
	@$(MAKE) --no-print-directory wheel

clean: ## Remove the environment, caches and build results
	rm -rf .venv .cache build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

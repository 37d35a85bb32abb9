# Two commands do everything on a fresh machine: `make demo` and `make test`. The rest is what they are made of.
# The first that runs, is new enough and can make environments: a shim for a version that is not active answers `command -v`
# but does not run. The distribution's own comes first: it is built with profile-guided optimization.
PYTHON ?= $(shell for python in /usr/bin/python3 python3 python3.13 python3.12 python3.11 python3.14; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
export PYTHONPATH := operator:tests
LAB := $(BIN)/python -m lab
# Tests on a real cluster mostly wait, so the rest runs beside them (tests/spread.py); WORKERS=0: one after the other.
WORKERS ?= 2
# These hold deadlines of seconds, as users would see them: beside all others they would measure the machine instead.
ALONE := tests/webhook tests/controller/test_operator.py tests/controller/test_resilience.py

.PHONY: help setup demo test quick scenarios check lint types contracts generate generated rule docs format bench bench-scale build up down lock matrix soak differential clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(VENV)/.installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "proxyless needs Python 3.11 or newer, and none of python3, python3.11 to python3.14 in PATH is. Install one, or say where it is: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "setting up $(VENV) (about 30 s)" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.installed ## Python environment from the hashed lock

build: setup ## the real parts that tests and demo run on, from Go modules (cached)
	@$(LAB) build

demo: setup ## scenario S1 from nothing; KEEP=1 leaves it running, KUBECONFIG=... plays it on your own cluster
	@$(LAB) demo $(if $(KEEP),--keep) $(if $(filter command line,$(origin KUBECONFIG)),--kubeconfig "$(KUBECONFIG)")

test: setup ## everything: real API server, and a real node with Istio and the product in it (WORKERS=0: one after the other)
	@$(LAB) node
	@$(LAB) build all >/dev/null
	@$(LAB) images
	@$(BIN)/python -m pytest --numprocesses=$(WORKERS) $(addprefix --ignore=,$(ALONE)) $(PYTEST_ARGS); first=$$?; \
		$(BIN)/python -m pytest --numprocesses=$(WORKERS) $(ALONE) $(PYTEST_ARGS) && exit $$first

scenarios: setup ## S1, S2, one stream, faults: real pods, real calls (LONG=1: windows of five minutes, and a soak of five)
	@$(LAB) node
	@$(if $(LONG),PROXYLESS_LONG=1) $(BIN)/python -m pytest -v -s tests/scenarios $(if $(LONG),tests/soak)

quick: setup ## tests without a cluster, K=... those whose names fit (pytest -k): make quick K=px301
	@$(BIN)/python -m pytest -q --numprocesses=0 -m "not cluster" --ignore=tests/scenarios $(if $(K),-k "$(K)") $(PYTEST_ARGS)

check: lint types contracts generated docs ## all static gates

generate: setup ## writes everything that is made from something else: matrix, rule index, crds/, pages and outputs in docs/
	@$(BIN)/python -m generate

generated: setup ## tells which generated files differ from their source
	@$(BIN)/python -m generate --check

rule: setup ## starts a rule: make rule NAME=px527_retry_budget (px5_retry_budget: the next free code of the hundred)
	@$(BIN)/python -m generate.new_rule "$(NAME)"

docs: setup ## the site of docs/ in build/site; a warning is an error
	@NO_MKDOCS_2_WARNING=true $(BIN)/python -m mkdocs build --quiet --strict

lint: setup ## style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## mypy --strict
	@$(BIN)/mypy && $(BIN)/mypy tests/scenarios

contracts: setup ## which layer may import which
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

format: setup
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: setup ## our figures beside the peers', both sides in one run; all tables first, then what fell short
	@$(LAB) build etcd kube-apiserver kubectl kube-controller-manager pilot-discovery istioctl >/dev/null
	@$(BIN)/python -m bench $(NAMES)

bench-scale: setup ## what a mesh of 20,000 VirtualServices and 20,000 pods costs the operator (ARGS="--services 1000" for a smaller one)
	@$(BIN)/python -m bench.scale $(ARGS)

soak: setup ## an hour of creates while everything around is disturbed, in a network of its own (MINUTES=5, RATE=200, FROM=v0.1.0, JSON=file)
	@$(LAB) build etcd kube-apiserver kubectl kube-controller-manager >/dev/null
	@unshare --map-root-user --net sh -c 'ip link set lo up && exec "$$@"' soak $(abspath $(BIN))/python -m soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE)) $(if $(FROM),--from $(FROM)) $(if $(JSON),--json $(JSON))

matrix: setup ## every field with every gRPC library on a real cluster; writes measured.yaml and docs/features.md (CASES=vs-fault for some, MINUTES=50, KEEP=1)
	@$(LAB) build all >/dev/null
	@$(BIN)/python -m matrix_measured.run $(if $(KEEP),--keep) $(if $(MINUTES),--minutes $(MINUTES)) $(CASES)

differential: setup ## generated meshes put to the pinned istiod and to our model; exit 1 where they differ (MESHES=1000, SEED=0, MINUTES=60, ANSWERS=folder to keep them, KEPT="files" to compare kept ones)
	@$(BIN)/python -m differential.run $(if $(MESHES),--meshes $(MESHES)) $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(ANSWERS),--answers $(ANSWERS)) $(if $(KEPT),--kept $(KEPT))

up: setup ## a control plane that stays; prints its KUBECONFIG
	@$(LAB) up

down: setup ## stops what `make up` or `make demo KEEP=1` left running
	@$(LAB) down $(or $(NAME),demo)

lock: setup ## resolves the locks anew
	@$(BIN)/python -m piptools compile --quiet --generate-hashes --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe --extra operator --extra xds --extra lsp --extra dev --output-file requirements.lock pyproject.toml
	@$(BIN)/python -m piptools compile --quiet --generate-hashes --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe --extra operator --output-file requirements-operator.lock pyproject.toml

clean:
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache

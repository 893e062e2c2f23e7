# Everything a newcomer types. Needs Python 3.11 or newer and nothing else; no sudo.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ifeq ($(origin PYTHON), undefined)
PYTHON := $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
  "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done)
endif
ARGS ?=

.PHONY: help venv dev drill test chaos cities reliability load soak firewall evidence bench study check docs pictures lock dist bare clean

help:
	@echo "make drill   a dispatch console over three living cities, with simulated units"
	@echo "make test    every test"
	@echo "make chaos   simulated lives of three cities until something happens that must not, then real processes"
	@echo "make load    three cities of 1,000 units each, ten orders a second, and a flood of messages in their midst"
	@echo "make soak    the same for hours (CZT_SOAK_SECONDS, 4 h): memory, file descriptors and logs must stay flat"
	@echo "make cities  the three cities on hosts of their own (root on Linux), cables cut in every combination: hours"
	@echo "make firewall  a hundred thousand random blood stocks, none of which may open the RhD firewall or another gate"
	@echo "make evidence  ten thousand flipped bits in an audit log, none of which may stay unseen"
	@echo "make check   style, types, imports, translations, generated documents"
	@echo "make bench   measure, and write down what was measured"
	@echo "make study   the long proofs of the study engine and the three-city study, written to docs/validation.md"
	@echo "make docs    generate the documents that are generated"
	@echo "make pictures  draw the pictures of the README, still and moving, from the real console"
	@echo "make dist    the wheel and the sdist, the same bytes whoever builds them"
	@echo "make bare    drill and tests where there is nothing but Python and make; root on Debian: in a chroot of its own"
	@echo "make lock    choose the versions of all libraries anew"
	@echo "make clean   remove what make made"
	@echo "PYTHON=... chooses the Python, ARGS=... goes to the program"

# The environment: made once, brought up to date when a lock or pyproject.toml changes.
venv: $(VENV)/.made
dev: $(VENV)/.made-dev

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
	  echo "Python 3.11 or newer is needed and was not found. Install one, or name it: make drill PYTHON=/path/to/python3" >&2; \
	  exit 1; fi
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make virtual environments: install its venv package (on Debian and Ubuntu: python3-venv)," >&2; \
	  echo "or name another Python: make drill PYTHON=/path/to/python3" >&2; exit 1; }

# hatchling and editables build the project's own entry; their versions are in the second lock.
$(VENV)/.made: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Preparing the environment in $(VENV): a minute or two the first time"
	@$(PIP) install --requirement requirements.txt hatchling editables --constraint requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.made-dev: requirements-dev.txt $(VENV)/.made
	@$(PIP) install --requirement requirements-dev.txt
	@touch $@

drill: venv
	@$(BIN)/czt drill $(ARGS)

test: dev
	$(BIN)/python -m pytest -n 5 --dist worksteal -rs $(ARGS)

bench: dev
	$(BIN)/python -m tools.bench $(ARGS)

study: dev
	$(BIN)/python -m tools.study $(ARGS)

chaos: dev
	$(BIN)/python -m tests.chaos.run $(ARGS)
	$(BIN)/python -m tests.chaos.blood.run
	$(BIN)/python -m tests.chaos.cities.run --broker every --seconds "$${CZT_CHAOS_SECONDS:-600}" --seed "$${CZT_CHAOS_SEED:-1}"

cities: dev
	$(BIN)/python -m tests.chaos.hosts.run $(ARGS)

reliability: dev
	$(BIN)/python -m tests.reliability.run $(ARGS)

load: dev
	$(BIN)/python -m tests.load.run --flood 10000 --out out/load.md $(ARGS)

soak: dev
	$(BIN)/python -m tests.load.run --soak --seconds "$${CZT_SOAK_SECONDS:-14400}" --out out/soak.md $(ARGS)

firewall: dev
	CZT_FIREWALL_PICTURES="$${CZT_FIREWALL_PICTURES:-100000}" $(BIN)/python -m pytest -n 0 tests/unit/decide/test_blood_firewall.py $(ARGS)

evidence: dev
	CZT_FLIPS="$${CZT_FLIPS:-10000}" $(BIN)/python -m pytest -n 0 -rP tests/audit/test_bit_flips.py $(ARGS)

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 0 tests/architecture
	$(BIN)/python -m tools.documents --check
	$(BIN)/python -m tools.pictures --check

docs: venv
	$(BIN)/python -m tools.documents

pictures: dev
	$(BIN)/python -m tools.pictures

lock: dev
	$(PIP) install uv
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	  --no-emit-index-url --no-emit-find-links pyproject.toml --output-file requirements.txt
	printf '%s\n' hatchling editables | UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal \
	  --python-version 3.11 --upgrade --no-emit-index-url --no-emit-find-links --no-annotate \
	  --constraint requirements.txt --extra dev pyproject.toml - --output-file requirements-dev.txt

# The time of the last change is the time in the archives: whoever builds the same commit gets the same bytes.
dist: dev
	SOURCE_DATE_EPOCH="$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || echo 315532800)}" \
	  $(BIN)/python -m hatchling build -d dist
	cd dist && sha256sum *.whl *.tar.gz

bare:
	bash .ci/bare --debian $(ARGS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

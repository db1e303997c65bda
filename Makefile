# Everything starts here: each target sets itself up with Python 3.11, 3.12 or 3.13, make and git.
# The newest of them on the path that runs is taken, or the one you name: make study PYTHON=/path/to/python3.12
SUITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
ifeq ($(origin PYTHON),undefined)
PYTHON := $(firstword $(foreach python,python3.13 python3.12 python3.11 python3 python,\
	$(shell $(python) -c '$(SUITS)' 2>/dev/null && echo $(python))))
endif
VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= 2

# What a study needs; what another target adds to it is installed by that target.
EXTRAS := geo
EVERY_EXTRA := slides,notebooks,app,cluster,docs,dev
READY := $(VENV)/.ready
ALL := $(VENV)/.with-all
STUDY_LOOPS := $(VENV)/.loops-of-study
LOOPS := $(VENV)/.loops

# Modules are compiled when first imported, and kept whatever the shell says: else every process would compile a
# thousand of them again, for five seconds.
unexport PYTHONDONTWRITEBYTECODE

# Installations wait for each other: two at once would spoil the environment.
LOCK := $(shell command -v flock >/dev/null && echo flock $(VENV)/.lock)
INSTALL = $(LOCK) $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --editable

.PHONY: help env study test test-fast lint types layers check texts lab app docs bench clean

help:
	@echo "make study      the whole study on the embedded city -> results/study/report.html"
	@echo "make test       all tests            make test-fast  the tests that take seconds"
	@echo "make check      lint, types, layers  make env        the environment with every extra"
	@echo "make app        the dashboard, on 127.0.0.1 only"
	@echo "make lab        JupyterLab           make bench      the benchmarks"
	@echo "make texts      the catalogues of texts sorted, and what has no Chinese yet"
	@echo "make docs       the documentation    -> build/site/index.html"

env: $(ALL) $(LOOPS)

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 with venv is on the path: install one" \
		"(on Debian with python3-venv), or name it: make PYTHON=/path/to/python3.12"; exit 2; }
	@$(PYTHON) -c '$(SUITS)' || { echo "PYTHON is $(PYTHON); it must be Python 3.11, 3.12 or 3.13, with venv"; exit 2; }
	$(BIN)/python -c '$(SUITS)' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) '.[$(EXTRAS)]'
	@touch $@

$(VENV)/.with-%: $(READY)
	test $(ALL) -nt $(READY) || $(INSTALL) '.[$(EXTRAS),$(if $(filter all,$*),$(EVERY_EXTRA),$*)]'
	@touch $@

$(STUDY_LOOPS): $(READY)
	@echo "compiling, once on this machine"
	$(BIN)/python -m study.evaluation.precompile study --jobs $(JOBS)
	@touch $@

$(LOOPS): $(READY)
	@echo "compiling, once on this machine"
	$(BIN)/python -m study.evaluation.precompile all --jobs $(JOBS)
	@touch $@

study: $(STUDY_LOOPS)
	$(BIN)/fusion study --out results/study --jobs $(JOBS)

test: $(ALL) $(LOOPS)
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal

test-fast: $(ALL) $(LOOPS)
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal -m "not slow"

lint: $(VENV)/.with-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify notebooks/*.ipynb

types: $(ALL)
	$(BIN)/mypy

layers: $(VENV)/.with-dev
	$(BIN)/lint-imports

check: lint types layers

texts: $(READY)
	$(BIN)/python -m study.presentation.catalogues

lab: $(VENV)/.with-notebooks $(LOOPS)
	$(BIN)/jupyter lab --ip 127.0.0.1 notebooks

docs: $(VENV)/.with-docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/site
	@echo "build/site/index.html"

app: $(VENV)/.with-app $(LOOPS)
	$(BIN)/fusion app --jobs $(JOBS)

bench: $(ALL) $(LOOPS)
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) results build *.egg-info
